"""Papers that a question calls by what they are titled with: a name, or a rare concept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rag.store import LexicalIndex, Library
from rag.text import STOP_WORDS, mentions, squash, tokens, words
from rag.types import Query

RARE = 8
"""Papers up to which a name points to its own paper rather than to its users."""


NAME_BONUS = 0.15
"""Added to the score of a paper whose title holds a rare name of the question."""
CONCEPT_BONUS = 0.05
"""The same for a rare concept, which is less surely what is meant."""


def bonuses(
    library: Library, lexical: LexicalIndex, query: Query, found: Iterable[str]
) -> dict[str, float]:
    """What is added to the scores of the papers, of those found, that the question calls by their
    titles."""
    title_keys = library.title_keys(list(found))
    concerned = _of_concepts(lexical, query.wanted, title_keys)
    named = _named(library, lexical, query.search_names, title_keys.keys())
    return dict.fromkeys(concerned, CONCEPT_BONUS) | dict.fromkeys(named, NAME_BONUS)


def _named(
    library: Library, lexical: LexicalIndex, names: Sequence[str], found: Iterable[str]
) -> set[str]:
    """Papers titled with a name of a rare word, or of several that few papers hold as a phrase."""
    named: set[str] = set()
    for name in names:
        is_phrase = " " in name
        if not is_phrase and not _is_rare(lexical, tokens(name)):
            continue
        near = {key for key, _ in lexical.search(name, k=2 * RARE)} & set(found)
        papers = library.papers(sorted(near))
        titled = {paper.id for paper in papers if mentions(paper.title, name)}
        if titled and is_phrase:
            users = sum(mentions(f"{paper.title}\n{paper.abstract}", name) for paper in papers)
            titled = titled if users <= RARE else set()
        named |= titled
    return named


def _of_concepts(lexical: LexicalIndex, text: str, title_keys: dict[str, str]) -> set[str]:
    """Papers titled with two neighbouring words of the text, one of which few papers hold."""
    concerned: set[str] = set()
    for one, other in pairwise(words(text)):
        if one in STOP_WORDS or other in STOP_WORDS:
            continue
        phrase = squash(f"{one} {other}").removesuffix("s")
        titled = {key for key, title in title_keys.items() if phrase in title}
        if titled and _is_rare(lexical, tokens(f"{one} {other}")):
            concerned |= titled
    return concerned


def _is_rare(lexical: LexicalIndex, terms: Sequence[str]) -> bool:
    """Whether few papers hold one of the terms; those that hold all of them are fewer."""
    return bool(terms) and 0 < min(map(lexical.document_frequency, terms)) <= RARE
