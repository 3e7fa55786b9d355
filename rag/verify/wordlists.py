"""The word lists of the offline check, out of `wordlists.toml`, where each has its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rag.text import stem

FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class WordLists:
    """What words mean to a claim; those of `synonyms` and `generic` are stems."""

    synonyms: Mapping[str, frozenset[int]]
    """The numbers of the groups that a word is in."""
    generic: frozenset[str]
    """Words of almost every abstract."""
    negators: frozenset[str]
    clause_breaks: frozenset[str]
    comparing: frozenset[str]
    """Stop words of a search that matter to a comparison."""
    numbers: Mapping[str, float]
    folds: Mapping[str, float]
    shares: Mapping[str, float]
    """In percent."""


@lru_cache(maxsize=1)
def lists() -> WordLists:
    """The lists."""
    tables = tomllib.loads(FILE.read_text("utf-8"))

    def words(name: str) -> frozenset[str]:
        return frozenset(tables[name]["words"].split())

    def amounts(name: str) -> dict[str, float]:
        values = tables[name]["values"]
        return {word: float(value) for value, words in values.items() for word in words.split()}

    return WordLists(
        synonyms=_synonyms(
            [group for table in tables.values() for group in table.get("groups", ())]
        ),
        generic=frozenset(map(stem, words("generic"))),
        negators=words("negators"),
        clause_breaks=words("clause_breaks"),
        comparing=words("comparing"),
        numbers=amounts("numbers"),
        folds=amounts("folds"),
        shares=amounts("shares"),
    )


def _synonyms(groups: list[str]) -> dict[str, frozenset[int]]:
    numbers: dict[str, set[int]] = {}
    for number, group in enumerate(groups):
        for word in group.split():
            numbers.setdefault(stem(word.replace("-", "")), set()).add(number)
    return {word: frozenset(those) for word, those in numbers.items()}


def groups(key: str) -> frozenset[int]:
    """The synonym groups of a stemmed word."""
    return lists().synonyms.get(key, frozenset())
