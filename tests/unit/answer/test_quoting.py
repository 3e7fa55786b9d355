"""A sentence that points back is quoted with the one before it."""

from rag.answer.quoting import LONGEST, quoted
from rag.types import Paper
from tests.finding import evidence_of

FIRST = "Models trained on facts fail to learn them reversed."
SECOND = "This is known in our field as the Reversal Curse."


def last_of(abstract: str):
    found = evidence_of("What is it?", Paper("a", "On Curses", abstract))
    return quoted(found.sentences[-1], found)


def test_a_sentence_that_points_back_is_quoted_with_the_one_before():
    sentence = last_of(f"Opening words. {FIRST} {SECOND}")
    assert sentence.text == f"{FIRST} {SECOND}"
    assert (sentence.quote.text, sentence.quote.start) == (f"{FIRST} {SECOND}", 15)
    assert sentence.paper.abstract[sentence.quote.start : sentence.quote.end] == sentence.quote.text
    assert sentence.verbatim


def test_a_sentence_that_stands_alone_is_quoted_alone():
    sentence = last_of(f"{FIRST} Adding reversed data to the training set helps a bit.")
    assert sentence.text == "Adding reversed data to the training set helps a bit."
    assert sentence.quote.start == len(FIRST) + 1


def test_what_was_made_to_stand_alone_needs_no_other():
    sentence = last_of(f"{FIRST} However, reversed data in training mends it to some degree.")
    assert sentence.text == "[R]eversed data in training mends it to some degree."
    assert sentence.quote.text.startswith("However, ")


def test_two_sentences_that_would_be_too_long_are_not_quoted_together():
    length = LONGEST - len(SECOND.split())
    fits, too_long = (" ".join(["Word"] * words) + "." for words in (length, length + 1))
    assert last_of(f"{fits} {SECOND}").text == f"{fits} {SECOND}"
    assert last_of(f"{too_long} {SECOND}").text == SECOND


def test_the_first_sentence_has_none_before_it():
    assert last_of(SECOND).text == SECOND
