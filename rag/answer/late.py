"""Late interaction: how well each word of the question is met by some token of a sentence.

MaxSim over the token vectors of the embedder (Khattab and Zaharia, "ColBERT", SIGIR 2020), here
only for the sentences of the first papers: which sentence answers is told better by its words one
by one than by one vector (docs/answers.md). An embedder without token vectors gets the words that
are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.embed import CachedEmbedder
from rag.text import STOP_WORDS, fold, terms, tokens
from rag.types import Query, TokenVectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]
_APART = 0.35
"""The similarity of words that are not the same, where no vectors tell."""


class Interaction(NamedTuple):
    """How well a text meets the words of a question, each from 0 to about 1."""

    rare: float
    """The mean over the question's words, rare ones counting more."""
    plain: float
    """The mean over all tokens."""
    asked: float
    """As `rare`, over the words that the paper's title does not meet already."""


NONE = Interaction(0.0, 0.0, 0.0)
"""Of a text that was not looked at word by word."""


def interactions(
    query: Query, texts: Sequence[str], titles: Sequence[str], embedder: CachedEmbedder
) -> list[Interaction]:
    """For each text with the title of its paper."""
    by_token = embedder.token_vectors([query.text, *dict.fromkeys((*titles, *texts))])
    if by_token is None:
        return [
            _exact(query.weights, text, title) for text, title in zip(texts, titles, strict=True)
        ]
    question, *others = by_token
    known = dict(zip(dict.fromkeys((*titles, *texts)), others, strict=True))
    weights = _weights(query, question)
    met = {text: _met(question, vectors) for text, vectors in known.items()}
    return [
        _interaction(weights, met[text], met[title])
        for text, title in zip(texts, titles, strict=True)
    ]


def _met(question: TokenVectors, text: TokenVectors) -> Array:
    """For each token of the question its best similarity to a token of the text."""
    import numpy as np

    if not len(text.vectors) or not len(question.vectors):
        return np.zeros(len(question.vectors), dtype=np.float32)
    best: Array = (question.vectors @ text.vectors.T).max(axis=1)
    return best


def _interaction(weights: Array, met: Array, titled: Array) -> Interaction:
    asked = weights * (1 - titled).clip(0, 1)
    return Interaction(
        float(met @ weights / (weights.sum() + 1e-9)),
        float(met.mean()) if len(met) else 0.0,
        float(met @ asked / (asked.sum() + 1e-9)),
    )


def _weights(query: Query, question: TokenVectors) -> Array:
    """How rare the word is that each token belongs to; 0 for small words and marks."""
    import numpy as np

    return np.array(
        [_weight(query.weights, query.text, *span) for span in question.spans], dtype=np.float32
    )


def _weight(weights: Mapping[str, float], text: str, start: int, end: int) -> float:
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    word = fold(text[start:end])
    if word in STOP_WORDS:
        return 0.0
    return max((weights.get(term, 0.0) for term in terms(word)), default=0.0)


def _exact(weights: Mapping[str, float], text: str, title: str) -> Interaction:
    held, titled = set(tokens(text)), set(tokens(title))
    met = {term: 1.0 if term in held else _APART for term in weights}
    total = sum(weights.values())
    asked = {term: w * (_APART if term in titled else 1.0) for term, w in weights.items()}
    return Interaction(
        sum(met[t] * w for t, w in weights.items()) / total if total else 0.0,
        sum(met.values()) / len(met) if met else 0.0,
        sum(met[t] * w for t, w in asked.items()) / sum(asked.values()) if total else 0.0,
    )
