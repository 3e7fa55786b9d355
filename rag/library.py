"""The library on disk: SQLite is the truth, everything else can be rebuilt from it.

It holds what each source said (`records`), the papers merged from them, the passages of every
index, and each vector ever computed. A passage may be in Chroma or the lexical index without being
in `passages`: then it is invisible, and listed in `doubtful` until it is gone from there.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.errors import StoreError
from rag.text import fold, squash
from rag.types import Filters, Paper, Passage

if TYPE_CHECKING:
    from rag.types import Vectors

VERSION = 1
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


class Index(NamedTuple):
    """A derived index: its own Chroma collection and lexical index, named by number."""

    no: int
    fingerprint: str


class Record(NamedTuple):
    """What one place in one source says: the paper as read there."""

    path: str
    line: int
    paper: Paper
    run: str
    """Digest of the file's content when it was read."""


class Stats(NamedTuple):
    """What a library holds."""

    papers: int
    records: int
    passages: int
    vectors: int
    files: int
    rejected: int


class Library:
    """An open library; connections are one a thread, so it may be shared between threads."""

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
                    self._run(statement)
                self._run(f"PRAGMA user_version = {VERSION}")

    def _has_tables(self) -> bool:
        """A writer that was killed at its very start leaves an empty file."""
        return bool(self._all("SELECT 1 FROM sqlite_master WHERE name = 'meta'"))

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
        if self._readonly:
            connection.execute("PRAGMA query_only = ON")
        return connection

    def _run(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._connection().execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"The library {self.path} cannot be used: {error}.") from error

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        return self._run(sql, parameters).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything this thread reads inside comes from one state of the library."""
        if self._connection().in_transaction:
            yield
            return
        self._run("BEGIN")
        try:
            yield
        finally:
            self._run("COMMIT")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what this thread writes inside; durable when it ends."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    # -- state ---------------------------------------------------------------------------------

    def generation(self) -> int:
        """Counts the commits that changed what a reader can see."""
        return int(self._all("SELECT value FROM meta WHERE key = 'generation'")[0][0])

    def bump_generation(self) -> None:
        self._run("UPDATE meta SET value = value + 1 WHERE key = 'generation'")

    def active_index(self) -> Index | None:
        rows = self._all("SELECT no, fingerprint FROM indexes WHERE active")
        return Index(*rows[0]) if rows else None

    def indexes(self) -> list[Index]:
        """All indexes, also those being built or waiting to be dropped."""
        return [Index(*row) for row in self._all("SELECT no, fingerprint FROM indexes ORDER BY no")]

    def add_index(self, fingerprint: str) -> Index:
        number = self._all("SELECT coalesce(max(no), 0) + 1 FROM indexes")[0][0]
        self._run("INSERT INTO indexes VALUES (?, ?, 0)", (number, fingerprint))
        return Index(number, fingerprint)

    def activate(self, index: Index) -> None:
        self._run("UPDATE indexes SET active = (no = ?)", (index.no,))
        self.bump_generation()

    def drop_index(self, index: Index) -> None:
        for table in ("passages", "doubtful"):
            self._run(f"DELETE FROM {table} WHERE index_no = ?", (index.no,))
        self._run("DELETE FROM indexes WHERE no = ?", (index.no,))

    def damage(self) -> list[str]:
        """What SQLite finds wrong with the file; [] when it is sound."""
        found = [str(row[0]) for row in self._all("PRAGMA quick_check(5)")]
        return [] if found == ["ok"] else [f"{self.path} is damaged: {line}." for line in found]

    def stats(self) -> Stats:
        active = self.active_index()
        counts = (
            "SELECT (SELECT count(*) FROM papers), (SELECT count(*) FROM records),"
            " (SELECT count(*) FROM passages WHERE index_no = ?), (SELECT count(*) FROM vectors),"
            " (SELECT count(*) FROM files), (SELECT coalesce(sum(rejected), 0) FROM files)"
        )
        return Stats(*self._all(counts, (active.no if active else 0,))[0])

    # -- papers --------------------------------------------------------------------------------

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in the order asked for; unknown ids are left out."""
        found: dict[str, Paper] = {}
        for some in _slices(ids):
            marks = _marks(some)
            sources: dict[str, list[str]] = {}
            for paper_id, path, line in self._all(
                "SELECT paper_id, path, line FROM records"
                f" WHERE paper_id IN ({marks}) ORDER BY path, line",
                some,
            ):
                sources.setdefault(paper_id, []).append(f"{path}:{line}")
            for paper_id, data in self._all(
                f"SELECT id, data FROM papers WHERE id IN ({marks})", some
            ):
                found[paper_id] = _paper(paper_id, data, tuple(sources.get(paper_id, ())))
        return [found[paper_id] for paper_id in ids if paper_id in found]

    def paper_ids(self, filters: Filters | None = None, *, limit: int = -1) -> list[str]:
        """Ids of the papers that meet the filters, by title."""
        condition, parameters = _condition(filters or Filters())
        rows = self._all(
            f"SELECT id FROM papers WHERE {condition} ORDER BY title_key, id LIMIT ?",
            [*parameters, limit],
        )
        return [row[0] for row in rows]

    def resolve(self, prefix: str) -> list[str]:
        """Ids that begin with the prefix."""
        escaped = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._all("SELECT id FROM papers WHERE id LIKE ? ESCAPE '\\'", (escaped + "%",))
        return [row[0] for row in rows]

    def known_by(self, keys: Iterable[tuple[str, str]]) -> list[str]:
        """Ids of the papers with any of these (column, value) pairs, in the pairs' order."""
        found: dict[str, None] = {}
        for column, value in keys:
            rows = self._all(f"SELECT id FROM papers WHERE {column} = ? ORDER BY id", (value,))
            found.update((row[0], None) for row in rows)
        return list(found)

    def put_paper(self, paper: Paper) -> None:
        self._run(
            "INSERT OR REPLACE INTO papers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                paper.id, squash(paper.title), paper.doi, paper.arxiv_id, paper.year,
                fold("; ".join(paper.authors)), fold(paper.venue or ""), _data(paper),
            ),
        )  # fmt: skip

    def delete_paper(self, paper_id: str) -> None:
        self._run("DELETE FROM papers WHERE id = ?", (paper_id,))
        self._run("DELETE FROM records WHERE paper_id = ?", (paper_id,))

    # -- records and files ---------------------------------------------------------------------

    def records(self, paper_id: str) -> list[Record]:
        """What every source says of a paper, by path and line."""
        rows = self._all(
            "SELECT path, line, data, run FROM records WHERE paper_id = ? ORDER BY path, line",
            (paper_id,),
        )
        return [
            Record(path, line, _paper(paper_id, data, (f"{path}:{line}",)), run)
            for path, line, data, run in rows
        ]

    def put_record(self, record: Record) -> None:
        """Store a record; records of the same paper and file from an earlier run give way."""
        self._run(
            "DELETE FROM records WHERE path = ? AND paper_id = ? AND run <> ?",
            (record.path, record.paper.id, record.run),
        )
        self._run(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)",
            (record.path, record.paper.id, record.line, record.run, _data(record.paper)),
        )

    def stale(self, path: str, run: str) -> list[str]:
        """Ids of the papers that the file held in an earlier run, but not in this one."""
        rows = self._all(
            "SELECT DISTINCT paper_id FROM records WHERE path = ? AND run <> ? ORDER BY paper_id",
            (path, run),
        )
        return [row[0] for row in rows]

    def delete_records(self, paper_id: str, path: str) -> None:
        self._run("DELETE FROM records WHERE paper_id = ? AND path = ?", (paper_id, path))

    def files(self) -> dict[str, str]:
        """Digest of every file that was read to its end, by path."""
        return dict(self._all("SELECT path, digest FROM files ORDER BY path"))

    def put_file(self, path: str, digest: str, rejected: int) -> None:
        self._run("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (path, digest, rejected))

    def reopen_files(self, paper_ids: Sequence[str]) -> None:
        """Forget that the files with these papers were read, so that they are read again."""
        for some in _slices(paper_ids):
            self._run(
                "UPDATE files SET digest = '' WHERE path IN"
                f" (SELECT path FROM records WHERE paper_id IN ({_marks(some)}))",
                some,
            )

    def delete_file(self, path: str) -> None:
        self._run("DELETE FROM files WHERE path = ?", (path,))

    # -- passages and vectors ------------------------------------------------------------------

    def owners(self, index: Index, ids: Sequence[str]) -> dict[str, str]:
        """The paper ids of the visible passages among these ids."""
        found: dict[str, str] = {}
        for some in _slices(ids):
            rows = self._all(
                f"SELECT id, paper_id FROM passages WHERE index_no = ? AND id IN ({_marks(some)})",
                [index.no, *some],
            )
            found.update(rows)
        return found

    def passages(self, index: Index, ids: Sequence[str]) -> dict[str, Passage]:
        """The visible passages among these ids."""
        spans: dict[str, tuple[str, int, int]] = {}
        for some in _slices(ids):
            for row in self._all(
                "SELECT id, paper_id, start, end FROM passages"
                f" WHERE index_no = ? AND id IN ({_marks(some)})",
                [index.no, *some],
            ):
                spans[row[0]] = row[1:]
        abstracts = {
            paper.id: paper.abstract
            for paper in self.papers(sorted({paper_id for paper_id, _, _ in spans.values()}))
        }
        return {
            key: Passage(key, paper_id, abstracts[paper_id][start:end], start, end)
            for key, (paper_id, start, end) in spans.items()
        }

    def passage_ids(self, index: Index, paper_ids: Sequence[str] | None = None) -> list[str]:
        """Ids of the visible passages of these papers (of all when None), in reading order."""
        if paper_ids is None:
            sql = "SELECT id FROM passages WHERE index_no = ? ORDER BY paper_id, start"
            return [row[0] for row in self._all(sql, (index.no,))]
        found: list[str] = []
        for some in _slices(paper_ids):
            rows = self._all(
                f"SELECT id FROM passages WHERE index_no = ? AND paper_id IN ({_marks(some)})"
                " ORDER BY paper_id, start",
                [index.no, *some],
            )
            found += [row[0] for row in rows]
        return found

    def put_passages(self, index: Index, rows: Iterable[tuple[Passage, str]]) -> None:
        """Make passages visible; each comes with the key of its embedded text."""
        for passage, text_key in rows:
            self._run(
                "INSERT OR REPLACE INTO passages VALUES (?, ?, ?, ?, ?, ?)",
                (index.no, passage.id, passage.paper_id, passage.start, passage.end, text_key),
            )

    def delete_passages(self, index: Index, ids: Iterable[str]) -> None:
        for passage_id in ids:
            self._run("DELETE FROM passages WHERE index_no = ? AND id = ?", (index.no, passage_id))

    def unindexed(self, index: Index) -> list[str]:
        """Ids of the papers that have no passage in the index yet."""
        rows = self._all(
            "SELECT id FROM papers WHERE NOT EXISTS (SELECT 1 FROM passages"
            " WHERE index_no = ? AND paper_id = papers.id) ORDER BY id",
            (index.no,),
        )
        return [row[0] for row in rows]

    def vectors(self, embedder: str, text_keys: Sequence[str]) -> dict[str, bytes]:
        """The stored vectors among these keys, as float32 bytes."""
        found: dict[str, bytes] = {}
        for some in _slices(text_keys):
            rows = self._all(
                "SELECT text_key, vector FROM vectors"
                f" WHERE embedder = ? AND text_key IN ({_marks(some)})",
                [embedder, *some],
            )
            found.update(rows)
        return found

    def passage_vectors(self, index: Index, ids: Sequence[str], embedder: str) -> dict[str, bytes]:
        """The vectors of visible passages, as float32 bytes, by passage id."""
        found: dict[str, bytes] = {}
        for some in _slices(ids):
            rows = self._all(
                "SELECT p.id, v.vector FROM passages p JOIN vectors v"
                " ON v.embedder = ? AND v.text_key = p.text_key"
                f" WHERE p.index_no = ? AND p.id IN ({_marks(some)})",
                [embedder, index.no, *some],
            )
            found.update(rows)
        return found

    def put_vectors(self, embedder: str, text_keys: Sequence[str], vectors: Vectors) -> None:
        for text_key, vector in zip(text_keys, vectors, strict=True):
            self._run(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                (embedder, text_key, vector.tobytes()),
            )

    def prune_vectors(self) -> int:
        """Delete the vectors that no passage of any index uses; how many they were."""
        return self._run(
            "DELETE FROM vectors WHERE text_key NOT IN (SELECT text_key FROM passages)"
        ).rowcount

    # -- the doubtful --------------------------------------------------------------------------

    def doubt(self, index: Index, passage_ids: Iterable[str]) -> None:
        """Note passages that the derived stores may hold, although they are not visible."""
        for passage_id in passage_ids:
            self._run("INSERT OR REPLACE INTO doubtful VALUES (?, ?)", (index.no, passage_id))

    def settle(self, index: Index, passage_ids: Iterable[str]) -> None:
        for passage_id in passage_ids:
            self._run(
                "DELETE FROM doubtful WHERE index_no = ? AND passage_id = ?",
                (index.no, passage_id),
            )

    def doubtful(self, index: Index) -> list[str]:
        rows = self._all(
            "SELECT passage_id FROM doubtful WHERE index_no = ? ORDER BY passage_id", (index.no,)
        )
        return [row[0] for row in rows]


def _data(paper: Paper) -> str:
    fields = {key: value for key, value in asdict(paper).items() if value not in (None, ())}
    for derived in ("id", "sources"):
        fields.pop(derived, None)
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)


