"""Conversations on disk, each user's own: `conversations.db` beside the library.

SQLite; a turn is stored when its answer is complete: a crash loses at most the one being written.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from rag import Answer, StoreError, Turn
from rag.types import wording

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, updated REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS conversations_by_owner ON conversations (owner, updated);
CREATE TABLE IF NOT EXISTS turns (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, answer TEXT NOT NULL, liked INTEGER, comment TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (conversation, number)
) WITHOUT ROWID;
"""
TITLE = 70
"""Characters of the first question that name a conversation."""


class Entry(NamedTuple):
    """A conversation in the list."""

    id: str
    title: str
    updated: float


class Conversations:
    """All users' conversations; every method asks whose, and sees nothing of the others."""

    def __init__(self, home: Path) -> None:
        self._path = home / "conversations.db"
        self._lock = threading.Lock()
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA foreign_keys = ON")
            self._database.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self._path} cannot be used ({error}); move it away.") from error

    def entries(self, owner: str, containing: str = "") -> list[Entry]:
        """The owner's conversations, the latest first; those whose title or text has the words."""
        rows = self._rows(
            "SELECT id, title, updated FROM conversations WHERE owner = ? AND (title LIKE ? OR id"
            " IN (SELECT conversation FROM turns WHERE answer LIKE ?)) ORDER BY updated DESC",
            (owner, f"%{containing}%", f"%{containing}%"),
        )
        return [Entry(key, title, float(updated)) for key, title, updated in rows]

    def answers(self, owner: str, conversation: str | None) -> list[Answer]:
        """The answers of a conversation, in order; none when it is not the owner's."""
        rows = self._rows(
            "SELECT answer FROM turns JOIN conversations ON id = conversation"
            " WHERE id = ? AND owner = ? ORDER BY number",
            (conversation, owner),
        )
        return [Answer.from_dict(json.loads(row[0])) for row in rows]

    def add(self, owner: str, conversation: str | None, answer: Answer) -> str:
        """Store an answer at the end of a conversation, or of a new one; the conversation's id."""
        with self._lock, self._database:
            if not self._owned(owner, conversation):
                conversation = secrets.token_urlsafe(12)
                self._database.execute(
                    "INSERT INTO conversations VALUES (?, ?, ?, ?)",
                    (conversation, owner, _title(answer.question), time.time()),
                )
            self._database.execute(
                "INSERT INTO turns (conversation, number, answer) SELECT ?, coalesce(max(number) + "
                "1, 0), ? FROM turns WHERE conversation = ?",
                (conversation, json.dumps(answer.to_dict()), conversation),
            )
            self._database.execute(
                "UPDATE conversations SET updated = ? WHERE id = ?", (time.time(), conversation)
            )
        return str(conversation)

    def cut(self, owner: str, conversation: str | None, number: int) -> None:
        """Forget the answers from a number on."""
        with self._lock, self._database:
            if self._owned(owner, conversation):
                self._database.execute(
                    "DELETE FROM turns WHERE conversation = ? AND number >= ?",
                    (conversation, number),
                )

    def rate(
        self, owner: str, conversation: str | None, number: int, *, liked: bool | None, comment: str
    ) -> None:
        """Keep what the owner thinks of an answer."""
        with self._lock, self._database:
            if self._owned(owner, conversation):
                self._database.execute(
                    "UPDATE turns SET liked = ?, comment = ? WHERE conversation = ? AND number = ?",
                    (liked, comment, conversation, number),
                )

    def ratings(self, owner: str, conversation: str | None) -> list[tuple[bool | None, str]]:
        """What the owner thought of each answer, in order."""
        rows = self._rows(
            "SELECT liked, comment FROM turns JOIN conversations ON id = conversation"
            " WHERE id = ? AND owner = ? ORDER BY number",
            (conversation, owner),
        )
        return [(None if liked is None else bool(liked), comment) for liked, comment in rows]

    def rename(self, owner: str, conversation: str | None, title: str) -> None:
        with self._lock, self._database:
            self._database.execute(
                "UPDATE conversations SET title = ? WHERE id = ? AND owner = ?",
                (_title(title) or "Untitled", conversation, owner),
            )

    def delete(self, owner: str, conversation: str | None) -> None:
        with self._lock, self._database:
            self._database.execute(
                "DELETE FROM conversations WHERE id = ? AND owner = ?", (conversation, owner)
            )

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _owned(self, owner: str, conversation: str | None) -> bool:
        rows = self._database.execute(
            "SELECT 1 FROM conversations WHERE id = ? AND owner = ?", (conversation, owner)
        )
        return rows.fetchone() is not None

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()


def turns(answers: list[Answer]) -> list[Turn]:
    """A conversation as the assistant takes it for history."""
    return [
        turn
        for answer in answers
        for turn in (Turn("user", answer.question), Turn("assistant", answer.text))
    ]


def _title(question: str) -> str:
    return wording.shortened(" ".join(question.split()), TITLE)
