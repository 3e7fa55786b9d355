"""When two records are one paper, and what the paper is then."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from rag.store import SourceRecord
from rag.text import squash, words
from rag.types import Paper

T = TypeVar("T")
SIMILAR = 0.5
"""Least shared part of the word pairs of two abstracts under one title.

The nearest two different papers of the seeds share 46 % (of longer runs), under different titles.
"""


def identify(paper: Paper, known: Sequence[Paper], *, edited: Callable[[str], bool]) -> str:
    """The id of the known paper that this record describes, or a new id.

    The same DOI or arXiv id is the same paper; so is the same id or normalised title with a similar
    abstract. Where no paper is known by these, so is the same id or title with any abstract, when
    `edited(id)` says that the paper is known only from an earlier state of the file that this
    record is in.
    """
    for other in known:
        if paper.doi and paper.doi == other.doi:
            return other.id
        if paper.arxiv_id and paper.arxiv_id == other.arxiv_id:
            return other.id
        if _disagree(paper, other):
            continue
        if _same_name(paper, other) and similarity(paper.abstract, other.abstract) >= SIMILAR:
            return other.id
    edits = [
        other.id
        for other in known
        if paper.id == other.id or _same_name(paper, other) and not _disagree(paper, other)
        if edited(other.id)
    ]
    if edits:
        return paper.id if paper.id in edits else edits[0]
    if all(other.id != paper.id for other in known):
        return paper.id
    # The same name over another abstract: another paper, with an id of its own.
    return hashlib.sha256(f"{paper.id}\0{squash(paper.abstract)}".encode()).hexdigest()[:12]


def keys(paper: Paper) -> list[tuple[str, str]]:
    """What the paper may be known by: two papers that share none of it are different."""
    pairs = (
        ("doi", paper.doi), ("arxiv_id", paper.arxiv_id), ("title_key", squash(paper.title)),
        ("id", paper.id),
    )  # fmt: skip
    return [(name, value) for name, value in pairs if value]


def _same_name(paper: Paper, other: Paper) -> bool:
    return paper.id == other.id or squash(paper.title) == squash(other.title)


def _disagree(paper: Paper, other: Paper) -> bool:
    """Whether both carry an arXiv id, and not the same: then the titles agree by accident.

    DOIs may differ for one paper (a preprint's and the journal's), so they do not tell.
    """
    return bool(paper.arxiv_id and other.arxiv_id and paper.arxiv_id != other.arxiv_id)


def similarity(a: str, b: str) -> float:
    """Shared part of the word pairs of two texts (Jaccard), from 0 to 1."""
    if a == b:
        return 1.0
    first, second = (set(pairwise(words(text))) for text in (a, b))
    return len(first & second) / len(first | second) if first | second else 0.0


def merge(records: Sequence[SourceRecord]) -> Paper:
    """One paper from all its records: the first value by path and line wins, field by field."""
    ordered = [record.paper for record in sorted(records, key=lambda r: (r.path, r.line))]
    first = ordered[0]
    keywords = dict.fromkeys(word for paper in ordered for word in paper.keywords)
    return replace(
        first,
        authors=next((paper.authors for paper in ordered if paper.authors), ()),
        keywords=tuple(keywords),
        sources=tuple(source for paper in ordered for source in paper.sources),
        year=_first(paper.year for paper in ordered),
        venue=_first(paper.venue for paper in ordered),
        doi=_first(paper.doi for paper in ordered),
        arxiv_id=_first(paper.arxiv_id for paper in ordered),
        url=_first(paper.url for paper in ordered),
    )


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)
