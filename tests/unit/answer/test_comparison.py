"""Comparisons: which papers, what each says, and a sentence that speaks of both."""

import pytest

from rag.answer.comparison import MOST, NEITHER_SAYS, between_two, compared, comparison, label_of
from rag.types import Paper
from tests.finding import EMBEDDER, evidence_of
from tests.reading import reading_embedder

ZIP = Paper(
    "zip",
    "ZipNN: Lossless Compression",
    "Models grow. ZipNN is a codec for the weights of models. It saves 33% of the space.",
)
FLOAT = Paper(
    "float",
    "Dynamic-Length Float",
    "We propose DFloat11, which codes weights in fewer bits. It saves 30% of the space.",
)
PACK = Paper("pack", "PackIt2: Another Codec", "We pack weights. It saves 20% of the space.")
BOTH = Paper("both", "A Study of Codecs", "We find ZipNN slower than DFloat11 by 12%. It is small.")
CATS = Paper("cats", "On Cats", "Cats sleep all day.")
QUESTION = "Compare ZipNN and DFloat11"


def evidence(question, *papers):
    return evidence_of(question, *papers, kind="comparison")


@pytest.mark.parametrize(
    ("question", "papers", "chosen"),
    [
        (QUESTION, (CATS, FLOAT, ZIP), ["zip", "float"]),  # as named, not as found
        (QUESTION, (CATS, BOTH, ZIP), ["zip"]),  # one sentence speaks of both
        ("Compare ZipNN and QuarkZip", (CATS, ZIP), ["zip"]),  # nothing stands in for QuarkZip
        ("compare the two codecs", (BOTH, ZIP, CATS), ["both", "zip"]),  # the first two
        ("Compare ZipNN with others", (ZIP, CATS), ["zip", "cats"]),
    ],
)
def test_those_are_compared_that_are_named_or_found_first(question, papers, chosen):
    assert [paper.id for paper in compared(evidence(question, *papers))] == chosen


def test_so_many_are_compared_at_most():
    names = [f"Net{n}X" for n in range(MOST + 1)]
    papers = [Paper(name, f"{name}: A Net", f"{name} is a net.") for name in names]
    assert len(compared(evidence("Compare " + ", ".join(names), *papers))) == MOST


def test_each_paper_says_what_it_is_and_what_it_reports():
    composed = comparison(evidence(QUESTION, CATS, ZIP, FLOAT), EMBEDDER)
    assert composed is not None and composed.itemised
    first, second = composed.blocks
    assert (first.heading, second.heading) == ("ZipNN", "DFloat11")
    for block, what, result in ((first, "a codec", "33%"), (second, "DFloat11", "30%")):
        text = " ".join(sentence.text for sentence in block.sentences)
        assert what in text and result in text and text.index(what) < text.index(result)


def test_a_sentence_that_speaks_of_both_comes_first():
    composed = comparison(evidence(QUESTION, ZIP, FLOAT, BOTH), EMBEDDER)
    assert composed is not None
    lead, *others = composed.blocks
    assert [s.text for s in lead.sentences] == ["We find ZipNN slower than DFloat11 by 12%."]
    assert lead.heading == "" and [block.heading for block in others] == ["ZipNN", "DFloat11"]


def test_the_table_has_a_row_for_each_paper_and_a_column_for_each_aspect():
    composed = comparison(evidence("Compare ZipNN with others", ZIP, CATS), EMBEDDER)
    assert composed is not None and composed.table is not None
    assert composed.table.columns == ("Paper", "What it does", "What it reports")
    assert [[cell.value for cell in row.cells] for row in composed.table.rows] == [
        ["ZipNN", "ZipNN is a codec for the weights of models.", "It saves 33% of the space."],
        ["On Cats", "Cats sleep all day.", "not stated"],
    ]
    assert [cell.support for cell in composed.table.rows[0].cells] == [None, "quoted", "quoted"]


def test_one_paper_is_no_comparison():
    assert comparison(evidence("Compare ZipNN", ZIP), EMBEDDER) is None


def test_a_paper_is_called_as_the_question_calls_it():
    found = evidence("Compare ZipNN with others", ZIP, FLOAT)
    assert (label_of(ZIP, found), label_of(FLOAT, found)) == ("ZipNN", "Dynamic-Length Float")


@pytest.mark.parametrize(
    ("question", "two"),
    [
        ("What do ZipNN and PackIt2 each do?", True),
        ("Is ZipNN smaller than PackIt2?", True),
        ("What do ZipNN and PackIt2 save?", False),  # may be asked of a paper that has both
        ("What does each part of ZipNN do?", False),
        ("Is ZipNN smaller than DFloat11?", False),  # no title says so
    ],
)
def test_two_papers_side_by_side_are_compared_whatever_the_kind(question, two):
    found = evidence_of(question, ZIP, PACK, FLOAT, kind="fact")
    assert between_two(found) is two


def test_what_no_paper_says_is_told_with_what_stands_nearest():
    reading = reading_embedder()
    for asked, said in (("licence", False), ("space", True)):
        question = f"Compare ZipNN and PackIt2 in terms of {asked}"
        found = evidence_of(question, ZIP, PACK, kind="comparison", embedder=reading)
        composed = comparison(found, reading)
        assert composed is not None and len(composed.blocks) == 2
        assert (composed.lead, composed.lacking) == (("", "") if said else (NEITHER_SAYS,) * 2)
