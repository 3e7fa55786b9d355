"""The libraries that are asked as one, opened when they are first needed."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rag.errors import StoreError
from rag.retrieve.federated import FederatedRetriever
from rag.retrieve.hybrid import HybridRetriever
from rag.store import Catalogue, Library
from rag.types import Embedder, Filters, Hit, Paper, Query, Server, Vocabulary


class Collection:
    """A retriever over the library of a folder, and over those joined to it.

    Safe to share between threads, but not between processes: what is open in one does not work in
    another that was forked from it.
    """

    def __init__(
        self,
        home: Path,
        embedder: Embedder,
        server: Server | None = None,
        *,
        beside: Collection | None = None,
    ) -> None:
        """`beside` is searched first; it stays open when this one is closed."""
        self.home = home
        self._embedder = embedder
        self._server = server
        self._beside = beside
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._library: Library | None = None
        self._retriever: HybridRetriever | FederatedRetriever | None = None
        self._catalogue = Catalogue(lambda: self.libraries)

    def open(self) -> Library:
        """The library of the folder, open for reading. Raises `StoreError` when there is none."""
        self._check_process()
        with self._lock:
            if self._library is None:
                self._library = Library(self.home, readonly=True)
            return self._library

    @property
    def libraries(self) -> tuple[Library, ...]:
        """All libraries that there are, in the order in which they are searched."""
        first = self._beside.libraries if self._beside is not None else ()
        return (*first, self.open()) if self._exists() else first

    def search(self, query: Query, *, k: int = 10) -> list[Hit]:
        """At most k hits, one a paper, best first. Raises `StoreError` when there is no library."""
        return self._opened().search(query, k=k)

    def vocabulary(self) -> Vocabulary:
        """The words of the libraries. Raises `StoreError` when there is none."""
        return self._opened().vocabulary()

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in the order asked for; unknown ids are left out."""
        papers = {p.id: p for library in self.libraries[::-1] for p in library.papers(ids)}
        return [papers[paper_id] for paper_id in ids if paper_id in papers]

    def paper_ids(self, filters: Filters | None = None) -> list[str]:
        """Ids of the papers that meet the filters, by title."""
        ids = (key for library in self.libraries for key in library.paper_ids(filters))
        return list(dict.fromkeys(ids))

    def counts(self, by: Literal["source", "year", "venue"]) -> dict[str, int]:
        """How many papers each source, year or venue has."""
        counts: dict[str, int] = {}
        for library in self.libraries:
            for name, count in library.counts(by):
                counts[name] = counts.get(name, 0) + count
        return counts

    def catalogue(self) -> Catalogue:
        """What the stored fields of all libraries say; it stays good while papers come and go."""
        return self._catalogue

    def close(self) -> None:
        """Release what was opened here; it is opened again when it is needed."""
        with self._lock:
            if self._retriever is not None:
                self._retriever.close()
            if self._library is not None:
                self._library.close()
            self._retriever = self._library = None

    def _exists(self) -> bool:
        return self._library is not None or (self.home / "library.db").exists()

    def _opened(self) -> HybridRetriever | FederatedRetriever:
        self._check_process()
        with self._lock:
            if self._retriever is None:
                if self._beside is None:
                    self._retriever = self._one(self.open())
                else:
                    self._retriever = FederatedRetriever([*map(self._one, self.libraries)])
            return self._retriever

    def _one(self, library: Library) -> HybridRetriever:
        return HybridRetriever(library, self._embedder, server=self._server)

    def _check_process(self) -> None:
        """Threads of the embedder and of the indexes do not live on in a forked process."""
        if os.getpid() != self._process and (self._library or self._beside):
            raise StoreError(
                "This assistant was opened in another process; open one in each process, "
                "after it has been started."
            )
