"""How the words, numbers, names and polarity of a claim sit in the abstracts it cites."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from rag.claims import SCOPE, Statement, Word, keys_of, read_statement
from rag.text import readable, sentences
from rag.wordlists import NEGATORS, SELF, Direction, direction, groups

PREFIX = 6
"""Words that share this many letters count as related (oxidase, oxidation)."""


@dataclass(frozen=True, slots=True)
class Source:
    """A cited paper, taken apart once."""

    sentences: tuple[Statement, ...]
    """The title first, then the sentences of the abstract."""
    index: tuple[dict[str, tuple[Word, ...]], ...]
    """For each sentence: its words by key, by synonym group ("#3") and by prefix ("=phosph")."""
    own: frozenset[str]
    """Keys of the paper's own method: "it" and "our approach" stand for these anywhere."""
    run: str
    """All words in order between single spaces, a sentence on each line: finds verbatim text."""
    vocabulary: frozenset[str]
    """Every word, part of a word and two or three neighbours written together, squashed."""
    initials: str
    """First letters of all words in order: finds what an acronym may stand for."""
    digits: frozenset[str]
    """Every numeral, also within names."""


@lru_cache(maxsize=1024)
def read_source(title: str, abstract: str) -> Source:
    """Takes apart a cited paper; cached, since one answer cites it several times."""
    title, abstract = readable(title), readable(abstract)
    texts = [title] if title else []
    texts += [abstract[start:end] for start, end in sentences(abstract)]
    statements = tuple(read_statement(text) for text in texts)
    plain = [token for s in statements for token in s.tokens if token[0].isalnum()]
    parts = _parts(plain)
    return Source(
        sentences=statements,
        index=tuple(_index(s) for s in statements),
        own=_own_keys(title, statements),
        run=" " + " \n ".join(" ".join(_parts(s.tokens)) for s in statements) + " ",
        vocabulary=_vocabulary(plain, parts),
        initials="".join(part[0] for part in parts),
        digits=frozenset(re.findall(r"\d+(?:\.\d+)?", " ".join(texts))),
    )


def _parts(tokens: Sequence[str]) -> list[str]:
    return [part for token in tokens for part in re.split(r"[\W_]+", token) if part]


def is_verbatim(claim: Statement, source: Source) -> bool:
    """Whether a claim stands in a source word for word, and nothing before it denies it."""
    run = source.run.replace(" \n", "")
    sought = " " + " ".join(_parts(claim.tokens)) + " "
    at = run.find(sought)
    if at < 0 or sought.count(" ") < 5:
        return False
    if f" {sought.strip()} " not in source.run:  # it spans two sentences
        return True
    before = source.run[: source.run.find(sought)].rpartition("\n")[2].split()[-SCOPE:]
    return not any(word in NEGATORS for word in before)


def _index(statement: Statement) -> dict[str, tuple[Word, ...]]:
    found: dict[str, list[Word]] = {}
    for word in statement.words:
        for key in word.keys:
            found.setdefault(key, []).append(word)
            for group in groups(key):
                found.setdefault(f"#{group}", []).append(word)
            if len(key) >= PREFIX:
                found.setdefault("=" + key[:PREFIX], []).append(word)
    return {key: tuple(words) for key, words in found.items()}


_INTRODUCES = re.compile(
    r"(?:propose|introduce|present|develop|call(?:ed)?|named?|termed|dubbed|namely)s?\W+"
    r"(?:\w+\W+){0,6}?([A-Z][\w-]*[A-Z\d][\w-]*)"
)


def _own_keys(title: str, statements: Sequence[Statement]) -> frozenset[str]:
    own = {key for word in read_statement(title).words for key in word.keys} if title else set()
    for statement in statements:
        for match in _INTRODUCES.finditer(statement.text):
            own.update(keys_of(match[1].lower()))
    return frozenset(own)


def _vocabulary(plain: Sequence[str], parts: Sequence[str]) -> frozenset[str]:
    squashed = {re.sub(r"[\W_]+", "", token) for token in plain}
    for size in (1, 2, 3, 4):
        squashed.update("".join(parts[i : i + size]) for i in range(len(parts) - size + 1))
    return frozenset(squashed)


