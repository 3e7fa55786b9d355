"""What a comparison is about, and how each paper is asked for it."""

import pytest

from rag.answer.aspects import GENERAL, MOST, aspects

NAMES = ("ZipNN", "DFloat11")


@pytest.mark.parametrize(
    "question",
    [
        "Compare ZipNN and DFloat11",
        "how does ZipNN differ from DFloat11?",
        "ZipNN vs. DFloat11 in a small table, please",
        "what is the difference between the two methods, ZipNN and DFloat11?",
    ],
)
def test_without_an_aspect_each_is_asked_what_it_does_and_reports(question):
    assert aspects(question, NAMES) == GENERAL


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        ("ZipNN vs DFloat11: speed and memory in a table", ["speed", "memory"]),
        ("ZipNN versus DFloat11 - size, training data", ["size", "training data"]),
        ("compare ZipNN and DFloat11 in terms of throughput", ["throughput"]),
        ("ZipNN vs DFloat11: pass@{1} and size", ["pass@{1}", "size"]),
        ("how do ZipNN and DFloat11 differ in memory use and speed?", ["memory use", "speed"]),
    ],
)
def test_aspects_that_are_listed_are_columns(question, columns):
    found = aspects(question, NAMES)
    assert [each.name for each in found] == columns
    asked = [each.question.replace("{}", "ZipNN") for each in found]
    assert asked == [f"ZipNN: {c}" for c in columns]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Which is faster, ZipNN or DFloat11?", "Which is faster, ZipNN?"),
        ("what do ZipNN and DFloat11 do about padding?", "what do ZipNN do about padding?"),
        ("Is ZipNN smaller than DFloat11 on disk?", "ZipNN: Is smaller than on disk?"),
        ("which {} loses less, ZipNN or DFloat11?", "which () loses less, ZipNN?"),
    ],
)
def test_another_question_is_put_to_each(question, asked):
    (aspect,) = aspects(question, NAMES)
    assert aspect.question.replace("{}", "ZipNN") == asked


def test_there_are_so_many_aspects_at_most():
    listed = ", ".join(f"aspect{letter}" for letter in "abcdef")
    assert len(aspects(f"ZipNN vs DFloat11: {listed}", NAMES)) == MOST
