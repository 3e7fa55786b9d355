"""Keys become numbers as they arrive, however the stream is cut."""

import re

import pytest

from rag.answer.citation_parser import CitationParser

A, B = "src-x7k2", "src-bbbb"
PASSAGES = "Values in the range [0, 1] and as in [12]."
CASES = {
    "plain": (f"It halves memory [{A}]. More [{B}].", "It halves memory [1]. More [2]."),
    "after the stop": (f"It does. [{B}] So.", "It does. [1] So."),
    "several": (f"So [{A}, {B}; {A} and {B}].", "So [1] [2]."),
    "adjacent": (f"So [{B}][{A}].", "So [1] [2]."),
    "parentheses": (f"So ({A} and {B}). (An aside.)", "So [1] [2]. (An aside.)"),
    "wide brackets": (f"So 【{A}】.", "So [1]."),
    "double, linked": (f"So [[{A}]](http://x.org/a) it is.", "So [1] it is."),
    "upper case": ("So [SRC-X7K2].", "So [1]."),
    "bare": (f"As {A} says, src is not srcs.", "As [1] says, src is not srcs."),
    "with words": (f"So [see {A}, p. 3].", "So [1]."),
    "lines": (f"- One [{A}]\n- Two [{B}]\n", "- One [1]\n- Two [2]"),
    "other brackets": ("A [note] on [SEP] and (s).", "A [note] on [SEP] and (s)."),
    "an interval of a passage": ("In [0, 1] it is.", "In (0, 1) it is."),
    "half a marker at the end": (f"So [{A}]. And [src-b", "So [1]. And"),
    "half a key at the end": ("So it is src-", "So it is"),
    "thinking": (f"<think>I look at [{A}].\n</think>\n\nSo [{B}].", "So [1]."),
    "thinking only": ("<think>I look at it.", ""),
    "nothing": ("", ""),
    "not a refusal": (f"Not all [{A}]\nNot an answer.", "Not all [1]\nNot an answer."),
}
DROPPED = {
    "unknown": ("So it is [src-zzzz].", "So it is.", 1),
    "partly unknown": (f"So [{A}, src-zzzz].", "So [1].", 1),
    "numbers": ("So [7]. And [2-4, 9].", "So. And.", 2),
    "a garbled key": ("So [src-x7k]. Bare src-qqqq too.", "So. Bare too.", 2),
}
GAPS = {
    "all": ("NOT ANSWERED", "", ""),
    "all, with a stop": ("Not answered.", "", ""),
    "a part": (f"So [{A}].\nNOT ANSWERED: the year.", "So [1].", "the year."),
    "bold": (f"So [{A}].\n\n**NOT ANSWERED:** the year [{B}]", "So [1].", "the year"),
    "in a list": (f"- So [{A}]\n- Not answered: it.", "- So [1]", "it."),
    "two lines": ("NOT ANSWERED: a\nand b", "", "a\nand b"),
}


def read(pieces) -> CitationParser:
    """What a reader holds after these pieces, watched while they come."""
    markers = CitationParser([A, B], PASSAGES)
    returned = ""
    for piece in pieces:
        before = markers.shown
        returned += markers.feed(piece)
        assert markers.shown.startswith(before)
        assert not re.search(r"src-|\[$|\[\d*$|【|<think|NOT ANS", markers.shown, re.IGNORECASE)
    returned += markers.close()
    assert returned == markers.shown
    return markers


def cuts(text: str):
    """The text in every two and three pieces, and letter by letter."""
    yield list(text)
    for first in range(len(text) + 1):
        for second in range(first, len(text) + 1):
            yield [text[:first], text[first:second], text[second:]]


def state(markers: CitationParser):
    return markers.shown, markers.gap, markers.dropped, markers.numbers, markers.draft


@pytest.mark.parametrize("name", [*CASES, *DROPPED, *GAPS])
def test_however_a_reply_is_cut_the_result_is_the_same(name):
    text = {**CASES, **DROPPED, **GAPS}[name][0]
    whole = state(read([text]))
    for pieces in cuts(text):
        assert state(read(pieces)) == whole, pieces


@pytest.mark.parametrize("name", CASES)
def test_keys_become_numbers_in_order_of_first_use(name):
    text, shown = CASES[name]
    markers = read([text])
    assert (markers.shown, markers.gap, markers.dropped) == (shown, None, 0)


@pytest.mark.parametrize("name", DROPPED)
def test_what_names_no_passage_vanishes_and_is_counted(name):
    text, shown, dropped = DROPPED[name]
    markers = read([text])
    assert (markers.shown, markers.dropped) == (shown, dropped)


@pytest.mark.parametrize("name", GAPS)
def test_what_is_not_answered_is_told_apart(name):
    text, shown, gap = GAPS[name]
    markers = read([text])
    assert (markers.shown, markers.gap) == (shown, gap)


def test_ordinary_text_is_shown_at_once():
    markers = CitationParser([A])
    assert [markers.feed(piece) for piece in ("One", " two", " three.")] == [
        "One",
        " two",
        " three.",
    ]


def test_numbers_follow_first_use_and_stay():
    assert read([f"[{B}] [{A}] [{B}]"]).numbers == {B: 1, A: 2}


def test_the_draft_keeps_the_keys_for_a_repair():
    assert read([f"So [{A}].\nNOT ANSWERED: it."]).draft == f"So [{A}].\nNOT ANSWERED: it."


def test_characters_that_hide_or_steer_are_left_out():
    assert read(["A\x07B\u202eC"]).shown == "ABC"
