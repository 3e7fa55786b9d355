"""Tables: comma, semicolon or bar separated, and tab separated, with a header row."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator

from rag.corpus.detect import DELIMITERS, header_delimiter
from rag.corpus.fields import to_paper
from rag.corpus.source import NOT_UTF8, TOO_LONG, Line, Source, Unreadable, is_utf8
from rag.types import Paper, Rejected

_NO_HEADER = "has no header row that names a title and an abstract column"


def read_csv(source: Source) -> Iterator[Paper | Rejected]:
    """Papers of a table; the header row tells which sign separates its columns."""
    yield from _read(source, DELIMITERS)


def read_tsv(source: Source) -> Iterator[Paper | Rejected]:
    """Papers of a tab separated table; quotes may be part of the text."""
    yield from _read(source, "\t")


def _read(source: Source, delimiters: str) -> Iterator[Paper | Rejected]:
    lines = (line for line in source.lines() if line.data is None or line.data.strip())
    first = next(lines, None)
    header = ((first and first.data) or b"").decode("utf-8", "surrogateescape")
    delimiter = header_delimiter(header, delimiters)
    if first is None or delimiter is None:
        raise Unreadable(_NO_HEADER, first.number if first else 1)
    names = next(csv.reader([header], delimiter=delimiter))
    rows = _Rows(lines, delimiter, len(names))
    for number, row in rows:
        if isinstance(row, str):
            yield Rejected(source.name, number, row)
        elif not all(map(is_utf8, row)):
            yield Rejected(source.name, number, NOT_UTF8)
        else:
            yield to_paper(dict(zip(names, row, strict=True)), source.name, number)


class _Rows:
    """Rows with the number of their first line; a broken row is a reason instead of cells.

    After a broken row, reading goes on at the next physical line, so that a quote that is never
    closed costs its own row only.
    """

    def __init__(self, lines: Iterator[Line], delimiter: str, width: int) -> None:
        self._lines, self._delimiter, self._width = lines, delimiter, width
        self._waiting: deque[Line] = deque()
        self._taken: list[Line] = []

    def __iter__(self) -> Iterator[tuple[int, list[str] | str]]:
        while True:
            self._taken = []
            try:
                row: list[str] | str = next(self._reader())
            except StopIteration:
                return
            except csv.Error as error:
                row = f"broken row: {error}"
            yield self._taken[0].number, self._checked(row)

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._texts(), delimiter=self._delimiter, strict=True)

    def _texts(self) -> Iterator[str]:
        while line := self._waiting.popleft() if self._waiting else next(self._lines, None):
            self._taken.append(line)
            if line.data is None:
                raise csv.Error(TOO_LONG)
            yield line.data.decode("utf-8", "surrogateescape") + "\n"

    def _checked(self, row: list[str] | str) -> list[str] | str:
        if isinstance(row, list) and len(row) == self._width:
            return row
        first = self._taken[0]
        self._waiting.extendleft(reversed(self._taken[1:]))
        if self._delimiter == "\t" and first.data is not None:
            cells = first.data.decode("utf-8", "surrogateescape").split("\t")
            if len(cells) == self._width:
                return cells
        if isinstance(row, list):
            return f"has {len(row)} columns where the header has {self._width}"
        return row
