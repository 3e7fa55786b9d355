"""Lists: what fits with a line each, what is near with what it misses, and a table of both."""

import pytest

from rag.answer import lists
from rag.answer.lists import MOST_NEAR, NEAREST, NONE, PLAIN, about, how_decided, listed
from rag.answer.membership import DESPITE, FITS, NEAR, Judged, fits
from rag.types import Paper
from tests.builders import hit
from tests.finding import EMBEDDER, evidence_of


def papers(count: int) -> list[Paper]:
    return [Paper(f"p{n}", f"Paper {n}", f"We study the subject number {n}.") for n in range(count)]


@pytest.fixture
def judged(monkeypatch):
    """A list of papers of which so much was found: a probability and what is missing."""

    def of(*found):
        evidence = evidence_of("papers", *papers(len(found)), kind="list")
        each = [
            Judged(hit, probability, missing, evidence.sentences[at], fits(probability, missing))
            for at, (hit, (probability, missing)) in enumerate(
                zip(evidence.hits, found, strict=True)
            )
        ]
        monkeypatch.setattr(lists, "judge", lambda *_: each)
        return evidence

    return of


def test_papers_that_fit_are_listed_and_those_near_are_named_with_what_they_miss(judged):
    evidence = judged((0.9, ()), (DESPITE, ("speed",)), (DESPITE - 0.01, ("speed", "size")),
                      (NEAR, ("size",)), (NEAR - 0.01, ("size",)), (FITS - 0.01, ()))  # fmt: skip
    composed = listed(evidence, EMBEDDER)
    assert composed.lead == "2 papers fit:" and composed.itemised
    assert [block.heading for block in composed.blocks] == ["Paper 0", "Paper 1"]
    assert [block.sentences[0].text for block in composed.blocks] == [
        "We study the subject number 0.", "We study the subject number 1."
    ]  # fmt: skip
    assert [(near.heading, near.sentences) for near in composed.near] == [
        ("Paper 3 (missing: size)", ())  # what misses two is not near
    ]  # fmt: skip


def test_the_table_tells_what_each_row_is(judged):
    table = listed(judged((0.9, ()), (NEAR, ("speed",))), EMBEDDER).table
    assert table is not None and table.columns == ("Paper", "What shows it")
    assert [row.verdict for row in table.rows] == ["meets", "near, missing: speed"]
    line = table.rows[0].cells[1]
    assert (line.value, line.support) == ("We study the subject number 0.", "quoted")
    assert line.quote is not None and line.quote.text == line.value


def test_where_none_fits_that_is_said_with_the_nearest(judged):
    composed = listed(judged((0.01, ("speed",)), (0.0, ("speed", "size"))), EMBEDDER)
    assert composed.lead == composed.lacking == NONE and composed.blocks == ()
    assert [near.heading for near in composed.near] == [
        "Paper 0 (missing: speed)", "Paper 1 (missing: speed, size)"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("probability", "lead", "lacking"),
    [(PLAIN, "1 paper fits:", ""), (PLAIN - 0.01, NEAREST, NEAREST)],
)
def test_one_that_fits_in_other_words_is_listed_as_that(judged, probability, lead, lacking):
    composed = listed(judged((probability, ("speed",))), EMBEDDER)
    assert (composed.lead, composed.lacking) == (lead, lacking)
    assert [block.heading for block in composed.blocks] == ["Paper 0"]


def test_what_is_to_be_left_out_is_not_listed_however_likely(judged):
    composed = listed(judged((0.9, ()), (0.9, ("not cats",))), EMBEDDER)
    assert [block.heading for block in composed.blocks] == ["Paper 0"]
    assert [near.heading for near in composed.near] == ["Paper 1 (has: cats)"]


def test_only_so_many_are_named_as_near(judged):
    evidence = judged((0.9, ()), *[(NEAR, ("speed",))] * (MOST_NEAR + 2))
    assert len(listed(evidence, EMBEDDER).near) == MOST_NEAR


def test_papers_about_a_topic_are_those_that_fit(judged):
    evidence = judged((FITS, ()), (FITS - 0.01, ()), (DESPITE, ("x",)))
    assert [found.paper.id for found in about(evidence, EMBEDDER)] == ["p0", "p2"]


def test_it_is_said_how_papers_on_a_topic_were_told():
    assert how_decided("soil", EMBEDDER) == (
        "Which papers are about “soil” was decided one by one, from their titles and abstracts "
        f"(probability at least {FITS:.2f})."
    )


def test_a_paper_without_a_line_shows_the_passage_that_was_found():
    paper = Paper("a", "T", "It saves 5.3times.")
    line = lists.shown(Judged(hit(paper), 0.5, (), None, True))
    assert (line.text, line.quote.text) == ("It saves 5.3×.", "It saves 5.3times.")
    assert (line.quote.start, line.quote.end) == (0, 18)
