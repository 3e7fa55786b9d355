"""What one sentence says, as far as it can be checked without a language model.

`read_statement` turns a sentence into words, numbers with units, and names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rag.text import STOP_WORDS, fold, is_name, pieces, readable, split_compound, stem
from rag.verify.numbers import UNITS, Number, numbers
from rag.verify.wordlists import lists

CITATION = re.compile(r"\s*\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]")
_TOKEN = re.compile(r"[^\W_]+(?:[.'’^+/–-][^\W_]+)*\+{0,2}|[,;:()]|n't\b")


class Word(NamedTuple):
    """A word that carries content, and where it stands."""

    text: str
    """Folded."""
    keys: tuple[str, ...]
    """The stem; of a compound the stems of its parts and the whole written together."""
    place: int
    clause: int
    weight: float


class Name(NamedTuple):
    """A name as written; `sure` when its letters leave no doubt (FooNet, GPT-4, not Adam)."""

    shown: str
    squashed: str
    parts: tuple[str, ...]
    place: int
    sure: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence, taken apart."""

    text: str
    tokens: tuple[str, ...]
    """Folded words and the marks , ; : ( ) in order."""
    words: tuple[Word, ...]
    numbers: tuple[Number, ...]
    names: tuple[Name, ...]


def strip_citations(text: str) -> str:
    """The sentence in its display form, without markers such as "[1, 2]"."""
    return readable(CITATION.sub("", text))


@lru_cache(maxsize=1 << 15)
def read_statement(text: str) -> Statement:
    """Takes apart one sentence that is already in its display form."""
    raw = [(match.group(), match.start()) for match in _TOKEN.finditer(text)]
    tokens = tuple(_plain(token) for token, _ in raw)
    return Statement(
        text=text,
        tokens=tokens,
        words=tuple(_words(raw, tokens)),
        numbers=tuple(numbers(text, raw, tokens)),
        names=tuple(_names(raw, tokens)),
    )


@lru_cache(maxsize=1 << 16)
def _plain(token: str) -> str:
    return fold(token).replace("’", "'").removesuffix("'s")


@lru_cache(maxsize=1 << 16)
def keys_of(word: str) -> tuple[str, ...]:
    """Stems of a folded word: itself, or the parts of a compound and the whole."""
    parts, whole = split_compound(word)
    return (*parts, stem(whole)) if whole else parts


# --- words -------------------------------------------------------------------------------------


def _words(raw: Sequence[tuple[str, int]], tokens: Sequence[str]) -> Iterator[Word]:
    known = lists()
    clause = 0
    for place, token in enumerate(tokens):
        if not token[0].isalnum() or token in known.clause_breaks:
            clause += token != "("
            continue
        if token in STOP_WORDS and token not in known.comparing:
            continue
        if token[0].isdigit() or (token in UNITS and tokens[place - 1][0].isdigit()):
            continue
        keys = keys_of(token)
        yield Word(token, keys, place, clause, _weight(raw[place][0], keys))


def _weight(shown: str, keys: Sequence[str]) -> float:
    """How telling a word is, without knowing how rare: names and long words say most."""
    if not lists().generic.isdisjoint(keys):
        return 0.3
    if sum(map(str.isupper, shown)) >= 2 or any(map(str.isdigit, shown)):
        return 1.5
    return min(1.4, 0.5 + 0.1 * len(shown))


# --- names -------------------------------------------------------------------------------------

_SUBJECT_VERB = re.compile(
    r"(?:is|was|has|can|uses|achieves|outperforms|improves|reduces|surpasses|introduces|proposes|"
    r"exceeds|shows|beats|provides|trains|employs|learns|generates|enables|applies|combines)$"
)


def _names(raw: Sequence[tuple[str, int]], tokens: Sequence[str]) -> Iterator[Name]:
    first = True
    for place, (shown, _) in enumerate(raw):
        if not shown[0].isalnum():
            first = first or shown == ":"
            continue
        opening, first = first, False
        if is_name(shown) or _is_subject(shown, tokens, place, opening=opening):
            parts = tuple(pieces(tokens[place]))
            yield Name(shown, "".join(parts), parts, place, is_name(shown))


def _is_subject(shown: str, tokens: Sequence[str], place: int, *, opening: bool) -> bool:
    """Whether a capitalised word stands where only a name would: mid-sentence, or as a subject."""
    if not shown[0].isupper() or tokens[place] in STOP_WORDS or len(shown) == 1:
        return False
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    return not opening or bool(_SUBJECT_VERB.match(following))
