"""Replies of language models kept on disk: the same request is not paid for twice.

What is kept depends on the whole request: model, address, parameters and every message, which hold
the question, the passages and the prompt's wording. Only complete replies are kept, never errors.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.types import Message

logger = logging.getLogger(__name__)

KEPT = 10_000
"""Replies that are kept; the oldest go first."""
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS entries"
    " (key TEXT PRIMARY KEY, reply TEXT NOT NULL, used REAL NOT NULL) WITHOUT ROWID"
)


class ReplyCache:
    """A folder's cached replies; one may be used from several threads and processes at once.

    It is only a cache: its file may be damaged or deleted at any time, and where it cannot be read
    or written, there is no cached reply.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "replies.db"
        self._locks = {os.getpid(): threading.Lock()}
        self._connections: dict[int, sqlite3.Connection] = {}
        """By process: a forked one may use neither the connection nor a lock that was held."""

    def get(self, key: str) -> str | None:
        rows = self._run("SELECT reply FROM entries WHERE key = ?", (key,))
        if not rows:
            return None
        self._run("UPDATE entries SET used = ? WHERE key = ?", (time.time(), key))
        return str(rows[0][0])

    def put(self, key: str, reply: str) -> None:
        self._run("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", (key, reply, time.time()))
        self._run(
            "DELETE FROM entries WHERE key IN"
            " (SELECT key FROM entries ORDER BY used DESC LIMIT -1 OFFSET ?)",
            (KEPT,),
        )

    def close(self) -> None:
        with self._lock:
            if connection := self._connections.pop(os.getpid(), None):
                connection.close()

    @property
    def _lock(self) -> threading.Lock:
        return self._locks.setdefault(os.getpid(), threading.Lock())

    def _run(self, statement: str, values: Sequence[Any]) -> list[Any]:
        """The rows of a statement; none when the file cannot be used, which is logged."""
        with self._lock:
            try:
                with self._open() as connection:
                    return connection.execute(statement, values).fetchall()
            except (sqlite3.Error, OSError) as error:
                logger.warning("The cache %s cannot be used: %s", self._path, error)
                return []

    def _open(self) -> sqlite3.Connection:
        process = os.getpid()
        if process not in self._connections:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=5, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_SCHEMA)
            self._connections[process] = connection
        return self._connections[process]


def request_key(
    model: str, url: str | None, parameters: Mapping[str, Any], messages: Sequence[Message]
) -> str:
    """Names a request by everything that its reply depends on."""
    parts = [model, url, sorted(parameters.items()), [tuple(message) for message in messages]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
