"""The one way to change a library, so that a kill at any moment loses and doubles nothing.

Every change walks the same path: note the new passages as pending and keep their vectors; store
them in Chroma and the lexical index; make them visible, and the old ones invisible, in one
transaction; remove the old ones from the two indexes; clear the note. Whoever writes next finishes
what was interrupted (`Committer.recover`), and whoever reads sees only what `library.db` shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.ingest.deduplicate import merge
from rag.ingest.files import Progress
from rag.store import (
    IndexVersion,
    Library,
    PassageIndex,
    SourceRecord,
    batched,
    embedding_text,
    fingerprint,
    on_server,
    passages,
    remove_folder,
    remove_unknown,
)
from rag.types import Embedder, Paper, Passage, Report, Server, holds_suspects

if TYPE_CHECKING:
    from rag.types import Vectors

BATCH = 64
"""Papers a commit. Small enough that a kill costs seconds, large enough to embed well."""


class PreparedPassage(NamedTuple):
    """A passage that the indexes hold, still invisible, with the key of its embedded text."""

    paper: Paper
    passage: Passage
    text_key: str


class Committer:
    """Commits changes to a library that nobody else writes to, and keeps its index open."""

    def __init__(
        self, library: Library, embedder: Embedder, progress: Progress, server: Server | None
    ) -> None:
        self._library = library
        self._database = library.database
        self._indexes = library.indexes
        self._embedder = embedder
        self._progress = progress
        self._server = server
        self._fingerprint = fingerprint(embedder, server)
        self._open_index: PassageIndex | None = None

    def commit(
        self,
        changed: Sequence[Sequence[SourceRecord]],
        *,
        dropped: Sequence[str] = (),
        withdrawn: Sequence[tuple[str, str]] = (),
        report: Report | None = None,
    ) -> int:
        """Store records, drop papers, withdraw sources; returns how many papers are gone.

        `changed` has the new records of one paper together; `withdrawn` has pairs of a paper's id
        and a path; what had to be embedded is counted in `report`.
        """
        index = self.ensure_index()
        papers, gone = self._outcome(changed, dropped, withdrawn)
        touched = self._reworded(papers)
        old = set(self._indexes.passage_ids(index.version, [p.id for p in touched] + gone))
        prepared = self._prepare(index, touched, old, report)
        new = {item.passage.id for item in prepared}
        with self._database.transaction():
            self._indexes.put_passages(index.version, ((p, key) for _, p, key in prepared))
            self._indexes.delete_passages(index.version, old - new)
            self._indexes.clear_pending(index.version, new, [paper.id for paper in touched])
            self._indexes.mark_pending(index.version, old - new, gone)
            for records in changed:
                for record in records:
                    self._library.put_record(record)
            for paper_id, path in withdrawn:
                self._library.delete_records(paper_id, path)
            for paper in papers:
                self._library.put_paper(paper)
            self._library.reopen_files(dropped)
            for paper_id in gone:
                self._library.delete_paper(paper_id)
            self._database.bump_generation()
        if report is not None:
            report.suspect += sum(map(holds_suspects, touched))
        self._clear(index, sorted(old - new), gone)
        return len(gone)

    def _reworded(self, papers: Sequence[Paper]) -> list[Paper]:
        """Those that are new, or whose title or abstract is not as it is stored."""
        stored = {p.id: p for p in self._library.papers([paper.id for paper in papers])}
        return [
            paper
            for paper in papers
            if paper.id not in stored
            or (stored[paper.id].title, stored[paper.id].abstract) != (paper.title, paper.abstract)
        ]

    def _outcome(
        self,
        changed: Sequence[Sequence[SourceRecord]],
        dropped: Sequence[str],
        withdrawn: Sequence[tuple[str, str]],
    ) -> tuple[list[Paper], list[str]]:
        """The papers as they will be, and the ids of those that will be gone."""
        papers: list[Paper] = []
        gone = list(dropped)
        for records in changed:
            runs = {record.path: record.run for record in records}
            places = {(record.path, record.line) for record in records}
            others = [
                r
                for r in self._library.records(records[0].paper.id)
                if runs.get(r.path, r.run) == r.run and (r.path, r.line) not in places
            ]
            papers.append(merge([*others, *records]))
        for paper_id, path in withdrawn:
            rest = [r for r in self._library.records(paper_id) if r.path != path]
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
    ) -> list[PreparedPassage]:
        """Embed the papers' passages; put the new ones, still invisible, and the papers' texts into
        the indexes."""
        prepared = [
            PreparedPassage(paper, passage, text_key(embedding_text(paper, passage)))
            for paper in papers
            for passage in passages(paper, self._embedder.count_tokens)
        ]
        if not papers:
            return []
        new = [item for item in prepared if item.passage.id not in visible]
        text_keys = [item.text_key for item in new]
        known = self._indexes.vectors(self._embedder.name, text_keys)
        missing = {
            key: embedding_text(paper, passage) for paper, passage, key in new if key not in known
        }
        vectors = self._embedder.embed(list(missing.values()))
        if report is not None:
            report.embedded += len(missing)
        with self._database.transaction():
            self._indexes.put_vectors(self._embedder.name, list(missing), vectors)
            self._indexes.mark_pending(
                index.version, [item.passage.id for item in new], [paper.id for paper in papers]
            )
        if new:
            index.add([(paper, passage) for paper, passage, _ in new], self._vectors(text_keys))
        index.put(papers)
        return prepared

    def _vectors(self, text_keys: Sequence[str]) -> Vectors:
        import numpy as np

        stored = self._indexes.vectors(self._embedder.name, text_keys)
        return np.stack([np.frombuffer(stored[key], dtype=np.float32) for key in text_keys])

    def _clear(
        self, index: PassageIndex, passage_ids: Sequence[str], paper_ids: Sequence[str]
    ) -> None:
        """Remove passages and papers that are no longer visible from both indexes."""
        if not passage_ids and not paper_ids:
            return
        index.delete(passage_ids, paper_ids)
        with self._database.transaction():
            self._indexes.clear_pending(index.version, passage_ids, paper_ids)

    # -- the index -----------------------------------------------------------------------------

    def ensure_index(self) -> PassageIndex:
        """The active index, built anew first when the model or the chunker has changed."""
        active = self._indexes.active()
        if active is None or active.fingerprint != self._fingerprint:
            active = self.rebuild()
        if self._open_index is not None and self._open_index.version == active:
            return self._open_index
        return self._open(active)

    def rebuild(self) -> IndexVersion:
        """Build a new index from the library, swap it in, drop the old one."""
        old = self._indexes.active()
        with self._database.transaction():
            new = self._indexes.add(self._fingerprint)
        self._fill(new)
        with self._database.transaction():
            self._indexes.activate(new)
        if old is not None:
            self._drop(old)
        with self._database.transaction():
            self._indexes.prune_vectors()
        remove_unknown(self._library, self._server)
        return new

    def recover(self) -> None:
        """Finish or undo what an interrupted writer left."""
        active = self._indexes.active()
        for version in self._indexes.all():
            if version != active:
                self._drop(version)
        remove_unknown(self._library, self._server)
        if active is None or (on_server(active.fingerprint) and self._server is None):
            return  # What is on a server that is no longer used is rebuilt before it is changed.
        passage_ids, paper_ids = self._indexes.pending(active)
        if passage_ids or paper_ids:
            visible = self._library.passages(active, passage_ids)
            held = self._library.papers(paper_ids)
            gone = set(paper_ids) - {paper.id for paper in held}
            index = self._open(active)
            index.put(held)  # as the library has them
            self._clear(index, [key for key in passage_ids if key not in visible], sorted(gone))
            with self._database.transaction():
                self._indexes.clear_pending(active, passage_ids, paper_ids)

    def close(self) -> None:
        """Release the index; the library stays open for who opened it."""
        if self._open_index is not None:
            self._open_index.close()
            self._open_index = None

    def _fill(self, version: IndexVersion) -> None:
        """Put every paper into an index that is being built."""
        index = self._open(version)
        todo = self._indexes.unindexed(version)
        for done, paper_ids in enumerate(batched(todo, BATCH)):
            self._progress("indexing", done * BATCH, len(todo))
            prepared = self._prepare(index, self._library.papers(paper_ids), set(), None)
            with self._database.transaction():
                self._indexes.put_passages(version, ((p, key) for _, p, key in prepared))
                self._indexes.clear_pending(
                    version, [item.passage.id for item in prepared], paper_ids
                )
        self._progress("indexing", len(todo), len(todo))

    def _drop(self, version: IndexVersion) -> None:
        # The folder goes first: what remains after a kill is a row that says what to delete.
        if self._open_index is not None and self._open_index.version == version:
            self.close()
        remove_folder(self._library.home, version)
        with self._database.transaction():
            self._indexes.drop(version)

    def _open(self, version: IndexVersion) -> PassageIndex:
        """This version instead of the one that is open."""
        self.close()
        server = self._server if on_server(version.fingerprint) else None
        self._open_index = PassageIndex(self._library, version, server, create=True)
        return self._open_index


def text_key(text: str) -> str:
    """Names an embedded text by its content: 32 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
