"""The library on disk: SQLite is the truth, everything else can be rebuilt from it.

It holds what each source said (`records`), the papers merged from them, the files that were read to
their end, and (see `rag.store.index_tables`) the passages and vectors of the indexes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, NamedTuple

from rag.store.conditions import condition_of
from rag.store.database import Database
from rag.store.index_tables import IndexTables, IndexVersion
from rag.text import RULES, fold, squash
from rag.types import Filters, Paper, Passage, holds_suspects


class SourceRecord(NamedTuple):
    """What one place in one source says: the paper as read there."""

    path: str
    line: int
    paper: Paper
    run: str
    """Names the state of the source that was read: the digest of the file's content."""


class Stats(NamedTuple):
    """What a library holds."""

    papers: int
    records: int
    passages: int
    vectors: int
    files: int
    rejected: int


class Library:
    """An open library; it may be shared between threads.

    Its own tables are the papers, what the sources say of them, and the files. `indexes` holds what
    is kept for the derived indexes; `database` is the file, with its transactions and snapshots.

    Raises `StoreError` when it is to be read only and there is none.
    """

    def __init__(self, home: Path, *, readonly: bool = False) -> None:
        self.home = home
        self.database = Database(home, readonly=readonly)
        self.indexes = IndexTables(self.database)

    def close(self) -> None:
        self.database.close()

    def is_empty(self) -> bool:
        return not self.database.rows("SELECT 1 FROM papers LIMIT 1")

    def stats(self) -> Stats:
        active = self.indexes.active()
        counts = (
            "SELECT (SELECT count(*) FROM papers), (SELECT count(*) FROM records),"
            " (SELECT count(*) FROM passages WHERE index_no = ?), (SELECT count(*) FROM vectors),"
            " (SELECT count(*) FROM files), (SELECT coalesce(sum(rejected), 0) FROM files)"
        )
        return Stats(*self.database.rows(counts, (active.no if active else 0,))[0])

    # -- papers --------------------------------------------------------------------------------

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in the order asked for; unknown ids are left out."""
        sources: dict[str, list[str]] = {}
        sql = (
            "SELECT paper_id, path, line FROM records WHERE paper_id IN ({ids}) ORDER BY path, line"
        )
        for paper_id, path, line in self.database.select_in(sql, ids):
            sources.setdefault(paper_id, []).append(f"{path}:{line}")
        rows = self.database.select_in("SELECT id, data FROM papers WHERE id IN ({ids})", ids)
        papers = {key: _paper(key, data, tuple(sources.get(key, ()))) for key, data in rows}
        return [papers[paper_id] for paper_id in ids if paper_id in papers]

    def title_keys(self, ids: Sequence[str]) -> dict[str, str]:
        """The letters and digits of the papers' titles, by id; see `rag.text.squash`."""
        sql = "SELECT id, title_key FROM papers WHERE id IN ({ids})"
        return dict(self.database.select_in(sql, ids))

    def paper_ids(self, filters: Filters | None = None) -> list[str]:
        """Ids of the papers that meet the filters, by title."""
        condition, parameters = condition_of(filters or Filters())
        rows = self.database.rows(
            f"SELECT id FROM papers WHERE {condition} ORDER BY title_key, id", parameters
        )
        return [row[0] for row in rows]

    def matching(self, filters: Filters, *, limit: int = -1) -> list[str]:
        """Ids of the papers that meet the filters, in no order; at most `limit`."""
        condition, parameters = condition_of(filters)
        rows = self.database.rows(
            f"SELECT id FROM papers WHERE {condition} LIMIT ?", [*parameters, limit]
        )
        return [row[0] for row in rows]

    def share(self, filters: Filters) -> float:
        """About what share of the papers meets the filters, from 0 to 1."""
        condition, parameters = condition_of(filters)
        passing = self.database.rows(f"SELECT count(*) FROM papers WHERE {condition}", parameters)[
            0
        ][0]
        # Counting all of a million takes longer than a search; the last number is near enough.
        last = self.database.rows("SELECT coalesce(max(rowid), 0) FROM papers")[0][0]
        return min(1.0, passing / last) if last else 0.0

    def passing(self, ids: Sequence[str], filters: Filters) -> list[str]:
        """Those of these papers that meet the filters."""
        condition, parameters = condition_of(filters)
        sql = f"SELECT id FROM papers WHERE ({condition}) AND id IN ({{ids}})"
        return [row[0] for row in self.database.select_in(sql, ids, *parameters)]

    def counts(self, by: Literal["source", "year", "venue"]) -> list[tuple[str, int]]:
        """How many papers each source, year or venue has; the latest year, or the most, first.

        A source is a file, or what papers in memory were said to be from.
        """
        # The path of a paper in memory is `SOURCE://ID`; no file's path holds two slashes.
        source = "substr(path, 1, instr(path || '://', '://') - 1)"
        column = {"source": source, "year": "year", "venue": "json_extract(data, '$.venue')"}[by]
        table = "records" if by == "source" else "papers"
        what = "DISTINCT paper_id" if by == "source" else "*"
        order = "1 DESC" if by == "year" else "2 DESC, 1"
        return [
            (str(name), int(count))
            for name, count in self.database.rows(
                f"SELECT {column}, count({what}) FROM {table} WHERE {column} IS NOT NULL"
                f" GROUP BY 1 ORDER BY {order}"
            )
        ]

    def resolve(self, prefix: str) -> list[str]:
        """Ids that begin with the prefix."""
        escaped = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self.database.rows(
            "SELECT id FROM papers WHERE id LIKE ? ESCAPE '\\'", (escaped + "%",)
        )
        return [row[0] for row in rows]

    def known_by(self, keys: Iterable[tuple[str, str]]) -> list[str]:
        """Ids of the papers with any of these (column, value) pairs, in the pairs' order."""
        ids: dict[str, None] = {}
        for column, value in keys:
            rows = self.database.rows(
                f"SELECT id FROM papers WHERE {column} = ? ORDER BY id", (value,)
            )
            ids.update((row[0], None) for row in rows)
        return list(ids)

    def put_paper(self, paper: Paper) -> None:
        self.database.run(
            "INSERT OR REPLACE INTO papers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                paper.id, squash(paper.title), paper.doi, paper.arxiv_id, paper.year,
                fold("; ".join(paper.authors)), fold(paper.venue or ""), _data(paper),
            ),
        )  # fmt: skip
        noted = "INSERT OR IGNORE INTO suspects VALUES (?)"
        clean = "DELETE FROM suspects WHERE paper_id = ?"
        self.database.run(noted if holds_suspects(paper) else clean, (paper.id,))

    def delete_paper(self, paper_id: str) -> None:
        self.database.run("DELETE FROM papers WHERE id = ?", (paper_id,))
        self.database.run("DELETE FROM suspects WHERE paper_id = ?", (paper_id,))
        self.database.run("DELETE FROM records WHERE paper_id = ?", (paper_id,))

    def suspects(self) -> list[str]:
        """Ids of the papers that were noted as holding text that addresses a reader."""
        return [row[0] for row in self.database.rows("SELECT paper_id FROM suspects ORDER BY 1")]

    def note_all(self, suspects: Sequence[str], generation: int) -> None:
        """Keep which papers hold such text, unless the library has changed since that was found."""
        with self.database.transaction():
            if self.database.generation() == generation:
                self.database.run("DELETE FROM suspects")
                for paper_id in suspects:
                    self.database.run("INSERT INTO suspects VALUES (?)", (paper_id,))
                self.database.run("INSERT OR REPLACE INTO meta VALUES ('rules', ?)", (RULES,))

    def passages(self, version: IndexVersion, ids: Sequence[str]) -> dict[str, Passage]:
        """The visible passages among these ids."""
        spans = self.indexes.spans(version, ids)
        abstracts = {
            paper.id: paper.abstract
            for paper in self.papers(sorted({paper_id for paper_id, _, _ in spans.values()}))
        }
        return {
            key: Passage(key, paper_id, abstracts[paper_id][start:end], start, end)
            for key, (paper_id, start, end) in spans.items()
        }

    # -- records and files ---------------------------------------------------------------------

    def records(self, paper_id: str) -> list[SourceRecord]:
        """What every source says of a paper, by path and line."""
        rows = self.database.rows(
            "SELECT path, line, data, run FROM records WHERE paper_id = ? ORDER BY path, line",
            (paper_id,),
        )
        return [
            SourceRecord(path, line, _paper(paper_id, data, (f"{path}:{line}",)), run)
            for path, line, data, run in rows
        ]

    def put_record(self, record: SourceRecord) -> None:
        """Store a record; records of the same paper and file from an earlier run give way."""
        self.database.run(
            "DELETE FROM records WHERE path = ? AND paper_id = ? AND run <> ?",
            (record.path, record.paper.id, record.run),
        )
        self.database.run(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)",
            (record.path, record.paper.id, record.line, record.run, _data(record.paper)),
        )

    def stale(self, path: str, run: str) -> list[str]:
        """Ids of the papers that the file held in an earlier run, but not in this one."""
        rows = self.database.rows(
            "SELECT DISTINCT paper_id FROM records WHERE path = ? AND run <> ? ORDER BY paper_id",
            (path, run),
        )
        return [row[0] for row in rows]

    def delete_records(self, paper_id: str, path: str) -> None:
        self.database.run("DELETE FROM records WHERE paper_id = ? AND path = ?", (paper_id, path))

    def files(self) -> dict[str, str]:
        """Digest of every file that was read to its end, by path."""
        return dict(self.database.rows("SELECT path, digest FROM files ORDER BY path"))

    def put_file(self, path: str, digest: str, rejected: int) -> None:
        self.database.run("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (path, digest, rejected))

    def reopen_files(self, paper_ids: Sequence[str]) -> None:
        """Forget that the files with these papers were read, so that they are read again."""
        sql = "SELECT DISTINCT path FROM records WHERE paper_id IN ({ids})"
        for path in {row[0] for row in self.database.select_in(sql, paper_ids)}:
            self.database.run("UPDATE files SET digest = '' WHERE path = ?", (path,))

    def delete_file(self, path: str) -> None:
        self.database.run("DELETE FROM files WHERE path = ?", (path,))


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
