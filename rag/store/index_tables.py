"""What a library keeps for its indexes: passages, vectors, and what an index may still hold.

A passage may be in Chroma without being in `passages`: then it is invisible, and noted as pending
until it is gone from there; and so is a paper whose text in the lexical index may be newer or older
than the library's. The table of these notes is called `doubtful`, its name in every library that
there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.store.database import Database
from rag.types import Passage

if TYPE_CHECKING:
    from rag.types import Vectors

_PAPER = "paper "
"""What tells the note of a paper from that of a passage, whose id is hexadecimal digits."""


class IndexVersion(NamedTuple):
    """One building of the derived index: a Chroma collection and a lexical index, by number."""

    no: int
    fingerprint: str


class IndexTables:
    """The indexes of a library, their passages, and every vector ever computed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def active(self) -> IndexVersion | None:
        """The version that readers use; None before the first one is complete."""
        rows = self._database.rows("SELECT no, fingerprint FROM indexes WHERE active")
        return IndexVersion(*rows[0]) if rows else None

    def all(self) -> list[IndexVersion]:
        """All versions, also those being built or waiting to be dropped."""
        rows = self._database.rows("SELECT no, fingerprint FROM indexes ORDER BY no")
        return [IndexVersion(*row) for row in rows]

    def add(self, fingerprint: str) -> IndexVersion:
        number = self._database.rows("SELECT coalesce(max(no), 0) + 1 FROM indexes")[0][0]
        self._database.run("INSERT INTO indexes VALUES (?, ?, 0)", (number, fingerprint))
        return IndexVersion(number, fingerprint)

    def activate(self, version: IndexVersion) -> None:
        self._database.run("UPDATE indexes SET active = (no = ?)", (version.no,))
        self._database.bump_generation()

    def drop(self, version: IndexVersion) -> None:
        for table in ("passages", "doubtful"):
            self._database.run(f"DELETE FROM {table} WHERE index_no = ?", (version.no,))
        self._database.run("DELETE FROM indexes WHERE no = ?", (version.no,))

    # -- passages ------------------------------------------------------------------------------

    def owners(self, version: IndexVersion, ids: Sequence[str]) -> dict[str, str]:
        """The paper ids of the visible passages among these ids."""
        sql = "SELECT id, paper_id FROM passages WHERE index_no = ? AND id IN ({ids})"
        return dict(self._database.select_in(sql, ids, version.no))

    def passages_of(self, version: IndexVersion, paper_ids: Sequence[str]) -> dict[str, str]:
        """The visible passages of these papers, each with its paper's id."""
        sql = "SELECT id, paper_id FROM passages WHERE index_no = ? AND paper_id IN ({ids})"
        return dict(self._database.select_in(sql, paper_ids, version.no))

    def paper_ids(self, version: IndexVersion) -> list[str]:
        """Ids of the papers with a visible passage."""
        sql = "SELECT DISTINCT paper_id FROM passages WHERE index_no = ? ORDER BY paper_id"
        return [row[0] for row in self._database.rows(sql, (version.no,))]

    def spans(self, version: IndexVersion, ids: Sequence[str]) -> dict[str, tuple[str, int, int]]:
        """Paper id, start and end of the visible passages among these ids."""
        sql = "SELECT id, paper_id, start, end FROM passages WHERE index_no = ? AND id IN ({ids})"
        return {row[0]: row[1:] for row in self._database.select_in(sql, ids, version.no)}

    def passage_ids(
        self, version: IndexVersion, paper_ids: Sequence[str] | None = None
    ) -> list[str]:
        """Ids of the visible passages of these papers (of all when None), in reading order."""
        if paper_ids is None:
            sql = "SELECT id FROM passages WHERE index_no = ? ORDER BY paper_id, start"
            return [row[0] for row in self._database.rows(sql, (version.no,))]
        sql = (
            "SELECT id FROM passages WHERE index_no = ? AND paper_id IN ({ids})"
            " ORDER BY paper_id, start"
        )
        return [row[0] for row in self._database.select_in(sql, paper_ids, version.no)]

    def put_passages(self, version: IndexVersion, rows: Iterable[tuple[Passage, str]]) -> None:
        """Make passages visible; each comes with the key of its embedded text."""
        for passage, text_key in rows:
            self._database.run(
                "INSERT OR REPLACE INTO passages VALUES (?, ?, ?, ?, ?, ?)",
                (version.no, passage.id, passage.paper_id, passage.start, passage.end, text_key),
            )

    def delete_passages(self, version: IndexVersion, ids: Iterable[str]) -> None:
        for passage_id in ids:
            self._database.run(
                "DELETE FROM passages WHERE index_no = ? AND id = ?", (version.no, passage_id)
            )

    def unindexed(self, version: IndexVersion) -> list[str]:
        """Ids of the papers that have no passage in the index yet."""
        rows = self._database.rows(
            "SELECT id FROM papers WHERE NOT EXISTS (SELECT 1 FROM passages"
            " WHERE index_no = ? AND paper_id = papers.id) ORDER BY id",
            (version.no,),
        )
        return [row[0] for row in rows]

    # -- vectors -------------------------------------------------------------------------------

    def vectors(self, embedder: str, text_keys: Sequence[str]) -> dict[str, bytes]:
        """The stored vectors among these keys, as float32 bytes."""
        sql = "SELECT text_key, vector FROM vectors WHERE embedder = ? AND text_key IN ({ids})"
        return dict(self._database.select_in(sql, text_keys, embedder))

    def passage_vectors(
        self, version: IndexVersion, ids: Sequence[str], embedder: str
    ) -> dict[str, bytes]:
        """The vectors of visible passages, as float32 bytes, by passage id."""
        sql = (
            "SELECT p.id, v.vector FROM passages p JOIN vectors v"
            " ON v.embedder = ? AND v.text_key = p.text_key"
            " WHERE p.index_no = ? AND p.id IN ({ids})"
        )
        return dict(self._database.select_in(sql, ids, embedder, version.no))

    def put_vectors(self, embedder: str, text_keys: Sequence[str], vectors: Vectors) -> None:
        for text_key, vector in zip(text_keys, vectors, strict=True):
            self._database.run(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                (embedder, text_key, vector.tobytes()),
            )

    def prune_vectors(self) -> int:
        """Delete the vectors that no passage of any index uses; how many they were."""
        return self._database.run(
            "DELETE FROM vectors WHERE text_key NOT IN (SELECT text_key FROM passages)"
        ).rowcount

    # -- pending ------------------------------------------------------------------------------

    def mark_pending(
        self, version: IndexVersion, passage_ids: Iterable[str], paper_ids: Iterable[str] = ()
    ) -> None:
        """Note passages that the derived stores may hold, although they are not visible, and papers
        whose text in the lexical index may not be the library's."""
        for key in (*passage_ids, *map(_paper_key, paper_ids)):
            self._database.run("INSERT OR REPLACE INTO doubtful VALUES (?, ?)", (version.no, key))

    def clear_pending(
        self, version: IndexVersion, passage_ids: Iterable[str], paper_ids: Iterable[str] = ()
    ) -> None:
        for key in (*passage_ids, *map(_paper_key, paper_ids)):
            self._database.run(
                "DELETE FROM doubtful WHERE index_no = ? AND passage_id = ?", (version.no, key)
            )

    def pending(self, version: IndexVersion) -> tuple[list[str], list[str]]:
        """Ids of the passages, and of the papers, that are noted as pending."""
        rows = self._database.rows(
            "SELECT passage_id FROM doubtful WHERE index_no = ? ORDER BY passage_id",
            (version.no,),
        )
        keys = [str(row[0]) for row in rows]
        papers = [key.removeprefix(_PAPER) for key in keys if key.startswith(_PAPER)]
        return [key for key in keys if not key.startswith(_PAPER)], papers


def _paper_key(paper_id: str) -> str:
    return _PAPER + paper_id
