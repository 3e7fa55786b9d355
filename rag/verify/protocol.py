"""What a check of claims is asked, and what it says, whoever does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from rag.types import Quote, Support


@dataclass(frozen=True, slots=True)
class Source:
    """A cited paper."""

    title: str
    abstract: str


class Claim(NamedTuple):
    """A sentence of an answer or a manuscript, and the papers that it cites."""

    text: str
    """As it is shown; markers such as "[1]" in it are ignored."""
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far a claim is supported by what it cites."""

    support: Support
    score: float
    """How surely it is supported, from 0 to 1."""
    why: str
    """Empty when supported; else one short clause naming what is missing or otherwise."""
    quote: Quote | None = None
    """The span that decided, of the abstract of `sources[source]`; None where none did."""
    source: int = 0


class Checker(Protocol):
    """Judges claims; those of one answer or manuscript together, so that one call may do."""

    @property
    def name(self) -> str:
        """Names the check, whatever changes its verdicts included: they are kept by it."""

    def check(self, claims: Sequence[Claim]) -> list[Verdict]:
        """A verdict for each claim, in order."""