# --- words -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alignment:
    """How far each word of a claim is covered by each sentence of the evidence."""

    claim: Statement
    places: tuple[tuple[Source, int], ...]
    """Which sentence each column is."""
    weights: tuple[float, ...]
    covers: tuple[tuple[float, ...], ...]
    """covers[sentence][word], from 0 to 1."""
    coverage: tuple[float, ...]
    """For each sentence the weighted share of the claim's words that it covers."""

    @property
    def best(self) -> int:
        """The sentence that covers most."""
        return max(range(len(self.coverage)), key=self.coverage.__getitem__)

    def top(self, count: int) -> list[int]:
        """The sentences that cover most, best first."""
        order = sorted(range(len(self.coverage)), key=self.coverage.__getitem__, reverse=True)
        return order[:count]

    def joint(self, chosen: Sequence[int]) -> float:
        """The share that some sentences cover together."""
        total = sum(self.weights)
        if not total:
            return 0.0
        columns = [self.covers[i] for i in chosen]
        return sum(
            weight * max(column[n] for column in columns) for n, weight in enumerate(self.weights)
        ) / total

    def statement(self, number: int) -> Statement:
        source, index = self.places[number]
        return source.sentences[index]

    def index(self, number: int) -> dict[str, tuple[Word, ...]]:
        source, index = self.places[number]
        return source.index[index]


def align(
    claim: Statement, sources: Sequence[Source], idf: Callable[[str], float] | None = None
) -> Alignment:
    """Lays a claim beside every sentence of its sources."""
    places = tuple((source, i) for source in sources for i in range(len(source.sentences)))
    weights = tuple(
        word.weight if idf is None else max(map(idf, word.keys)) for word in claim.words
    )
    total = sum(weights) or 1.0
    covers = tuple(
        tuple(cover(word, source.index[i], source.own) for word in claim.words)
        for source, i in places
    )
    coverage = tuple(
        sum(w * c for w, c in zip(weights, column, strict=True)) / total for column in covers
    )
    return Alignment(claim, places, weights, covers, coverage)


def best_pair(alignment: Alignment) -> float:
    """The share covered by the best two sentences together."""
    top = alignment.top(6)
    return max((alignment.joint(pair) for pair in combinations(top, 2)), default=alignment.joint(top))


def cover(word: Word, index: dict[str, tuple[Word, ...]], own: frozenset[str]) -> float:
    """How far one word of a claim is covered by a sentence."""
    best = 0.0
    whole = word.keys[-1]
    if whole in index:
        return 1.0
    if len(word.keys) > 1:
        parts = word.keys[:-1]
        best = sum(part in index for part in parts) / len(parts)
    if whole in own:
        best = max(best, 0.8)
    if best < 0.7 and matches(word, index):
        best = 0.7
    if best < 0.5 and len(whole) > PREFIX and "=" + whole[:PREFIX] in index:
        best = 0.5
    return best


def matches(word: Word, index: dict[str, tuple[Word, ...]]) -> tuple[Word, ...]:
    """The words of a sentence that mean the same as a word of the claim."""
    for key in reversed(word.keys):
        if key in index:
            return index[key]
    for key in word.keys:
        for group in groups(key):
            if f"#{group}" in index:
                return index[f"#{group}"]
    return ()


def proximity(alignment: Alignment, number: int) -> float:
    """The share of neighbouring words of the claim that are near each other in a sentence too."""
    words, index = alignment.claim.words, alignment.index(number)
    pairs = list(zip(words, words[1:], strict=False))
    if not pairs:
        return 0.0
    near = 0
    for left, right in pairs:
        a = [word.place for word in matches(left, index)]
        b = [word.place for word in matches(right, index)]
        near += any(abs(x - y) <= 4 for x in a for y in b)
    return near / len(pairs)


# --- negation ----------------------------------------------------------------------------------

_PREFIXES = ("un", "in", "im", "non", "ir", "dis")


def negation_conflict(alignment: Alignment, number: int) -> tuple[float, str]:
    """Share of shared words with another polarity in a sentence (0 to 1), and such a word."""
    index = alignment.index(number)
    shared = against = 0.0
    worst = ""
    for word in alignment.claim.words:
        found = matches(word, index)
        opposite = () if found else _prefixed(word, index)
        if not found and not opposite:
            continue
        flips = [other.negated != word.negated for other in found]
        flips += [other.negated == word.negated for other in opposite]
        shared += word.weight
        if all(flips):
            against += word.weight
            worst = worst or (opposite or found)[0].text
    return (against / shared if shared else 0.0), worst


