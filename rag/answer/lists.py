"""Lists that are decided paper by paper: which ones meet what was asked, and which come near.

Each candidate is judged against every facet of the plan by what its title and sentences say, with
a logistic model fitted by `rag-eval fit lists`; the weights are in `rag/weights.json`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rag.answer.citations import AnswerBlock, AnswerSentence, Composed
from rag.answer.edits import alone
from rag.answer.evidence import Evidence, EvidenceSentence, full_text, share
from rag.embed import CachedEmbedder
from rag.linear_model import LinearModel
from rag.text import readable, tokens
from rag.types import Cell, Hit, Paper, Row, Table

MODEL = LinearModel.load("lists")
FITS = MODEL.thresholds["fits"]
NEAR = MODEL.thresholds["near"]
"""Least probabilities with which a paper is listed, and with which it is named as near."""
MOST_NEAR = 5
HELD = 0.5
"""Share of a facet's rare words that a paper must hold, or"""
LIKE = 0.5
"""how similar a sentence must be to it, for the facet to be met."""
_NEGATORS = re.compile(
    r"\b(?:without|no|not|non|free|avoid\w*|eliminat\w*|instead|rather|unlike|require[sd]? no|"
    r"obviat\w*|bypass\w*|never|cannot)\b",
    re.IGNORECASE,
)


class Judged(NamedTuple):
    """A candidate and what was found of it."""

    hit: Hit
    probability: float
    """That it meets what was asked."""
    missing: tuple[str, ...]
    """The facets that nothing in it shows."""
    best: EvidenceSentence | None
    """The sentence that shows most of them."""


def judge(evidence: Evidence, embedder: CachedEmbedder) -> list[Judged]:
    """Every paper retrieved, the likeliest first."""
    judged = [_judge(values) for values in candidates(evidence, embedder)]
    return sorted(judged, key=lambda each: -each.probability)


class Candidate(NamedTuple):
    """What a paper is judged by."""

    hit: Hit
    features: Mapping[str, float]
    missing: tuple[str, ...]
    best: EvidenceSentence | None


def candidates(evidence: Evidence, embedder: CachedEmbedder) -> list[Candidate]:
    """The papers retrieved with their features, in order of retrieval."""
    facets = evidence.query.plan.facets or (evidence.query.text,)
    wanted = [facet for facet in facets if not facet.startswith("not ")] or [evidence.query.text]
    unwanted = [facet.removeprefix("not ") for facet in facets if facet.startswith("not ")]
    by_paper: dict[str, list[EvidenceSentence]] = {}
    for sentence in evidence.sentences:
        by_paper.setdefault(sentence.paper.id, []).append(sentence)
    texts = list(dict.fromkeys(s.text for s in evidence.sentences))
    titles = [readable(hit.paper.title) for hit in evidence.hits]
    vectors = dict(
        zip([*wanted, *texts, *titles], embedder.embed([*wanted, *texts, *titles]), strict=True)
    )
    found = []
    for rank, hit in enumerate(evidence.hits):
        own = by_paper.get(hit.paper.id, [])
        lines = [readable(hit.paper.title), *(s.text for s in own)]
        like = [max(float(vectors[f] @ vectors[line]) for line in lines) for f in wanted]
        held = [share(_weights(evidence, f), full_text(hit.paper)) for f in wanted]
        titled = [share(_weights(evidence, f), hit.paper.title) for f in wanted]
        against = [f for f in unwanted if _affirms(hit.paper, f, own)]
        missing = [f for f, a, b in zip(wanted, held, like, strict=True) if a < HELD and b < LIKE]
        missing += [f"not {f}" for f in against]
        values = {
            "score": hit.score,
            "gap": hit.score - evidence.hits[0].score,
            "rank": min(rank, 40) / 40,
            "held": sum(held) / len(held),
            "least_held": min(held),
            "like": sum(like) / len(like),
            "least_like": min(like),
            "titled": sum(titled) / len(titled),
            "title_like": float(vectors[titles[rank]] @ embedder.embed([evidence.query.text])[0]),
            "cosine": max((s.cosine for s in own), default=0.0),
            "coverage": share(evidence.query.weights, full_text(hit.paper)),
            "against": float(bool(against)),
            "missing": float(len(missing)),
        }
        found.append(Candidate(hit, values, tuple(missing), _shown(own, wanted, evidence)))
    return found


