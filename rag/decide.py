"""Whether the abstracts answer the question: a calibrated probability, and a reason when not.

A logistic model over a handful of features of the evidence, fitted by `eval/fit.py` on the
training part of our questions; the coefficients are below, for anyone to read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.evidence import Evidence
from rag.naming import mentioned, mentions
from rag.types import Hit, Reason

FEATURES = (
    "cosine", "dissimilar", "gap", "lead", "coverage", "name_unknown", "proper_unknown",
    "name_known", "left_over", "asks_bibliography", "asks_detail", "asks_reason", "asks_number",
    "number_absent", "several", "foreign",
)  # fmt: skip
# Fitted by `python -m eval.fit decide` on the training part; see docs/answers.md for the figures.
INTERCEPT = 1.279
WEIGHTS: dict[str, float] = {
    "cosine": 2.805, "dissimilar": -4.495, "gap": 0.338, "lead": 0.590, "coverage": 0.157,
    "name_unknown": -3.467, "proper_unknown": -1.620, "name_known": -0.328, "left_over": -1.204,
    "asks_bibliography": -2.834, "asks_detail": -1.262, "asks_reason": -2.063,
    "asks_number": -0.961, "number_absent": -1.518, "several": 0.902, "foreign": 1.608,
}  # fmt: skip
THRESHOLD = 0.68
"""Least probability with which a question is answered: of the refusals below it, nine in ten are
right on the training part."""
LOW_THRESHOLD = 0.35
NOTHING_NEAR = 0.35
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
    plain = probability < LOW_THRESHOLD or _nearest(evidence) < NOTHING_NEAR
    if probability >= THRESHOLD or (read and not plain):
        return Decision(True, probability, None)
    return Decision(False, probability, _reason(evidence))


def confidence(evidence: Evidence) -> float:
    """Probability, from 0 to 1, that the abstracts answer the question."""
    values = dict(zip(FEATURES, features(evidence), strict=True))
    return 1 / (1 + math.exp(-INTERCEPT - sum(WEIGHTS[n] * v for n, v in values.items())))


def features(evidence: Evidence) -> list[float]:
    """What the model sees, in the order of `FEATURES`."""
    question = evidence.question
    scores = [hit.score for hit in evidence.hits[:5]]
    cosines = sorted((line.cosine for line in evidence.lines), reverse=True)
    best = cosines[0] if cosines else 0.0
    rest = scores[1:] or [0.0]
    named = float(evidence.named)
    number = question.kind == "number"
    return [
        sum(cosines[:3]) / 3,
        max(0.0, 0.5 - best),
        scores[0] - rest[0],
        scores[0] - sum(rest) / len(rest),
        evidence.coverage,
        float(_unknown(question.names, evidence)),
        float(_unknown(question.proper, evidence)),
        float(any(mentions(_text(evidence.hits[0]), name) for name in question.names)),
        named * evidence.left_over,
        float(evidence.known and question.bibliographic),
        float(evidence.known and question.detail),
        named * (question.kind == "reason"),
        named * number,
        named * (number and not _has_number(evidence)),
        float(question.kind in ("list", "comparison")),
        float(not question.english),
    ]


def _reason(evidence: Evidence) -> Reason:
    if evidence.known:
        return "not_stated"
    if _nearest(evidence) < OFF_TOPIC and not evidence.question.names:
        return "off_topic"
    return "not_in_corpus"


def _nearest(evidence: Evidence) -> float:
    """Similarity to the question of the sentence that is most similar."""
    return max((line.cosine for line in evidence.lines), default=0.0)


def _unknown(names: Sequence[str], evidence: Evidence) -> bool:
    """Whether one of the names is in none of the papers retrieved."""
    texts = [_text(hit) for hit in evidence.hits[:8]]
    return any(not mentioned(texts, name) for name in names)


def _text(hit: Hit) -> str:
    return f"{hit.paper.title} {hit.paper.abstract}"


def _has_number(evidence: Evidence) -> bool:
    """Whether a sentence of the subject that is near to the question holds a number."""
    return any(
        line.cosine > NEAR and re.search(r"\d", line.text)
        for line in evidence.lines
        if evidence.subject is not None and line.paper.id == evidence.subject.id
    )
