"""A manuscript as it was read: its files, the sentences that cite, and the works that they cite."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

MARK = "\ue000"
"""Stands for a citation in a text that is being read; a private character, so no text has it."""

_PRIVATE = re.compile("[\ue000-\ue00f]")
_SHIELDS = {ord(sign): 0xE001 + number for number, sign in enumerate('[(@"“¹²³【')}


def shielded(text: str) -> str:
    """Code, in which nothing is a citation."""
    return text.translate(_SHIELDS)


def unshielded(text: str) -> str:
    """The text with the signs of code as they were written."""
    return text.translate({shield: sign for sign, shield in _SHIELDS.items()})


class Place(NamedTuple):
    """Where something stands: offsets into the file's text, lines and columns from 1."""

    file: str
    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int
    """The column after the last character."""


class SourceText:
    """A file of a manuscript, whose places are told by line and column."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = _PRIVATE.sub("\ufffd", text.replace("\r\n", "\n"))
        self._lines = [0, *(n + 1 for n, char in enumerate(self.text) if char == "\n")]

    def place(self, start: int, end: int) -> Place:
        """The place of `text[start:end]`."""
        line, end_line = bisect_right(self._lines, start), bisect_right(self._lines, end)
        columns = (start - self._lines[line - 1] + 1, end - self._lines[end_line - 1] + 1)
        return Place(self.name, start, end, line, columns[0], end_line, columns[1])


@dataclass(frozen=True, slots=True)
class Reference:
    """A cited work as the manuscript, or its bibliography, describes it."""

    key: str
    text: str
    """How it is called where it is listed: its title, or its whole line."""
    title: str = ""
    """"" where only the line is known, which holds the title somewhere."""
    doi: str | None = None
    arxiv_id: str | None = None
    url: str | None = None
    year: int | None = None
    authors: tuple[str, ...] = ()


class Mark(NamedTuple):
    """A citation in a text."""

    keys: tuple[str, ...]
    narrative: bool = False
    """Whether it is a part of the sentence: "@lee2023 report that …"."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, caption, footnote, list item or cell as it reads; each MARK is a citation."""

    source: SourceText
    text: str
    starts: tuple[int, ...]
    """Where each character comes from in the source."""
    ends: tuple[int, ...]
    marks: tuple[Mark, ...]
    """Of the MARKs, in their order."""


class BlockBuilder:
    """A block as it is put together: runs of white space become one space."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._clear()

    def _clear(self) -> None:
        self._chars: list[str] = []
        self._places: list[tuple[int, int]] = []
        self._marks: list[Mark] = []

    def add(self, text: str, start: int, end: int | None = None) -> None:
        """Text that stands in the source from `start` on, or that all of `start:end` reads as."""
        for number, char in enumerate(text):
            space = char.isspace()
            if space and (not self._chars or self._chars[-1] == " "):
                continue
            at = start + number
            self._chars.append(" " if space else char)
            self._places.append((at, at + 1) if end is None else (start, end))

    def cite(self, mark: Mark, start: int, end: int) -> None:
        """A citation that stands in the source at `start:end`."""
        self._chars.append(MARK)
        self._places.append((start, end))
        self._marks.append(mark)

    def take(self) -> Block | None:
        """What was put together since the last time; None where that is nothing."""
        text = "".join(self._chars)
        starts, ends = zip(*self._places, strict=True) if self._places else ((), ())
        block = Block(self._source, text, starts, ends, tuple(self._marks))
        self._clear()
        return block if text.strip() else None


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence, or the clause of one, and what it cites."""

    text: str
    """As it reads, without markup and markers."""
    keys: tuple[str, ...]
    place: Place


@dataclass(slots=True)
class Parsed:
    """What a reader makes of a manuscript, before bibliographies are opened."""

    files: list[SourceText] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    references: dict[str, Reference] = field(default_factory=dict)
    bibliographies: list[str] = field(default_factory=list)
    """The files that it names, as it names them."""
    notes: list[str] = field(default_factory=list)
    """What could not be read, a sentence each."""


@dataclass(frozen=True, slots=True)
class Manuscript:
    """What is checked."""

    name: str
    files: tuple[SourceText, ...]
    sentences: tuple[CitedSentence, ...]
    references: Mapping[str, Reference]
    notes: tuple[str, ...] = ()
