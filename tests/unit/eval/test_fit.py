"""Fitting the small models: right on what is known, and written where they are read."""

import datetime
import json
import shutil

import numpy as np
import pytest

from eval.cases import Case
from eval.fit import answer_models, refit, refusal_curve, support_model
from eval.fit.regression import fit_conditional, fit_logistic, fit_signed
from eval.support import PAIRS, TRAINING, cited_papers, read_pairs
from rag import Assistant, Paper, Turn
from rag.answer import confidence
from rag.errors import ConfigError
from rag.linear_model import LinearModel
from rag.testing import FakeEmbedder
from tests.builders import QUESTION, real_embedder
from tests.reading import reading_embedder


def drawn(count: int = 4000):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(count, 2)) * [1.0, 10.0] + [0.0, 5.0]
    odds = 1 + 2 * features[:, 0] - 0.1 * features[:, 1]
    labels = (rng.random(count) < 1 / (1 + np.exp(-odds))).astype(float)
    return [dict(zip("ab", row, strict=True)) for row in features.tolist()], labels


def test_logistic_regression_recovers_the_direction_and_is_calibrated():
    rows, labels = drawn()
    model = fit_logistic(rows, labels, penalty=0.1)
    assert list(model.weights.values()) == pytest.approx([2, -0.1], abs=0.2)
    probabilities = [model.probability(row) for row in rows]
    assert np.mean(probabilities) == pytest.approx(labels.mean(), abs=1e-3)


def test_a_row_that_counts_twice_is_as_good_as_two():
    rows, labels = drawn(200)
    counts = np.ones(200) + (np.arange(200) < 50)
    twice = fit_logistic([*rows, *rows[:50]], np.concatenate([labels, labels[:50]]))
    counted = fit_logistic(rows, labels, counts=counts)
    # Standardised over rows, not over counts, so the penalty is not quite the same.
    assert list(counted.weights.values()) == pytest.approx(list(twice.weights.values()), rel=0.05)


def test_a_weight_of_the_wrong_sign_is_zero_and_the_others_are_free():
    rows, labels = drawn()
    free = fit_signed(rows, labels, {"a": 1, "b": -1})
    assert free.weights == pytest.approx(fit_logistic(rows, labels, penalty=2.0).weights, abs=1e-4)
    held = fit_signed(rows, labels, {"a": 1, "b": 1})
    assert held.weights["b"] == 0.0 and held.weights["a"] > 1


def refitted(**changes) -> refit.Refit:
    model = LinearModel.load("decision")
    given = dict(
        task="decision", parts={"": model._replace(intercept=1.23456)}, digits=3,
        data={"layers": refit.WEIGHTS}, rows={"train": 2, "held out": 1},
        auc={"train": 0.9, "held out": 0.8}, auc_in_use={"train": 0.7, "held out": 0.6},
        rival="a coin", rival_auc={"train": 0.5, "held out": 0.5},
    )  # fmt: skip
    return refit.Refit(**(given | changes))


def test_a_refit_is_written_with_where_it_comes_from_and_leaves_thresholds(tmp_path):
    path = tmp_path / "weights.json"
    shutil.copy(refit.WEIGHTS, path)
    before = json.loads(path.read_text())
    refit.write(refitted(), path, today=datetime.date(2020, 2, 3))
    after = json.loads(path.read_text())
    assert after["decision"]["intercept"] == 1.235
    assert after["decision"]["weights"] == before["decision"]["weights"]
    assert after["decision"]["thresholds"] == before["decision"]["thresholds"]
    provenance = after["decision"]["provenance"]
    assert provenance["date"] == "2020-02-03" and len(provenance["data"]["layers"]) == 64
    assert provenance["rival"] == {"name": "a coin", "auc": {"train": 0.5, "held out": 0.5}}
    assert {k: v for k, v in after.items() if k != "decision"} == {
        k: v for k, v in before.items() if k != "decision"
    }


def test_a_part_of_a_model_is_written_beside_the_others(tmp_path):
    path = tmp_path / "weights.json"
    shutil.copy(refit.WEIGHTS, path)
    words = LinearModel.load("support.words")
    refit.write(refitted(task="support", parts={"words": words._replace(intercept=9)}), path)
    support = json.loads(path.read_text())["support"]
    assert support["words"]["intercept"] == 9
    assert support["read"]["intercept"] == LinearModel.load("support.read").intercept


def test_a_refit_is_shown_beside_what_is_in_use():
    table = refitted().markdown()
    assert f"| intercept | {LinearModel.load('decision').intercept:.3f} | 1.235 |" in table
    assert "| train | 2 | 0.700 | 0.900 | 0.500 |" in table


def test_weights_that_are_not_in_use_yet_are_shown_beside_zero():
    used = LinearModel.load("decision")
    table = refitted(parts={"": used._replace(weights={**used.weights, "brand_new": 2.5})})
    assert "| brand_new | 0.000 | 2.500 |" in table.markdown()


