"""What a library keeps for its indexes: passages, vectors, and what an index may still hold.

A passage may be in Chroma or the lexical index without being in `passages`: then it is invisible,
and listed in `pending` until it is gone from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.store.database import Database, marks, slices
from rag.types import Passage

if TYPE_CHECKING:
    from rag.types import Vectors


class Index(NamedTuple):
    """A derived index: its own Chroma collection and lexical index, named by number."""

    no: int
    fingerprint: str


class IndexTables(Database):
    """The indexes of a library, their passages, and every vector ever computed."""

    def active_index(self) -> Index | None:
        rows = self.rows("SELECT no, fingerprint FROM indexes WHERE active")
        return Index(*rows[0]) if rows else None

    def indexes(self) -> list[Index]:
        """All indexes, also those being built or waiting to be dropped."""
        return [Index(*row) for row in self.rows("SELECT no, fingerprint FROM indexes ORDER BY no")]

    def add_index(self, fingerprint: str) -> Index:
        number = self.rows("SELECT coalesce(max(no), 0) + 1 FROM indexes")[0][0]
        self.run("INSERT INTO indexes VALUES (?, ?, 0)", (number, fingerprint))
        return Index(number, fingerprint)

    def activate(self, index: Index) -> None:
        self.run("UPDATE indexes SET active = (no = ?)", (index.no,))
        self.bump_generation()

    def drop_index(self, index: Index) -> None:
        for table in ("passages", "doubtful"):
            self.run(f"DELETE FROM {table} WHERE index_no = ?", (index.no,))
        self.run("DELETE FROM indexes WHERE no = ?", (index.no,))

    # -- passages and vectors ------------------------------------------------------------------

    def owners(self, index: Index, ids: Sequence[str]) -> dict[str, str]:
        """The paper ids of the visible passages among these ids."""
        found: dict[str, str] = {}
        for some in slices(ids):
            rows = self.rows(
                f"SELECT id, paper_id FROM passages WHERE index_no = ? AND id IN ({marks(some)})",
                [index.no, *some],
            )
            found.update(rows)
        return found

    def passage_ids(self, index: Index, paper_ids: Sequence[str] | None = None) -> list[str]:
        """Ids of the visible passages of these papers (of all when None), in reading order."""
        if paper_ids is None:
            sql = "SELECT id FROM passages WHERE index_no = ? ORDER BY paper_id, start"
            return [row[0] for row in self.rows(sql, (index.no,))]
        found: list[str] = []
        for some in slices(paper_ids):
            rows = self.rows(
                f"SELECT id FROM passages WHERE index_no = ? AND paper_id IN ({marks(some)})"
                " ORDER BY paper_id, start",
                [index.no, *some],
            )
            found += [row[0] for row in rows]
        return found

    def put_passages(self, index: Index, rows: Iterable[tuple[Passage, str]]) -> None:
        """Make passages visible; each comes with the key of its embedded text."""
        for passage, text_key in rows:
            self.run(
                "INSERT OR REPLACE INTO passages VALUES (?, ?, ?, ?, ?, ?)",
                (index.no, passage.id, passage.paper_id, passage.start, passage.end, text_key),
            )

    def delete_passages(self, index: Index, ids: Iterable[str]) -> None:
        for passage_id in ids:
            self.run("DELETE FROM passages WHERE index_no = ? AND id = ?", (index.no, passage_id))

    def unindexed(self, index: Index) -> list[str]:
        """Ids of the papers that have no passage in the index yet."""
        rows = self.rows(
            "SELECT id FROM papers WHERE NOT EXISTS (SELECT 1 FROM passages"
            " WHERE index_no = ? AND paper_id = papers.id) ORDER BY id",
            (index.no,),
        )
        return [row[0] for row in rows]

    def vectors(self, embedder: str, text_keys: Sequence[str]) -> dict[str, bytes]:
        """The stored vectors among these keys, as float32 bytes."""
        found: dict[str, bytes] = {}
        for some in slices(text_keys):
            rows = self.rows(
                "SELECT text_key, vector FROM vectors"
                f" WHERE embedder = ? AND text_key IN ({marks(some)})",
                [embedder, *some],
            )
            found.update(rows)
        return found

    def passage_vectors(self, index: Index, ids: Sequence[str], embedder: str) -> dict[str, bytes]:
        """The vectors of visible passages, as float32 bytes, by passage id."""
        found: dict[str, bytes] = {}
        for some in slices(ids):
            rows = self.rows(
                "SELECT p.id, v.vector FROM passages p JOIN vectors v"
                " ON v.embedder = ? AND v.text_key = p.text_key"
                f" WHERE p.index_no = ? AND p.id IN ({marks(some)})",
                [embedder, index.no, *some],
            )
            found.update(rows)
        return found

    def put_vectors(self, embedder: str, text_keys: Sequence[str], vectors: Vectors) -> None:
        for text_key, vector in zip(text_keys, vectors, strict=True):
            self.run(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                (embedder, text_key, vector.tobytes()),
            )

    def prune_vectors(self) -> int:
        """Delete the vectors that no passage of any index uses; how many they were."""
        return self.run(
            "DELETE FROM vectors WHERE text_key NOT IN (SELECT text_key FROM passages)"
        ).rowcount

    # -- the doubtful --------------------------------------------------------------------------

    def mark_pending(self, index: Index, passage_ids: Iterable[str]) -> None:
        """Note passages that the derived stores may hold, although they are not visible."""
        for passage_id in passage_ids:
            self.run("INSERT OR REPLACE INTO doubtful VALUES (?, ?)", (index.no, passage_id))

    def clear_pending(self, index: Index, passage_ids: Iterable[str]) -> None:
        for passage_id in passage_ids:
            self.run(
                "DELETE FROM doubtful WHERE index_no = ? AND passage_id = ?",
                (index.no, passage_id),
            )

    def pending(self, index: Index) -> list[str]:
        rows = self.rows(
            "SELECT passage_id FROM doubtful WHERE index_no = ? ORDER BY passage_id", (index.no,)
        )
        return [row[0] for row in rows]
