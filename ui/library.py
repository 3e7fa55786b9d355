"""What the page needs of libraries beyond an assistant's methods; no other file of it opens them.

Reading, adding, removing, counting, and the vectors behind the map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag import Assistant, Paper
from rag.corpus import read
from rag.ingest import SourceFile, add_files, digest, remove_papers, writer_for
from rag.settings import Settings
from rag.types import Rejected, Report

if TYPE_CHECKING:
    from rag.types import Vectors

UNPACKED_BYTES = 500 << 20
"""Bytes that one uploaded file may hold when unpacked; the rest is left out."""
RECORDS = 50_000
"""Records that are read of one uploaded file."""

Progress = Callable[[str, int, int], None]


class Holdings(NamedTuple):
    """What one library holds, with its papers counted by what they have in common."""

    papers: int
    files: int
    passages: int
    rejected: int
    sources: list[tuple[str, int]]
    years: list[tuple[str, int]]
    venues: list[tuple[str, int]]


def exists(home: Path) -> bool:
    """Whether a folder holds a library."""
    return (home / "library.db").exists()


def create(settings: Settings) -> None:
    """An empty library, to be filled from the page."""
    with writer_for(settings):
        pass


def add(
    assistant: Assistant, home: Path, files: Sequence[tuple[str, Path]], progress: Progress
) -> Report:
    """Add files, by the names that are stored, to the library in the folder `home`.

    Raises `StoreError` when another process is writing.
    """
    sources = [SourceFile(path, name, digest(path)) for name, path in files]
    return add_files(
        _settings(assistant, home), sources, embedder=assistant.embedder, read=_bounded,
        progress=progress,
    )  # fmt: skip


def remove(assistant: Assistant, home: Path, paper_id: str) -> bool:
    """Remove a paper from the library in the folder `home`; whether it was there."""
    settings = _settings(assistant, home)
    return remove_papers(settings, [paper_id], embedder=assistant.embedder) == 1


def held_last(assistant: Assistant, ids: Sequence[str]) -> set[str]:
    """Which of the papers are in the library that was joined last."""
    return {paper.id for paper in assistant.libraries[-1].papers(ids)}


def total(assistant: Assistant) -> int:
    """Papers in all libraries of an assistant."""
    return sum(library.stats().papers for library in assistant.libraries)


def holdings(assistant: Assistant) -> list[Holdings]:
    """What each library of an assistant holds, the shared one first."""
    return [
        Holdings(
            stats.papers,
            stats.files,
            stats.passages,
            stats.rejected,
            library.counts("source"),
            library.counts("year"),
            library.counts("venue"),
        )
        for library in assistant.libraries
        for stats in [library.stats()]
    ]


def vectors(assistant: Assistant, ids: Sequence[str]) -> dict[str, Vectors]:
    """The mean of each paper's passage vectors, of shape (dimension,); papers without are left out.

    Raises `StoreError` when an index cannot be read.
    """
    import numpy as np

    passages: dict[str, list[Vectors]] = {}
    for library in assistant.libraries:
        index = library.indexes.active()
        if index is None:
            continue
        passage_ids = library.indexes.passage_ids(index, ids)
        owners = library.indexes.owners(index, passage_ids)
        embedder = assistant.embedder.name
        for key, data in library.indexes.passage_vectors(index, passage_ids, embedder).items():
            if key in owners:
                vector = np.frombuffer(data, dtype=np.float32)
                passages.setdefault(owners[key], []).append(vector)
    return {key: np.mean(rows, axis=0) for key, rows in passages.items()}


def _settings(assistant: Assistant, home: Path) -> Settings:
    return assistant.settings.model_copy(update={"home": home})


def _bounded(file: SourceFile) -> Iterator[Paper | Rejected]:
    for count, item in enumerate(read(file.path, name=file.name, limit=UNPACKED_BYTES)):
        if count == RECORDS:
            why = f"more than {RECORDS:,} records; the rest was left out (use rag add)"
            yield Rejected(file.name, 1, why)
            return
        yield item