def test_a_conditional_logit_learns_what_the_right_ones_have():
    rng = np.random.default_rng(1)
    groups = []
    for _ in range(300):
        rows = rng.normal(size=(5, 2)) + rng.normal(size=2) * [0.0, 50.0]
        odds = np.exp(2 * rows[:, 0] - 1.0 * rows[:, 1])
        right = (np.arange(5) == rng.choice(5, p=odds / odds.sum())).astype(float)
        groups.append(([dict(zip("ab", row, strict=True)) for row in rows.tolist()], right))
    # What differs between groups alone (b's mean) tells nothing of which row is right.
    model = fit_conditional(groups, penalty=0.01)
    assert list(model.weights.values()) == pytest.approx([2, -1], abs=0.4)
    nothing = (groups[0][0], np.zeros(5))
    assert fit_conditional([*groups, nothing], penalty=0.01) == model


CASES = [
    Case("one", QUESTION, frozenset({f"{0:016x}"}), "train", facts=(("30%",),)),
    Case("two", "How far do Llama models shrink with ZipNN?", frozenset({f"{1:016x}"}), "train",
         facts=(("33%",),)),
    Case("three", QUESTION, frozenset({f"{0:016x}"}), facts=(("30%",),)),
    Case("none", "What is the capital of Mongolia?", split="train"),
    Case("nothing", "Who won the cup?"),
    Case("premise", "Why does KVSharer need training?", frozenset({f"{0:016x}"}), "train",
         why="false_premise", facts=(("No training",),)),
    Case("german", "Wie viel Speicher spart KVSharer?", language="de"),
    Case("all", "Which papers prune adapters?", frozenset({f"{2:016x}"}), "train", kind="list"),
    Case("some", "papers on diffusion models", frozenset({f"{3:016x}"}), kind="list"),
]  # fmt: skip
LABELS = [
    {"paper": f"{0:016x}", "question": "What does KVSharer share?", "best": [0], "also": [1]},
    {"paper": f"{3:016x}", "question": "Which data are diffusion models trained on?", "best": [],
     "also": []},
]  # fmt: skip


