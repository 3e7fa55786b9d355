"""What is asked: questions, conversations, conditions on papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple


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
    authors: tuple[str, ...] = ()
    """Whole names of authors, any case and accents; one of them must be an author."""
    venues: tuple[str, ...] = ()
    """Whole names of venues, any case and accents; it must be one of them."""
    beside: tuple[Filters, ...] = ()
    """Further conditions, each of which must hold too: two authors of one paper."""

    def __bool__(self) -> bool:
        return self != Filters()

    def also(self, other: Filters) -> Filters:
        """Both conditions: what passes is what passes each of them.

        Years and ids intersect; where both ask something else of one field, the other's condition
        stands beside.
        """
        if not (self and other):
            return self or other
        both: dict[str, Any] = {
            "year_from": max(_given(self.year_from, other.year_from), default=None),
            "year_to": min(_given(self.year_to, other.year_to), default=None),
            "where": {**other.where, **self.where},
        }
        clash: dict[str, Any] = {
            "where": {k: v for k, v in other.where.items() if self.where.get(k, v) != v}
        }
        for name in ("source", "author", "venue", "authors", "venues"):
            mine, theirs = getattr(self, name), getattr(other, name)
            both[name] = mine or theirs
            if mine and theirs and mine != theirs:
                clash[name] = theirs
        both["ids"] = tuple(i for i in self.ids if i in set(other.ids)) or self.ids or other.ids
        if self.ids and other.ids and not set(self.ids) & set(other.ids):
            clash["ids"] = other.ids  # no id is any id: that there is none takes both
        left = Filters(**clash)
        return replace(self, **both, beside=self.beside + other.beside + (left,) * bool(left))


def _given(*years: int | None) -> list[int]:
    return [year for year in years if year is not None]
