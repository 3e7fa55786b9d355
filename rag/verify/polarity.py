"""Whether a claim points the same way as its evidence: negation and direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rag.verify.alignment import Alignment, matches
from rag.verify.claims import Statement, Word, is_negator
from rag.verify.wordlists import Direction, direction, groups, lists


class Conflict(NamedTuple):
    """How strongly the evidence opposes a claim (0 to 1), and its words that do."""

    strength: float
    words: str


# --- negation ----------------------------------------------------------------------------------

_PREFIXES = ("un", "in", "im", "non", "ir", "dis")
_BY_DEPTH = (1.0, 1.0, 0.6, 0.4, 0.3, 0.2)
"""How surely a negation means the first, second, … word after it."""


def negation_conflict(alignment: Alignment) -> Conflict:
    """How much better sentences fit that say a word of the claim with the other polarity."""
    worst = Conflict(0.0, "")
    top = alignment.top(4)
    claimed = {key for word in alignment.claim.words for key in word.keys}
    for word in alignment.claim.words:
        if word.weight <= 0.3:
            continue
        same, opposed = 0.0, Conflict(0.0, "")
        for number in top:
            fit = alignment.coverage[number] * alignment.trust(number)
            index = alignment.index(number)
            words = matches(word, index)
            for other in words or _prefixed(word, index, claimed):
                if (other.negated > 0) != (word.negated > 0) or not words:
                    strength = fit * _BY_DEPTH[max(other.negated, word.negated)]
                    if strength > opposed.strength:
                        opposed = Conflict(strength, _around(alignment.statement(number), other))
                else:
                    same = max(same, fit)
        if opposed.strength - same > worst.strength:
            worst = Conflict(opposed.strength - same, opposed.words)
    return worst


def _around(statement: Statement, word: Word) -> str:
    """The words of the evidence that say it, from the negation on."""
    start = word.place
    if word.negated:
        start -= 1
        while start > 0 and word.place - start < 6 and not is_negator(statement.tokens, start):
            start -= 1
    return " ".join(statement.tokens[max(0, start - 1) : word.place + 1]).replace(" n't", "n't")


def _prefixed(
    word: Word, index: Mapping[str, tuple[Word, ...]], claimed: set[str]
) -> tuple[Word, ...]:
    """Words that differ from this one by a negative prefix (able, unable), not in the claim."""
    key = word.keys[-1]
    for prefix in _PREFIXES:
        other = key.removeprefix(prefix) if key.startswith(prefix) else prefix + key
        if min(len(other), len(key)) >= 4 and other in index and other not in claimed:
            return index[other]
    return ()


# --- direction ---------------------------------------------------------------------------------

_VALUES = ("amount", "quality", "speed", "cause")
WINDOW = 6


@dataclass(frozen=True, slots=True)
class Move:
    """A word that says which way, its sign with negation counted in, and the words around it."""

    word: Word
    direction: Direction
    context: tuple[tuple[Word, float], ...]


@lru_cache(maxsize=1 << 13)
def moves(statement: Statement) -> tuple[Move, ...]:
    """The directions that a sentence states."""
    steps = []
    words = statement.words
    for i, word in enumerate(words):
        way = direction(word.keys[-1])
        if way is None or word.text in lists().undirected or _is_phrase(words, i):
            continue
        after = direction(words[i + 1].keys[-1]) if i + 1 < len(words) else None
        adjacent = i + 1 < len(words) and words[i + 1].place == word.place + 1
        if word.text in ("more", "most", "less", "least", "lower", "higher") and after and adjacent:
            way, sign = after, after.sign * way.sign
        else:
            sign = way.sign
        sign = -sign if word.negated else sign
        context = tuple(
            (other, other.weight * _nearness(other.place - word.place))
            for other in words
            if other is not word
            and abs(other.place - word.place) <= WINDOW
            and direction(other.keys[-1]) is None
        )
        steps.append(Move(word, Direction(way.axis, sign), context))
    return tuple(steps)


def _nearness(distance: int) -> float:
    """What goes up or down mostly follows at once: "increases the throughput"."""
    return (2.0 if 0 < distance <= 3 else 1.0) / (1 + abs(distance) / 3)


def _is_phrase(words: Sequence[Word], i: int) -> bool:
    """Whether the word belongs to a fixed term ("large language model", "few-shot")."""
    following = words[i + 1].text if i + 1 < len(words) else ""
    return words[i].text in ("large", "larger") and following in ("language", "scale")


class Directions(NamedTuple):
    """How the directions that a claim states are met by its evidence."""

    net: float
    """Mean over the directions of how much better the opposite one fits (-1 to 1)."""
    opposed: float
    """How well the opposite of any direction fits, whatever else fits (0 to 1)."""
    conflict: Conflict
    """The direction whose opposite fits better by the widest margin."""


def compare_directions(alignment: Alignment) -> Directions:
    """Looks for the directions of the claim, and their opposites, about the same things."""
    worst, margins, highest = Conflict(0.0, ""), [], 0.0
    top = alignment.top(4)
    for move in moves(alignment.claim):
        same, opposed, words = _meet(move, alignment, top)
        margins.append(opposed - same)
        highest = max(highest, opposed)
        if opposed - same > worst.strength:
            worst = Conflict(opposed - same, words)
    return Directions(sum(margins) / len(margins) if margins else 0.0, highest, worst)


def _meet(move: Move, alignment: Alignment, top: Sequence[int]) -> tuple[float, float, str]:
    same = opposed = 0.0
    word = ""
    for number in top:
        for other in moves(alignment.statement(number)):
            likeness = _likeness(move.direction, other.direction)
            if not likeness:
                continue
            overlap = _overlap(move, other, alignment.places[number][0].own)
            overlap *= likeness * alignment.trust(number)
            if not _opposed(move.direction, other.direction):
                same = max(same, overlap * (1.0 if likeness == 1.0 else 0.6))
            elif overlap > opposed:
                opposed, word = overlap, _around(alignment.statement(number), other.word)
    return same, opposed, word


def _likeness(a: Direction, b: Direction) -> float:
    if a.axis == b.axis:
        return 1.0
    if a.axis in _VALUES and b.axis in _VALUES:
        return 0.5
    if a.axis == "relation" and b.axis in _VALUES or b.axis == "relation" and a.axis in _VALUES:
        return 0.6
    return 0.0


def _opposed(a: Direction, b: Direction) -> bool:
    """Whether two directions exclude each other; "no effect" excludes a rise and a fall alike."""
    if "relation" in (a.axis, b.axis) and a.axis != b.axis:
        return (a if a.axis == "relation" else b).sign < 0
    return a.sign != b.sign


def _overlap(claim: Move, other: Move, own: frozenset[str]) -> float:
    total = sum(weight for _, weight in claim.context)
    if not total:
        return 0.0
    keys = {key for word, _ in other.context for key in word.keys}
    labels = {group for key in keys for group in groups(key)}
    met = 0.0
    for word, weight in claim.context:
        if word.keys[-1] in keys:
            met += weight
        elif any(groups(key) & labels for key in word.keys) or word.keys[-1] in own:
            met += weight * 0.6
    return met / total


def parity(alignment: Alignment) -> float:
    """Share of the best three sentences that deny an odd number of times more than the claim.

    Words that lower something count as denials, those near words of the claim only.
    """
    keys = {key for word in alignment.claim.words for key in word.keys}
    claimed = _denials(alignment.claim, keys)
    odd = total = 0.0
    for number in alignment.top(3):
        fit = alignment.coverage[number]
        total += fit
        odd += fit * ((_denials(alignment.statement(number), keys) - claimed) % 2)
    return odd / total if total else 0.0


def _denials(statement: Statement, keys: set[str]) -> int:
    shared = [word.place for word in statement.words if not keys.isdisjoint(word.keys)]
    lowering = [
        word.place
        for word in statement.words
        if word.text not in lists().undirected
        and (way := direction(word.keys[-1])) is not None
        and way.sign < 0
    ]
    tokens = statement.tokens
    denying = [place for place in range(len(tokens)) if is_negator(tokens, place)]
    return sum(any(abs(at - near) <= 3 for near in shared) for at in (*lowering, *denying))
