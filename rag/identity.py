"""When two records are one paper, and what the paper is then."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.library import Library, Record
from rag.text import squash, words
from rag.types import Paper

SIMILAR = 0.5
"""Least shared part of the word pairs of two abstracts under one title.

The nearest two different papers of the seeds share 46 % (of longer runs), under different titles.
"""


def identify(library: Library, paper: Paper, *, path: str, run: str) -> str:
    """The id of the paper in the library that this record describes, or a new id.

    The same DOI or arXiv id is the same paper; so is the same normalised title with a similar
    abstract, or with any abstract when it is this very file that has been edited.
    """
    for known in library.papers(library.candidates(paper)):
        if paper.doi and paper.doi == known.doi:
            return known.id
        if paper.arxiv_id and paper.arxiv_id == known.arxiv_id:
            return known.id
        if _disagree(paper, known) or squash(paper.title) != squash(known.title):
            continue
        if similarity(paper.abstract, known.abstract) >= SIMILAR:
            return known.id
        if all(record.path == path and record.run != run for record in library.records(known.id)):
            return known.id
    if not library.papers([paper.id]):
        return paper.id
    # The same title over another abstract: another paper, with an id of its own.
    return hashlib.sha256(f"{paper.id}\0{squash(paper.abstract)}".encode()).hexdigest()[:12]


def _disagree(paper: Paper, known: Paper) -> bool:
    """Whether both carry an arXiv id, and not the same: then the titles agree by accident.

    DOIs may differ for one paper (a preprint's and the journal's), so they do not tell.
    """
    return bool(paper.arxiv_id and known.arxiv_id and paper.arxiv_id != known.arxiv_id)


def similarity(a: str, b: str) -> float:
    """Shared part of the word pairs of two texts (Jaccard), from 0 to 1."""
    if a == b:
        return 1.0
    first, second = (set(pairwise(words(text))) for text in (a, b))
    return len(first & second) / len(first | second) if first | second else 0.0


def merge(records: Sequence[Record]) -> Paper:
    """One paper from all its records: the first value by path and line wins, field by field."""
    ordered = [record.paper for record in sorted(records, key=lambda r: (r.path, r.line))]
    first = ordered[0]
    keywords = dict.fromkeys(word for paper in ordered for word in paper.keywords)
    return replace(
        first,
        authors=next((paper.authors for paper in ordered if paper.authors), ()),
        keywords=tuple(keywords),
        sources=tuple(source for paper in ordered for source in paper.sources),
        **{
            name: next((v for paper in ordered if (v := getattr(paper, name)) is not None), None)
            for name in ("year", "venue", "doi", "arxiv_id", "url")
        },
    )
