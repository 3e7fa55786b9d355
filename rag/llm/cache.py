"""Replies of language models kept on disk: the same request is not paid for twice.

What is kept depends on the whole request: model, address, parameters and every message, which hold
the question, the passages and the prompt's wording. Only complete replies are kept, never errors.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.store import CacheTable
from rag.types import Message

KEPT = 10_000
"""Replies that are kept; the oldest go first."""


class ReplyCache:
    """A folder's cached replies; one may be used from several threads and processes at once.

    It is only a cache: where it cannot be read or written, there is no cached reply.
    """

    def __init__(self, folder: Path) -> None:
        self._table = CacheTable(folder / "replies.db")

    def get(self, key: str) -> str | None:
        rows = self._table.run("SELECT reply FROM entries WHERE key = ?", (key,))
        if not rows:
            return None
        self._table.run("UPDATE entries SET used = ? WHERE key = ?", (time.time(), key))
        return str(rows[0][0])

    def put(self, key: str, reply: str) -> None:
        self._table.run(
            "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", (key, reply, time.time())
        )
        self._table.run(
            "DELETE FROM entries WHERE key IN"
            " (SELECT key FROM entries ORDER BY used DESC LIMIT -1 OFFSET ?)",
            (KEPT,),
        )

    def close(self) -> None:
        self._table.close()


def request_key(
    model: str, url: str | None, parameters: Mapping[str, Any], messages: Sequence[Message]
) -> str:
    """Names a request by everything that its reply depends on."""
    parts = [model, url, sorted(parameters.items()), [tuple(message) for message in messages]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