@pytest.fixture(scope="module")
def assistant(home, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    with Assistant(home=home, embedding=real_embedder(), cache=cache, k=3) as assistant:
        yield assistant


def test_evidence_is_what_the_assistant_would_look_at(assistant):
    answer = assistant.ask(QUESTION)
    evidence = answer_models.evidence_for(assistant, QUESTION)
    assert [hit.paper.id for hit in evidence.hits] == [hit.paper.id for hit in answer.hits]
    assert confidence(evidence) == answer.confidence
    turns = (Turn("user", "What is KVSharer?"), Turn("assistant", "KVSharer shares caches."))
    follow = answer_models.evidence_for(assistant, "How much memory does it save?", turns)
    assert "KVSharer" in follow.query.text and follow.hits[0].paper.title.startswith("KVSharer")
    thanks = answer_models.evidence_for(assistant, "Thank you very much!", turns)
    assert "KVSharer" not in thanks.query.text


def test_evidence_can_lack_papers_and_be_gathered_for_a_kind(assistant):
    first = answer_models.evidence_for(assistant, QUESTION).hits[0].paper.id
    without = answer_models.evidence_for(assistant, QUESTION, absent={first})
    assert first not in [hit.paper.id for hit in without.hits] and len(without.hits) == 3
    listed = answer_models.evidence_for(assistant, QUESTION, kind="list")
    assert listed.query.kind == "list" and len(listed.hits) == 6


def test_questions_that_one_sentence_answers_are_also_asked_without_their_papers(assistant):
    plain = list(answer_models.asked(assistant, CASES, without=False))
    assert [q.answerable for q in plain] == [True, True, True, False, False, True]
    assert [q.train for q in plain] == [True, True, False, True, False, True]
    assert plain[0].right.max() == 1.0 and plain[0].right.sum() == 1.0 and not plain[3].right.any()
    both = list(answer_models.asked(assistant, CASES, without=True))
    # Neither what is held out nor a false premise: without its paper that one is something else.
    assert len(both) == len(plain) + 2 and not both[1].answerable and not both[1].right.any()
    assert both[1].weight == answer_models.ABSENT


def test_labelled_sentences_are_right_as_far_as_they_answer(assistant, tmp_path):
    path = tmp_path / "sentences.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in LABELS))
    best, none = answer_models.labelled(assistant, path, every=1)
    shares = {s.place: share for s, share in zip(best.evidence.sentences, best.right, strict=True)
              if s.paper.id == f"{0:016x}"}  # fmt: skip
    assert shares == {0: 1.0, 1: answer_models.ALSO, 2: 0.0}
    assert (best.answerable, best.weight) == (True, answer_models.ANSWERED)
    assert (none.answerable, none.weight) == (False, answer_models.UNANSWERED)


@pytest.fixture
def few_labels(tmp_path, monkeypatch):
    path = tmp_path / "sentences.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in LABELS))
    monkeypatch.setattr(answer_models.labelled, "__defaults__", (path,))
    monkeypatch.setattr(answer_models, "EVERY", 1)


def test_both_models_are_fitted_on_the_training_part(assistant, few_labels):
    whether = answer_models.refit_decision(assistant, CASES)
    which = answer_models.refit_extraction(assistant, CASES)
    assert whether.rows == {"train": 8, "held out": 2}
    assert whether.auc == {"train": 1.0, "held out": 1.0}
    assert len(whether.notes) == 2 * len(answer_models.BOUNDS)
    assert set(whether.parts[""].weights) == set(LinearModel.load("decision").weights)
    assert which.rows == {"train": 4, "held out": 1}
    assert which.auc["train"] > 0.8 and which.auc_in_use["train"] > 0.5
    assert "refitted, held out: of 1 first sentences 1.000 are right ones" in which.notes
    assert "refitted, train, labelled: of 1 first sentences 1.000 are right ones" in which.notes


def test_the_model_of_lists_is_fitted_on_papers_that_belong_and_do_not(assistant):
    lists = answer_models.refit_lists([(assistant, CASES), (assistant, CASES[:2])])
    assert lists.rows == {"train": 6, "held out": 6}
    assert lists.auc == {"train": 1.0, "held out": 1.0}
    assert set(lists.parts[""].weights) == set(LinearModel.load("lists").weights)


def test_a_model_in_use_that_needs_other_features_is_shown_without_an_area(assistant, monkeypatch):
    used = LinearModel.load("lists")
    monkeypatch.setattr(
        answer_models.membership, "MODEL", used._replace(weights={**used.weights, "gone": 1.0})
    )
    lists = answer_models.refit_lists([(assistant, CASES)])
    assert lists.auc["train"] == 1.0 and np.isnan(lists.auc_in_use["train"])


def test_the_curve_counts_what_is_refused(assistant, monkeypatch):
    judged = refusal_curve.Judged(0.9, True), refusal_curve.Judged(0.2, False)
    assert "| ours | 1 / 1 | 1.000 | 1.000 |" in refusal_curve.table({"ours": judged})
    assert refusal_curve.plot({"ours": judged}).startswith("<svg ")
    monkeypatch.setattr(refusal_curve, "load", lambda *_: CASES)
    of_test = list(refusal_curve.ours(assistant, "test"))
    assert [q.answerable for q in of_test] == [True, False]
    assert of_test[0].probability > of_test[1].probability


def test_the_support_model_is_fitted_on_true_sentences_and_their_twins(tmp_path, monkeypatch):
    papers = {f"p{n}": Paper(f"p{n}", f"Alpha {n}", f"Caches grow. Alpha {n} saves much memory.")
              for n in range(24)}  # fmt: skip
    rows = [
        {"id": key, "paper": key, "register": "free", "language": "en", "type": "exchange",
         "true": f"Much memory is saved by {paper.title}.", "span": [1],
         "wrong": f"Alien zebras of {paper.title} like the grass."}
        for key, paper in papers.items()
    ]  # fmt: skip
    rows.append({**rows[0], "id": "de", "language": "de"})
    monkeypatch.setattr(support_model, "PAIRS", tmp_path / "pairs.jsonl")
    support_model.PAIRS.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = support_model.refit_support(papers, reading_embedder())
    assert set(found.parts) == {"read", "words"}
    assert sum(found.rows.values()) == 48 and min(found.rows.values()) > 0
    assert found.auc["held out, read"] == found.auc["held out, words"] == 1.0
    words = found.parts["words"].weights
    assert all(words[name] * sign >= 0 for name, sign in support_model.SIGNS.items())
    assert found.parts["read"].weights["read"] > 0
    assert "of the false twins of the tune half 10% that no rule finds" in found.markdown()


def test_pairs_are_read_and_a_paper_is_of_one_half(tmp_path):
    pairs = read_pairs(PAIRS)
    assert {pair.tune for pair in pairs} == {True, False}
    assert all(pair.true != pair.wrong and pair.span for pair in pairs)
    halves = {(pair.paper, pair.tune) for pair in pairs}
    assert len(halves) == len({paper for paper, _ in halves})
    assert not {pair.paper for pair in pairs} & {pair.paper for pair in read_pairs(TRAINING)}


def test_papers_that_the_pairs_are_on_must_be_there(tmp_path):
    with Assistant(home=tmp_path, embedding=FakeEmbedder()) as assistant:
        assistant.add({"id": "x", "title": "Alpha", "abstract": "Alpha saves memory."})
        with pytest.raises(ConfigError, match="lacks [0-9]+ bundled papers; add them first"):
            cited_papers(assistant)
