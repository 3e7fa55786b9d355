"""The dense index on a Chroma server (`RAG_CHROMA_URL`), which any number of processes may share.

A server may be restarted or out of reach for a while. All that is asked of it can be asked again,
so everything is repeated until it answers or patience ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from rag.errors import StoreError
from rag.store.chroma import T, VectorIndex, open_collection
from rag.types import Server

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection

PATIENCE_READING = 10.0
PATIENCE_WRITING = 60.0
"""Seconds for which a server that does not answer is asked again."""
_SECONDS_A_REQUEST = 60.0
_SECONDS_TO_GREET = 10.0


class _AwayError(Exception):
    """The server did not answer, or not sensibly; it may in a moment."""


class ServerIndex(VectorIndex):
    """One collection of a Chroma server."""

    def __init__(
        self, server: Server, name: str, *, fingerprint: str, create: bool = False
    ) -> None:
        self._server = server
        self._name = name
        self._fingerprint = fingerprint
        self._create = create
        self._lock = threading.Lock()
        self._client: ClientAPI | None = None
        self._collection: ChromaCollection | None = None

    def refresh(self) -> None:
        """Nothing to do: a server answers with what it has."""

    def close(self) -> None:
        with self._lock:
            self._client = self._collection = None

    def _do(self, work: Callable[[ChromaCollection], T], *, write: bool = False) -> T:
        def once() -> T:
            try:
                return work(self._open())
            except Exception:
                self.close()
                raise

        return _patiently(self._server, once, PATIENCE_WRITING if write else PATIENCE_READING)

    def _open(self) -> ChromaCollection:
        with self._lock:
            if self._collection is None:
                self._client = _connect(self._server)
                self._collection = open_collection(
                    self._client, self._name, self._fingerprint, create=self._create
                )
            return self._collection

    def _batch_size(self) -> int:
        assert self._client is not None
        return self._client.get_max_batch_size()


def drop_collections(server: Server, prefix: str, known: Collection[str]) -> None:
    """Delete the collections whose name begins with `prefix`, but for the known ones."""

    def once() -> None:
        client = _connect(server)
        for collection in client.list_collections():
            if collection.name.startswith(prefix) and collection.name not in known:
                client.delete_collection(collection.name)

    _patiently(server, once, PATIENCE_WRITING)


def _patiently(server: Server, work: Callable[[], T], seconds: float) -> T:
    """What `work` returns, asked for again while the server is away."""
    from chromadb.errors import ChromaError, NotFoundError
    from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

    def once() -> T:
        try:
            return work()
        except NotFoundError as error:
            raise StoreError(
                f"The Chroma server {server.url} does not hold this library; run: rag rebuild."
            ) from error
        except ChromaError as error:
            raise StoreError(f"The Chroma server {server.url} refused: {error}.") from error

    attempts = Retrying(
        retry=retry_if_exception_type(_AwayError),
        stop=stop_after_delay(seconds),
        wait=wait_exponential(multiplier=0.1, max=2.0),
        reraise=True,
    )
    try:
        return attempts(_away_when_away(once))
    except _AwayError as error:
        raise StoreError(
            f"The Chroma server {server.url} does not answer ({error}); start it and try again: "
            "nothing is lost."
        ) from error


def _away_when_away(work: Callable[[], T]) -> Callable[[], T]:
    def once() -> T:
        import httpx

        try:
            return work()
        except httpx.TransportError as error:
            raise _AwayError(type(error).__name__) from error
        except Exception as error:
            # What is no error of Chroma's own, a proxy's 502 say, comes as a bare Exception.
            if type(error) is not Exception:
                raise
            raise _AwayError("it sent what is no answer of Chroma's") from error

    return once


def _connect(server: Server) -> ClientAPI:
    """A client of a server that has answered; Chroma's own would wait for ever."""
    import chromadb
    import httpx
    from chromadb.config import Settings

    headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
    _greet(server, headers)
    client = chromadb.HttpClient(
        server.url, headers=headers, settings=Settings(anonymized_telemetry=False)
    )
    session: httpx.Client = client._server._session  # type: ignore[attr-defined]
    session.timeout = httpx.Timeout(_SECONDS_A_REQUEST)
    return client


def _greet(server: Server, headers: dict[str, str]) -> None:
    import httpx

    reply = httpx.get(f"{server.url}/api/v2/heartbeat", headers=headers, timeout=_SECONDS_TO_GREET)
    if reply.status_code in (401, 403):
        raise StoreError(
            f"The Chroma server {server.url} wants another token: set RAG_CHROMA_TOKEN."
        )
    if reply.status_code >= 500:
        raise _AwayError(f"HTTP {reply.status_code}")
    if reply.status_code != 200 or "heartbeat" not in reply.text:
        raise StoreError(f"{server.url} is not a Chroma server; set RAG_CHROMA_URL to one.")
