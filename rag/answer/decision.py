"""Whether the abstracts answer the question: a calibrated probability, and a reason when not.

A logistic model over a handful of features of the evidence, fitted by `rag-eval fit decision` on
the training part of our questions; the coefficients are in `rag/weights.json`, for anyone to read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.answer.evidence import Evidence, full_text
from rag.linear_model import LinearModel
from rag.text import mentioned, mentions
from rag.types import Reason

FEATURES = (
    "cosine", "dissimilar", "gap", "lead", "coverage", "name_unknown", "proper_unknown",
    "name_known", "left_over", "asks_bibliography", "asks_detail", "asks_reason", "asks_number",
    "number_absent", "several", "foreign",
)  # fmt: skip
MODEL = LinearModel.load("decision")
THRESHOLD = MODEL.thresholds["answer"]
"""Least probability with which a question is answered: of the refusals below it, nine in ten are
right on the training part."""
LOW_THRESHOLD = MODEL.thresholds["read"]
NOTHING_NEAR = 0.3
"""Where a language model reads the abstracts, it can decline by itself, and is only spared what is
less probable than the first, or has no sentence more similar than the second: of our questions
two in three that have no answer, and none that has one."""
OFF_TOPIC = 0.4
"""A best sentence less similar to the question than this is about another subject."""
NEAR = 0.4
"""A sentence at least so similar to the question may hold the number asked for."""


class Decision(NamedTuple):
    """Whether to answer, how sure, and why not."""

    answer: bool
    probability: float
    reason: Reason | None


def decide(evidence: Evidence, *, read: bool = False) -> Decision:
    """Answer, or refuse with a reason; never looks beyond the evidence gathered.

    With `read`, a language model will read the evidence, so only the plain cases are refused.
    """
    if not evidence.hits:
        return Decision(False, 0.0, "no_match_for_filter")
    probability = confidence(evidence)
    # Vectors of other languages are near to nothing, whatever they ask.
    far = evidence.query.english and _nearest(evidence) < NOTHING_NEAR
    plain = far or probability < LOW_THRESHOLD
    if probability >= THRESHOLD or (read and not plain):
        return Decision(True, probability, None)
    return Decision(False, probability, _reason(evidence))


def confidence(evidence: Evidence) -> float:
    """Probability, from 0 to 1, that the abstracts answer the question."""
    return MODEL.probability(dict(zip(FEATURES, features(evidence), strict=True)))


def features(evidence: Evidence) -> list[float]:
    """What the model sees, in the order of `FEATURES`."""
    query = evidence.query
    scores = [hit.score for hit in evidence.hits[:5]]
    cosines = sorted((s.cosine for s in evidence.sentences), reverse=True)
    best = cosines[0] if cosines else 0.0
    rest = scores[1:] or [0.0]
    named = float(evidence.named)
    number = query.kind == "number"
    return [
        sum(cosines[:3]) / 3,
        max(0.0, 0.5 - best),
        scores[0] - rest[0],
        scores[0] - sum(rest) / len(rest),
        evidence.coverage,
        float(_unknown(query.names, evidence)),
        float(_unknown(query.proper, evidence)),
        float(any(mentions(full_text(evidence.hits[0].paper), name) for name in query.names)),
        named * evidence.left_over,
        float(evidence.known and query.bibliographic),
        float(evidence.known and query.detail),
        named * (query.kind == "reason"),
        named * number,
        named * (number and not _has_number(evidence)),
        float(query.kind in ("list", "comparison")),
        float(not query.english),
    ]


def _reason(evidence: Evidence) -> Reason:
    if evidence.known:
        return "not_stated"
    if _nearest(evidence) < OFF_TOPIC and not evidence.query.names:
        return "off_topic"
    return "not_in_corpus"


def _nearest(evidence: Evidence) -> float:
    """Similarity to the question of the sentence that is most similar."""
    return max((sentence.cosine for sentence in evidence.sentences), default=0.0)


def _unknown(names: Sequence[str], evidence: Evidence) -> bool:
    """Whether one of the names is in none of the papers retrieved."""
    texts = [full_text(hit.paper) for hit in evidence.hits[:8]]
    return any(not mentioned(texts, name) for name in names)


def _has_number(evidence: Evidence) -> bool:
    """Whether a sentence of the subject that is near to the question holds a number."""
    return any(
        sentence.cosine > NEAR and re.search(r"\d", sentence.text)
        for sentence in evidence.sentences
        if evidence.subject is not None and sentence.paper.id == evidence.subject.id
    )
