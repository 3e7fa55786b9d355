"""Getting papers in, out and re-indexed, so that a kill at any moment loses and doubles nothing.

Every change walks the same path: note the new passages as doubtful and keep their vectors; store
them in Chroma and the lexical index; make them visible, and the old ones invisible, in one
transaction; remove the old ones from the two indexes; clear the note. Whoever writes next finishes
what was interrupted (`_recover`), and whoever reads sees only what `library.db` shows.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout

from rag.errors import CorpusError, StoreError
from rag.identity import identify, keys, merge
from rag.index import PassageIndex, remove_folder, remove_unknown
from rag.library import Index, Library, Record
from rag.passages import embedding_text, fingerprint, passages
from rag.types import Embedder, Paper, Passage, Rejected

if TYPE_CHECKING:
    from rag.types import Vectors

BATCH = 64
"""Papers a commit. Small enough that a kill costs seconds, large enough to embed well."""


class SourceFile(NamedTuple):
    """A file to read: where it is, what it is called in the library, and its content's digest."""

    path: Path
    name: str
    digest: str


@dataclass
class Report:
    """What a run did; papers are counted once, however many sources they have."""

    read: int = 0
    """Records read, the bad ones not counted."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    merged: int = 0
    """Records that joined a paper which another record had brought."""
    removed: int = 0
    embedded: int = 0
    """Passages that had to be embedded."""
    skipped_files: int = 0
    """Files whose content has not changed since they were read."""
    rejected: list[Rejected] = field(default_factory=list)


Progress = Callable[[str, int, int], None]
"""Called with the stage's name, what is done and the total."""
ReadFile = Callable[[SourceFile], Iterable[Paper | Rejected]]


