"""What kind of question it is: what the model sees, and what it says of plain cases."""

import numpy as np
import pytest

from rag.plan import kinds
from rag.plan.kinds import KindModel, masked, pieces, runs
from rag.types import KINDS


def test_names_and_numbers_are_seen_by_their_look():
    assert pieces("Why does LiNeS keep 12 layers since 2021?") == [
        "why", "does", "NAME", "keep", "NUMBER", "layers", "since", "YEAR", "?",
    ]  # fmt: skip
    assert pieces("什么是 LoRA") == ["什", "么", "是", "NAME"]
    assert pieces("What’s Café?") == ["what's", "cafe", "?"]


def test_a_question_in_capitals_is_not_made_of_names():
    assert pieces("WHICH PAPERS USE RL?") == pieces("which papers use rl?")


def test_what_a_question_is_about_is_masked():
    known = frozenset({"why", "does", "?"})
    assert masked("Why does LiNeS keep shallow layers?", known) == [
        "^", "why", "does", "NAME", "_", "?", "$",
    ]  # fmt: skip


def test_runs_of_up_to_three_and_what_it_opens_with_are_features():
    assert runs(["^", "why", "NAME", "_", "$"]) == {
        "why", "NAME", "_", "^ why", "why NAME", "NAME _", "_ $",
        "^ why NAME", "why NAME _", "NAME _ $", "why…NAME", "why…_",
    }  # fmt: skip


MODEL = KindModel(
    frozenset({"why"}), {"fact": 0.0, "reason": 0.0}, {"why": {"reason": 1.0}},
    {"reason": np.array([0.0, 2.0])},
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "vector", "odds"),
    [
        ("what", None, 0.0), ("why", None, 1.0), ("why", np.array([1.0, 0.0]), 1.0),
        ("why", np.array([0.0, 1.0]), 3.0),
    ],
)  # fmt: skip
def test_likelihoods_add_up_to_one(question, vector, odds):
    likely = MODEL.probabilities(question, vector)
    assert likely["reason"] / likely["fact"] == pytest.approx(np.exp(odds))
    assert sum(likely.values()) == pytest.approx(1)


def test_the_model_knows_every_kind():
    model = kinds.model()
    assert set(model.intercepts) == set(KINDS) and set(model.vectors) <= set(KINDS)
    assert {kind for row in model.weights.values() for kind in row} <= set(KINDS)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What is YOCO?", "definition"),
        ("How much memory does Q-Filters save?", "number"),
        ("What does GRPO stand for?", "acronym"),
        ("Why does pruning help?", "reason"),
        ("How does FNet mix tokens?", "method"),
        ("How is LoRA-SB trained?", "method"),
        ("On which dataset was FNet tested?", "fact"),
        ("Which papers are about model merging?", "list"),
        ("WHICH PAPERS ARE ABOUT MODEL MERGING?", "list"),
        ("Are there any studies on forgetting?", "list"),
        ("Compare ZipNN and DFloat11", "comparison"),
        ("LoRA vs. QLoRA", "comparison"),
        ("Tell me about quantisation", "overview"),
        ("How many papers are there on pruning?", "count"),
        ("thanks!", "chat"),
    ],
)
def test_plain_questions_are_told_by_their_words_alone(question, kind):
    likely = kinds.model().probabilities(question)
    assert max(likely, key=lambda each: likely[each]) == kind
