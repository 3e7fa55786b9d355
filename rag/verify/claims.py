"""What one sentence says, as far as it can be checked without a language model.

`read_statement` turns a sentence into words with a polarity, numbers with units, and names.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rag.text import STOP_WORDS, fold, is_name, pieces, readable, split_compound, stem
from rag.verify.wordlists import lists

CITATION = re.compile(r"\s*\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]")
_TOKEN = re.compile(r"[^\W_]+(?:[.'’^+/–-][^\W_]+)*\+{0,2}|[,;:()]|n't\b")
SCOPE = 5
"""How many words with content a negation reaches."""


class Word(NamedTuple):
    """A word that carries content, where it stands, and whether a negation reaches it."""

    text: str
    """Folded."""
    keys: tuple[str, ...]
    """The stem; of a compound the stems of its parts and the whole written together."""
    place: int
    clause: int
    weight: float
    negated: int
    """0, or how many words after a negation it stands (1 is next to it)."""


class Number(NamedTuple):
    """A quantity: `30%` is (30, "%"), `6.5×` and `twice` are "×", `1.5B` is 1.5e9."""

    shown: str
    value: float
    unit: str
    """"%", "×" or "" for a count or a measure."""
    nouns: tuple[str, ...]
    """Stems of the words that follow: what is counted."""
    place: int
    """Index of the token, comparable with `Word.place`."""
    exact: bool
    """False for a small number in words ("two stages"): an abstract may simply list them."""
    named: bool
    """Whether it belongs to the name before it, as in "Llama 3.1"."""


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
        numbers=tuple(_numbers(text, raw, tokens)),
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


# --- words and negation ------------------------------------------------------------------------


def _words(raw: Sequence[tuple[str, int]], tokens: Sequence[str]) -> Iterator[Word]:
    known = lists()
    clause, reach, depth = 0, 0, 0
    for place, token in enumerate(tokens):
        if not token[0].isalnum():
            reach = 0 if token in ";:" or (token == "," and reach < SCOPE) else reach
            clause += token != "("
            continue
        if token in known.clause_breaks:
            clause, reach = clause + 1, 0
            continue
        if is_negator(tokens, place):
            reach, depth = (2 if token in known.short_negators else SCOPE), 0
            continue
        if (token in STOP_WORDS and token not in known.comparing) or token in known.needs_next:
            continue
        if token[0].isdigit() or (token in _UNITS and tokens[place - 1][0].isdigit()):
            continue
        keys = keys_of(token)
        depth = depth + 1 if reach else 0
        yield Word(token, keys, place, clause, _weight(raw[place][0], keys), depth)
        reach = max(0, reach - 1)


def is_negator(tokens: Sequence[str], place: int) -> bool:
    """Whether a token denies what follows it."""
    token, known = tokens[place], lists()
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    if token in known.needs_next:
        return following == known.needs_next[token]
    if token in ("not", "no") and following in ("only", "just", "merely", "matter", "longer"):
        return following == "longer"
    return token in known.negators or token.endswith("n't")


def _weight(shown: str, keys: Sequence[str]) -> float:
    """How telling a word is, without knowing how rare: names and long words say most."""
    if not lists().generic.isdisjoint(keys):
        return 0.3
    if sum(map(str.isupper, shown)) >= 2 or any(map(str.isdigit, shown)):
        return 1.5
    return min(1.4, 0.5 + 0.1 * len(shown))


# --- numbers -----------------------------------------------------------------------------------

_NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)(\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:(?:\s|-)?(%|percent\b|per cent\b|percentage points?\b|×|x(?![A-Za-z])|times\b|fold\b|"
    r"thousand\b|million\b|billion\b|trillion\b)|([kKMBbT])(?![A-Za-z]))?"
)
_SCALE = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "million": 1e6,
    "b": 1e9,
    "billion": 1e9,
    "t": 1e12,
    "trillion": 1e12,
}
_UNITS = {
    "%": "%",
    "percent": "%",
    "per cent": "%",
    "percentage point": "%",
    "percentage points": "%",
    "×": "×",
    "x": "×",
    "times": "×",
    "fold": "×",
}
_LIST_MARK = re.compile(r"(?:^|\(|[,:;.]\s|and\s)$")
_RANGE = re.compile(r"\s?(?:[-–/]|to|and|or)\s?[~≈]?$")


def _numbers(text: str, raw: Sequence[tuple[str, int]], tokens: Sequence[str]) -> Iterator[Number]:
    starts = [start for _, start in raw]
    matches = list(_NUMBER.finditer(text))
    for match, following in zip(matches, [*matches[1:], None], strict=False):
        if _is_list_mark(text, match):
            continue
        suffix = _suffix(match) or _suffix_of_range(text, match, following)
        place = max(0, bisect_right(starts, match.start()) - 1)
        yield Number(
            shown=match.group().strip() if _suffix(match) else match[1],
            value=float(match[1].replace(",", "")) * _SCALE.get(suffix, 1),
            unit=_UNITS.get(suffix, ""),
            nouns=_nouns(tokens, place),
            place=place,
            exact=True,
            named=not suffix and starts[place] == match.start() and _after_name(raw, tokens, place),
        )
    for place, token in enumerate(tokens):
        yield from _number_in_words(token, place, tokens)


def _is_list_mark(text: str, match: re.Match[str]) -> bool:
    """Whether it only counts what is listed: "(1) … and 2) …"."""
    return text[match.end(1) :][:1] == ")" and bool(_LIST_MARK.search(text[: match.start()]))


def _suffix(match: re.Match[str]) -> str:
    return (match[2] or match[3] or "").lower()


def _suffix_of_range(text: str, match: re.Match[str], following: re.Match[str] | None) -> str:
    """The unit or scale that both ends of a range share: "27-90 times"."""
    if following and _RANGE.fullmatch(text[match.end() : following.start()]):
        return _suffix(following)
    return ""


def _after_name(raw: Sequence[tuple[str, int]], tokens: Sequence[str], place: int) -> bool:
    """Whether the word before begins with a capital that its place does not explain."""
    return place > 1 and raw[place - 1][0][0].isupper() and tokens[place - 1] not in STOP_WORDS


def _number_in_words(token: str, place: int, tokens: Sequence[str]) -> Iterator[Number]:
    if token in lists().folds:
        yield Number(token, lists().folds[token], "×", (), place, True, False)
    elif token in lists().shares:
        yield Number(token, lists().shares[token], "%", (), place, False, False)
    else:
        head, _, rest = token.partition("-")
        if head in lists().numbers:
            scale = _SCALE.get(tokens[place + 1], 1) if place + 1 < len(tokens) else 1
            value = lists().numbers[head] * scale
            nouns = ((stem(rest),) if rest else ()) + _nouns(tokens, place)
            yield Number(token, value, "×" if rest == "fold" else "", nouns, place, False, False)


def _nouns(tokens: Sequence[str], place: int) -> tuple[str, ...]:
    """Stems of the (at most three) words that follow a number in its clause."""
    stems: list[str] = []
    rest = tokens[place].partition("-")[2] if tokens[place][:1].isdigit() else ""
    if rest and rest.isalpha():
        stems.append(stem(rest))
    for token in tokens[place + 1 : place + 5]:
        if not token[0].isalpha() or token in lists().clause_breaks or len(stems) == 3:
            break
        if token not in STOP_WORDS and token not in _UNITS and token not in _SCALE:
            stems.append(keys_of(token)[-1])
    return tuple(stems)


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
