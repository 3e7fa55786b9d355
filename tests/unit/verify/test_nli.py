"""An NLI model behind the same check; the model itself only adds up words."""

import pytest

from rag import Assistant, Paper
from rag.errors import ConfigError
from rag.testing import FakeEmbedder, ScriptedModel
from rag.verify import Source, check
from rag.verify.nli import load_entailment
from tests.onnx_models import write_model

PAPER = Source("On pruning", "We prune half of the weights. Accuracy falls by 3%. Cats sleep.")
LABELS = ("contradiction", "entailment", "neutral")
SAYS = {
    "[CLS]": {"neutral": 9.0},
    "prune": {"entailment": 6.0},
    "2:prune": {},
    "2:cut": {"entailment": 6.0},
    "cut": {},
    "falls": {"contradiction": 6.0},
    "2:falls": {},
    "2:rises": {"contradiction": 6.0},
    "rises": {},
}
"""What the first text must hold and what the second: only both together outweigh neutral."""


def write_nli(folder, labels=LABELS, **config):
    """ "falls" contradicts "rises", and "cut" follows from "prune"."""
    kinds = [label.lower().replace("entails", "entailment") for label in labels]
    rows = {word: [said.get(kind, 0.0) for kind in kinds] for word, said in SAYS.items()}
    config["id2label"] = {str(place): label for place, label in enumerate(labels)}
    return f"onnx/{write_model(folder, rows, config=config)}"


@pytest.mark.parametrize(
    ("claim", "support", "contradicted"),
    [
        ("Half of all parameters can be cut away.", "supported", False),
        ("Performance rises.", "unsupported", True),
        ("Dogs bark at night.", "unsupported", False),
        # What the rules forbid stays forbidden, whatever the model says.
        ("Weights are cut away, and accuracy falls by 7%.", "unsupported", True),
    ],
)
def test_the_model_judges_and_the_rules_stay(tmp_path, claim, support, contradicted):
    verdict = check(claim, [PAPER], entailment=load_entailment(write_nli(tmp_path)))
    assert (verdict.support, verdict.contradicted) == (support, contradicted)
    assert bool(verdict.why) == (support != "supported")


def test_the_first_claim_needs_the_model():
    claim = "Half of all parameters can be cut away."
    assert check(claim, [PAPER]).support != "supported"


@pytest.mark.parametrize(
    "labels",
    [
        LABELS,
        ("ENTAILMENT", "NEUTRAL", "CONTRADICTION"),
        ("Neutral", "Contradiction", "Entails"),
    ],
)
def test_labels_are_read_in_any_order_and_case(tmp_path, labels):
    judge = load_entailment(write_nli(tmp_path, labels))
    (entailed, _), (_, refuted) = judge("Cut, and it rises.", ["We prune.", "It falls."])
    assert (round(entailed, 2), round(refuted, 2)) == (0.95, 0.95)


@pytest.mark.parametrize(
    "labels", [("entailment", "not_entailment"), ("hallucinated", "consistent")]
)
def test_a_model_of_consistency_contradicts_nothing(tmp_path, labels):
    follows = labels.index("entailment" if "entailment" in labels else "consistent")
    rows = {"prune": [4.0 * (place == follows) for place in range(2)]}
    config = {"id2label": dict(enumerate(labels))}
    judge = load_entailment(f"onnx/{write_model(tmp_path, rows, config=config)}")
    (entailed, refuted), (unknown, _) = judge("Weights go.", ["We prune.", "We do not."])
    assert (round(entailed, 2), refuted, unknown) == (0.98, 0.0, 0.5)


def test_a_claim_that_is_not_read_whole_is_not_judged(tmp_path):
    judge = load_entailment(write_nli(tmp_path, max_position_embeddings=13))
    assert judge("Cut it all away, and then some more.", ["We prune."]) == [(0.0, 0.0)]
    assert judge("Cut it.", ["We prune."])[0][0] > 0.9


@pytest.mark.parametrize("labels", [("LABEL_0",), ("LABEL_0", "LABEL_1"), ("entailment",)])
def test_a_model_of_another_kind_is_named_with_its_labels(tmp_path, labels):
    name = write_nli(tmp_path, labels)
    with pytest.raises(ConfigError, match=f"{name} is no NLI model: its labels are {labels[0]}"):
        load_entailment(name)


def test_a_name_without_the_word_says_what_to_write():
    with pytest.raises(ConfigError, match="RAG_NLI=cross-encoder/nli-x .* write onnx/"):
        load_entailment("cross-encoder/nli-x")


def test_an_assistant_shows_the_verdicts_of_the_model(tmp_path):
    """The checker by rule and similarity does not see that one follows from the other."""
    said = ScriptedModel("{}", "Half of all parameters can be cut away [{1}].")
    home, nli = tmp_path / "home", write_nli(tmp_path / "model")
    with Assistant(home=home, llm=said, embedding=FakeEmbedder(), nli=nli) as assistant:
        assistant.add([Paper("p", PAPER.title, PAPER.abstract)])
        answer = assistant.ask("What does pruning do to the weights?")
    assert [sentence.support for sentence in answer.sentences] == ["supported"]
