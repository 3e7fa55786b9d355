"""The library's SQLite file: its schema, connections and transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import StoreError
from rag.text import RULES

T = TypeVar("T")
VERSION = 1
_SLICE = 500
"""Parameters of one statement; SQLite takes a bounded number."""
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, digest TEXT NOT NULL, rejected INTEGER NOT NULL);
CREATE TABLE records (
    path TEXT NOT NULL, paper_id TEXT NOT NULL, line INTEGER NOT NULL, run TEXT NOT NULL,
    data TEXT NOT NULL, PRIMARY KEY (path, paper_id, line)
) WITHOUT ROWID;
CREATE INDEX records_by_paper ON records (paper_id);
CREATE TABLE papers (
    id TEXT PRIMARY KEY, title_key TEXT NOT NULL, doi TEXT, arxiv_id TEXT, year INTEGER,
    authors_key TEXT NOT NULL, venue_key TEXT NOT NULL, data TEXT NOT NULL
);
CREATE INDEX papers_by_title ON papers (title_key);
CREATE INDEX papers_by_doi ON papers (doi) WHERE doi IS NOT NULL;
CREATE INDEX papers_by_arxiv ON papers (arxiv_id) WHERE arxiv_id IS NOT NULL;
CREATE INDEX papers_by_year ON papers (year) WHERE year IS NOT NULL;
CREATE TABLE indexes (no INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, active INTEGER NOT NULL);
CREATE TABLE passages (
    index_no INTEGER NOT NULL, id TEXT NOT NULL, paper_id TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, text_key TEXT NOT NULL,
    PRIMARY KEY (index_no, id)
) WITHOUT ROWID;
CREATE INDEX passages_by_paper ON passages (index_no, paper_id);
CREATE TABLE vectors (
    embedder TEXT NOT NULL, text_key TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (embedder, text_key)
) WITHOUT ROWID;
CREATE TABLE doubtful (
    index_no INTEGER NOT NULL, passage_id TEXT NOT NULL, PRIMARY KEY (index_no, passage_id)
) WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', 0);
"""
# Names are looked for inside; going through these is far quicker than through the papers. The last
# is for telling which of many candidates a filter by year lets through.
_LATER = (
    "CREATE INDEX IF NOT EXISTS papers_by_author ON papers (authors_key, id)",
    "CREATE INDEX IF NOT EXISTS papers_by_venue ON papers (venue_key, id)",
    "CREATE INDEX IF NOT EXISTS papers_by_id_year ON papers (id, year)",
    "CREATE TABLE IF NOT EXISTS suspects (paper_id TEXT PRIMARY KEY) WITHOUT ROWID",
)


class Database:
    """An open SQLite file; connections are one a thread, so it may be shared between threads."""

    def __init__(self, home: Path, *, readonly: bool = False) -> None:
        self.home = home
        self.path = home / "library.db"
        self._readonly = readonly
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        if readonly and not (self.path.exists() and self._has_tables()):
            self.close()
            raise StoreError(
                f"There is no library in {home}; add papers first: rag add FILE_OR_FOLDER."
            )
        if not readonly:
            home.mkdir(parents=True, exist_ok=True)
            self._create()

    def close(self) -> None:
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self._local = threading.local()

    # -- connections and transactions ----------------------------------------------------------

    def _create(self) -> None:
        with self.transaction():
            if not self._has_tables():
                for statement in _SCHEMA.split(";\n"):
                    self.run(statement)
                self.run(f"PRAGMA user_version = {VERSION}")
                self.run("INSERT INTO meta VALUES ('rules', ?)", (RULES,))
            for statement in _LATER:
                self.run(statement)

    def _has_tables(self) -> bool:
        """A writer that was killed at its very start leaves an empty file."""
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = 'meta'"))

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
            self._opened.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self.path, timeout=30, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} cannot be opened as a library: {error}.") from error
        if version not in (0, VERSION):
            raise StoreError(
                f"{self.path} was made by another version of Paper RAG (schema {version}, "
                f"this one reads {VERSION}); use that version or another RAG_HOME."
            )
        connection.execute("PRAGMA synchronous = FULL")
        # The upper levels of a large library's trees stay at hand: 64 MiB a connection at most.
        connection.execute("PRAGMA cache_size = -65536")
        if self._readonly:
            connection.execute("PRAGMA query_only = ON")
            # Look-ups in a large library take a quarter less where pages need not be copied.
            connection.execute(f"PRAGMA mmap_size = {2**31 - 1}")
        return connection

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._connection().execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"The library {self.path} cannot be used: {error}.") from error

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        return self.run(sql, parameters).fetchall()

    def select_in(self, sql: str, ids: Sequence[str], *parameters: Any) -> list[Any]:
        """The rows of a query for any number of ids, which it takes last: `… IN ({ids})`.

        They are asked for in slices; an ORDER BY holds within each.
        """
        return [
            row
            for part in batched(ids, _SLICE)
            for row in self.rows(sql.replace("{ids}", marks(part)), [*parameters, *part])
        ]

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything this thread reads inside comes from one state of the library."""
        if self._connection().in_transaction:
            yield
            return
        self.run("BEGIN")
        try:
            yield
        finally:
            self.run("COMMIT")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what this thread writes inside; durable when it ends."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def generation(self) -> int:
        """Counts the commits that changed what a reader can see."""
        return int(self.rows("SELECT value FROM meta WHERE key = 'generation'")[0][0])

    def bump_generation(self) -> None:
        self.run("UPDATE meta SET value = value + 1 WHERE key = 'generation'")

    def identity(self) -> str:
        """A name of this library that no other has; "" before its first writer."""
        rows = self.rows("SELECT value FROM meta WHERE key = 'identity'")
        return f"{rows[0][0]:x}" if rows else ""

    def rules(self) -> int:
        """The rules by which papers were looked through (see `rag.text.RULES`); 0 for none."""
        rows = self.rows("SELECT value FROM meta WHERE key = 'rules'")
        return int(rows[0][0]) if rows else 0

    def ensure_library_id(self) -> None:
        self.run("INSERT OR IGNORE INTO meta VALUES ('identity', abs(random()))")

    def damage(self) -> list[str]:
        """What SQLite finds wrong with the file; [] when it is sound."""
        lines = [str(row[0]) for row in self.rows("PRAGMA quick_check(5)")]
        return [] if lines == ["ok"] else [f"{self.path} is damaged: {line}." for line in lines]


def marks(values: Sequence[Any]) -> str:
    """Placeholders for so many parameters."""
    return ",".join("?" * len(values))


def batched(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The values in runs of `size`; the last may be shorter."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
