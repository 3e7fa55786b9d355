"""The one way to change a library, so that a kill at any moment loses and doubles nothing.

Every change walks the same path: note the new passages as doubtful and keep their vectors; store
them in Chroma and the lexical index; make them visible, and the old ones invisible, in one
transaction; remove the old ones from the two indexes; clear the note. Whoever writes next finishes
what was interrupted (`_recover`), and whoever reads sees only what `library.db` shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from rag.errors import StoreError
from rag.ingest.deduplicate import merge
from rag.ingest.files import Progress, Report
from rag.store import (
    Index,
    Library,
    PassageIndex,
    Record,
    embedding_text,
    fingerprint,
    on_server,
    passages,
    remove_folder,
    remove_unknown,
)
from rag.types import Embedder, Paper, Passage, Server

if TYPE_CHECKING:
    from rag.types import Vectors

BATCH = 64
"""Papers a commit. Small enough that a kill costs seconds, large enough to embed well."""


class Committer:
    """Holds a library's writing lock from `__enter__` to `__exit__`, and commits changes."""

    def __init__(
        self,
        home: Path,
        embedder: Embedder,
        progress: Progress | None = None,
        *,
        server: Server | None = None,
    ) -> None:
        self._home = home
        self._embedder = embedder
        self._server = server
        self._wanted = fingerprint(embedder, server)
        self._progress = progress or (lambda stage, done, total: None)
        home.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(home / "writer.lock", timeout=0)
        self._open_index: PassageIndex | None = None

    def __enter__(self) -> Self:
        try:
            self._lock.acquire()
        except Timeout:
            raise StoreError(
                f"Another process is writing to {self._home}; wait for it to finish."
            ) from None
        try:
            self.library = Library(self._home)
            self.library.ensure_library_id()
            self._recover()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._close_index()
            self.library.close()
        finally:
            self._lock.release()

    def rebuild(self) -> Index:
        """Build a new index from the library, swap it in, drop the old one."""
        old = self.library.active_index()
        with self.library.transaction():
            new = self.library.add_index(self._wanted)
        self._fill(new)
        self._activate(new)
        if old is not None:
            self._drop(old)
        with self.library.transaction():
            self.library.prune_vectors()
        remove_unknown(self.library, self._server)
        return new

    # -- changing papers -----------------------------------------------------------------------

    def commit(
        self,
        changed: Sequence[Sequence[Record]],
        *,
        dropped: Sequence[str] = (),
        withdrawn: Sequence[tuple[str, str]] = (),
        report: Report | None = None,
    ) -> int:
        """Store records, drop papers, withdraw sources; returns how many papers are gone."""
        index = self.ensure_index()
        papers, gone = self._outcome(changed, dropped, withdrawn)
        stored = {p.id: p for p in self.library.papers([paper.id for paper in papers])}
        touched = [
            paper
            for paper in papers
            if paper.id not in stored
            or (stored[paper.id].title, stored[paper.id].abstract) != (paper.title, paper.abstract)
        ]
        old = set(self.library.passage_ids(index.index, [p.id for p in touched] + gone))
        found = self._prepare(index, touched, old, report)
        kept = {passage.id for _, passage, _ in found}
        with self.library.transaction():
            self.library.put_passages(index.index, ((p, key) for _, p, key in found))
            self.library.delete_passages(index.index, old - kept)
            self.library.mark_pending(index.index, old - kept)
            self.library.clear_pending(index.index, kept)
            for records in changed:
                for record in records:
                    self.library.put_record(record)
            for paper_id, path in withdrawn:
                self.library.delete_records(paper_id, path)
            for paper in papers:
                self.library.put_paper(paper)
            self.library.reopen_files(dropped)
            for paper_id in gone:
                self.library.delete_paper(paper_id)
            self.library.bump_generation()
        self._clear(index, sorted(old - kept))
        return len(gone)

    def _outcome(
        self,
        changed: Sequence[Sequence[Record]],
        dropped: Sequence[str],
        withdrawn: Sequence[tuple[str, str]],
    ) -> tuple[list[Paper], list[str]]:
        """The papers as they will be, and the ids of those that will be gone."""
        papers: list[Paper] = []
        gone = list(dropped)
        for records in changed:
            first = records[0]
            others = [
                r
                for r in self.library.records(first.paper.id)
                if not (r.path == first.path and r.run != first.run)
                and (r.path, r.line) not in {(new.path, new.line) for new in records}
            ]
            papers.append(merge([*others, *records]))
        for paper_id, path in withdrawn:
            rest = [r for r in self.library.records(paper_id) if r.path != path]
            if rest:
                papers.append(merge(rest))
            else:
                gone.append(paper_id)
        return papers, gone

    def _prepare(
        self,
        index: PassageIndex,
        papers: Sequence[Paper],
        visible: set[str],
        report: Report | None,
    ) -> list[tuple[Paper, Passage, str]]:
        """Embed the papers' passages and put the new ones into both indexes, still invisible."""
        found = [
            (paper, passage, text_key(embedding_text(paper, passage)))
            for paper in papers
            for passage in passages(paper, self._embedder.count_tokens)
        ]
        new = [item for item in found if item[1].id not in visible]
        if not new:
            return found
        text_keys = [key for _, _, key in new]
        have = self.library.vectors(self._embedder.name, text_keys)
        missing = {
            key: embedding_text(paper, passage) for paper, passage, key in new if key not in have
        }
        computed = self._embedder.embed(list(missing.values()))
        if report is not None:
            report.embedded += len(missing)
        with self.library.transaction():
            self.library.put_vectors(self._embedder.name, list(missing), computed)
            self.library.mark_pending(index.index, [passage.id for _, passage, _ in new])
        index.add([(paper, passage) for paper, passage, _ in new], self._vectors(text_keys))
        return found

    def _vectors(self, text_keys: Sequence[str]) -> Vectors:
        import numpy as np

        stored = self.library.vectors(self._embedder.name, text_keys)
        return np.stack([np.frombuffer(stored[key], dtype=np.float32) for key in text_keys])

    def _clear(self, index: PassageIndex, passage_ids: Sequence[str]) -> None:
        """Remove passages that are no longer visible from both indexes."""
        if not passage_ids:
            return
        index.delete(passage_ids)
        with self.library.transaction():
            self.library.clear_pending(index.index, passage_ids)

    # -- indexes -------------------------------------------------------------------------------

    def ensure_index(self) -> PassageIndex:
        """The active index, built anew first when the model or the chunker has changed."""
        active = self.library.active_index()
        if active is None or active.fingerprint != self._wanted:
            active = self.rebuild()
        if self._open_index is None or self._open_index.index != active:
            self._close_index()
            self._open_index = self._opened(active)
        return self._open_index

    def _fill(self, index: Index) -> None:
        """Put every paper into an index that is being built."""
        self._close_index()
        self._open_index = self._opened(index)
        todo = self.library.unindexed(index)
        for done, some in enumerate(batched(todo)):
            self._progress("indexing", done * BATCH, len(todo))
            found = self._prepare(self._open_index, self.library.papers(some), set(), None)
            with self.library.transaction():
                self.library.put_passages(index, ((p, key) for _, p, key in found))
                self.library.clear_pending(index, [passage.id for _, passage, _ in found])
        self._progress("indexing", len(todo), len(todo))

    def _activate(self, index: Index) -> None:
        with self.library.transaction():
            self.library.activate(index)

    def _drop(self, index: Index) -> None:
        # The folder goes first: what remains after a kill is a row that says what to delete.
        if self._open_index is not None and self._open_index.index == index:
            self._close_index()
        remove_folder(self._home, index)
        with self.library.transaction():
            self.library.drop_index(index)

    def _recover(self) -> None:
        """Finish or undo what an interrupted writer left."""
        active = self.library.active_index()
        for index in self.library.indexes():
            if index != active:
                self._drop(index)
        remove_unknown(self.library, self._server)
        if active is None or (on_server(active.fingerprint) and self._server is None):
            return  # What is on a server that is no longer used is rebuilt before it is changed.
        pending = self.library.pending(active)
        if pending:
            visible = self.library.passages(active, pending)
            opened = self._opened(active)
            self._open_index = opened
            self._clear(opened, [key for key in pending if key not in visible])
            with self.library.transaction():
                self.library.clear_pending(active, pending)

    def _opened(self, index: Index) -> PassageIndex:
        server = self._server if on_server(index.fingerprint) else None
        return PassageIndex(self.library, index, server, create=True)

    def _close_index(self) -> None:
        if self._open_index is not None:
            self._open_index.close()
            self._open_index = None


def text_key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def batched(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]
