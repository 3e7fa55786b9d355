"""How long an answer is to be and in what form, where the question says so."""

import pytest

from rag.plan.form import WORDS, shape
from rag.types import KINDS


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is X? in 50 words", 50), ("use at most 30 words", 30), ("用50个字解释", 50),
        ("in 10 words", 10), ("In one sentence: why?", 25), ("tl;dr of X", 25),
        ("a one-liner on X", 25), ("in two sentences", 50), ("X in 3 sentences", 60),
        ("X in two or three sentences", 60), ("X in one paragraph", 120), ("briefly: X", 60),
        ("kurz: was ist X", 60), ("简要说明", 60), ("explain X in detail", 250),
    ],
)  # fmt: skip
def test_a_length_that_is_asked_for(question, words):
    assert shape(question, "fact").words == words


@pytest.mark.parametrize(
    "question",
    ["What is X?", "What is paragraph retrieval?", "in one paragraph retrieval model",
     "which 500 words are commonest", "the longest sentence", "in 5 layers"],
)  # fmt: skip
def test_what_is_no_length(question):
    assert shape(question, "definition").words == WORDS["definition"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_length(kind):
    assert shape("what of it", kind).words == WORDS[kind] >= 35
    assert shape("what of it", kind).form == ("list" if kind == "list" else "text")


@pytest.mark.parametrize(
    ("question", "kind", "form"),
    [
        ("papers on X as a table", "list", "table"), ("make a table of it", "fact", "table"),
        ("als Tabelle bitte", "fact", "table"), ("做成表格", "fact", "table"),
        ("X in bullet points", "fact", "list"), ("one per line", "fact", "list"),
        ("用列表", "fact", "list"), ("the table of contents is stable", "fact", "text"),
        ("What does table 3 show?", "fact", "text"), ("a list of words", "fact", "text"),
    ],
)  # fmt: skip
def test_a_form_that_is_asked_for(question, kind, form):
    assert shape(question, kind).form == form