class Writer:
    """The one writer of a library; holds its lock from `__enter__` to `__exit__`."""

    def __init__(self, home: Path, embedder: Embedder, progress: Progress | None = None) -> None:
        self._home = home
        self._embedder = embedder
        self._progress = progress or (lambda stage, done, total: None)
        home.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(home / "writer.lock", timeout=0)
        self._open_index: PassageIndex | None = None

    def __enter__(self) -> Writer:
        try:
            self._lock.acquire()
        except Timeout:
            raise StoreError(
                f"Another process is writing to {self._home}; wait for it to finish."
            ) from None
        try:
            self.library = Library(self._home)
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

    # -- the commands --------------------------------------------------------------------------

    def add(
        self,
        files: Sequence[SourceFile],
        read: ReadFile,
        *,
        strict: bool = False,
        sync: Sequence[Path] | None = None,
    ) -> Report:
        """Bring the files' papers in. Raises `CorpusError` for a bad record when `strict`.

        With `sync`, papers that have vanished from these files, or whose file has vanished from
        these folders, lose that source, and are removed when it was the last one.
        """
        report = Report()
        self._ensure_index()
        known = self.library.files()
        fresh = [file for file in files if known.get(file.name) != file.digest]
        report.skipped_files = len(files) - len(fresh)
        total = self._count(fresh, read, report, strict=strict)
        for file in fresh:
            self._add_file(file, read, report, total)
        if sync is not None:
            self._sync(files, sync, report)
        return report

    def remove(self, paper_ids: Sequence[str]) -> int:
        """Delete papers; how many there were."""
        for some in _batched(paper_ids):
            self._commit([], dropped=list(some))
        return len(paper_ids)

    def rebuild(self) -> Index:
        """Build a new index from the library, swap it in, drop the old one."""
        old = self.library.active_index()
        with self.library.transaction():
            new = self.library.add_index(fingerprint(self._embedder))
        self._fill(new)
        self._activate(new)
        if old is not None:
            self._drop(old)
        with self.library.transaction():
            self.library.prune_vectors()
        return new

    # -- files ---------------------------------------------------------------------------------

    def _count(
        self, files: Sequence[SourceFile], read: ReadFile, report: Report, *, strict: bool
    ) -> int:
        """A first pass over the files: parsing costs little beside embedding, and it finds every
        bad record before anything is stored."""
        for done, file in enumerate(files):
            self._progress("reading", done, len(files))
            for item in read(file):
                if isinstance(item, Paper):
                    report.read += 1
                    continue
                if strict:
                    raise CorpusError(f"{item} (nothing was added, because of --strict)")
                report.rejected.append(item)
        return report.read

    def _add_file(self, file: SourceFile, read: ReadFile, report: Report, total: int) -> None:
        rejected = 0
        batch: list[Paper] = []
        for item in read(file):
            if isinstance(item, Rejected):
                rejected += 1
                continue
            batch.append(item)
            if len(batch) == BATCH:
                self._add_batch(file, batch, report, total)
                batch = []
        self._add_batch(file, batch, report, total)
        with self.library.transaction():
            self.library.put_file(file.name, file.digest, rejected)

    def _add_batch(
        self, file: SourceFile, batch: Sequence[Paper], report: Report, total: int
    ) -> None:
        pending: dict[str, list[Record]] = {}
        owners: dict[tuple[str, str], list[str]] = {}
        for paper in batch:
            paper_id = self._identify(paper, file, pending, owners)
            line = int(paper.sources[0].rsplit(":", 1)[1])
            record = Record(file.name, line, replace(paper, id=paper_id), file.digest)
            pending.setdefault(paper_id, []).append(record)
            for key in keys(paper):
                owners.setdefault(key, []).append(paper_id)
        changed = [
            records
            for paper_id, records in pending.items()
            if self._is_news(paper_id, records, report)
        ]
        if changed:
            self._commit(changed, report=report)
        done = report.new + report.changed + report.unchanged + report.merged
        self._progress("adding", done, total)

    def _identify(
        self,
        paper: Paper,
        file: SourceFile,
        pending: dict[str, list[Record]],
        owners: dict[tuple[str, str], list[str]],
    ) -> str:
        """Which paper this is, of those stored and those of this batch."""
        names = keys(paper)
        stored = self.library.papers(self.library.known_by(names))
        beside = {owner for name in names for owner in owners.get(name, ())}
        known = [*(p for p in stored if p.id not in beside)]
        known += [merge(pending[paper_id]) for paper_id in sorted(beside)]

        def edited(paper_id: str) -> bool:
            records = self.library.records(paper_id)
            return paper_id not in beside and all(
                r.path == file.name and r.run != file.digest for r in records
            )

        return identify(paper, known, edited=edited)

    def _is_news(self, paper_id: str, records: Sequence[Record], report: Report) -> bool:
        """Whether the records say anything that is not stored yet; counts them."""
        stored = self.library.records(paper_id)
        places = {(r.path, r.line): r for r in stored}
        report.merged += len(records) - 1
        if not stored:
            report.new += 1
        elif all(
            (known := places.get((r.path, r.line)))
            and known.paper == r.paper
            and known.run == r.run
            for r in records
        ):
            report.unchanged += 1
            return False
        elif any(r.path == records[0].path for r in stored):
            same = {replace(r.paper, sources=()) for r in stored} >= {
                replace(r.paper, sources=()) for r in records
            }
            if same:
                report.unchanged += 1
            else:
                report.changed += 1
        else:
            report.merged += 1
        return True

    def _sync(self, files: Sequence[SourceFile], folders: Sequence[Path], report: Report) -> None:
        runs = {file.name: file.digest for file in files}
        for path in self.library.files():
            below = any(Path(path).is_relative_to(folder) for folder in folders)
            if path not in runs and not below:
                continue
            gone = self.library.stale(path, runs.get(path, ""))
            for some in _batched(gone):
                report.removed += self._commit([], withdrawn=[(key, path) for key in some])
            if path not in runs:
                with self.library.transaction():
                    self.library.delete_file(path)

    # -- the one way to change the library -----------------------------------------------------

    def _commit(
        self,
        changed: Sequence[Sequence[Record]],
        *,
        dropped: Sequence[str] = (),
        withdrawn: Sequence[tuple[str, str]] = (),
        report: Report | None = None,
    ) -> int:
        """Store records, drop papers, withdraw sources; returns how many papers are gone."""
        index = self._ensure_index()
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
            self.library.doubt(index.index, old - kept)
            self.library.settle(index.index, kept)
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
            (paper, passage, _text_key(embedding_text(paper, passage)))
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
            self.library.doubt(index.index, [passage.id for _, passage, _ in new])
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
            self.library.settle(index.index, passage_ids)

    # -- indexes -------------------------------------------------------------------------------

    def _ensure_index(self) -> PassageIndex:
        """The active index, built anew first when the model or the chunker has changed."""
        active = self.library.active_index()
        if active is None or active.fingerprint != fingerprint(self._embedder):
            active = self.rebuild()
        if self._open_index is None or self._open_index.index != active:
            self._close_index()
            self._open_index = PassageIndex(self._home, active, create=True)
        return self._open_index

    def _fill(self, index: Index) -> None:
        """Put every paper into an index that is being built."""
        self._close_index()
        self._open_index = PassageIndex(self._home, index, create=True)
        todo = self.library.unindexed(index)
        for done, some in enumerate(_batched(todo)):
            self._progress("indexing", done * BATCH, len(todo))
            found = self._prepare(self._open_index, self.library.papers(some), set(), None)
            with self.library.transaction():
                self.library.put_passages(index, ((p, key) for _, p, key in found))
                self.library.settle(index, [passage.id for _, passage, _ in found])
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
        remove_unknown(self._home, {index.no for index in self.library.indexes()})
        if active is None:
            return
        doubtful = self.library.doubtful(active)
        if doubtful:
            visible = self.library.passages(active, doubtful)
            opened = PassageIndex(self._home, active, create=True)
            self._open_index = opened
            self._clear(opened, [key for key in doubtful if key not in visible])
            with self.library.transaction():
                self.library.settle(active, doubtful)

    def _close_index(self) -> None:
        if self._open_index is not None:
            self._open_index.close()
            self._open_index = None


@contextmanager
def spooled(stream: Iterable[bytes]) -> Iterator[Path]:
    """Standard input as a file, since it is read twice."""
    import tempfile

    handle, name = tempfile.mkstemp(prefix="paper-rag-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.writelines(stream)
        yield Path(name)
    finally:
        os.unlink(name)


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}.") from error


def _text_key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _batched(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]
