"""Papers, what is found of them, and what is quoted from them."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.text import is_suspect_title, suspect_spans


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as its source states it; nothing is corrected here."""

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    doi: str | None = None
    arxiv_id: str | None = None
    url: str | None = None
    keywords: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Every place it was read from, as `path:line` (the line counts from 1)."""


def holds_suspects(paper: Paper) -> bool:
    """Whether something in a paper addresses a reader or a machine; it is left out of answers."""
    return bool(suspect_spans(paper.abstract)) or is_suspect_title(paper.title)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be read as a paper; printed as `file:line: reason`."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


@dataclass(slots=True)
class Report:
    """What adding papers did; a paper is counted once, however many sources it has."""

    read: int = 0
    """Records read, the bad ones not counted."""
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    """Records that joined a paper which another record had brought."""
    removed: int = 0
    """Papers that lost their last source; only `sync` removes."""
    embedded: int = 0
    """Passages that had to be embedded."""
    suspect: int = 0
    """Papers, of those stored anew, with text that addresses a reader or a machine."""
    skipped_files: int = 0
    """Files whose content has not changed since they were read."""
    rejected: list[Rejected] = field(default_factory=list)

    def __str__(self) -> str:
        """What adding did, in one line."""
        parts = [f"{self.added} new", f"{self.updated} changed", f"{self.unchanged} unchanged"]
        rest = (
            (self.merged, "merged with another source"),
            (self.removed, "removed"),
            (len(self.rejected), "records rejected"),
            (self.skipped_files, "files unchanged"),
            (self.suspect, "with text that addresses a reader or a machine, left out of answers"),
        )
        return ", ".join(parts + [f"{count} {what}" for count, what in rest if count])


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one abstract: `paper.abstract[start:end]`."""

    id: str
    paper_id: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved paper with its best passage; a higher score is better."""

    paper: Paper
    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim text of an abstract: `paper.abstract[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A cited paper, numbered from 1 in order of first use, with what is quoted from it."""

    number: int
    paper: Paper
    quotes: tuple[Quote, ...]
    """None where it is cited for its stored fields."""

    @property
    def quote(self) -> str:
        """The first quote, verbatim from the abstract; "" without one."""
        return self.quotes[0].text if self.quotes else ""

    @property
    def start(self) -> int:
        """Where the first quote starts in `paper.abstract`; 0 without one."""
        return self.quotes[0].start if self.quotes else 0

    @property
    def end(self) -> int:
        """Where the first quote ends in `paper.abstract`; 0 without one."""
        return self.quotes[0].end if self.quotes else 0
