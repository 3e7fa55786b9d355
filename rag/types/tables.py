"""Tables of papers: what programs read instead of parsing text."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types.papers import Paper, Quote
from rag.types.wording import Support


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table, and what it rests on; stored fields rest on no quote."""

    value: str
    quote: Quote | None = None
    support: Support | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row: of a paper, or of a group of papers that were counted."""

    cells: tuple[Cell, ...]
    paper: Paper | None = None
    verdict: str = ""
    """Whether the paper meets what was asked: "meets", or what it misses; "" when not judged."""


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns and the rows below them; every row has a cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
