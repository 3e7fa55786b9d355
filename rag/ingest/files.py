"""The files that papers are read from: found, named and told apart by their content."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from rag.corpus import find_files
from rag.errors import CorpusError
from rag.types import Paper, Rejected


class SourceFile(NamedTuple):
    """A file to read: where it is, what it is called in the library, and its content's digest."""

    path: Path
    name: str
    digest: str


Progress = Callable[[str, int, int], None]
"""Called with the stage's name, what is done and the total."""
ReadFile = Callable[[SourceFile], Iterable[Paper | Rejected]]
"""Gives a file's records in order; called twice for each file."""


@contextmanager
def source_files(paths: Sequence[str | Path | SourceFile]) -> Iterator[list[SourceFile]]:
    """The files that the paths name, and those in folders; "-" is standard input, kept meanwhile.

    Raises `CorpusError` for a path that does not exist, a file that cannot be read, and when there
    is no file in them.
    """
    files = [path for path in paths if isinstance(path, SourceFile)]
    named = [path for path in paths if not isinstance(path, SourceFile)]
    on_disk = find_files([path for path in named if str(path) != "-"])
    files += [SourceFile(path, _name(path), digest(path)) for path in on_disk]
    if "-" in map(str, named):
        with _spooled(sys.stdin.buffer) as path:
            yield [*files, SourceFile(path, "stdin", digest(path))]
    elif files or not paths:
        yield files
    else:
        raise CorpusError(f"There is no file to read in {', '.join(map(str, named))}.")


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


@contextmanager
def _spooled(stream: Iterable[bytes]) -> Iterator[Path]:
    """Standard input as a file, since it is read twice."""
    handle, name = tempfile.mkstemp(prefix="paper-rag-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.writelines(stream)
        yield Path(name)
    finally:
        os.unlink(name)


def _name(path: Path) -> str:
    """The full path as text; a name that is not UTF-8 cannot be stored as it is."""
    return os.fsencode(path.resolve()).decode(errors="replace")
