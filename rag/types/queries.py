"""What is asked: questions, conversations, conditions on papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    content: str


class Message(NamedTuple):
    """One message of a request to a language model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers may be retrieved; all given conditions must hold."""

    ids: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    source: str | None = None
    """Part of a source's path, any case."""
    author: str | None = None
    """Part of an author's name, any case and accents."""
    venue: str | None = None
    """Part of the venue's name, any case."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Any field of `Paper`, by name: part of its text, any case."""

    def __bool__(self) -> bool:
        return self != Filters()
