"""An embedder that remembers: the sentences of a library come back question after question."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from rag.types import Embedder, Judgement, QueryEmbedder, Reader, TokenEmbedder, TokenStates

if TYPE_CHECKING:
    from rag.types import Vectors

T = TypeVar("T")
MOST = 20_000
"""Vectors that are kept: 30 MB of 384 numbers each."""
MOST_BY_TOKEN = 600
"""Texts that are kept as read halfway: 30 MB of 30 tokens each."""


class CachedEmbedder:
    """The same vectors as another embedder's, the latest ones kept in memory; safe to share."""

    def __init__(self, embedder: Embedder, most: int = MOST) -> None:
        self._embedder = embedder
        self._most = most
        self._most_by_token = MOST_BY_TOKEN
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._asked: OrderedDict[str, Vectors] = OrderedDict()
        self._by_token: OrderedDict[str, TokenStates] = OrderedDict()

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        return self._embedder.max_tokens

    def count_tokens(self, text: str) -> int:
        return self._embedder.count_tokens(text)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the other embedder does, asking it only for texts that are not remembered."""
        return self._remembered(texts, self._known, self._embedder.embed)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The same of what is asked."""
        if not isinstance(self._embedder, QueryEmbedder):
            return self.embed(texts)
        return self._remembered(texts, self._asked, self._embedder.embed_queries)

    def _remembered(
        self,
        texts: Sequence[str],
        known: OrderedDict[str, Vectors],
        embed: Callable[[Sequence[str]], Vectors],
    ) -> Vectors:
        import numpy as np

        if not texts:
            return embed(texts)
        vectors: dict[str, Vectors] = {}
        with self._lock:
            for text in texts:
                if text in known:
                    known.move_to_end(text)
                    vectors[text] = known[text]
                elif known is self._known and text in self._by_token:
                    vectors[text] = self._by_token[text].pooled
        unknown = [text for text in dict.fromkeys(texts) if text not in vectors]
        if unknown:
            # A copy of each row: a view would keep the whole batch alive.
            fresh = {t: v.copy() for t, v in zip(unknown, embed(unknown), strict=True)}
            vectors |= fresh
            with self._lock:
                _keep(known, fresh, self._most)
        return np.stack([vectors[text] for text in texts])

    def token_states(self, texts: Sequence[str]) -> list[TokenStates] | None:
        """Each text read halfway, in order; None where the embedder has nothing halfway."""
        if not isinstance(self._embedder, TokenEmbedder):
            return None
        with self._lock:
            found = {text: self._by_token[text] for text in texts if text in self._by_token}
            for text in found:
                self._by_token.move_to_end(text)
        unknown = [text for text in dict.fromkeys(texts) if text not in found]
        if unknown:
            fresh = dict(zip(unknown, self._embedder.token_states(unknown), strict=True))
            found |= fresh
            with self._lock:
                _keep(self._by_token, fresh, self._most_by_token)
                pooled = {text: each.pooled for text, each in fresh.items()}
                _keep(self._known, pooled, self._most)
        return [found[text] for text in texts]

    @property
    def reader(self) -> Reader | None:
        """What reads on from `token_states`; None where the embedder knows none."""
        return self._embedder.reader if isinstance(self._embedder, TokenEmbedder) else None

    def judge(self, question: str, title: str, sentences: Sequence[str]) -> Judgement | None:
        """What the reader thinks of the sentences of an abstract; None where there is none.

        What it reads is embedded by the way, and remembered.
        """
        reader = self.reader
        states = self.token_states([question, title, *sentences])
        if reader is None or states is None:
            return None
        return reader.judge(states[0], states[1], states[2:])

    def verify(self, claim: str, evidence: Sequence[str]) -> float | None:
        """The log-odds that texts bear out a claim; None where the embedder cannot tell."""
        states = self.token_states([claim, *evidence])
        if states is None or not isinstance(self._embedder, TokenEmbedder):
            return None
        return self._embedder.verifier.verify(states[0], states[1:])

    def remember(self, texts: int) -> None:
        """Keep so many texts as read halfway, 50 kB each: for who asks many questions, and meets
        the same sentences again and again."""
        self._most_by_token = texts

    def similarities(self, text: str, others: Sequence[str]) -> list[float]:
        """The cosine of a text with each of the others, in order; a `rag.verify.Similarity`."""
        vector, *vectors = self.embed([text, *others])
        return [float(other @ vector) for other in vectors]


def embed_queries(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Vectors of what is asked, to be compared with those of `embedder.embed`."""
    if isinstance(embedder, QueryEmbedder):
        return embedder.embed_queries(texts)
    return embedder.embed(texts)


def _keep(known: OrderedDict[str, T], fresh: Mapping[str, T], most: int) -> None:
    """Add what is fresh; what was not asked for longest is forgotten first."""
    known |= fresh
    while len(known) > most:
        known.popitem(last=False)
