"""Papers that disagree on what was asked are shown as disagreeing."""

from dataclasses import replace

import pytest

from rag.answer.disagreement import DISAGREE, conflict
from rag.types import Paper
from tests.finding import evidence_of
from tests.unit.answer.test_extract import answered
from tests.unit.answer.test_prose import CLEAN, QUESTION

SAYS = "KVSharer reduces the memory of the cache by 30% on all models that were tried."


@pytest.mark.parametrize(
    ("other", "apart", "copies"),
    [
        (SAYS.replace("30%", "60%"), True, True),
        (SAYS.replace("reduces", "increases"), True, True),
        (SAYS.replace("reduces", "never reduces"), True, True),
        (SAYS.replace("KVSharer", "ZipShare"), False, True),
        (SAYS.replace("all models", "every model"), False, False),
        (SAYS.replace("on all models that were tried", "and by 60% of what is left over"),
         False, False),
        (SAYS, False, False),
        ("It saves 60%.", False, False),
    ],
)  # fmt: skip
def test_sentences_conflict_that_say_the_same_but_for_what_tells(other, apart, copies):
    assert conflict(SAYS, other) is conflict(other, SAYS) is apart
    assert conflict(SAYS, other, copies=True) is copies


@pytest.mark.parametrize("order", [1, -1])
def test_near_copies_that_differ_on_what_was_asked_are_both_shown(order):
    copy = replace(CLEAN, id="copy", title="A Copy", abstract=CLEAN.abstract.replace("30%", "60%"))
    answer = answered(evidence_of(QUESTION, *[CLEAN, copy][::order], kind="number"))[-1]
    assert "30%" in answer.text and "60%" in answer.text and DISAGREE in answer.text
    titles = ["KVSharer: Sharing Caches", "A Copy"][::order]
    assert answer.notes == [
        f"These papers disagree: “{titles[0]}” and “{titles[1]}”.",
        f"“{titles[0]}” counts once; nearly the same text: “{titles[1]}”.",
    ]


def test_near_copies_that_agree_on_it_are_named_and_no_more():
    said = CLEAN.abstract.replace("No training is needed", "It is ready to be used")
    copy = replace(CLEAN, id="copy", title="A Copy", abstract=said)
    answer = answered(evidence_of(QUESTION, CLEAN, copy))[-1]
    assert "disagree" not in answer.text
    assert answer.notes == [
        "“KVSharer: Sharing Caches” counts once; nearly the same text: “A Copy”."
    ]


@pytest.mark.parametrize(("title", "shown"), [("KVSharer: A Replication", True), ("Zip", False)])
def test_papers_of_their_own_disagree_about_the_same_name(title, shown):
    first = Paper("a", "KVSharer: Sharing Caches", f"Caches are large. {SAYS}")
    said = SAYS.replace("30%", "6%")
    second = Paper("b", title, f"We looked again at what was claimed of sharing. {said}")
    answer = answered(evidence_of(QUESTION, first, second, kind="number"))[-1]
    assert (DISAGREE in answer.text) is shown
    assert any("disagree" in note for note in answer.notes) is shown


def test_many_copies_of_one_falsehood_are_shown_once():
    copies = [
        replace(CLEAN, id=f"c{n}", title=f"Copy {n}", abstract=CLEAN.abstract.replace("30%", "60%"))
        for n in range(5)
    ]
    answer = answered(evidence_of(QUESTION, CLEAN, *copies, kind="number"))[-1]
    assert answer.text.count("60%") == 1
    assert answer.notes[1].endswith("“Copy 0”, “Copy 1”, “Copy 2” and 2 more.")
