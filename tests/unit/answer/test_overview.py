"""Overviews: like titles together, what they share as a label, and where to go on."""

from rag.answer.membership import Judged
from rag.answer.overview import GROUPS, OTHER, TOLD, grouped, labelled, overview
from rag.types import Paper
from tests.builders import hit
from tests.finding import EMBEDDER, evidence_of

TITLES = [
    "ZipNN: Lossless Weight Compression", "PackIt: Lossless Weight Compression",
    "SqueezeNet: Lossless Weight Compression",
    "CacheGen: Streaming Key Caches", "KVQuant: Streaming Key Caches",
]  # fmt: skip
MANY = [*TITLES, *(title.replace(":", "2:") for title in TITLES)]


def judged(titles):
    """Papers of these titles, the first the likeliest, and the evidence."""
    papers = [
        Paper(str(n), title, f"We present the work number {n} of this kind.")
        for n, title in enumerate(titles)
    ]
    others = [Paper(f"o{n}", f"Unlike Matter {n}", "It is nothing.") for n in range(20)]
    evidence = evidence_of("tell me about shrinking", *papers, *others, kind="overview")
    lines = {sentence.paper.id: sentence for sentence in evidence.sentences}
    return [Judged(hit(paper), 0.9, (), lines[paper.id], True) for paper in papers], evidence


def test_papers_that_are_alike_are_together_and_the_largest_group_is_first():
    papers, evidence = judged([*TITLES[3:], *TITLES[:3], *TITLES[:3]])
    groups = grouped(papers, evidence, EMBEDDER)
    assert [sorted(each.hit.paper.id for each in group) for group in groups] == [
        ["2", "3", "4", "5", "6", "7"], ["0", "1"]
    ]  # fmt: skip


def test_a_few_papers_are_not_grouped():
    few, evidence = judged(TITLES[:3])
    assert grouped(few, evidence, EMBEDDER) == [few]


def test_there_are_not_too_many_groups():
    many, evidence = judged([f"Word{n}a Word{n}b" for n in range(8 * GROUPS)])
    groups = grouped(many, evidence, EMBEDDER)
    assert 1 < len(groups) <= GROUPS and sum(map(len, groups)) == 8 * GROUPS


def test_a_group_is_called_by_what_its_titles_share():
    papers, evidence = judged(TITLES)
    named = labelled([papers[3:4], papers[:3], papers[3:]], evidence)
    compression, caches, others = named
    assert compression == "lossless weight, compression"
    assert "caches" in caches
    assert others == OTHER and named[OTHER] == papers[3:4]  # one paper shares nothing: it is last


def test_what_is_asked_for_is_no_label():
    papers, evidence = judged(["AlphaNet: Shrinking", "BetaNet: Shrinking"])
    assert labelled([papers], evidence) == {OTHER: papers}


def test_an_overview_counts_groups_and_goes_on():
    papers, evidence = judged(MANY)
    composed = overview(papers, evidence, EMBEDDER)
    assert composed.lead == "10 papers of this library are about this, in 2 groups:"
    assert composed.itemised
    first, second = composed.blocks
    assert first.heading.endswith(" (6)") and second.heading.endswith(" (4)")
    assert [len(block.sentences) for block in composed.blocks] == [1, 1]
    assert first.sentences[0].text == "We present the work number 0 of this kind."
    assert composed.tail == "To go on: What is ZipNN? How does CacheGen work?"


def test_the_table_of_an_overview_has_every_paper_with_its_group():
    papers, evidence = judged(MANY)
    composed = overview(papers, evidence, EMBEDDER)
    assert composed.table is not None and composed.table.columns == ("Paper", "Group")
    assert {row.cells[0].value for row in composed.table.rows} == set(MANY)
    labels = [row.cells[1].value for row in composed.table.rows]
    assert [f"{labels[0]} (6)", f"{labels[-1]} (4)"] == [b.heading for b in composed.blocks]


def test_a_few_papers_are_told_one_by_one():
    papers, evidence = judged(TITLES[:2])
    composed = overview(papers, evidence, EMBEDDER)
    assert composed.lead == "2 papers of this library are about this:"
    assert [block.heading for block in composed.blocks] == ["ZipNN", "PackIt"]
    assert all(len(block.sentences) == 1 and not block.also for block in composed.blocks)


def test_of_more_with_nothing_in_common_only_the_first_are_told():
    papers, evidence = judged([f"Word{n}a Word{n}b" for n in range(TOLD + 2)])
    composed = overview(papers, evidence, EMBEDDER)
    assert len(composed.blocks) == TOLD
    assert len(composed.blocks[-1].also) == 2
