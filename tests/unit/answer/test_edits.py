"""Sentences made to stand alone: what is taken off, what is put in brackets, what is left."""

import pytest

from rag.answer.edits import alone, dangles, name_of
from rag.types import Paper

PAPER = Paper("a", "DFloat11: Lossless Compression of Models", "")
NAMELESS = Paper("b", "On the compression of models", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("However, this method reduces memory.", "[DFloat11] reduces memory."),
        ("RESULTS: Memory falls by 30%.", "Memory falls by 30%."),
        ("Abstract. Memory falls by 30%.", "Memory falls by 30%."),
        ("Moreover, memory falls by a third.", "[M]emory falls by a third."),
        ("To address this issue, we code weights shorter.", "[W]e code weights shorter."),
        ("In this paper, LoRA is made smaller.", "LoRA is made smaller."),
        ("Our proposed framework reduces memory.", "[DFloat11] reduces memory."),
        ("The method of others reduces memory.", "The method of others reduces memory."),
        ("DFloat11 shows that this method works.", "DFloat11 shows that this method works."),
        ("Memory falls, however, by 30%.", "Memory falls, however, by 30%."),
        ("However, these methods reduce memory.", "[T]hese methods reduce memory."),
        ("However, it works.", "However, it works."),  # too little would be left
    ],
)
def test_what_points_outside_is_taken_off_or_named(text, shown):
    assert alone(text, PAPER) == shown


def test_it_is_named_only_after_a_sentence_that_names_it():
    text = "It reduces memory by 30%."
    assert alone(text, PAPER, "DFloat11 is new.") == "[DFloat11] reduces memory by 30%."
    assert alone(text, PAPER, "Huffman coding is old.") == text
    assert alone(text, PAPER) == text


def test_a_paper_without_a_name_gets_none():
    assert alone("This method reduces memory.", NAMELESS) == "This method reduces memory."


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("This paper presents a codec for the weights of models.", False),
        ("This technical report introduces a codec for the weights.", False),
        ("This is known in the field as the Reversal Curse.", True),
        ("They are the first to do so on phones with it.", True),
        ("[T]hese are slower than all others that were tried.", True),
        ("[DFloat11] is slower than all others that were tried.", False),
        ("Itemised lists of papers are what people like to read.", False),
        ("Theirs is a name that only opens with the pointer here.", False),
        ("It works.", True),
        ("Memory falls by a third of it.", False),
        ("Memory falls by a third.", True),
    ],
)
def test_what_points_back_or_says_little_dangles(text, points):
    assert dangles(text) is points


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("ZipNN: Lossless Compression", "ZipNN"),
        ("Medusa: Decoding with Heads", "Medusa"),
        ("Lossless Compression", ""),
        ("Lossless compression: a survey", ""),
    ],
)
def test_the_name_of_a_work_is_in_its_title(title, name):
    assert name_of(Paper("a", title, "")) == name
