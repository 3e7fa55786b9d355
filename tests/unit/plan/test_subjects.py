"""What a conversation is about, and what "the second one" means in it."""

import pytest

from rag.plan.subjects import resolved, spoken, titles
from rag.types import Turn

LIST = (
    "2 papers fit:\n- ZipNN: Lossless Compression for AI Models: “It saves 33%.” [1]\n"
    "- DFloat11: Float Coding of Weights: “It saves 30%.” [2]\n\n"
    "Near, but not it:\n- PackIt: Packing of Weights (missing: speed)"
)
LISTED = [Turn("user", "papers on compression"), Turn("assistant", LIST)]
ABOUT_ONE = [*LISTED, Turn("user", "What does ZipNN save?"), Turn("assistant", "“A third.” [1]")]


def test_the_titles_that_an_answer_lists_are_called_for_short():
    assert titles(LIST) == ("ZipNN", "DFloat11", "PackIt")
    assert titles("1. **ZipNN: Codecs** [1]\n2) Deep Nets (2020)") == ("ZipNN", "Deep Nets")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is from “Attention Is All You Need”.", ("Attention Is All You Need",)),
        ("“Attention is all that they need.” says it.", ()),  # a sentence
        ("“Attention Is All You Need” [1] is cited.", ()),
        ("“Transformers” are nets.", ()),
    ],
)
def test_a_title_is_told_from_other_quotations(text, found):
    assert titles(text) == found


def test_what_was_named_is_kept_in_order():
    known = spoken(ABOUT_ONE)
    assert known.subjects == ("ZipNN", "DFloat11", "PackIt")
    assert known.latest == ("ZipNN", "DFloat11", "PackIt")
    assert known.current == ("ZipNN",) and not known.listed
    assert spoken(LISTED).listed


def test_where_the_user_names_nothing_the_answer_tells_the_subject():
    history = [Turn("user", "which is best?"), Turn("assistant", "FNet-2 beats GPT-4.")]
    assert spoken(history).current == ("FNet-2",)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("How does the second one work?", "How does DFloat11 work?"),
        ("What about the first?", "What about ZipNN?"),
        ("the 2nd paper, who wrote it?", "DFloat11, who wrote it?"),
        ("Is the last one new?", "Is PackIt new?"),
        ("Compare the first of these to GPT-4", "Compare ZipNN to GPT-4"),
        ("the fifth one?", None),  # there are not so many
        ("from the first Llama to the second?", None),  # it counts by itself
        ("the second layer of ZipNN?", None),
        ("What is pruning?", None),
    ],
)
def test_an_ordinal_counts_what_was_listed(question, named):
    assert resolved(question, LISTED) == named


PAIR = [Turn("user", "Is FNet good?"), Turn("assistant", "It is."),
        Turn("user", "papers on codes"), Turn("assistant", "- ZipNN: A [1]\n- DFloat11: B [2]"),
        Turn("user", "Do they beat GPT-4?"), Turn("assistant", "They do.")]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Compare the two", "Compare ZipNN and DFloat11"),
        ("Which of them is faster?", "Which of ZipNN and DFloat11 is faster?"),
        ("which one is faster?", "which of ZipNN and DFloat11 is faster?"),
        ("Do both of them train?", "Do ZipNN and DFloat11 train?"),
    ],
)
def test_a_pair_is_the_last_two_that_an_answer_listed(question, named):
    assert resolved(question, PAIR) == named


def test_the_other_one_is_not_the_one_spoken_of():
    two = [Turn("user", "Compare ZipNN and DFloat11"), Turn("assistant", "Both are small."),
           Turn("user", "What does ZipNN save?"), Turn("assistant", "A third.")]  # fmt: skip
    assert resolved("and the other one?", two) == "and DFloat11?"
    assert resolved("and the other papers of them?", two) == "and DFloat11 of them?"
    assert resolved("and the other day?", two) is None


def test_of_nothing_nothing_is_resolved():
    assert resolved("the second one?", []) is None
    assert resolved("which of them?", [Turn("user", "What is ZipNN?")]) is None
