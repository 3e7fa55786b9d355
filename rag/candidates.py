"""Which passages come into question: dense and lexical search over passages, filters included.

The two arms see the same passages. Each finds its candidates; those that only one arm found get
their cosine from the stored vector, so that a fused score compares like with like.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, NamedTuple

from rag.index import PassageIndex
from rag.library import Library
from rag.shelves import Index
from rag.types import Filters

if TYPE_CHECKING:
    from rag.types import Vectors

NARROW = 5000
"""Papers up to which a filter's own are all looked at; of more, the best are found first and then
filtered, in steps that reach further."""
KEPT = 4
"""Filters whose papers stay in memory (8 MB each at most): the next question often has the same."""
FETCHED = 200
"""Vectors of lexical candidates that are fetched while the nearest passages are being found."""
ENOUGH = 0.17
"""Share of the usual number that has to be left when a filter has dropped some; half as many again
are aimed at, twice that where they did not suffice, …"""
FURTHEST = 64
"""… and at most so many times the usual number looked at."""


class Candidate(NamedTuple):
    """A passage that an arm found, with what each arm thinks of it."""

    passage_id: str
    paper_id: str
    cosine: float
    bm25: float
    near: bool = True
    """Whether the dense arm found it."""


class Selection(NamedTuple):
    """What a filter lets through: its papers and their vectors, or how many when that is many."""

    share: float
    """Of all papers, about."""
    paper_ids: Sequence[str] = ()
    rows: Mapping[str, int] | None = None
    """Where in `vectors` a passage is, in the order of ids; None when the papers are many."""
    vectors: Vectors | None = None


class Selections:
    """The latest selections of one library; safe between threads."""

    def __init__(self, library: Library, embedder: str) -> None:
        self._library = library
        self.embedder = embedder
        self._lock = threading.Lock()
        self._kept: dict[str, Selection] = {}

    def get(self, index: Index, filters: Filters) -> Selection:
        key = f"{self._library.generation()} {index.no} {filters!r}"
        with self._lock:
            selection = self._kept.pop(key, None)
        if selection is None:
            paper_ids = self._library.matching(filters, limit=NARROW + 1)
            if len(paper_ids) > NARROW:
                selection = Selection(self._library.share(filters))
            else:
                selection = self.whole(index, paper_ids)
        with self._lock:
            self._kept[key] = selection
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return selection

    def whole(self, index: Index, paper_ids: Sequence[str]) -> Selection:
        """These papers with their vectors."""
        import numpy as np

        passage_ids = self._library.passage_ids(index, paper_ids)
        stored = self._library.passage_vectors(index, passage_ids, self.embedder)
        order = sorted(stored)
        vectors = np.frombuffer(b"".join(stored[key] for key in order), dtype=np.float32)
        rows = {key: row for row, key in enumerate(order)}
        return Selection(0.0, paper_ids, rows, vectors.reshape(len(rows), -1) if rows else None)


class Finder:
    """Finds candidates for one question in one state of a library.

    `vector` gives the question's vector, and may have to wait for it: it is asked for late.
    """

    def __init__(
        self,
        library: Library,
        index: PassageIndex,
        selections: Selections,
        query: str,
        vector: Callable[[], Vectors],
        pool: Executor,
    ) -> None:
        self._library = library
        self._index = index
        self._selections = selections
        self._query = query
        self._vector = vector
        self._pool = pool
        self._stored: dict[str, bytes] = {}

    def find(
        self, count: int, filters: Filters | None = None, *, papers: int = 1
    ) -> list[Candidate]:
        """About `count` passages of each arm without filters, and with them a share of that.

        They belong to `papers` papers at least, unless fewer pass the filters.
        """
        if not filters:
            return self._both(count)
        selection = self._selections.get(self._index.index, filters)
        if selection.rows is not None:
            return self._among(selection, count)
        step = min(FURTHEST, max(2.0, 1.5 * ENOUGH / (selection.share or 1.0)))
        while step <= FURTHEST:
            found = self._both(round(step * count), filters)
            near = sum(one.near for one in found)
            if near >= ENOUGH * count and len({one.paper_id for one in found}) >= papers:
                return found
            step *= 2
        whole = self._selections.whole(self._index.index, self._library.matching(filters))
        return self._among(whole, count)

    def _both(self, count: int, filters: Filters | None = None) -> list[Candidate]:
        """Of `count` that each arm finds, beside each other, those that pass."""
        nearest = self._pool.submit(
            lambda: dict(self._index.dense.search(self._vector().tolist(), k=count))
        )
        lexical = dict(self._index.lexical.search(self._query, k=count))
        owners = self._owners(lexical, filters)
        self._fetch(list(owners)[:FETCHED])
        dense = nearest.result()
        owners |= self._owners([key for key in dense if key not in lexical], filters)
        return self._scored(owners, dense, lexical)

    def _among(self, selection: Selection, count: int) -> list[Candidate]:
        """Of these papers only, the cosines exactly: Chroma is slow where it may look at few."""
        if not selection.rows or selection.vectors is None:
            return []
        lexical = dict(
            self._index.lexical.search(self._query, k=count, paper_ids=selection.paper_ids)
        )
        cosines = selection.vectors @ self._vector()
        known = list(selection.rows)
        chosen = {known[row] for row in (-cosines).argsort(kind="stable")[:count]}
        chosen |= lexical.keys() & selection.rows.keys()
        dense = {key: float(cosines[selection.rows[key]]) for key in chosen}
        owners = self._owners(dense | lexical, None)
        return self._scored(owners, dense, lexical)

    def _owners(self, passage_ids: Iterable[str], filters: Filters | None) -> dict[str, str]:
        """The papers of the visible passages that pass."""
        owners = self._library.owners(self._index.index, list(passage_ids))
        if filters:
            passing = set(self._library.passing(list(set(owners.values())), filters))
            owners = {key: paper_id for key, paper_id in owners.items() if paper_id in passing}
        return owners

    def _scored(
        self, owners: dict[str, str], dense: dict[str, float], lexical: dict[str, float]
    ) -> list[Candidate]:
        cosines = dense | self._cosines([key for key in owners if key not in dense])
        return [
            Candidate(key, paper_id, cosines.get(key, 0.0), lexical.get(key, 0.0), key in dense)
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
        self._stored |= self._library.passage_vectors(
            self._index.index, missing, self._selections.embedder
        )
