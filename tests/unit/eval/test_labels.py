"""The labels that the reader is trained on, and how its judgement is joined with the models."""

import json

import pytest

from eval.fit import joined
from eval.fit.labels import DATA, FIELDS, Example, invented, kept_back, load
from eval.fit.refit import HELD_OUT, TRAIN
from rag.linear_model import LinearModel
from rag.types import Paper

PAPERS = {
    "zip": Paper("zip", "ZipNN: A Codec", "Models grow. ZipNN saves a third."),
    "cat": Paper("cat", "On Cats", "Cats sleep."),
}


@pytest.fixture
def folder(tmp_path):
    def write(name, *rows):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))

    write(
        "sentences.jsonl",
        {"paper": "zip", "question": "how much?", "best": [1], "also": [0]},
        {"paper": "gone", "question": "how much?", "best": [1], "also": []},
    )
    write("roles.jsonl", {"paper": "cat", "does": 0, "finds": None})
    write(
        "lists.jsonl",
        {"question": "codecs?", "fits": [["zip", 1]], "near": [["cat", "no codec"]], "others": []},
    )
    return tmp_path


def test_labels_become_examples_with_the_sentence_that_answers_or_none(folder):
    papers = {**PAPERS}
    assert load(folder, papers) == [
        Example("zip", "how much?", (1,), (0,)),
        Example("cat", "What is On Cats and how does it work?", (0,)),
        Example("cat", "What results does On Cats achieve?"),
        Example("zip", "codecs?", (1,), many=True),
        Example("cat", "codecs?", many=True),
    ]


def test_a_tenth_of_the_papers_is_kept_back_whoever_asks():
    kept = [kept_back(f"paper {n}") for n in range(2000)]
    assert 0.08 < sum(kept) / len(kept) < 0.12
    assert kept == [kept_back(f"paper {n}") for n in range(2000)]


def test_the_labels_that_come_along_are_of_papers_that_come_along():
    papers = invented()
    examples = load(FIELDS, papers)
    assert {example.paper for example in examples} == set(papers) and len(papers) == 192
    assert any(not example.best for example in examples) and DATA in FIELDS.parents


def test_two_weights_join_a_model_and_the_reader():
    rows = [
        joined._Row({"model": float(at % 3), "reader": float(at)}, at >= 10, at % 2 == 0)
        for at in range(20)
    ]
    refit = joined._refit("answerable", rows, {}, "the linear model alone")
    assert refit.auc == {TRAIN: 1.0, HELD_OUT: 1.0}
    assert refit.rival_auc[HELD_OUT] < 0.8
    assert set(refit.parts[""].weights) == set(LinearModel.load("answerable").weights)
