"""Whether the abstracts answer the question: a calibrated probability, and a reason when not.

A logistic model over a handful of features of the evidence, fitted by `eval/fit_decide.py` on the
training part of our questions; the coefficients are below, for anyone to read.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from rag.evidence import Evidence
from rag.text import squash
from rag.types import Reason

FEATURES = (
    "score", "gap", "coverage", "cosine", "overlap", "missing", "unknown_name", "named_title",
    "bibliographic", "detail",
)  # fmt: skip
INTERCEPT = -3.0
WEIGHTS: dict[str, float] = {
    "score": 4.0, "gap": 1.0, "coverage": 2.0, "cosine": 4.0, "overlap": 1.0, "missing": -1.0,
    "unknown_name": -2.0, "named_title": 0.5, "bibliographic": -1.5, "detail": -1.0,
}  # fmt: skip
THRESHOLD = 0.5
"""Least probability with which a question is answered."""
OFF_TOPIC = 0.3
"""A best sentence less similar than this, with hardly a word in common, is another subject."""


class Decision(NamedTuple):
    """Whether to answer, how sure, and why not."""

    answer: bool
    probability: float
    reason: Reason | None


def decide(evidence: Evidence) -> Decision:
    """Answer, or refuse with a reason; never looks beyond the evidence gathered."""
    if not evidence.hits:
        return Decision(False, 0.0, "no_match_for_filter")
    probability = confidence(evidence)
    if probability >= THRESHOLD:
        return Decision(True, probability, None)
    return Decision(False, probability, _reason(evidence))


def confidence(evidence: Evidence) -> float:
    """Probability, from 0 to 1, that the abstracts answer the question."""
    values = dict(zip(FEATURES, features(evidence), strict=True))
    return 1 / (1 + math.exp(-INTERCEPT - sum(WEIGHTS[n] * v for n, v in values.items())))


def features(evidence: Evidence) -> list[float]:
    """What the model sees, in the order of `FEATURES`."""
    question = evidence.question
    scores = [hit.score for hit in evidence.hits]
    best = [line for line in evidence.lines if line.rank == 0]
    return [
        scores[0],
        scores[0] - (scores[1] if len(scores) > 1 else 0.0),
        max(evidence.coverage, default=0.0),
        max((line.cosine for line in evidence.lines), default=0.0),
        max((line.overlap for line in best), default=0.0),
        evidence.missing,
        float(_unknown_name(evidence)),
        float(_named_paper(evidence)),
        float(question.bibliographic),
        float(question.detail),
    ]


def _reason(evidence: Evidence) -> Reason:
    if _named_paper(evidence):
        return "not_stated"
    cosine = max((line.cosine for line in evidence.lines), default=0.0)
    if cosine < OFF_TOPIC and max(evidence.coverage, default=0.0) < 0.5:
        return "off_topic"
    return "not_in_corpus"


def _named_paper(evidence: Evidence) -> bool:
    """Whether the best paper is one that the question names."""
    if not evidence.hits:
        return False
    title = squash(evidence.hits[0].paper.title)
    return any(len(squash(name)) > 2 and squash(name) in title for name in evidence.question.names)


def _unknown_name(evidence: Evidence) -> bool:
    """Whether the question names something that no paper read mentions."""
    texts = [squash(hit.paper.title + " " + hit.paper.abstract) for hit in evidence.hits]
    return any(
        len(squash(name)) > 2 and all(squash(name) not in text for text in texts)
        for name in evidence.question.names
    )
