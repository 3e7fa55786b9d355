"""What the tests of readers share: a file read, and what came out in short."""

from __future__ import annotations

from pathlib import Path

from rag.corpus import read
from rag.types import Paper, Rejected


def records(tmp_path: Path, data: str | bytes, name: str = "file") -> list[Paper | Rejected]:
    """What is read from a file of this content and name."""
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read(path, name=name))


def summaries(items: list[Paper | Rejected]) -> list[str]:
    """Papers by title, bad records as they are printed."""
    return [item.title if isinstance(item, Paper) else str(item) for item in items]
