"""Overviews of a vague topic: how many papers, their groups with a line each, and where to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rag.answer.citations import AnswerBlock, Composed
from rag.answer.edits import name_of
from rag.answer.evidence import Evidence
from rag.answer.lists import shown
from rag.answer.membership import Judged
from rag.embed import CachedEmbedder
from rag.text import STOP_WORDS, readable, stem, words
from rag.types import Cell, Row, Table

GROUPS = 5
"""Groups at most."""
LIKE = 0.42
"""Titles at least so similar to a group's first one join it, once there are enough groups."""
_EXAMPLES = 3
"""Papers of a group that are cited."""


def overview(judged: Sequence[Judged], evidence: Evidence, embedder: CachedEmbedder) -> Composed:
    """The papers about the topic in groups; `judged` are those that belong to it, best first."""
    groups = grouped(judged, embedder)
    labels = labelled(groups, evidence)
    noun = "paper" if len(judged) == 1 else "papers"
    lead = f"{len(judged)} {noun} of this library are about this"
    lead += f", in {len(groups)} groups:" if len(groups) > 1 else ":"
    blocks = []
    rows = []
    for group, label in zip(groups, labels, strict=True):
        first = [each for each in group if each.best is not None][:1] or group[:1]
        more = len(group) - len(first)
        heading = f"{label} ({len(group)})" if len(groups) > 1 or more else label
        blocks.append(AnswerBlock(tuple(map(shown, first)), heading=heading))
        rows += [
            Row((Cell(readable(each.hit.paper.title)), Cell(label)), each.hit.paper)
            for each in group
        ]
    return Composed(
        tuple(blocks), lead=lead, tail=_further(groups), itemised=True,
        table=Table(("Paper", "Group"), tuple(rows)),
    )  # fmt: skip


def grouped(judged: Sequence[Judged], embedder: CachedEmbedder) -> list[list[Judged]]:
    """Papers with like titles together: leaders are as far apart as they can be (k-centre)."""
    if len(judged) < 4:
        return [[each] for each in judged]
    vectors = embedder.embed([readable(each.hit.paper.title) for each in judged])
    like = vectors @ vectors.T
    leaders = [0]
    while len(leaders) < min(GROUPS, len(judged) // 2):
        nearest = like[:, leaders].max(axis=1)
        leaders.append(int(nearest.argmin()))
    groups: dict[int, list[Judged]] = {leader: [] for leader in leaders}
    for place, each in enumerate(judged):
        groups[max(leaders, key=lambda leader: like[place, leader])].append(each)
    return sorted((g for g in groups.values() if g), key=len, reverse=True)


def labelled(groups: Sequence[Sequence[Judged]], evidence: Evidence) -> list[str]:
    """Two or three words of each group's titles that others have less often."""
    asked = {stem(word) for word in words(evidence.query.text)}
    counts = [_title_words(group) for group in groups]
    total: Counter[str] = sum(counts, Counter())
    labels = []
    for group, count in zip(groups, counts, strict=True):
        scored = {
            word: number / len(group) * number / total[word]
            for word, number in count.items()
            if stem(word) not in asked and (number > 1 or len(group) == 1)
        }
        best = sorted(scored, key=lambda word: (-scored[word], word))[:3]
        labels.append(", ".join(best) if best else readable(group[0].hit.paper.title))
    return labels


def _title_words(group: Sequence[Judged]) -> Counter[str]:
    return Counter(
        word
        for each in group
        for word in {w for w in words(each.hit.paper.title) if len(w) > 3 and w not in STOP_WORDS}
    )


def _further(groups: Sequence[Sequence[Judged]]) -> str:
    """Questions to go on with, about papers that have a name."""
    names = [name for group in groups if (name := name_of(group[0].hit.paper))]
    questions = [f"What is {names[0]}?"] if names else []
    questions += [f"How does {names[1]} work?"] if len(names) > 1 else []
    questions += [f"How do {names[0]} and {names[2]} differ?"] if len(names) > 2 else []
    return "To go on: " + " ".join(questions) if questions else ""
