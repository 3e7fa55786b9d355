"""Papers as answers read them: without what is no prose of theirs, and every text once.

What addresses a reader or a machine is left out, and so is a sentence that repeats the question
(poisoned papers do, to be found: PoisonedRAG, Zou et al., 2024). Of abstracts that are nearly the
same, one stands for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.text import is_suspect_title, sentences, tokens, without_suspects, words
from rag.types import Answer, Hit, Paper, Query, holds_suspects, wording

FOUND_BY_PROSE = 0.3
"""Least share of the question's words found in a paper that its prose must hold."""
ECHO = 0.7
"""Share of a question's runs of three words with which a sentence repeats it."""
SHORT = 2
"""Runs of three words that a question has at least, to be known again."""
COPY = 0.75
"""Share of the shorter abstract's pairs of words that a near-copy holds."""
PAIRS = 25
"""Pairs of words that an abstract has at least, to be compared."""


class Prose(NamedTuple):
    """The papers found, as they are read."""

    hits: tuple[Hit, ...]
    copies: Mapping[str, tuple[Paper, ...]]
    """Of a paper by id, those with nearly the same abstract; it stands for them."""


def read_prose(query: Query, hits: Sequence[Hit]) -> Prose:
    """The papers without what is no prose of theirs, each text once.

    What was found only by what is left out is no evidence.
    """
    read = [cleaned for hit in hits if (cleaned := _cleaned(query, hit)) is not None]
    return _each_once(read, {hit.paper.id: hit.paper for hit in hits})


def is_question(text: str) -> bool:
    """Whether a sentence asks; it answers nothing."""
    return text.rstrip("\"'”’)] ").endswith(("?", "？"))


def as_stored(answer: Answer, hits: Iterable[Hit]) -> Answer:
    """The answer with its papers as the library has them, and a warning for each that it cites and
    that holds what was left out."""
    stored = {hit.paper.id: hit.paper for hit in hits}
    citations = tuple(replace(c, paper=stored.get(c.paper.id, c.paper)) for c in answer.citations)
    table = answer.table
    if table is not None:
        rows = (
            replace(row, paper=stored.get(row.paper.id, row.paper)) if row.paper else row
            for row in table.rows
        )
        table = replace(table, rows=tuple(rows))
    warned = (
        f"“{wording.title(c.paper)}” holds text that addresses a reader or a machine; it was left "
        "out."
        for c in citations
        if holds_suspects(c.paper)
    )
    warnings = tuple(dict.fromkeys((*answer.warnings, *warned)))
    return replace(answer, citations=citations, table=table, warnings=warnings)


# -- inside ----------------------------------------------------------------------------------------


def _cleaned(query: Query, hit: Hit) -> Hit | None:
    """A hit without what is left out; None when nothing else of it was asked for."""
    paper, passage = hit.paper, hit.passage
    abstract = _without_echo(query, without_suspects(paper.abstract))
    title = wording.title(paper) if is_suspect_title(paper.title) else paper.title
    if abstract == paper.abstract and title == paper.title:
        return hit
    found = _held(query, f"{paper.title} {paper.abstract}")
    if not abstract.strip() or _held(query, f"{title} {abstract}") < FOUND_BY_PROSE * found:
        return None
    text = abstract[passage.start : passage.end] if passage.text in paper.abstract else abstract
    return replace(
        hit,
        paper=replace(paper, title=title, abstract=abstract),
        passage=replace(passage, text=text),
    )


def _held(query: Query, text: str) -> float:
    held = set(tokens(text))
    return sum(weight for token, weight in query.weights.items() if token in held)


def _without_echo(query: Query, abstract: str) -> str:
    """The abstract with spaces for each sentence that repeats the question."""
    asked = _runs(query.text, 3)
    if len(asked) < SHORT or len(asked & _runs(abstract, 3)) < ECHO * len(asked):
        return abstract
    for start, end in sentences(abstract):
        length = _echoed(query.text, asked, abstract[start:end])
        abstract = abstract[:start] + " " * length + abstract[start + length :]
    return abstract


def _echoed(question: str, asked: set[tuple[str, ...]], sentence: str) -> int:
    """How many characters of a sentence repeat the question: all, none, or those before what a
    question without a mark runs into."""
    if len(asked & _runs(sentence, 3)) < ECHO * len(asked):
        return 0
    said = words(question)
    # "It does help." does not end as the question goes: it answers "Does it help?".
    if is_question(sentence) or (is_question(question) and words(sentence)[-len(said) :] == said):
        return len(sentence)
    spelt = r"\W+".join(map(re.escape, re.findall(r"\w+", question)))
    run_on = re.match(rf"(?i:{spelt})\W*?(?=\s[A-Z])", sentence)
    return run_on.end() if run_on else 0


def _runs(text: str, length: int) -> set[tuple[str, ...]]:
    said = words(text)
    return set(zip(*(said[start:] for start in range(length)), strict=False))


def _each_once(hits: Sequence[Hit], stored: Mapping[str, Paper]) -> Prose:
    """The hits without near-copies. What something was left out of stands for no other text."""
    pairs = [_runs(hit.paper.abstract, 2) for hit in hits]
    order = sorted(range(len(hits)), key=lambda at: hits[at].paper != stored[hits[at].paper.id])
    owner: dict[int, int] = {}
    for at in order:
        firsts = (first for first in owner.values() if _alike(pairs[at], pairs[first]))
        owner[at] = next(firsts, at)
    copies: dict[str, tuple[Paper, ...]] = {}
    for at, first in sorted(owner.items()):
        if at != first:
            key = hits[first].paper.id
            copies[key] = (*copies.get(key, ()), hits[at].paper)
    kept = []
    for at, hit in enumerate(hits):
        if owner[at] == at:
            # It stands where the first of them was found.
            best = min(other for other, first in owner.items() if first == at)
            kept.append((best, replace(hit, score=hits[best].score)))
    return Prose(tuple(hit for _, hit in sorted(kept, key=lambda each: each[0])), copies)


def _alike(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> bool:
    least = min(len(one), len(other))
    return least >= PAIRS and len(one & other) >= COPY * least
