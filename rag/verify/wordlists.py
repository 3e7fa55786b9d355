"""The word lists of the citation checker, out of `wordlists.toml`, where each has its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from rag.text import stem

FILE = Path(__file__).with_suffix(".toml")
left_out: ContextVar[str] = ContextVar("left_out", default="")
"""The name of a list that is taken as empty, to measure what it buys; see `without_list`."""


class Direction(NamedTuple):
    """A word that says which way something goes: `increase` is ("amount", 1)."""

    axis: str
    sign: int


@dataclass(frozen=True, slots=True)
class WordLists:
    """What words mean to a claim; those of `directions`, `synonyms` and `generic` are stems."""

    directions: Mapping[str, Direction]
    synonyms: Mapping[str, frozenset[int]]
    """The numbers of the groups that a word is in."""
    generic: frozenset[str]
    """Words of almost every abstract."""
    negators: frozenset[str]
    short_negators: frozenset[str]
    """These deny a thing, not what is said of it."""
    needs_next: Mapping[str, str]
    """Words that are negators only before this other word."""
    undirected: frozenset[str]
    """Words whose stems look like those of `directions`."""
    clause_breaks: frozenset[str]
    comparing: frozenset[str]
    """Stop words of a search that matter to a comparison."""
    hedges: frozenset[str]
    absolutes: frozenset[str]
    own_method: frozenset[str]
    """Words that stand for the paper's own method."""
    numbers: Mapping[str, float]
    folds: Mapping[str, float]
    shares: Mapping[str, float]
    """In percent."""


def lists() -> WordLists:
    """The lists that are in use."""
    return _load(left_out.get())


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Mapping[str, Any]]:
    """The file as it stands: for each list its `source`, and its words in one of four forms."""
    return tomllib.loads(FILE.read_text("utf-8"))


@lru_cache
def _load(without: str) -> WordLists:
    used = {name: table for name, table in tables().items() if name != without}

    def words(name: str) -> frozenset[str]:
        return frozenset(used.get(name, {}).get("words", "").split())

    def values(name: str) -> dict[str, str]:
        table = used.get(name, {}).get("values", {})
        return {word: value for value, words in table.items() for word in words.split()}

    def amounts(name: str) -> dict[str, float]:
        return {word: float(value) for word, value in values(name).items()}

    return WordLists(
        directions=_directions(used.get("directions", {}).get("axes", {})),
        synonyms=_synonyms([group for table in used.values() for group in table.get("groups", ())]),
        generic=frozenset(map(stem, words("generic"))),
        negators=words("negators"),
        short_negators=words("short_negators"),
        needs_next=values("needs_next"),
        undirected=words("undirected"),
        clause_breaks=words("clause_breaks"),
        comparing=words("comparing"),
        hedges=words("hedges"),
        absolutes=words("absolutes"),
        own_method=words("own_method"),
        numbers=amounts("numbers"),
        folds=amounts("folds"),
        shares=amounts("shares"),
    )


def _directions(axes: Mapping[str, tuple[str, str]]) -> dict[str, Direction]:
    """Directions of stems; of a word on several axes, the first counts."""
    directions: dict[str, Direction] = {}
    for axis, sides in axes.items():
        for sign, side in zip((1, -1), sides, strict=True):
            for word in side.split():
                directions.setdefault(stem(word), Direction(axis, sign))
    return directions


def _synonyms(groups: list[str]) -> dict[str, frozenset[int]]:
    numbers: dict[str, set[int]] = {}
    for number, group in enumerate(groups):
        for word in group.split():
            numbers.setdefault(stem(word.replace("-", "")), set()).add(number)
    return {word: frozenset(those) for word, those in numbers.items()}


def direction(key: str) -> Direction | None:
    """Which way a stemmed word points, if any."""
    return lists().directions.get(key)


def groups(key: str) -> frozenset[int]:
    """The synonym groups of a stemmed word."""
    return lists().synonyms.get(key, frozenset())
