"""Which passages come into question: dense search over passages, lexical over whole papers.

Each arm finds its candidates; what only one of them found gets its cosine from the stored vector,
or its BM25 from the lexical index, so that a fused score compares like with like. All passages of a
paper have the BM25 of the whole paper.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, NamedTuple

from rag.store import IndexVersion, Library, PassageIndex
from rag.types import Filters, Query

if TYPE_CHECKING:
    from rag.types import Vectors

NARROW = 5000
"""Papers up to which a filter's own are all looked at; of more, the best are found first and then
filtered, in steps that reach further."""
CACHED_FILTERS = 4
"""Filters whose papers stay in memory (8 MB each at most): the next question often has the same."""
FETCHED = 200
"""Vectors of lexical candidates that are fetched while the nearest passages are being found."""
ENOUGH = 0.17
"""A broad filter drops most of what is found: the search reaches further until this share of the
usual number of passages is left. It aims at half as many again at first, and doubles its reach."""
FURTHEST = 64
"""How many times the usual number of passages it looks at, at most."""


class Candidate(NamedTuple):
    """A passage that an arm found, with what each arm thinks of it."""

    passage_id: str
    paper_id: str
    cosine: float
    bm25: float
    """Of the whole paper."""
    near: bool = True
    """Whether the dense arm found it."""


class FilteredPapers(NamedTuple):
    """The papers that a filter lets through, and their vectors."""

    paper_ids: Sequence[str]
    rows: Mapping[str, int]
    """Where in `vectors` a passage is, in the order of ids."""
    vectors: Vectors


class FilterCache:
    """What the latest filters let through of one library; safe between threads."""

    def __init__(self, library: Library, embedder: str) -> None:
        self.library = library
        self.embedder = embedder
        self._lock = threading.Lock()
        self._latest: dict[str, FilteredPapers | float] = {}

    def get(self, version: IndexVersion, filters: Filters) -> FilteredPapers | float:
        """What passes; when it is many, only their share of all papers, about."""
        key = f"{self.library.database.generation()} {version.no} {filters!r}"
        with self._lock:
            passing = self._latest.pop(key, None)
        if passing is None:
            paper_ids = self.library.matching(filters, limit=NARROW + 1)
            narrow = len(paper_ids) <= NARROW
            passing = self.whole(version, paper_ids) if narrow else self.library.share(filters)
        with self._lock:
            self._latest[key] = passing
            while len(self._latest) > CACHED_FILTERS:
                del self._latest[next(iter(self._latest))]
        return passing

    def whole(self, version: IndexVersion, paper_ids: Sequence[str]) -> FilteredPapers:
        """These papers with their vectors."""
        passage_ids = self.library.indexes.passage_ids(version, paper_ids)
        stored = self.library.indexes.passage_vectors(version, passage_ids, self.embedder)
        order = sorted(stored)
        rows = {key: row for row, key in enumerate(order)}
        return FilteredPapers(paper_ids, rows, _matrix([stored[key] for key in order]))


class CandidateGenerator:
    """Finds candidates for one question in one state of a library.

    `vector` gives the question's vector, and may have to wait for it: it is asked for late.
    """

    def __init__(
        self,
        filter_cache: FilterCache,
        index: PassageIndex,
        query: Query,
        vector: Callable[[], Vectors],
        pool: Executor,
    ) -> None:
        self._filter_cache = filter_cache
        self._library = filter_cache.library
        self._index = index
        self._query = query
        self._vector = vector
        self._pool = pool
        self._stored: dict[str, bytes] = {}

    def candidates(self, count: int, *, papers: int = 1) -> list[Candidate]:
        """The candidates of both arms: `count` passages of each, fewer behind a broad filter.

        They belong to `papers` papers at least, unless fewer pass the filters.
        """
        filters = self._query.filters
        if not filters:
            return self._both(count)
        passing = self._filter_cache.get(self._index.version, filters)
        if isinstance(passing, FilteredPapers):
            return self._among(passing, count)
        reach = min(FURTHEST, max(2.0, 1.5 * ENOUGH / (passing or 1.0)))
        while reach <= FURTHEST:
            candidates = self._both(round(reach * count), filters)
            near = sum(candidate.near for candidate in candidates)
            owners = {candidate.paper_id for candidate in candidates}
            if near >= ENOUGH * count and len(owners) >= papers:
                return candidates
            reach *= 2
        whole = self._filter_cache.whole(self._index.version, self._library.matching(filters))
        return self._among(whole, count)

    def _both(self, count: int, filters: Filters | None = None) -> list[Candidate]:
        """Of `count` that each arm finds, beside each other, those that pass."""
        nearest = self._pool.submit(
            lambda: dict(self._index.dense.search(self._vector().tolist(), k=count))
        )
        lexical = dict(self._index.lexical.search(self._query.search, k=count))
        owners = self._passing(self._passages_of(list(lexical)), filters)
        self._fetch(list(owners)[:FETCHED])
        dense = nearest.result()
        near = self._library.indexes.owners(
            self._index.version, [key for key in dense if key not in owners]
        )
        return self._scored(owners | self._passing(near, filters), dense, lexical)

    def _among(self, papers: FilteredPapers, count: int) -> list[Candidate]:
        """Of these papers only, the cosines exactly: Chroma is slow where it may look at few."""
        if not papers.rows:
            return []
        lexical = dict(
            self._index.lexical.search(self._query.search, k=count, paper_ids=papers.paper_ids)
        )
        cosines = papers.vectors @ self._vector()
        passage_ids = list(papers.rows)
        nearest = [passage_ids[row] for row in (-cosines).argsort(kind="stable")[:count]]
        owners = self._passages_of(list(lexical))
        owners |= self._library.indexes.owners(
            self._index.version, [key for key in nearest if key not in owners]
        )
        owners = {key: paper_id for key, paper_id in owners.items() if key in papers.rows}
        dense = {key: float(cosines[papers.rows[key]]) for key in owners}
        return self._scored(owners, dense, lexical)

    def _passages_of(self, paper_ids: Sequence[str]) -> dict[str, str]:
        return self._library.indexes.passages_of(self._index.version, paper_ids)

    def _passing(self, owners: dict[str, str], filters: Filters | None) -> dict[str, str]:
        """Of these passages those whose papers pass."""
        if not filters:
            return owners
        passing = set(self._library.passing(list(set(owners.values())), filters))
        return {key: paper_id for key, paper_id in owners.items() if paper_id in passing}

    def _scored(
        self, owners: dict[str, str], dense: dict[str, float], lexical: dict[str, float]
    ) -> list[Candidate]:
        cosines = dense | self._cosines([key for key in owners if key not in dense])
        missing = [key for key in dict.fromkeys(owners.values()) if key not in lexical]
        found = self._index.lexical.search(self._query.search, k=len(missing), paper_ids=missing)
        scores = lexical | dict(found)
        return [
            Candidate(key, paper_id, cosines.get(key, 0.0), scores.get(paper_id, 0.0), key in dense)
            for key, paper_id in owners.items()
        ]

    def _cosines(self, passage_ids: Sequence[str]) -> dict[str, float]:
        """From the stored vectors, exactly."""
        stored_ids, vectors = self.vectors(passage_ids)
        if not stored_ids:
            return {}
        return dict(zip(stored_ids, (vectors @ self._vector()).tolist(), strict=True))

    def vectors(self, passage_ids: Sequence[str]) -> tuple[list[str], Vectors]:
        """Those of the passages that have a vector, and the vectors, one a row."""
        self._fetch(passage_ids)
        stored_ids = [key for key in passage_ids if key in self._stored]
        return stored_ids, _matrix([self._stored[key] for key in stored_ids])

    def _fetch(self, passage_ids: Sequence[str]) -> None:
        missing = [key for key in passage_ids if key not in self._stored]
        self._stored |= self._library.indexes.passage_vectors(
            self._index.version, missing, self._filter_cache.embedder
        )


def _matrix(rows: Sequence[bytes]) -> Vectors:
    """Stored vectors as one array of shape (rows, dimension)."""
    import numpy as np

    vectors: Vectors = np.frombuffer(b"".join(rows), dtype=np.float32)
    return vectors.reshape(len(rows), -1) if rows else vectors
