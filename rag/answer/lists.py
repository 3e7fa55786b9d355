"""Lists: the papers that meet what was asked, each with a line that shows it, and those near."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.citations import AnswerBlock, AnswerSentence, Composed
from rag.answer.closely import ask
from rag.answer.edits import alone
from rag.answer.evidence import Evidence, full_text, share
from rag.answer.membership import NEAR, NOT, Judged, judge, threshold
from rag.answer.quoting import quoted
from rag.embed import CachedEmbedder
from rag.plan import aside
from rag.text import readable, short_title
from rag.types import Cell, Hit, Quote, Row, Table

HELD = 0.6
"""Share of a topic's rare words that the first papers hold, if any is about it."""
PLAIN = 0.6
"""A paper that does not show all of it in the same words fits plainly with this probability."""
NEAREST = "No paper of this library shows all of this in so many words; these come nearest:"
NONE = "No paper of this library plainly meets all of this."
MOST_NEAR = 5
"""Papers that are named as near, at most."""


def listed(evidence: Evidence, embedder: CachedEmbedder) -> Composed:
    """The papers that meet what was asked, each with a line that shows it, and those near."""
    judged = judge(evidence, embedder)
    fitting = [each for each in judged if each.fits]
    if not fitting:
        return _none(judged)
    near = [e for e in judged if e not in fitting and e.probability >= NEAR and len(e.missing) == 1]
    near = near[:MOST_NEAR]
    lead = "1 paper fits:" if len(fitting) == 1 else f"{len(fitting)} papers fit:"
    plain = any(not each.missing or each.probability >= PLAIN for each in fitting)
    lead = lead if plain else NEAREST
    told = aside(evidence.query.question)
    return Composed(
        tuple(_line(each, told, evidence, embedder) for each in fitting),
        lead=lead,
        near=tuple(map(_near_line, near)),
        itemised=True,
        lacking="" if plain else lead,
        table=_table(fitting, near),
    )


def _none(judged: Sequence[Judged]) -> Composed:
    """Where no paper shows all that was asked for: those that come nearest, and what they miss."""
    near = judged[:MOST_NEAR]
    return Composed(
        (), lead=NONE, near=tuple(map(_near_line, near)), table=_table((), near), lacking=NONE
    )


def _line(each: Judged, told: str, evidence: Evidence, embedder: CachedEmbedder) -> AnswerBlock:
    """What shows that a paper is listed, and what else was asked of each: "what do they gain?"."""
    paper = each.hit.paper
    sentences = [shown(each)]
    if told and (found := ask(f"{short_title(paper.title)}: {told}", paper, evidence, embedder)):
        line = quoted(found.sentences[0], evidence)
        sentences += [line] * (line.quote != sentences[0].quote)
    return AnswerBlock(tuple(sentences), readable(paper.title))


def about(evidence: Evidence, embedder: CachedEmbedder) -> list[Hit]:
    """The papers that are about a topic, the likeliest first."""
    fitting = [each for each in judge(evidence, embedder) if each.fits]
    # Of what a library holds nothing, something is always the nearest.
    texts = " ".join(full_text(each.hit.paper) for each in fitting[:3])
    held = share(evidence.query.weights, texts)
    return [each.hit for each in fitting] if held >= HELD else []


def how_decided(topic: str, embedder: CachedEmbedder) -> str:
    """What is said of papers that `about` chose."""
    return (
        f"Which papers are about “{topic}” was decided one by one, from their titles and abstracts "
        f"(probability at least {threshold(embedder):.2f})."
    )


def shown(each: Judged) -> AnswerSentence:
    """The line that shows why a paper is listed."""
    paper = each.hit.paper
    if each.best is None:
        passage = each.hit.passage
        quote = Quote(passage.text, passage.start, passage.end)
        return AnswerSentence(readable(passage.text), paper, quote)
    return AnswerSentence(alone(each.best.text, paper), paper, each.best.quote)


def _near_line(each: Judged) -> AnswerBlock:
    title, why = readable(each.hit.paper.title), _why_not(each)
    return AnswerBlock((), heading=f"{title} ({why})" if why else title)


def _why_not(each: Judged) -> str:
    """What a paper lacks of what was asked for, and what it has that was to be left out."""
    lacks = ", ".join(facet for facet in each.missing if not facet.startswith(NOT))
    has = ", ".join(facet.removeprefix(NOT) for facet in each.missing if facet.startswith(NOT))
    return "; ".join([f"missing: {lacks}"] * bool(lacks) + [f"has: {has}"] * bool(has))


def _table(fitting: Sequence[Judged], near: Sequence[Judged]) -> Table:
    rows = [
        Row(
            (Cell(readable(each.hit.paper.title)), _cell(each)),
            each.hit.paper,
            "meets" if each in fitting else f"near, {_why_not(each)}",
        )
        for each in (*fitting, *near)
    ]
    return Table(("Paper", "What shows it"), tuple(rows))


def _cell(each: Judged) -> Cell:
    line = shown(each)
    return Cell(line.text, line.quote, "quoted")
