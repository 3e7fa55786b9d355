"""Which passages come into question: dense and lexical search over passages, filters included.

The two arms see the same passages. Each finds its candidates; those that only one arm found get
their cosine from the stored vector, so that a fused score compares like with like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.index import PassageIndex
from rag.library import Library
from rag.types import Filters

if TYPE_CHECKING:
    from rag.types import Vectors

NARROW = 1000
"""Papers up to which a filter's own are all looked at; of more, the best are found first and then
filtered, in steps that reach further."""
FETCHED = 200
"""Vectors of lexical candidates that are fetched while the question is being embedded."""
STEPS = (4, 16, 64)
"""How many times as many are found when a filter will drop some, …"""
ENOUGH = 0.25
"""… and what share of the usual number has to be left."""


class Candidate(NamedTuple):
    """A passage that an arm found, with what each arm thinks of it."""

    passage_id: str
    paper_id: str
    cosine: float
    bm25: float


class Finder:
    """Finds candidates for one question in one state of a library.

    `vector` gives the question's vector, and may have to wait for it: it is asked for late.
    """

    def __init__(
        self,
        library: Library,
        index: PassageIndex,
        embedder: str,
        query: str,
        vector: Callable[[], Vectors],
    ) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder
        self._query = query
        self._vector = vector
        self._stored: dict[str, bytes] = {}

    def find(
        self, count: int, filters: Filters | None = None, *, papers: int = 1
    ) -> list[Candidate]:
        """About `count` passages of each arm without filters, and with them a share of that.

        They belong to `papers` papers at least, unless fewer pass the filters.
        """
        if not filters:
            return self._merged(*self._both(count))
        paper_ids = self._library.matching(filters, limit=NARROW + 1)
        if len(paper_ids) <= NARROW:
            return self._of(paper_ids, count)
        share = self._library.share(filters)
        for step in STEPS:
            if step * share < ENOUGH and step != STEPS[-1]:
                continue
            dense, lexical = self._both(step * count)
            found = self._merged(dense, lexical, filters)
            near = sum(one.passage_id in dense for one in found)
            if near >= ENOUGH * count and len({one.paper_id for one in found}) >= papers:
                return found
        return self._of(self._library.matching(filters), count)

    def _both(self, count: int) -> tuple[dict[str, float], dict[str, float]]:
        lexical = dict(self._index.lexical.search(self._query, k=count))
        self._fetch(list(lexical)[:FETCHED])
        return dict(self._index.dense.search(self._vector().tolist(), k=count)), lexical

    def _of(self, paper_ids: Sequence[str], count: int) -> list[Candidate]:
        """Of these papers only, the cosines exactly: Chroma is slow where it may look at few."""
        passage_ids = self._library.passage_ids(self._index.index, paper_ids)
        lexical = dict(self._index.lexical.search(self._query, k=count, paper_ids=paper_ids))
        cosines = self._cosines(passage_ids)
        nearest = sorted(cosines, key=lambda key: (-cosines[key], key))[:count]
        return self._merged({key: cosines[key] for key in nearest}, lexical)

    def _merged(
        self, dense: dict[str, float], lexical: dict[str, float], filters: Filters | None = None
    ) -> list[Candidate]:
        owners = self._library.owners(self._index.index, list({**dense, **lexical}))
        if filters:
            passing = set(self._library.passing(list(set(owners.values())), filters))
            owners = {key: paper_id for key, paper_id in owners.items() if paper_id in passing}
        cosines = dense | self._cosines([key for key in owners if key not in dense])
        return [
            Candidate(key, paper_id, cosines.get(key, 0.0), lexical.get(key, 0.0))
            for key, paper_id in owners.items()
        ]

    def _cosines(self, passage_ids: Sequence[str]) -> dict[str, float]:
        """From the stored vectors, exactly."""
        import numpy as np

        self._fetch(passage_ids)
        known = [key for key in passage_ids if key in self._stored]
        if not known:
            return {}
        vectors = np.frombuffer(b"".join(self._stored[key] for key in known), dtype=np.float32)
        products = vectors.reshape(len(known), -1) @ self._vector()
        return dict(zip(known, products.tolist(), strict=True))

    def _fetch(self, passage_ids: Sequence[str]) -> None:
        missing = [key for key in passage_ids if key not in self._stored]
        self._stored |= self._library.passage_vectors(self._index.index, missing, self._embedder)
