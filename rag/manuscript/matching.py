"""Which paper of the library a cited work is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.ingest import keys
from rag.manuscript.document import Reference
from rag.store import Catalogue
from rag.text import fold, pieces
from rag.types import Hit, Paper

Search = Callable[[str], Sequence[Hit]]
"""The papers of the library that are nearest to a text, best first."""
ALIKE = 0.9
"""Least share of the words, in order, that two titles of one paper have in common."""
_FEWEST = 4
"""Words that a title, or what stands before its colon, has at least to be told by them alone."""
_SUBTITLE = re.compile(r"\s*(?::|\?|!|\s[-–—])\s")

# What stands around a title in a line of a list; a colon after it begins another one's subtitle.
_BEFORE = r"(?:^|[-–—|.,:;)\[\]\"“‘*_]\s*)"
_AFTER = r"\s*(?:$|[^\w\s:]|https?:)"


@dataclass(frozen=True, slots=True)
class Work:
    """A cited work, and the paper of the library that it is."""

    reference: Reference
    paper: Paper | None = None
    near: bool = False
    """Whether it was told by a title that is not quite the paper's."""


def match(reference: Reference, catalogue: Catalogue, search: Search) -> Work:
    """The work with its paper: of the same DOI, arXiv id, id or title, as when papers are added;
    else of a title with another subtitle or a slip, where author and year allow it."""
    named = Paper(
        reference.key, reference.title, "", doi=reference.doi, arxiv_id=reference.arxiv_id
    )
    pairs = [pair for pair in keys(named) if pair[1]]
    for paper in catalogue.papers(catalogue.known_by(pairs)):
        if (reference.doi and paper.doi == reference.doi) or not _disagree(reference, paper):
            return Work(reference, paper)
    if not reference.title:
        return Work(reference, _listed(reference, catalogue))
    for hit in search(reference.title):
        if _is_near(reference, hit.paper):
            return Work(reference, hit.paper, near=True)
    return Work(reference)


def _disagree(reference: Reference, paper: Paper) -> bool:
    """Whether both carry an arXiv id, and not the same: then the titles agree by accident."""
    ids = (reference.arxiv_id, paper.arxiv_id)
    return all(ids) and ids[0] != ids[1]


def _listed(reference: Reference, catalogue: Catalogue) -> Paper | None:
    """The paper whose whole title stands in a line of a reference list, between its signs."""
    for title in catalogue.titles_in(reference.text):
        written = r"\W*".join(map(re.escape, pieces(fold(title))))
        if re.search(_BEFORE + written + _AFTER, fold(reference.text)):
            papers = catalogue.papers(catalogue.titled(title))
            return next((paper for paper in papers if not _disagree(reference, paper)), None)
    return None


def _is_near(reference: Reference, paper: Paper) -> bool:
    """Whether a title that differs is surely of the same paper."""
    if _disagree(reference, paper) or not _fits(reference, paper):
        return False
    one, other = (pieces(fold(title)) for title in (reference.title, paper.title))
    heads = [pieces(fold(_SUBTITLE.split(t)[0])) for t in (reference.title, paper.title)]
    if heads[0] == heads[1] and len(heads[0]) >= _FEWEST:
        return True
    alike = SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE
    numbers = [[piece for piece in title if not piece.isalpha()] for title in (one, other)]
    return alike and numbers[0] == numbers[1] and min(len(one), len(other)) > _FEWEST


def _fits(reference: Reference, paper: Paper) -> bool:
    """Whether first author and year agree as far as they are known; a preprint may be older."""
    if reference.authors and paper.authors:
        names = set(pieces(fold(reference.authors[0]))) & set(pieces(fold(paper.authors[0])))
        if not any(len(name) > 1 for name in names):
            return False
    years = (reference.year, paper.year)
    return None in years or abs(years[0] - years[1]) <= 2  # type: ignore[operator]
