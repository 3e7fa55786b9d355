"""The quantities of a sentence: values with units, however they are written.

`4.7B` and `4.7 billion` are one number, as are `75%` and `three in four`, `3x` and `threefold`,
`2 days` and `48 hours`: a value is kept in the base unit of its kind.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.text import STOP_WORDS, split_compound, stem
from rag.verify.wordlists import lists


class Number(NamedTuple):
    """A quantity: `30%` is (30, "%"), `6.5×` and `twice` "×", `1.5B` 1.5e9, `2 h` 7200 "s"."""

    shown: str
    value: float
    unit: str
    """"%", "×", "s", "B" (bytes), "g" or "m"; "" for a count, or a measure of another kind."""
    nouns: tuple[str, ...]
    """Stems of the words that follow: what is counted."""
    place: int
    """Index of the token, comparable with `Word.place`."""
    exact: bool
    """False for a small number in words ("two stages"): an abstract may simply list them."""
    named: bool
    """Whether it belongs to the name before it, as in "Llama 3.1"."""


_SCALE = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9, "t": 1e12,
    "trillion": 1e12,
}  # fmt: skip
_MEASURES = {
    "s": {
        "ms": 1e-3, "millisecond": 1e-3, "second": 1, "sec": 1, "minute": 60, "min": 60,
        "hour": 3600, "h": 3600, "day": 86_400, "week": 604_800, "month": 2_629_800,
        "year": 31_557_600,
    },
    "B": {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "gib": 1.073741824e9, "mib": 1048576},
    "g": {"µg": 1e-6, "mg": 1e-3, "gram": 1, "kg": 1e3, "kilogram": 1e3, "tonne": 1e6},
    "m": {
        "nm": 1e-9, "µm": 1e-6, "mm": 1e-3, "cm": 1e-2, "metre": 1, "meter": 1, "km": 1e3,
        "kilometre": 1e3, "kilometer": 1e3,
    },
}  # fmt: skip
_MEASURE = {word: (unit, size) for unit, sizes in _MEASURES.items() for word, size in sizes.items()}
_TIMES = {
    **dict.fromkeys(["%", "percent", "per cent", "percentage point", "percentage points"], "%"),
    **dict.fromkeys(["×", "x", "times", "fold"], "×"),
}
UNITS = frozenset(_TIMES)
"""Words that are a unit and name nothing that is counted."""
_WORDS = "|".join(sorted((w for w in (*_SCALE, *_TIMES) if len(w) > 1), key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)(?P<times>[x×]\s?)?"
    r"(?P<digits>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    rf"(?:(?:\s|-)?(?P<word>%|×|[xX](?![A-Za-z])|(?i:(?:{_WORDS})\b))|(?P<letter>[kKMBbT])(?![A-Za-z]))?"
)
_LIST_MARK = re.compile(r"(?:^|\(|[,:;.]\s|and\s)$")
_RANGE = re.compile(r"\s?(?:[-–/]|to|and|or)\s?[~≈]?$")


def numbers(text: str, raw: Sequence[tuple[str, int]], tokens: Sequence[str]) -> Iterator[Number]:
    """The numbers of a text whose tokens, with their offsets, are `raw`, and folded `tokens`."""
    starts = [start for _, start in raw]
    matches = list(_NUMBER.finditer(text))
    for match, following in zip(matches, [*matches[1:], None], strict=False):
        if _is_list_mark(text, match):
            continue
        place = bisect_right(starts, match.end("digits") - 1) - 1  # "12,288" is three tokens
        yield _in_digits(text, match, following, place, raw, tokens)
    for place in range(len(tokens)):
        yield from _in_words(place, tokens)


def _in_digits(
    text: str, match: re.Match[str], following: re.Match[str] | None, place: int,
    raw: Sequence[tuple[str, int]], tokens: Sequence[str],
) -> Number:  # fmt: skip
    suffix = _suffix(match) or _suffix_of_range(text, match, following)
    value = float(match["digits"].replace(",", "")) * _SCALE.get(suffix, 1)
    unit = "×" if match["times"] else _TIMES.get(suffix, "")
    shown = match.group().strip() if _suffix(match) or match["times"] else match["digits"]
    own = raw[place][1] == match.start("digits")
    named = not suffix and own and _after_name(raw, tokens, place)
    if not unit and not named and (measure := _measure(tokens, place, suffix)):
        word, unit, size = measure
        return Number(f"{shown} {word}", value * size, unit, (stem(word),), place, True, False)
    return Number(shown, value, unit, _nouns(tokens, place), place, True, named)


def _measure(tokens: Sequence[str], place: int, suffix: str) -> tuple[str, str, float] | None:
    """The word that measures time, memory, mass or length after a number; how much one is."""
    rest = tokens[place].partition("-")[2]
    at = place + 1 + (suffix in tokens[place + 1 : place + 2])
    glued = re.fullmatch(r"[\d.,]+([a-zµ]+)", tokens[place])
    following = tokens[at] if at < len(tokens) else ""
    word = rest if rest.isalpha() else glued[1] if glued else following  # "24-hour", "2-3 days"
    known = _MEASURE.get(word) or _MEASURE.get(word.removesuffix("s"))
    return (word, *known) if known else None


def _is_list_mark(text: str, match: re.Match[str]) -> bool:
    """Whether it only counts what is listed: "(1) … and 2) …"."""
    end = match.end("digits")
    return (
        text[end:][:1] == ")"
        and bool(_LIST_MARK.search(text[: match.start()]))
        and ("." not in match["digits"] and float(match["digits"].replace(",", "")) < 10)
    )


def _suffix(match: re.Match[str]) -> str:
    return (match["word"] or match["letter"] or "").lower()


def _suffix_of_range(text: str, match: re.Match[str], following: re.Match[str] | None) -> str:
    """The unit or scale that both ends of a range share: "27-90 times"."""
    if following and _RANGE.fullmatch(text[match.end() : following.start()]):
        return _suffix(following)
    return ""


def _after_name(raw: Sequence[tuple[str, int]], tokens: Sequence[str], place: int) -> bool:
    """Whether the word before begins with a capital that its place does not explain."""
    return place > 1 and raw[place - 1][0][0].isupper() and tokens[place - 1] not in STOP_WORDS


def _in_words(place: int, tokens: Sequence[str]) -> Iterator[Number]:
    """Numbers written out: "twice", "half", "a tenth", "three in four", "two stages"."""
    token, known = tokens[place], lists()
    if token in known.folds:
        yield Number(token, known.folds[token], "×", (), place, True, False)
        return
    if share := _share(place, tokens):
        yield Number(*share, "%", (), place, False, False)
        return
    head, _, rest = token.partition("-")
    if head in known.numbers and not _in_share(place, tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        ones = 1.0 if rest == "one" else known.numbers.get(rest, 0.0)  # of "twenty-five"
        value = (known.numbers[head] + ones) * _SCALE.get(following, 1)
        if following in _TIMES or rest == "fold":
            yield Number(token, value, _TIMES.get(following, "×"), (), place, False, False)
        elif measure := _measure(tokens, place, ""):
            word, unit, size = measure
            shown = f"{head} {word}"
            yield Number(shown, value * size, unit, (stem(word),), place, False, False)
        else:
            nouns = ((stem(rest),) if rest and not ones else ()) + _nouns(tokens, place)
            yield Number(token, value, "", nouns, place, False, False)


def _in_share(place: int, tokens: Sequence[str]) -> bool:
    """Whether a number belongs to a share that a word near it gives: "two thirds", "in four"."""
    if tokens[place + 1 : place + 2] and tokens[place + 1] in lists().shares:
        return True
    back = 3 if tokens[place - 1] == "of" else 2
    return tokens[place - 1] in ("in", "of") and _share(place - back, tokens) is not None


def _share(place: int, tokens: Sequence[str]) -> tuple[str, float] | None:
    """A share as it is written, and in percent; None where there is none."""
    known = lists()
    if place < 0 or place >= len(tokens):
        return None
    token, before, following = tokens[place], tokens[place - 1 : place], tokens[place + 1 :]
    if token in known.shares:
        several = 1.0 if before == ("one",) else known.numbers.get("".join(before))
        if several is None and not token.startswith("hal") and following[:1] != ("of",):
            return None  # the third time, a quarter earlier
        shown = f"{before[0]} {token}" if several is not None else token
        return shown, known.shares[token] * (several or 1)
    between = 1 if following[:1] == ("in",) else 2 if following[:2] == ("out", "of") else 0
    part = 1.0 if token == "one" else known.numbers.get(token)
    whole = known.numbers.get("".join(following[between : between + 1])) if between else None
    if part and whole and part < whole:
        return " ".join(tokens[place : place + between + 2]), 100 * part / whole
    return None


def _nouns(tokens: Sequence[str], place: int) -> tuple[str, ...]:
    """Stems of the (at most three) words that follow a number in its clause."""
    stems: list[str] = []
    rest = tokens[place].partition("-")[2] if tokens[place][:1].isdigit() else ""
    if rest and rest.isalpha():
        stems.append(stem(rest))
    for token in tokens[place + 1 : place + 5]:
        if not token[0].isalpha() or token in lists().clause_breaks or len(stems) == 3:
            break
        if token not in STOP_WORDS and token not in UNITS and token not in _SCALE:
            parts, whole = split_compound(token)
            stems.append(stem(whole) if whole else parts[-1])
    return tuple(stems)
