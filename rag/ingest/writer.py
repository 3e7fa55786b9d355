"""Bringing papers in from files or from memory, and taking them out again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from rag.corpus import to_paper
from rag.errors import CorpusError, StoreError
from rag.ingest import commit
from rag.ingest.commit import Committer
from rag.ingest.deduplicate import identify, keys, merge
from rag.ingest.files import Progress, ReadFile, SourceFile
from rag.store import IndexVersion, Library, SourceRecord, batched
from rag.types import Embedder, Paper, Rejected, Report, Server


class Writer:
    """The one writer of a library; holds its lock from `__enter__` to `__exit__`.

    `__enter__` raises `StoreError` when another process is writing.
    """

    library: Library

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
        self._progress = progress or (lambda stage, done, total: None)
        home.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(home / "writer.lock", timeout=0)

    def __enter__(self) -> Self:
        try:
            self._lock.acquire()
        except Timeout:
            raise StoreError(
                f"Another process is writing to {self._home}; wait for it to finish."
            ) from None
        try:
            self.library = Library(self._home)
            self.library.database.ensure_library_id()
            self._commits = Committer(self.library, self._embedder, self._progress, self._server)
            self._commits.recover()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._commits.close()
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
        self._commits.ensure_index()
        known = self.library.files()
        fresh = [file for file in files if known.get(file.name) != file.digest]
        report.skipped_files = len(files) - len(fresh)
        self._count(fresh, read, report, strict=strict)
        for file in fresh:
            self._add_file(file, read, report)
        if sync is not None:
            self._sync(files, sync, report)
        return report

    def add_records(self, records: Iterable[Paper | Mapping[str, object]], source: str) -> Report:
        """Bring papers in that are in memory; see `rag.ingest.add_records`.

        Each is filed as the one paper of a source of its own, `SOURCE://ID`. So what comes again
        takes the place of what was said before, and papers of other calls stay as they are.
        """
        report = Report()
        self._commits.ensure_index()
        papers: dict[str | int, Paper] = {}  # by id, or by number where none was given
        for number, record in enumerate(records, 1):
            paper = _checked(record, source, number)
            if isinstance(paper, Rejected):
                report.rejected.append(paper)
            else:
                has_id = isinstance(record, Paper) and record.id
                papers[paper.id if has_id else number] = paper
        report.read = len(papers)
        run = _digest(papers.values())
        rows = [(SourceFile(Path(), f"{source}://{p.id}", run), p) for p in papers.values()]
        for batch in batched(rows, commit.BATCH):
            self._add_batch(batch, report)
        with self.library.database.transaction():
            # Named among the files, but never as one that was read and may be passed over.
            self.library.put_file(source, "", len(report.rejected))
        return report

    def remove(self, paper_ids: Sequence[str]) -> int:
        """Delete papers; how many of them there were."""
        held = [paper.id for paper in self.library.papers(list(dict.fromkeys(paper_ids)))]
        for batch in batched(held, commit.BATCH):
            self._commits.commit([], dropped=list(batch))
        return len(held)

    def rebuild(self) -> IndexVersion:
        """Build a new index from the library, swap it in, drop the old one."""
        return self._commits.rebuild()

    # -- files ---------------------------------------------------------------------------------

    def _count(
        self, files: Sequence[SourceFile], read: ReadFile, report: Report, *, strict: bool
    ) -> None:
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

    def _add_file(self, file: SourceFile, read: ReadFile, report: Report) -> None:
        rejected = 0
        batch: list[tuple[SourceFile, Paper]] = []
        for item in read(file):
            if isinstance(item, Rejected):
                rejected += 1
                continue
            batch.append((file, item))
            if len(batch) == commit.BATCH:
                self._add_batch(batch, report)
                batch = []
        self._add_batch(batch, report)
        with self.library.database.transaction():
            self.library.put_file(file.name, file.digest, rejected)

    def _add_batch(self, batch: Sequence[tuple[SourceFile, Paper]], report: Report) -> None:
        waiting: dict[str, list[SourceRecord]] = {}
        owners: dict[tuple[str, str], list[str]] = {}
        for file, paper in batch:
            paper_id = self._identify(paper, file, waiting, owners)
            line = int(paper.sources[0].rsplit(":", 1)[1])
            record = SourceRecord(file.name, line, replace(paper, id=paper_id), file.digest)
            waiting.setdefault(paper_id, []).append(record)
            for key in keys(paper):
                owners.setdefault(key, []).append(paper_id)
        changed = [
            records
            for paper_id, records in waiting.items()
            if self._is_news(paper_id, records, report)
        ]
        if changed:
            self._commits.commit(changed, report=report)
        done = report.added + report.updated + report.unchanged + report.merged
        self._progress("adding", done, report.read)

    def _identify(
        self,
        paper: Paper,
        file: SourceFile,
        waiting: dict[str, list[SourceRecord]],
        owners: dict[tuple[str, str], list[str]],
    ) -> str:
        """Which paper this is, of those stored and those of this batch."""
        names = keys(paper)
        stored = self.library.papers(self.library.known_by(names))
        beside = {owner for name in names for owner in owners.get(name, ())}
        known = [*(p for p in stored if p.id not in beside)]
        known += [merge(waiting[paper_id]) for paper_id in sorted(beside)]

        def edited(paper_id: str) -> bool:
            records = self.library.records(paper_id)
            return paper_id not in beside and all(
                record.path == file.name and record.run != file.digest for record in records
            )

        return identify(paper, known, edited=edited)

    def _is_news(self, paper_id: str, records: Sequence[SourceRecord], report: Report) -> bool:
        """Whether the records say anything that is not stored yet; counts them."""
        stored = self.library.records(paper_id)
        places = {(r.path, r.line): r for r in stored}
        report.merged += len(records) - 1
        if not stored:
            report.added += 1
        elif all(
            (known := places.get((r.path, r.line)))
            and known.paper == r.paper
            and known.run == r.run
            for r in records
        ):
            report.unchanged += 1
            return False
        elif {r.path for r in stored} & {r.path for r in records}:
            same = {replace(r.paper, sources=()) for r in stored} >= {
                replace(r.paper, sources=()) for r in records
            }
            if same:
                report.unchanged += 1
            else:
                report.updated += 1
        else:
            report.merged += 1
        return True

    def _sync(self, files: Sequence[SourceFile], folders: Sequence[Path], report: Report) -> None:
        runs = {file.name: file.digest for file in files}
        for path in self.library.files():
            below = any(Path(path).is_relative_to(folder) for folder in folders)
            if path not in runs and not below:
                continue
            stale = self.library.stale(path, runs.get(path, ""))
            for batch in batched(stale, commit.BATCH):
                withdrawn = [(paper_id, path) for paper_id in batch]
                report.removed += self._commits.commit([], withdrawn=withdrawn)
            if path not in runs:
                with self.library.database.transaction():
                    self.library.delete_file(path)


def _checked(record: Paper | Mapping[str, object], source: str, number: int) -> Paper | Rejected:
    """A paper in memory, held to what is asked of a record in a file; a paper keeps its id."""
    if not isinstance(record, Paper):
        return to_paper(record, source, number)
    if not isinstance(record.id, str) or not record.id.isprintable():
        return Rejected(source, number, "the id is not plain text")
    fields = {**asdict(record), "authors": [*record.authors], "keywords": [*record.keywords]}
    for name in ("id", "sources"):
        del fields[name]
    paper = to_paper(fields, source, number)
    return replace(paper, id=record.id) if isinstance(paper, Paper) and record.id else paper


def _digest(papers: Iterable[Paper]) -> str:
    """Names papers by what they say, as `digest` does a file."""
    return hashlib.sha256(json.dumps([asdict(paper) for paper in papers]).encode()).hexdigest()
