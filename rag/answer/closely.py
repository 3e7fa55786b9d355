"""An abstract asked a question of its own: which of its sentences answers, and whether one does.

Comparisons ask each paper for each aspect, lists whether a paper meets what was asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rag.answer.evidence import Evidence, EvidenceSentence
from rag.answer.prose import is_question
from rag.answer.reading import OTHER, normed
from rag.embed import CachedEmbedder
from rag.text import readable
from rag.types import Paper

NOT_STATED = -2.0
"""Log-odds below which an abstract is taken to say nothing on the matter."""
SOMETIMES = 0.0
"""Log-odds that an abstract answers, where nothing can tell."""


class Closely(NamedTuple):
    """What an abstract has on a question."""

    sentences: tuple[EvidenceSentence, ...]
    """The likeliest to answer first."""
    shares: tuple[float, ...]
    """How likely each is the one that answers; together 1."""
    answers: float
    """The log-odds that one of them does."""


def ask(
    question: str,
    paper: Paper,
    evidence: Evidence,
    embedder: CachedEmbedder,
    *,
    most: int | None = None,
) -> Closely | None:
    """Read an abstract for a question, or only the `most` sentences that are nearest to it.

    None when the evidence has none of its sentences. Without a reader the nearest come first.
    """
    own = [s for s in evidence.sentences if s.paper.id == paper.id]
    if not own:
        return None
    if embedder.reader is None or (most is not None and len(own) > most):
        likeness = embedder.embed([s.text for s in own]) @ embedder.embed_queries([question])[0]
        near = sorted(zip(map(float, likeness), own, strict=True), key=_likeness)
        near = near[:most]
        own = sorted((s for _, s in near), key=lambda s: s.place)
    judged = embedder.judge(question, readable(paper.title), [s.text for s in own])
    if judged is None:
        return _ordered([s for _, s in near], [20 * like for like, _ in near], SOMETIMES)
    return _ordered(own, judged.scores, judged.answers)


def _likeness(item: tuple[float, EvidenceSentence]) -> float:
    return -item[0]


def _ordered(
    sentences: Sequence[EvidenceSentence], scores: Sequence[float], answers: float
) -> Closely:
    scores = [
        score - OTHER * is_question(s.text) for s, score in zip(sentences, scores, strict=True)
    ]
    shares = [math.exp(score) for score in normed(scores)]
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    return Closely(tuple(sentences[at] for at in order), tuple(shares[at] for at in order), answers)
