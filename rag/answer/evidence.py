"""The sentences of the retrieved abstracts, each with how it bears on the question.

Answering and deciding whether to answer look at the same evidence, so it is gathered once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.retrieve import Question
from rag.text import mentioned, mentions, misspelt, readable, sentences, tokens
from rag.types import Embedder, Hit, Paper, Quote

READ = 6
"""Papers whose sentences are looked at; in the questions tried, later ones held no answer."""


class EvidenceSentence(NamedTuple):
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
    lines: tuple[EvidenceSentence, ...]
    subject: Paper | None
    """The paper that the question names in its title, else the best one; None without hits."""
    named: bool
    """Whether the question names the subject by its title."""
    known: bool
    """Whether it names it at all; many papers name their method only in the abstract."""
    coverage: float
    """Share of the question's rare words in the subject's title and abstract."""
    left_over: float
    """Share of the rare words that ask something of the subject (all that are not in its title)
    and are in no one sentence of its abstract; 0 when there are hardly any."""
    absent: tuple[str, ...] = ()
    """The names in a comparison that no paper retrieved mentions, where one mentions another of
    them. Nothing may stand in for what they name."""


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
    lines: list[EvidenceSentence] = []
    for rank, (hit, some, texts) in enumerate(zip(read, quotes, shown, strict=True)):
        rest = _without(weights, hit.paper.title)
        for place, (quote, text) in enumerate(zip(some, texts, strict=True)):
            overlap = _share(rest, text)
            lines.append(
                EvidenceSentence(
                    hit.paper, quote, text, rank, place, len(some), next(cosines), overlap
                )
            )
    subject, named = _subject(question, hits)
    return Evidence(
        question=question,
        hits=tuple(hits),
        lines=tuple(lines),
        subject=subject,
        named=named,
        known=named or _known(question, hits),
        coverage=_share(weights, f"{subject.title} {subject.abstract}") if subject else 0.0,
        left_over=_left_over(weights, subject, lines),
        absent=_absent(question, hits),
    )


def _subject(question: Question, hits: Sequence[Hit]) -> tuple[Paper | None, bool]:
    """The paper whose title the question names, else the best one; and whether it was named.

    A name in many titles (LoRA, BERT) is a subject of the field, not of one paper; and where the
    question names LoRA-SB and LoRA, a paper that has the first one in its abstract comes before
    those that have the second in their titles.
    """
    first = [hit.paper for hit in hits[:3]]
    for name in (*question.names, *question.proper):
        titled = [hit.paper for hit in hits if mentions(hit.paper.title, name)]
        if titled and len(titled) <= 3 and titled[0] in first:
            return titled[0], True
        if not titled and (user := _user(name, hits)) is not None:
            return user, False
    return (hits[0].paper if hits else None), False


def _user(name: str, hits: Sequence[Hit]) -> Paper | None:
    """A first paper with the name in its abstract, if hardly another has it."""
    users = [hit.paper for hit in hits if mentions(hit.paper.abstract, name)]
    if users and len(users) <= 2 and users[0] in [hit.paper for hit in hits[:3]]:
        return users[0]
    return None


def _known(question: Question, hits: Sequence[Hit]) -> bool:
    """Whether a first paper's abstract has a name of the question that hardly another has."""
    return any(_user(name, hits) is not None for name in question.names)


def _absent(question: Question, hits: Sequence[Hit]) -> tuple[str, ...]:
    if question.kind != "comparison":
        return ()
    texts = [f"{hit.paper.title} {hit.paper.abstract}" for hit in hits]
    missing = [name for name in question.names if not mentioned(texts, name)]
    if len(missing) == len(question.names):
        return ()
    return tuple(name for name in missing if not misspelt(texts, name))


def _left_over(
    weights: dict[str, float], subject: Paper | None, lines: Sequence[EvidenceSentence]
) -> float:
    if subject is None:
        return 0.0
    rest = _without(weights, subject.title)
    if len(rest) <= 2:
        return 0.0
    return 1 - max(
        (_share(rest, line.text) for line in lines if line.paper.id == subject.id), default=0.0
    )


def _without(weights: dict[str, float], title: str) -> dict[str, float]:
    held = set(tokens(title))
    return {token: weight for token, weight in weights.items() if token not in held}


def _quotes(paper: Paper) -> list[Quote]:
    return [
        Quote(paper.abstract[start:end], start, end) for start, end in sentences(paper.abstract)
    ]


def _share(weights: dict[str, float], text: str) -> float:
    """Share of the weight whose tokens the text holds."""
    total = sum(weights.values())
    held = set(tokens(text))
    return sum(w for token, w in weights.items() if token in held) / total if total else 0.0