def _prefixed(word: Word, index: dict[str, tuple[Word, ...]]) -> tuple[Word, ...]:
    """Words that differ from this one by a negative prefix: able, unable."""
    key = word.keys[-1]
    for prefix in _PREFIXES:
        if prefix + key in index and len(key) >= 4:
            return index[prefix + key]
        if key.startswith(prefix) and len(key) - len(prefix) >= 5 and key[len(prefix) :] in index:
            return index[key[len(prefix) :]]
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
    found = []
    words = statement.words
    for i, word in enumerate(words):
        way = direction(word.keys[-1])
        if way is None or _is_phrase(words, i):
            continue
        after = direction(words[i + 1].keys[-1]) if i + 1 < len(words) else None
        adjacent = i + 1 < len(words) and words[i + 1].place == word.place + 1
        if word.text in ("more", "most", "less", "least", "lower", "higher") and after and adjacent:
            way, sign = after, after.sign * way.sign
        else:
            sign = way.sign
        sign = -sign if word.negated else sign
        context = tuple(
            (other, other.weight / (1 + abs(other.place - word.place) / 3))
            for other in words
            if other is not word
            and abs(other.place - word.place) <= WINDOW
            and direction(other.keys[-1]) is None
        )
        found.append(Move(word, Direction(way.axis, sign), context))
    return tuple(found)


def _is_phrase(words: Sequence[Word], i: int) -> bool:
    """Whether the word belongs to a fixed term ("large language model", "few-shot")."""
    following = words[i + 1].text if i + 1 < len(words) else ""
    return words[i].text in ("large", "larger") and following in ("language", "scale")


def direction_conflict(alignment: Alignment) -> tuple[float, float, str]:
    """(agreement, conflict, word): how well the claim's directions are met or opposed."""
    agreement = conflict = 0.0
    worst = ""
    top = alignment.top(4)
    for move in moves(alignment.claim):
        same, opposed, word = _meet(move, alignment, top)
        agreement = max(agreement, same)
        if opposed - same > conflict:
            conflict, worst = opposed - same, word
    return agreement, conflict, worst


def _meet(move: Move, alignment: Alignment, top: Sequence[int]) -> tuple[float, float, str]:
    same = opposed = 0.0
    word = ""
    for number in top:
        for other in moves(alignment.statement(number)):
            likeness = _likeness(move.direction, other.direction)
            if not likeness:
                continue
            overlap = likeness * _overlap(move, other, alignment.places[number][0].own)
            if move.direction.sign == other.direction.sign:
                same = max(same, overlap)
            elif overlap > opposed:
                opposed, word = overlap, other.word.text
    return same, opposed, word


def _likeness(a: Direction, b: Direction) -> float:
    if a.axis == b.axis:
        return 1.0
    return 0.5 if a.axis in _VALUES and b.axis in _VALUES else 0.0


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


# --- who beats whom ----------------------------------------------------------------------------

_ACTIVE = re.compile(r"(?:out(?:perform|class|pac|rank|scor)|surpass|exceed|beat|underperform|trail)")
_SIDES = frozenset("by on in across while using with and for at when where which under".split())


@lru_cache(maxsize=1 << 13)
def comparisons(statement: Statement) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """(winner, loser) keys of "A outperforms B", "B is outperformed by A", "A … than B"."""
    found = []
    tokens = statement.tokens
    for place, token in enumerate(tokens):
        stop = place + 1
        if _ACTIVE.match(token):
            passive = token.endswith("ed") and "by" in tokens[place + 1 : place + 3]
            stop = place + 1 + (tokens[place + 1 :].index("by") + 1 if passive else 0)
            flip = passive != token.startswith(("under", "trail"))
        elif token in ("than", "versus", "over") or (
            token in ("to", "with") and tokens[place - 1] in ("compared", "superior", "relative")
        ):
            flip = False
        elif token == "to" and tokens[place - 1] == "inferior":
            flip = True
        else:
            continue
        left = _side(statement, range(max(0, place - 12), place), own=True)
        right = _side(statement, range(stop, _end(tokens, stop)), own=False)
        if left and right:
            found.append((right, left) if flip else (left, right))
    return tuple(found)


def _end(tokens: Sequence[str], start: int) -> int:
    end = start
    while end < len(tokens) and end < start + 8:
        if end > start and (tokens[end] in _SIDES or tokens[end] in ",;:."):
            break
        end += 1
    return end


def _side(statement: Statement, span: range, *, own: bool) -> frozenset[str]:
    keys = {key for word in statement.words if word.place in span for key in word.keys}
    if own and any(statement.tokens[i] in SELF for i in span):
        keys.add("<own>")
    return frozenset(keys)


def swapped(alignment: Alignment) -> bool:
    """Whether a comparison of the claim stands the other way round in the evidence."""
    for winner, loser in comparisons(alignment.claim):
        a, b = winner - loser, loser - winner
        straight = crossed = 0
        for number in alignment.top(4):
            own = alignment.places[number][0].own
            for first, second in comparisons(alignment.statement(number)):
                won = first | own if "<own>" in first else first
                straight = max(straight, min(len(a & won), 1) + min(len(b & second), 1))
                if a & second and b & won and not (a & won and b & second):
                    crossed = 2
        if crossed > straight:
            return True
    return False
