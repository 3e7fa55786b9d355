"""Bringing papers in from files, and taking them out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import CorpusError
from rag.ingest import commit
from rag.ingest.commit import Committer, batched
from rag.ingest.deduplicate import identify, keys, merge
from rag.ingest.files import ReadFile, Report, SourceFile, digest, spooled
from rag.store import Record
from rag.types import Paper, Rejected

__all__ = ["Report", "SourceFile", "Writer", "digest", "spooled"]


class Writer(Committer):
    """The one writer of a library; holds its lock from `__enter__` to `__exit__`."""

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
        self.ensure_index()
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
        for some in batched(paper_ids):
            self.commit([], dropped=list(some))
        return len(paper_ids)

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
            if len(batch) == commit.BATCH:
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
            self.commit(changed, report=report)
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
            for some in batched(gone):
                report.removed += self.commit([], withdrawn=[(key, path) for key in some])
            if path not in runs:
                with self.library.transaction():
                    self.library.delete_file(path)
