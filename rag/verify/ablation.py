"""The checker without one of its word lists, to measure what that list buys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rag.verify.alignment import read_source
from rag.verify.claims import read_statement
from rag.verify.comparisons import contests
from rag.verify.polarity import moves
from rag.verify.wordlists import left_out, tables


def list_sources() -> dict[str, str]:
    """The name of every word list, and where it comes from."""
    return {name: table["source"] for name, table in tables().items()}


@contextmanager
def without_list(name: str) -> Iterator[None]:
    """Inside it, this list is empty. What other threads check meanwhile is undefined."""
    token = left_out.set(name)
    _forget()
    try:
        yield
    finally:
        left_out.reset(token)
        _forget()


def _forget() -> None:
    """What was read with other lists must not be met again."""
    for cached in (read_statement, read_source, contests, moves):
        cached.cache_clear()
