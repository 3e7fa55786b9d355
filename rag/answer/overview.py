"""Overviews of a vague topic: how many papers, groups with a line each, and where to go on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.aspects import DOES
from rag.answer.citations import AnswerBlock, Composed
from rag.answer.closely import ask
from rag.answer.edits import called, name_of
from rag.answer.evidence import Evidence
from rag.answer.lists import shown
from rag.answer.membership import Judged
from rag.answer.quoting import quoted
from rag.embed import CachedEmbedder
from rag.text import STOP_WORDS, readable, stem, words
from rag.types import Cell, Paper, Row, Table

OTHER = "other aspects"
NAMED = 7
"""Papers of a group that are named besides the one that is quoted."""
GROUPS = 5
"""Groups at most,"""
PER_GROUP = 4
"""and no more than one for so many papers."""
FEW = 8
"""Fewer papers are not grouped, and told one by one;"""
TOLD = 8
"""so are these many of more that have nothing in common."""
SHARED = 0.5
"""Share of a group's papers that speak of what it is called by, at least."""
_PLAIN = frozenset(
    """towards toward using based with large language model models learning efficient improving
    approach method methods study analysis neural network networks deep training llms framework fast
    among through towards toward beyond better best novel simple class tasks task data""".split()
)
"""Words of titles that say nothing by themselves in any field that we know."""


def overview(judged: Sequence[Judged], evidence: Evidence, embedder: CachedEmbedder) -> Composed:
    """The papers about the topic, in groups where there are many; `judged` are those that belong
    to it, best first."""
    groups = labelled(grouped(judged, evidence, embedder), evidence)
    noun = "paper" if len(judged) == 1 else "papers"
    lead = f"{len(judged)} {noun} of this library are about this"
    lead += f", in {len(groups)} groups:" if len(groups) > 1 else ":"
    blocks: list[AnswerBlock] = []
    for label, group in groups.items():
        if len(groups) > 1:
            blocks.append(_group(f"{label} ({len(group)})", group, evidence, embedder))
        else:
            told = group[:TOLD]
            blocks += [_group(called(each.hit.paper), [each], evidence, embedder) for each in told]
            blocks[-1] = blocks[-1]._replace(also=tuple(e.hit.paper for e in group[TOLD:]))
    rows = [
        Row((Cell(readable(each.hit.paper.title)), Cell(label)), each.hit.paper)
        for label, group in groups.items()
        for each in group
    ]
    return Composed(
        tuple(blocks), lead=lead, tail=_further(list(groups.values())), itemised=True,
        table=Table(("Paper", "Group"), tuple(rows)),
    )  # fmt: skip


def _group(
    heading: str, group: Sequence[Judged], evidence: Evidence, embedder: CachedEmbedder
) -> AnswerBlock:
    """What the first paper of a group does, and which others are of it."""
    first = next((each for each in group if each.best is not None), group[0])
    also = tuple(each.hit.paper for each in group if each is not first)[:NAMED]
    said = ask(
        DOES.question.replace("{}", called(first.hit.paper)), first.hit.paper, evidence, embedder
    )
    line = quoted(said.sentences[0], evidence) if said else shown(first)
    return AnswerBlock((line,), heading, also)


def grouped(
    judged: Sequence[Judged], evidence: Evidence, embedder: CachedEmbedder
) -> list[list[Judged]]:
    """Papers that are alike together, the largest group first.

    Average linkage (Sokal and Michener, 1958) over what sets each paper's sentences apart from the
    mean of all, as all of them are on the topic.
    """
    if len(judged) < FEW:
        return [list(judged)]
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    own: dict[str, list[str]] = {
        each.hit.paper.id: [readable(each.hit.paper.title)] for each in judged
    }
    for sentence in evidence.sentences:
        if sentence.paper.id in own:
            own[sentence.paper.id].append(sentence.text)
    vectors = np.stack([embedder.embed(lines).mean(axis=0) for lines in own.values()])
    apart = vectors - vectors.mean(axis=0)
    apart /= np.linalg.norm(apart, axis=1, keepdims=True) + 1e-9
    most = min(GROUPS, len(judged) // PER_GROUP)
    places = fcluster(linkage(apart, "average", "cosine"), most, "maxclust")
    groups: dict[int, list[Judged]] = {}
    for place, each in zip(places, judged, strict=True):
        groups.setdefault(int(place), []).append(each)
    return sorted(groups.values(), key=len, reverse=True)


def labelled(groups: Sequence[Sequence[Judged]], evidence: Evidence) -> dict[str, list[Judged]]:
    """Groups by what most of their papers speak of and hardly another does, in words of a title.

    Papers of groups that have nothing in common come last, together.
    """
    asked = {stem(word) for word in words(evidence.query.text)}
    held = [[_held(each.hit.paper) for each in group] for group in groups]
    named: dict[str, list[Judged]] = {}
    for group, own in zip(groups, held, strict=True):
        others = [paper for another in held if another is not own for paper in another]
        scored = {}
        for phrase in set().union(*(_phrases(each.hit.paper.title) for each in group)):
            stems = _stems(phrase)
            inside = sum(stems in paper for paper in own) / len(own)
            outside = sum(stems in paper for paper in others) / max(1, len(others))
            titles = sum(phrase in _phrases(each.hit.paper.title) for each in group)
            told = any(stem(word) not in asked for word in phrase.split())
            if titles > 1 and inside >= SHARED and inside >= 2 * outside and told:
                scored[phrase] = (inside - outside) * (1 + ("-" in phrase or " " in phrase))
        best = sorted(scored, key=lambda phrase: (-scored[phrase], phrase))
        named.setdefault(_label(best) or OTHER, []).extend(group)
    rest = named.pop(OTHER, [])
    return named | ({OTHER: rest} if rest else {})


def _label(phrases: Sequence[str]) -> str:
    """The best phrase, with the next one that shares no word with it."""
    said = {stem(word) for phrase in phrases[:1] for word in re.split(r"[ -]", phrase)}
    apart = (p for p in phrases if said.isdisjoint(stem(word) for word in re.split(r"[ -]", p)))
    return ", ".join([*phrases[:1], *[p for p in (next(apart, ""),) if p]])


def _held(paper: Paper) -> str:
    """The stems of a paper's words, in order."""
    return _stems(f"{readable(paper.title)} {readable(paper.abstract)}")


def _stems(text: str) -> str:
    return f" {' '.join(stem(word) for word in words(text))} "


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
