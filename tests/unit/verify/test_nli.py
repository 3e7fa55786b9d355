"""An NLI model behind the same check; the model itself only adds up words."""

import pytest

from rag import Assistant, Paper
from rag.errors import ConfigError
from rag.testing import FakeEmbedder, ScriptedModel
from rag.verify import Claim, OfflineChecker, Source
from rag.verify.nli import EntailmentChecker, load_entailment
from rag.verify.offline import CANNOT_TELL
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


def checked(claim: str, *sources: Source, nli: str = "", entailment=None, reading=None):
    judge = entailment or load_entailment(nli)
    checker = EntailmentChecker("onnx/x", judge, OfflineChecker(None, reading))
    (verdict,) = checker.check([Claim(claim, sources)])
    if verdict.quote is not None:
        text, start, end = verdict.quote.text, verdict.quote.start, verdict.quote.end
        assert text == sources[verdict.source].abstract[start:end]
    return verdict


@pytest.mark.parametrize(
    ("claim", "support", "why", "quoted"),
    [
        ("Half of all parameters can be cut away.", "supported", "", "We prune"),
        ("Performance rises.", "contradicted", "the abstract says otherwise", "Accuracy falls"),
        ("Dogs bark at night.", "unverified", CANNOT_TELL, ""),
        # What the rules forbid stays forbidden, whatever the model says.
        ("Weights are cut away, and accuracy falls by 7%.", "contradicted",
         "says 7%, the abstract says 3%", "Accuracy falls by 3%."),
        ("FooNet is cut away.", "unverified", 'no such name in the cited abstract: "FooNet"', ""),
        # The language is no matter to it.
        ("Ein Teil davon wird mit der Methode cut.", "supported", "", "We prune"),
    ],
)  # fmt: skip
def test_the_model_judges_and_the_rules_stay(tmp_path, claim, support, why, quoted):
    other = Source("On owls", "Owls hear well.")
    verdict = checked(claim, other, PAPER, nli=write_nli(tmp_path))
    assert (verdict.support, verdict.why) == (support, why)
    assert (verdict.quote is not None) is bool(quoted) and verdict.source == bool(quoted)
    assert verdict.quote is None or verdict.quote.text.startswith(quoted)


def test_the_first_claim_needs_the_model():
    (verdict,) = OfflineChecker().check([Claim("Half of all parameters can be cut.", (PAPER,))])
    assert verdict.support == "unverified"


def test_sentences_are_read_before_the_whole_abstract_which_is_read_too():
    asked = []

    def entailment(claim, premises):
        asked.append((claim, list(premises)))
        return [(0.6, 0.0)] * (len(premises) - 1) + [(0.9, 0.1)]

    verdict = checked("Weights go, cats rest [1].", PAPER, entailment=entailment)
    ((claim, premises),) = asked
    assert claim == "Weights go, cats rest." and premises[-1] == PAPER.abstract
    assert premises[:-1] == [
        "We prune half of the weights.", "Accuracy falls by 3%.", "Cats sleep."
    ]  # fmt: skip
    assert verdict.quote.text == PAPER.abstract and verdict.score == 0.9


@pytest.mark.parametrize(
    ("entails", "refutes", "support"),
    [(0.5, 0.4, "supported"), (0.49, 0.2, "unverified"), (0.2, 0.49, "unverified"),
     (0.2, 0.5, "contradicted"), (0.9, 0.6, "supported"), (0.6, 0.9, "contradicted")],
)  # fmt: skip
def test_the_surer_side_decides_from_one_half_on(entails, refutes, support):
    def entailment(claim, premises):
        return [(entails, 0.0), (0.0, refutes), *[(0.0, 0.0)] * (len(premises) - 2)]

    verdict = checked("Weights go away.", PAPER, entailment=entailment)
    assert (verdict.support, verdict.score) == (support, entails)


@pytest.mark.parametrize(
    ("claim", "sources", "support"),
    [("Cats sleep.", (PAPER,), "supported"), ("Cats sleep well.", (), "uncited"),
     ("So: [1]", (PAPER,), "unverified"), ("Cats sleep.", (Source("", ""),), "unverified")],
)  # fmt: skip
def test_what_needs_no_model_is_not_read_by_it(claim, sources, support):
    def entailment(claim, premises):
        raise AssertionError(f"{claim} was read")

    assert checked(claim, *sources, entailment=entailment).support == support


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
    with pytest.raises(ConfigError, match="RAG_CHECK=cross-encoder/nli-x .* write onnx/"):
        load_entailment("cross-encoder/nli-x")


def test_an_assistant_shows_the_verdicts_of_the_model(tmp_path):
    """The offline check does not see that one follows from the other."""
    said = ScriptedModel("{}", "Half of all parameters can be cut away [{1}].")
    home, nli = tmp_path / "home", write_nli(tmp_path / "model")
    with Assistant(home=home, llm=said, embedding=FakeEmbedder(), check=nli) as assistant:
        assistant.add([Paper("p", PAPER.title, PAPER.abstract)])
        answer = assistant.ask("What does pruning do to the weights?")
    assert [sentence.support for sentence in answer.sentences] == ["supported"]