def _judge(candidate: Candidate) -> Judged:
    probability = MODEL.probability(candidate.features)
    return Judged(candidate.hit, probability, candidate.missing, candidate.best)


def _weights(evidence: Evidence, facet: str) -> dict[str, float]:
    """How rare the words of a facet are; all alike where the question's weights do not tell."""
    return {token: evidence.query.weights.get(token, 1.0) for token in tokens(facet)}


def _affirms(paper: Paper, facet: str, own: Sequence[EvidenceSentence]) -> bool:
    """Whether the paper speaks of what it must not do without saying that it does not."""
    weights = {token: 1.0 for token in tokens(facet)}
    texts = [readable(paper.title), *(s.text for s in own)]
    holding = [text for text in texts if share(weights, text) > HELD]
    return bool(holding) and not any(_NEGATORS.search(text) for text in holding)


def _shown(
    own: Sequence[EvidenceSentence], wanted: Sequence[str], evidence: Evidence
) -> EvidenceSentence | None:
    """The sentence that shows most of the facets."""

    def shows(s: EvidenceSentence) -> float:
        held = sum(share(_weights(evidence, facet), s.text) for facet in wanted)
        return s.cosine + 0.3 * held / len(wanted)

    return max(own, key=shows, default=None)


def listed(evidence: Evidence, embedder: CachedEmbedder) -> Composed:
    """The papers that meet what was asked, each with a line that shows it, and those near."""
    judged = judge(evidence, embedder)
    fitting = [each for each in judged if each.probability >= FITS] or judged[:1]
    near = [each for each in judged[len(fitting) :] if each.probability >= NEAR and each.missing][
        :MOST_NEAR
    ]
    lead = "1 paper fits:" if len(fitting) == 1 else f"{len(fitting)} papers fit:"
    return Composed(
        tuple(map(_line, fitting)),
        lead=lead,
        near=tuple(_near_line(each) for each in near),
        itemised=True,
        table=_table(evidence, fitting, near),
    )


def _line(each: Judged) -> AnswerBlock:
    title = readable(each.hit.paper.title)
    return AnswerBlock((_sentence(each),), heading=title)


def _near_line(each: Judged) -> AnswerBlock:
    title = readable(each.hit.paper.title)
    return AnswerBlock((), heading=f"{title} (missing: {', '.join(each.missing)})")


def _sentence(each: Judged) -> AnswerSentence:
    if each.best is None:
        passage = each.hit.passage
        return AnswerSentence(readable(passage.text), each.hit.paper, _whole(each.hit))
    return AnswerSentence(alone(each.best.text, each.hit.paper), each.hit.paper, each.best.quote)


def _whole(hit: Hit):  # type: ignore[no-untyped-def]
    from rag.types import Quote

    return Quote(hit.passage.text, hit.passage.start, hit.passage.end)


def _table(evidence: Evidence, fitting: Sequence[Judged], near: Sequence[Judged]) -> Table:
    rows = [
        Row(
            (Cell(readable(each.hit.paper.title)), _cell(each)),
            each.hit.paper,
            "meets" if each in fitting else "near: " + ", ".join(each.missing),
        )
        for each in (*fitting, *near)
    ]
    return Table(("Paper", "What shows it"), tuple(rows))


def _cell(each: Judged) -> Cell:
    if each.best is None:
        return Cell("")
    return Cell(alone(each.best.text, each.hit.paper), each.best.quote, "quoted")


def about(evidence: Evidence, embedder: CachedEmbedder) -> list[Hit]:
    """The papers that are about a topic, the likeliest first."""
    return [each.hit for each in judge(evidence, embedder) if each.probability >= FITS]


def how_decided(topic: str) -> str:
    """What is said of papers that `about` chose."""
    return (
        f"Which papers are about “{topic}” was decided one by one, from their titles and abstracts "
        f"(probability at least {FITS:.2f})."
    )
