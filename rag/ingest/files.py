"""The files that papers are read from, and what a run of reading them did."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from rag.errors import CorpusError
from rag.types import Paper, Rejected


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


@contextmanager
def spooled(stream: Iterable[bytes]) -> Iterator[Path]:
    """Standard input as a file, since it is read twice."""
    handle, name = tempfile.mkstemp(prefix="paper-rag-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.writelines(stream)
        yield Path(name)
    finally:
        os.unlink(name)


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """A file to be read; `CorpusError` when it cannot be."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}.") from error
