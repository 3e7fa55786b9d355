"""Keys become numbers as they arrive, however the stream is cut."""

import re

import pytest

from rag.answer.citation_parser import CitationParser

A, B = "src-x7k2", "src-bbbb"
TITLES = ["Alpha: halving memory", "Beta"]
PASSAGES = "Values in the range [0, 1], (1, 2), (1) and as in [12]."
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
    "an interval of a passage": ("In [0,1] it is.", "In (0,1) it is."),
    "an interval shown in parentheses": ("In [1, 2] it is.", "In (1, 2) it is."),
    "a passage's own reference": (f"So [{A}], as in [12].", "So [1], as in (12)."),
    "a year": (f"So [{A}] in [2023].", "So [1] in (2023)."),
    "places": ("So [2]. And [1]. Both [2][1].", "So [1]. And [2]. Both [1] [2]."),
    "places of several": ("So [1; 2]. [1-2] and [2 and 1].", "So [1] [2]. [1] [2] and [2] [1]."),
    "places otherwise": ("A [^2]. B 【1】. C [passage 2].", "A [1]. B [2]. C [1]."),
    "half a key": (f"So [x7k2]. And [{B}].", "So [1]. And [2]."),
    "half keys": ("So [x7k2, bbbb] and [src:bbbb].", "So [1] [2] and [2]."),
    "titles": ("So [Beta]. And [alpha – halving memory].", "So [1]. And [2]."),
    "a title in other words": (f"So [{A}]. [Alpha halving].", "So [1]. [Alpha halving]."),
    "in backticks": (f"So `[{A}]` and `{B}`, `code` too.", "So [1] and [2], `code` too."),
    "in a fence": (f"```markdown\nSo [{A}].\n```\nAnd.\n```", "So [1].\nAnd."),
    "half a marker at the end": (f"So [{A}]. And [src-b", "So [1]. And"),
    "half a key at the end": ("So it is src-", "So it is"),
    "thinking": (f"<think>I look at [{A}].\n</think>\n\nSo [{B}].", "So [1]."),
    "thinking only": ("<think>I look at it.", ""),
    "thinking that is only closed": (f"I see [{A}]. Or [{A}]?</think>So [{B}].", "So [1]."),
    "thinking in the middle": (f"So [{B}].<think>[{A}]</think> And [{B}].", "So [1]. And [1]."),
    "a fault of thinking": (f"<think>a</think>So [src-zzzz]</think>So [{A}]", "So [1]"),
    "nothing": ("", ""),
    "not a refusal": (f"Not all [{A}]\nNot an answer.", "Not all [1]\nNot an answer."),
}
DROPPED = {
    "unknown": ("So it is [src-zzzz].", "So it is.", 1),
    "partly unknown": (f"So [{A}, src-zzzz].", "So [1].", 1),
    "numbers": ("So [7]. And [2-4, 9].", "So. And.", 2),
    "numbers beside keys": (f"So [{A}]. And [2].", "So [1]. And.", 1),
    "a range beyond": ("So [1-3].", "So.", 1),
    "files": ("So 【4:0†source】.", "So.", 1),
    "a garbled key": ("So [src-x7k]. Bare src-qqqq too.", "So. Bare too.", 2),
}
GAPS = {
    "all": ("NOT ANSWERED", "", ""),
    "all, with a stop": ("Not answered.", "", ""),
    "a part": (f"So [{A}].\nNOT ANSWERED: the year.", "So [1].", "the year."),
    "bold": (f"So [{A}].\n\n**NOT ANSWERED:** the year [{B}]", "So [1].", "the year"),
    "in a list": (f"- So [{A}]\n- Not answered: it.", "- So [1]", "it."),
    "two lines": (f"NOT ANSWERED: a\nBut b [{A}].", "But b [1].", "a"),
    "said after it": (f"NOT ANSWERED: the year. It has 8 [{A}].", "It has 8 [1].", "the year."),
    "twice": (f"NOT ANSWERED: a [{A}].\n- So [{B}]\nNOT ANSWERED: b", "- So [1]", "a.; b"),
}


def read(pieces) -> CitationParser:
    """What a reader holds after these pieces, watched while they come."""
    markers = CitationParser([A, B], PASSAGES, TITLES)
    for piece in pieces:
        before = markers.shown
        assert markers.feed(piece) == (markers.shown != before)
        assert markers.shown.startswith(before)
        assert not re.search(r"src-|\[$|\[\d*$|【|<think|NOT ANS", markers.shown, re.IGNORECASE)
    markers.close()
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


def shown_in_turn(*pieces) -> list[str]:
    markers = CitationParser([A])
    return [markers.shown for piece in pieces if markers.feed(piece) or True]


def test_an_answer_is_shown_from_its_first_citation_on():
    assert shown_in_turn("One", f" two [{A}].", " Three", " four.") == [
        "", "One two [1].", "One two [1]. Three", "One two [1]. Three four."
    ]  # fmt: skip


@pytest.mark.parametrize(
    "thought",
    [f"We look at [{A}].", f"Okay, it is [{A}].", f"Passage {A} has it.", "One. Two. Three. Four."],
)
def test_what_may_be_thinking_is_not_shown_before_the_end(thought):
    assert set(shown_in_turn(thought, f" So it says [{A}].", " More.")) == {""}
    assert read([thought, f"</think>So [{A}]."]).shown == "So [1]."


def test_what_was_shown_is_taken_back_when_it_was_thinking():
    shown = shown_in_turn(f"It is [{A}]. But", "</think>", f" So [{A}].", " More")
    assert shown == ["It is [1]. But", "", "So [1].", "So [1]. More"]


def test_a_cut_leaves_out_what_only_the_rest_cites():
    markers = read([f"So [{B}]. And [{A}]. And [{A}]."])
    markers.cut(7)
    assert (markers.shown, markers.numbers, markers.draft) == ("So [1].", {B: 1}, f"So [{B}].")


def test_numbers_follow_first_use_and_stay():
    assert read([f"[{B}] [{A}] [{B}]"]).numbers == {B: 1, A: 2}


def test_the_draft_keeps_the_keys_for_a_repair():
    assert read([f"So [{A}].\nNOT ANSWERED: it."]).draft == f"So [{A}].\nNOT ANSWERED: it."


def test_characters_that_hide_or_steer_are_left_out():
    assert read(["A\x07B\u202eC"]).shown == "ABC"
