"""The sentences of the retrieved abstracts, each with how it bears on the question.

Answering and deciding whether to answer look at the same evidence, so it is gathered once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.question import Question
from rag.text import readable, sentences, tokens
from rag.types import Embedder, Hit, Paper, Quote

READ = 6
"""Papers whose sentences are looked at; in the questions tried, later ones held no answer."""


class Line(NamedTuple):
    """A sentence of a retrieved abstract."""

    paper: Paper
    quote: Quote
    text: str
    """The quote in display form."""
    rank: int
    """The paper's rank in retrieval, from 0."""
    place: int
    """Which sentence of its abstract it is, from 0."""
    of: int
    """How many sentences the abstract has."""
    cosine: float
    """Similarity to the question."""
    overlap: float
    """Share of the question's rare words that it holds, of those its title does not."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A question, the papers retrieved for it, and the sentences of the first few."""

    question: Question
    hits: tuple[Hit, ...]
    lines: tuple[Line, ...]
    coverage: tuple[float, ...]
    """Share of the question's rare words in title and abstract, for each paper read."""
    missing: float
    """The rarity of the rarest name or word of the question in no paper read, from 0 to 1."""


def gather(
    question: Question,
    hits: Sequence[Hit],
    embedder: Embedder,
    idf: Callable[[str], float],
) -> Evidence:
    """Read the sentences of the first papers and compare them with the question.

    `idf` gives the rarity of an analysed token in the library.
    """
    read = hits[:READ]
    quotes = [_quotes(hit.paper) for hit in read]
    shown = [[readable(quote.text) for quote in some] for some in quotes]
    flat = [text for some in shown for text in some]
    vectors = embedder.embed([question.text, *flat])
    cosines = iter((vectors[1:] @ vectors[0]).tolist())
    weights = {token: idf(token) for token in set(tokens(question.text))}
    lines: list[Line] = []
    coverage: list[float] = []
    everything: set[str] = set()
    for rank, (hit, some, texts) in enumerate(zip(read, quotes, shown, strict=True)):
        title = set(tokens(hit.paper.title))
        rest = {token: weight for token, weight in weights.items() if token not in title}
        held = title.union(*(tokens(text) for text in texts))
        everything |= held
        coverage.append(_share(weights, held))
        for place, (quote, text) in enumerate(zip(some, texts, strict=True)):
            overlap = _share(rest, set(tokens(text)))
            lines.append(
                Line(hit.paper, quote, text, rank, place, len(some), next(cosines), overlap)
            )
    absent = [weight for token, weight in weights.items() if token not in everything]
    rarest = max(weights.values(), default=0.0)
    missing = max(absent, default=0.0) / rarest if rarest else 0.0
    return Evidence(question, tuple(hits), tuple(lines), tuple(coverage), missing)


def _quotes(paper: Paper) -> list[Quote]:
    return [
        Quote(paper.abstract[start:end], start, end) for start, end in sentences(paper.abstract)
    ]


def _share(weights: dict[str, float], held: set[str]) -> float:
    total = sum(weights.values())
    return sum(w for token, w in weights.items() if token in held) / total if total else 0.0
