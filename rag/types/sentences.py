"""A sentence of an answer, with what the check says of it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from rag.text import visible
from rag.types import wording
from rag.types.papers import Quote
from rag.types.wording import Support


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and how well the papers it cites support it."""

    text: str
    citations: tuple[int, ...]
    support: Support
    score: float
    """How surely it is supported, from 0 to 1."""
    why: str = ""
    """What is missing or otherwise, when the sentence is not fully supported."""
    start: int = 0
    end: int = 0
    """Where it stands, with its markers: `answer.text[start:end]`."""
    quote: Quote | None = None
    """The span of an abstract that decided; None where none did."""
    source: int = 0
    """The number of the citation that `quote` stands in; 0 without one."""
    attached: bool = False
    """Whether its citation is ours: the model gave none, and this paper supports it."""

    @property
    def told(self) -> str:
        """What the check finds fault with, why, and the span that decided; "" of other verdicts."""
        if self.support not in wording.TOLD:
            return ""
        why = f" ({self.why})" if self.why else ""
        line = f"{wording.MARKS[self.support]} {wording.SUPPORT[self.support]}: {self.text}{why}"
        if self.quote is not None:
            line += f" [{self.source}] says {wording.span(self.quote)}"
        return " ".join(visible(line).split())

    @property
    def html_mark(self) -> str:
        """The sign of its verdict, what it means below the pointer; "" of a quotation."""
        mark = wording.MARKS[self.support]
        if not mark:
            return ""
        meaning = wording.explained(self.support, self.why)
        return f' <span title="{escape(meaning)}">{mark}</span>'