def _paper(paper_id: str, data: str, sources: tuple[str, ...]) -> Paper:
    fields = json.loads(data)
    for name in ("authors", "keywords"):
        fields[name] = tuple(fields.get(name, ()))
    return Paper(id=paper_id, sources=sources, **fields)


def _condition(filters: Filters) -> tuple[str, list[Any]]:
    """The filters as an SQL condition on `papers`, with its parameters."""
    parts: list[str] = ["1"]
    values: list[Any] = []
    if filters.ids:
        parts.append(f"id IN ({_marks(filters.ids)})")
        values += filters.ids
    for comparison, bound in ((">=", filters.year_from), ("<=", filters.year_to)):
        if bound is not None:
            parts.append(f"year {comparison} ?")
            values.append(bound)
    for column, wanted in (("authors_key", filters.author), ("venue_key", filters.venue)):
        if wanted:
            parts.append(f"instr({column}, ?)")
            values.append(fold(wanted))
    if filters.source:
        parts.append(
            "id IN (SELECT paper_id FROM records WHERE instr(lower(path || ':' || line), ?))"
        )
        values.append(filters.source.lower())
    for name, wanted in filters.where.items():
        if name not in Paper.__dataclass_fields__:
            known = ", ".join(Paper.__dataclass_fields__)
            raise StoreError(f"Papers have no field {name!r}; the fields are {known}.")
        parts.append("instr(lower(coalesce(json_extract(data, ?), '')), ?)")
        values += [f"$.{name}", wanted.lower()]
    return " AND ".join(parts), values


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))


def _slices(values: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    """SQLite takes a bounded number of parameters."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
