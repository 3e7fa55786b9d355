"""The dense index: passages in Chroma, in the library's folder.

Writing goes through llama-index's `ChromaVectorStore`. Reading asks Chroma directly: importing
llama-index takes longer than answering a question, and its similarity (`exp(-distance)`) hides the
cosine. A Chroma on a server is in `rag.store.chroma_server`; nothing else speaks Chroma.
"""

from __future__ import annotations

import itertools
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from filelock import FileLock, Timeout

from rag.errors import StoreError
from rag.store.database import batched
from rag.types import Passage

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from rag.types import Vectors

T = TypeVar("T")
_BUILT, _SEARCHED = 200, 400
"""How thoroughly HNSW is built and searched. Chroma's own 100 and 100 find 94.5 % of the true 100
nearest of the bundled papers, not always the same ones; these find 99.9 % in the same time."""
COLLECTION = "passages"
_OPENED = itertools.count()
_LOCK_SECONDS = 120


class Entry(NamedTuple):
    """A passage as Chroma stores it."""

    passage: Passage
    title: str
    vector: Sequence[float]


class VectorIndex(ABC):
    """Cosine search over the passages of one index; safe to share between threads."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Store passages; one that is there already stays, for an id stands for its content."""

        def store(collection: Collection) -> None:
            from llama_index.vector_stores.chroma import ChromaVectorStore

            nodes = ChromaVectorStore(chroma_collection=collection)
            for batch in batched(entries, self._batch_size()):
                nodes.add([_node(entry) for entry in batch])

        self._do(store, write=True)

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Remove passages; ids that are not there are ignored."""

        def remove(collection: Collection) -> None:
            for batch in batched(passage_ids, self._batch_size()):
                collection.delete(ids=list(batch))

        self._do(remove, write=True)

    def search(self, vector: Sequence[float], *, k: int) -> list[tuple[str, float]]:
        """The k nearest (passage id, cosine similarity), best first.

        May include passages that the library does not show (yet, or any more).
        """
        result = self._do(
            lambda collection: collection.query(
                query_embeddings=[vector],
                n_results=k,
                include=["distances"],
            )
        )
        distances = result["distances"]
        assert distances is not None
        return [(key, 1.0 - d) for key, d in zip(result["ids"][0], distances[0], strict=True)]

    def ids(self) -> set[str]:
        """Ids of all stored passages."""
        return set(self._do(lambda collection: collection.get(include=[]))["ids"])

    def vectors(self) -> Mapping[str, Vectors]:
        """Every stored vector, by passage id."""
        data = self._do(lambda collection: collection.get(include=["embeddings"]))
        return dict(zip(data["ids"], data["embeddings"], strict=True))  # type: ignore[arg-type]

    def metric(self) -> str:
        """The collection's distance; anything but cosine makes scores meaningless."""
        return self._do(lambda collection: str(collection.configuration["hnsw"]["space"]))  # type: ignore[index]

    @abstractmethod
    def refresh(self) -> None:
        """See what another process, or another instance, has written since this one opened."""

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _do(self, work: Callable[[Collection], T], *, write: bool = False) -> T:
        """Let `work` have the collection; Chroma's errors become `StoreError`."""

    @abstractmethod
    def _batch_size(self) -> int: ...


class FolderIndex(VectorIndex):
    """Chroma on disk.

    It has no notion of a second process, so a reader opens the index anew when the library says
    that it has changed; opening and writing exclude each other by a lock file.
    """

    def __init__(self, folder: Path, *, fingerprint: str, create: bool = False) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self._create = create
        self._lock = threading.Lock()
        self._file_lock = FileLock(folder.parent / f"{folder.name}.lock", timeout=_LOCK_SECONDS)
        self._client: ClientAPI | None = None
        self._collection: Collection | None = None
        self._check_present()

    def refresh(self) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._close()

    def _do(self, work: Callable[[Collection], T], *, write: bool = False) -> T:
        from chromadb.errors import ChromaError

        with self._lock:
            opens = write or self._collection is None
            try:
                with self._exclusive() if opens else nullcontext():
                    collection = self._open()
                    if write:
                        return work(collection)
                return work(collection)
            except (ChromaError, ValueError) as error:
                self._close()
                raise StoreError(
                    f"The vector index {self._folder} cannot be used ({error}); run: rag rebuild."
                ) from error

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        try:
            with self._file_lock:
                yield
        except Timeout as error:
            raise StoreError(
                f"Another process has held {self._file_lock.lock_file} for "
                f"{_LOCK_SECONDS} seconds; wait for it or stop it."
            ) from error

    def _open(self) -> Collection:
        if self._collection is None:
            self._check_present()
            self._client = _client(self._folder)
            self._collection = open_collection(
                self._client, COLLECTION, self._fingerprint, create=self._create
            )
        return self._collection

    def _check_present(self) -> None:
        """Chroma would make an empty index where there is none."""
        if not self._create and not (self._folder / "chroma.sqlite3").exists():
            raise StoreError(f"The vector index {self._folder} is missing; run: rag rebuild.")

    def _batch_size(self) -> int:
        assert self._client is not None
        return self._client.get_max_batch_size()

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()  # type: ignore[attr-defined]
        self._client = self._collection = None


def open_collection(client: ClientAPI, name: str, fingerprint: str, *, create: bool) -> Collection:
    """The collection of this name, made when it is missing and `create`.

    Raises `StoreError` when it was built with something else, and Chroma's errors.
    """
    if create:
        collection = client.get_or_create_collection(
            name,
            configuration={
                "hnsw": {"space": "cosine", "ef_construction": _BUILT, "ef_search": _SEARCHED}
            },
            metadata={"fingerprint": fingerprint},
            embedding_function=None,
        )
    else:
        collection = client.get_collection(name, embedding_function=None)
    built_with = (collection.metadata or {}).get("fingerprint")
    if built_with != fingerprint:
        raise StoreError(
            f"The vector index {name} was built with {built_with}, not {fingerprint}; "
            "run: rag rebuild."
        )
    return collection


def _client(folder: Path) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    # Chroma shares one engine, with its cached graph, between all clients of a path, so a second
    # opening would see what the first one saw. Another spelling of the path is another engine.
    spelling = os.path.join(folder, *("." for _ in range(next(_OPENED) % 200)))
    return chromadb.PersistentClient(spelling, settings=Settings(anonymized_telemetry=False))


def _node(entry: Entry) -> Any:
    from llama_index.core.schema import TextNode

    return TextNode(
        id_=entry.passage.id,
        text=entry.passage.text,
        embedding=list(entry.vector),
        metadata={"paper_id": entry.passage.paper_id, "title": entry.title},
    )
