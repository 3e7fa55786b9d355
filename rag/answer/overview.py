"""Overviews of a vague topic: how many papers, groups with a line each, and where to go on."""

from __future__ import annotations

import math
import re
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

OTHER = "other aspects"
NAMED = 7
"""Papers of a group that are named besides the one that is quoted."""
GROUPS = 5
"""Groups at most."""
COMMON = 0.2
"""What more of the papers found have in their titles says nothing of a group."""
_PLAIN = frozenset(
    """towards toward using based with large language model models learning efficient improving
    approach method methods study analysis neural network networks deep training""".split()
)
"""Words of titles that say nothing by themselves in any field that we know."""


def overview(judged: Sequence[Judged], evidence: Evidence, embedder: CachedEmbedder) -> Composed:
    """The papers about the topic in groups; `judged` are those that belong to it, best first."""
    groups = labelled(grouped(judged, embedder), evidence)
    noun = "paper" if len(judged) == 1 else "papers"
    lead = f"{len(judged)} {noun} of this library are about this"
    lead += f", in {len(groups)} groups:" if len(groups) > 1 else ":"
    blocks, rows = [], []
    for label, group in groups.items():
        first = next((each for each in group if each.best is not None), group[0])
        also = tuple(each.hit.paper for each in group if each is not first)[:NAMED]
        heading = f"{label} ({len(group)})" if len(groups) > 1 else ""
        blocks.append(AnswerBlock((shown(first),), heading, also))
        rows += [Row((Cell(readable(e.hit.paper.title)), Cell(label)), e.hit.paper) for e in group]
    return Composed(
        tuple(blocks), lead=lead, tail=_further(list(groups.values())), itemised=True,
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


def labelled(groups: Sequence[Sequence[Judged]], evidence: Evidence) -> dict[str, list[Judged]]:
    """Groups by what their titles have in common and others have less often.

    Papers of groups that have nothing in common come last, together.
    """
    asked = {stem(word) for word in words(evidence.query.text)}
    common = Counter(phrase for hit in evidence.hits for phrase in _phrases(hit.paper.title))
    counts = [Counter(p for each in g for p in _phrases(each.hit.paper.title)) for g in groups]
    total: Counter[str] = sum(counts, Counter())
    named: dict[str, list[Judged]] = {}
    for group, count in zip(groups, counts, strict=True):
        scored = {
            phrase: number / total[phrase] * math.log(1 + number) * len(phrase.split())
            for phrase, number in count.items()
            if number > 1
            and common[phrase] < COMMON * len(evidence.hits)
            and any(stem(word) not in asked for word in phrase.split())
        }
        best = min(scored, key=lambda phrase: (-scored[phrase], phrase), default=OTHER)
        named.setdefault(best, []).extend(group)
    others = named.pop(OTHER, [])
    return named | ({OTHER: others} if others else {})


def _phrases(title: str) -> set[str]:
    """The content words of a title, and pairs of neighbours."""
    runs: set[str] = set()
    for part in re.split(r"[:,;()]", readable(title)):
        kept = words(part)
        pairs = zip(kept, kept[1:], strict=False)
        runs |= {f"{a} {b}" for a, b in pairs if _content(a) and _content(b)}
        runs |= {word for word in kept if _content(word)}
    return runs


def _content(word: str) -> bool:
    return len(word) > 3 and word not in STOP_WORDS and word not in _PLAIN


def _further(groups: Sequence[Sequence[Judged]]) -> str:
    """Questions to go on with, about papers that have a name."""
    names = [name for group in groups if (name := name_of(group[0].hit.paper))]
    questions = [f"What is {names[0]}?"] if names else []
    questions += [f"How does {names[1]} work?"] if len(names) > 1 else []
    questions += [f"How do {names[0]} and {names[2]} differ?"] if len(names) > 2 else []
    return "To go on: " + " ".join(questions) if questions else ""
