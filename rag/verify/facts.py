"""Whether the numbers and names of a claim stand in the abstracts that it cites."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from rag.text import URL, alphanumeric, fold, squash, stem
from rag.verify.alignment import Alignment, ParsedSource
from rag.verify.claims import Name, Statement, keys_of
from rag.verify.numbers import Number


class Finding(NamedTuple):
    """What became of one number or name: `credit` from 0 (not there) to 1."""

    credit: float
    why: str
    wrong: bool
    """Whether the evidence has something else in its place, rather than nothing."""
    at: int = -1
    """Which sentence of the evidence has that; -1 where none."""


class Near(NamedTuple):
    """A number of the evidence, and how like the claim's its surroundings are (0 to 1.4)."""

    number: Number
    likeness: float
    at: int


_HEDGED = re.compile(r"(?:about|around|approximately|roughly|nearly|almost|over|than|some|up to)$")
SWAP_MARGIN = 0.35
"""How much better another number must fit a claim's words than the number that it says."""
ABOUT = 3
"""Percentage points by which a share in words ("nine tenths") may miss."""
RIVAL_FROM = 0.3
"""From this likeness on another number stands where the claim's should."""


def find_numbers(alignment: Alignment) -> list[Finding]:
    """One finding for each number of the claim."""
    claim = alignment.claim
    return [_find_number(number, alignment) for number in claim.numbers]


def _find_number(number: Number, alignment: Alignment) -> Finding:
    if number.named:
        return _find_in_name(number, alignment)
    claim = alignment.claim
    same = _closest(number, alignment, lambda other: _equal(number, other, claim))
    rival = _closest(number, alignment, lambda other: _rival(number, other))
    if same and rival and _exchanged(number, same, rival, claim):
        return Finding(0.3, _instead(number, rival.number), True, rival.at)
    if same:
        return Finding(min(1.0, 0.6 + same.likeness), "", False)
    if not number.unit and _in_a_name(number, alignment):
        return Finding(0.9, "", False)
    if rival and (rival.likeness >= RIVAL_FROM or number.unit):
        # "Two of the methods" are a part of the eight that there are.
        following = claim.tokens[number.place + 1 : number.place + 2]
        wrong = rival.likeness >= RIVAL_FROM and (number.exact or following != ("of",))
        return Finding(0.0, _instead(number, rival.number), wrong, rival.at)
    if not number.exact and number.value <= 4:
        return Finding(0.6, f"no such number in the cited abstract: {number.shown}", False)
    return Finding(0.0, f"no such number in the cited abstract: {_show(number)}", False)


def _find_in_name(number: Number, alignment: Alignment) -> Finding:
    """The finding for the number of a name: "Llama 3.1"."""
    if _in_a_name(number, alignment):
        return Finding(1.0, "", False)
    before = alignment.claim.tokens[number.place - 1]
    return Finding(0.0, f'no such name in the cited abstract: "{before} {number.shown}"', False)


def _exchanged(number: Number, same: Near, rival: Near, claim: Statement) -> bool:
    """Whether the claim's words fit another number of the abstract much better than its own.

    A number that the claim says too, elsewhere, only counts where it counts the same thing.
    """
    if rival.likeness - same.likeness <= SWAP_MARGIN:
        return False
    if all(rival.number.value != other.value for other in claim.numbers):
        return True
    return _counts_same(number, rival.number) and not _counts_same(number, same.number)


def _instead(number: Number, other: Number) -> str:
    return f"says {_show(number)}, the abstract says {_show(other)}"


def _show(number: Number) -> str:
    """The number with its unit, also where a range gives that only once ("27-90 times")."""
    if number.unit and number.shown[-1].isdigit():
        return number.shown + number.unit
    return number.shown


def _equal(a: Number, b: Number, claim: Statement) -> bool:
    if a.unit != b.unit and not _exchangeable(a, b):
        return False
    if abs(a.value - b.value) <= 1e-9 * max(abs(a.value), 1):
        return True
    if {a.unit, b.unit} == {"%", ""} and min(a.value, b.value) < 1:
        return abs(a.value * 100 - b.value) < 1e-6 or abs(b.value * 100 - a.value) < 1e-6
    if not a.exact and a.unit == "%" and abs(a.value - b.value) <= ABOUT:
        return True
    before = " ".join(claim.tokens[max(0, a.place - 2) : a.place])
    hedged = _HEDGED.search(before) or re.search(r"[~≈≥>]\s?$", claim.text.split(a.shown)[0])
    rounded = abs(a.value - b.value) <= 0.5 * _step(a)
    close = abs(a.value - b.value) <= 0.1 * abs(b.value)
    return _digits(b) > _digits(a) and (bool(rounded) or bool(hedged and close))


def _digits(number: Number) -> int:
    return len(re.sub(r"\D", "", number.shown))


def _step(number: Number) -> float:
    """The value of the last digit that is shown."""
    match = re.match(r"[\d,]*(?:\.(\d+))?", number.shown)
    decimals = len(match[1]) if match and match[1] else 0
    raw = float(match[0].replace(",", "") or 0) if match and match[0] else 0.0
    scale = number.value / raw if raw else 1.0
    return scale * 10.0**-decimals if decimals else 0.0


