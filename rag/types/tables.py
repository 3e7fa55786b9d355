"""Tables of papers: what programs read instead of parsing text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from rag.errors import ConfigError
from rag.text import readable
from rag.types.papers import Paper, Quote
from rag.types.wording import Support, literal

if TYPE_CHECKING:
    from pandas import DataFrame


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

    def texts(self, most: int | None = None) -> list[list[str]]:
        """The cells of the first `most` rows as they read, each one line; untrusted text."""
        return [
            [" ".join(readable(cell.value).split()) for cell in row.cells]
            for row in self.rows[:most]
        ]

    def more(self, most: int | None) -> str:
        """What is said below the first `most` rows: "and 13 more"; "" when these are all."""
        left = 0 if most is None else len(self.rows) - most
        return f"and {left:,} more" if left > 0 else ""

    def to_text(self, most: int | None = None) -> str:
        """The first `most` rows, tab separated, below the names of the columns."""
        lines = ["\t".join(row) for row in [list(self.columns), *self.texts(most)]]
        return "\n".join([*lines, *filter(None, [self.more(most)])])

    def to_markdown(self, most: int | None = None) -> str:
        """The first `most` rows as a table of Markdown; no text of a paper is markup."""
        rows: list[Sequence[str]] = [self.columns, ["---"] * len(self.columns)]
        rows += [[literal(text) for text in row] for row in self.texts(most)]
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        return "\n".join(lines) + (f"\n\n*{self.more(most)}*" if self.more(most) else "")

    def to_html(self, most: int | None = None) -> str:
        """The first `most` rows as a table of HTML, every text escaped."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>"
            for row in self.texts(most)
        )
        foot = f"<p><small>{self.more(most)}</small></p>" if self.more(most) else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{foot}"

    def to_pandas(self) -> DataFrame:
        """A DataFrame with these columns, every cell as text; needs pandas.

        Raises `ConfigError` when that is not installed.
        """
        try:
            from pandas import DataFrame
        except ImportError as error:
            raise ConfigError(
                "A table becomes a DataFrame with pandas: pip install 'paper-rag[pandas]'."
            ) from error
        cells = [[cell.value for cell in row.cells] for row in self.rows]
        return DataFrame(cells, columns=list(self.columns), dtype=str)

    def _repr_html_(self) -> str:
        return f'<div class="tex2jax_ignore mathjax_ignore">{self.to_html()}</div>'
