"""Whether a claim lets the same side win as its evidence: "A outperforms B"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.verify.alignment import Alignment
from rag.verify.claims import Statement
from rag.verify.wordlists import lists

_BEATS = re.compile(
    r"(?:out(?:perform|class|pac|rank|scor)|surpass|exceed|beat|underperform|trail)"
)
_SIDE_ENDS = frozenset(
    "by on in across while using with for at when where which under but whereas".split()
)
OWN = "<own>"
"""Stands for the paper's own method, where a sentence says "we" or "it"."""


class Contest(NamedTuple):
    """Keys of the side that comes out ahead in a comparison, and of the other."""

    winner: frozenset[str]
    loser: frozenset[str]


@lru_cache(maxsize=1 << 13)
def contests(statement: Statement) -> tuple[Contest, ...]:
    """From "A outperforms B", "B is outperformed by A", "A is faster than B", "A … over B"."""
    pairs = []
    tokens = statement.tokens
    for place in range(len(tokens)):
        pivot = _pivot(tokens, place)
        if pivot is None:
            continue
        stop, flip = pivot
        left = _side(statement, range(max(0, place - 16), place), own=True)
        right = _side(statement, range(stop, _end(tokens, stop)), own=False)
        if left and right:
            pairs.append(Contest(right, left) if flip else Contest(left, right))
    return tuple(pairs)


def _pivot(tokens: Sequence[str], place: int) -> tuple[int, bool] | None:
    """Where the second side starts, and whether it wins; None if nothing is compared here."""
    token, before = tokens[place], tokens[place - 1] if place else ""
    if _BEATS.match(token):
        passive = token.endswith("ed") and "by" in tokens[place + 1 : place + 3]
        stop = tokens.index("by", place) + 1 if passive else place + 1
        return stop, passive != token.startswith(("under", "trail"))
    if token in ("than", "versus", "over"):
        return place + 1, False
    if token in ("to", "with") and before in ("compared", "superior", "relative", "inferior"):
        return place + 1, before == "inferior"
    return None


def _end(tokens: Sequence[str], start: int) -> int:
    """Where the second party ends; commas belong to it while they list more parties."""
    end = start
    while end < len(tokens) and end < start + 20:
        token, following = tokens[end], " ".join(tokens[end + 1 : end + 2])
        if end > start and (token in _SIDE_ENDS or token in ";:()"):
            break
        if token == "," and following.endswith(("ing", "ed", "which", "thereby", "it", "we")):
            break
        end += 1
    return end


def _side(statement: Statement, span: range, *, own: bool) -> frozenset[str]:
    keys = {key for word in statement.words if word.place in span for key in word.keys}
    if own and any(statement.tokens[i] in lists().own_method for i in span):
        keys.add(OWN)
    return frozenset(keys)


def swapped(alignment: Alignment) -> bool:
    """Whether a comparison of the claim stands the other way round in the evidence."""
    weights = {word.keys[-1]: word.weight for word in alignment.claim.words}
    names = frozenset(name.squashed for name in alignment.claim.names if name.sure)
    for claim in contests(alignment.claim):
        outcomes = [_outcome(claim, other, names, weights) for other in _near(alignment)]
        if outcomes and min(outcomes) < 0 and max(outcomes) <= 0:
            return True
    return False


def _near(alignment: Alignment) -> Iterator[Contest]:
    """The contests of the nearest sentences, with "we" and "it" as the paper's own method."""
    for number in alignment.top(4):
        own = alignment.places[number][0].own
        for winner, loser in contests(alignment.statement(number)):
            yield Contest(winner | own if OWN in winner else winner, loser)


def _outcome(
    claim: Contest, other: Contest, names: frozenset[str], weights: Mapping[str, float]
) -> int:
    """1 when both let the same side win, -1 when they are crossed, 0 when neither is clear."""
    ahead, behind = claim.winner - claim.loser, claim.loser - claim.winner
    moved = (ahead & other.loser) - other.winner, (behind & other.winner) - other.loser
    stayed = (ahead & other.winner) - other.loser, (behind & other.loser) - other.winner
    if moved[0] & names and moved[1] & names:
        return -1
    against = sum(weights.get(key, 0) for side in moved for key in side)
    along = sum(weights.get(key, 0) for side in stayed for key in side)
    if all(moved) and against > along:
        return -1
    return 1 if all(stayed) and along > against else 0