def _exchangeable(a: Number, b: Number) -> bool:
    """ "46.2 points" for "46.2%", and a decimal share for a percentage."""
    for x, y in ((a, b), (b, a)):
        if x.unit == "%" and not y.unit:
            return y.value < 1 or "point" in y.nouns or y.value % 1 != 0
        if x.unit == "×" and not y.unit and "time" in y.nouns:
            return True
    return False


def _rival(a: Number, b: Number) -> bool:
    """Whether b could stand where a stands: the same unit, or the same thing counted."""
    if a.named or b.named or a.unit != b.unit:
        return False
    if a.value >= 1e6 or b.value >= 1e6:
        return a.value >= 1e6 and b.value >= 1e6
    return bool(a.unit) or bool(set(a.nouns) & set(b.nouns)) or (not a.nouns and not b.nouns)


def _context(statement: Statement, number: Number) -> dict[str, float]:
    """Keys around a number, nearer ones and those of its own clause heavier."""
    clause = min(statement.words, key=lambda w: abs(w.place - number.place), default=None)
    weights: dict[str, float] = {}
    for word in statement.words:
        distance = abs(word.place - number.place)
        if distance <= 8:
            weight = word.weight / (1 + distance / 3)
            if clause is not None and word.clause != clause.clause:
                weight *= 0.5
            key = word.keys[-1]
            weights[key] = max(weights.get(key, 0.0), weight)
    return weights


def _closest(number: Number, alignment: Alignment, accept: Callable[[Number], bool]) -> Near | None:
    """The accepted number whose surroundings are most like the claim's; None if none is."""
    nearest: Near | None = None
    context = _context(alignment.claim, number)
    total = sum(context.values())
    for place, coverage in enumerate(alignment.coverage):
        statement = alignment.statement(place)
        for other in filter(accept, statement.numbers):
            around = _context(statement, other)
            met = sum(min(w, around[k]) for k, w in context.items() if k in around)
            likeness = met / total if total else 0.0
            likeness = 0.7 * likeness + 0.3 * coverage + 0.4 * _counts_same(number, other)
            if nearest is None or likeness > nearest.likeness:
                nearest = Near(other, likeness, place)
    return nearest


def _counts_same(a: Number, b: Number) -> bool:
    """Whether the word right after both numbers is the same."""
    return bool(a.nouns and b.nouns) and a.nouns[0] == b.nouns[0]


def _in_a_name(number: Number, alignment: Alignment) -> bool:
    """Whether the number is written within a name of the evidence ("Llama 3.1", "T5")."""
    claim = alignment.claim
    before = claim.tokens[number.place - 1] if number.place else ""
    joined = alphanumeric(before + number.shown)
    return any(joined in source.vocabulary for source, _ in alignment.places)


# --- names -------------------------------------------------------------------------------------


def find_names(claim: Statement, sources: Sequence[ParsedSource]) -> Iterator[Finding]:
    """One finding for each name of the claim."""
    for name in claim.names:
        if any(_has_name(name, source) for source in sources):
            yield Finding(1.0, "", False)
        else:
            credit = 0.0 if name.sure else 0.5
            yield Finding(credit, f'no such name in the cited abstract: "{name.shown}"', False)


def find_links(claim: Statement, sources: Sequence[ParsedSource]) -> Iterator[Finding]:
    """A finding for each web address that the evidence does not have."""
    texts = (sentence.text for source in sources for sentence in source.sentences)
    known = {squash(link) for text in texts for link in URL.findall(text)}
    for link in URL.findall(claim.text):
        if squash(link) not in known:
            yield Finding(0.0, f"no such link in the cited abstract: {link}", False)


def _has_name(name: Name, source: ParsedSource) -> bool:
    squashed = name.squashed
    for form in (squashed, squashed.removesuffix("s")):
        if form in source.vocabulary or form + "s" in source.vocabulary:
            return True
        acronym = len(form) >= 3 and form.isalpha() and name.shown[:2].isupper()
        if acronym and form in source.initials:
            return True
    if len(name.parts) > 1 and all(
        part in source.vocabulary and not part.isdigit() for part in name.parts
    ):
        return True
    if name.sure:
        return False
    keys = keys_of(fold(name.shown))
    return any(key in index for index in source.index for key in (keys[-1], stem(squashed)))


def exchanged_name(alignment: Alignment) -> str:
    """What a claim that copies a sentence says in place of one of its names, or ""."""
    if alignment.coverage[alignment.best] < 0.8:
        return ""
    claim, statement = alignment.claim, alignment.statement(alignment.best)
    ours = {name.place: name for name in claim.names if name.sure}
    theirs = {name.place: name for name in statement.names if name.sure}
    if not ours or not theirs:
        return ""
    matcher = SequenceMatcher(None, claim.tokens, statement.tokens, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "replace" and b - a == d - c and b - a <= 2:
            for i, j in zip(range(a, b), range(c, d), strict=True):
                mine, other = ours.get(i), theirs.get(j)
                if mine and other and not _same_name(mine, other):
                    return f"says {mine.shown}, the abstract says {other.shown}"
    return ""


def _same_name(a: Name, b: Name) -> bool:
    """Whether one is a shorter or longer form of the other (LoRA, LoRAs, LoRA-based)."""
    return a.squashed.startswith(b.squashed) or b.squashed.startswith(a.squashed)
