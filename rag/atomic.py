"""Files replaced in one step: a reader sees the old one or the new one, never half of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` when it is complete, and vanishes otherwise.

    It is on disk before it takes the place, so a crash leaves the old file or the new one. Several
    processes may replace a file at once; the last one stays. Raises `OSError`.
    """
    partial = path.with_name(f"{path.name}.{uuid4().hex}.part")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def replace_text(path: Path, text: str) -> None:
    """Write a whole text file, in UTF-8, in one step. Raises `OSError`."""
    with replaced(path) as file:
        file.write(text.encode())
