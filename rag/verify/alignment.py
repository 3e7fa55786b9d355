"""How far the words of a claim are covered by the sentences of the papers that it cites."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from rag.text import (
    alphanumeric,
    is_suspect_title,
    pieces,
    readable,
    sentences,
    without_suspects,
)
from rag.types import Quote
from rag.verify.claims import Statement, Word, keys_of, read_statement
from rag.verify.wordlists import groups, lists

Similarity = Callable[[str, Sequence[str]], Sequence[float]]

SCOPE = 5
"""So many words before it may deny what stands in a sentence."""
PREFIX = 6
"""Words that share this many letters count as related (oxidase, oxidation)."""


@dataclass(frozen=True, slots=True)
class ParsedSource:
    """A cited paper, taken apart once."""

    sentences: tuple[Statement, ...]
    """The title first, then the sentences of the abstract."""
    quotes: tuple[Quote | None, ...]
    """Where each of them stands in the abstract; None of the title."""
    index: tuple[dict[str, tuple[Word, ...]], ...]
    """For each sentence: its words by key, by synonym group ("#3") and by prefix ("=phosph")."""
    background: int
    """How many sentences come before the paper's own contribution; 1 for the title alone."""
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
def read_source(title: str, abstract: str) -> ParsedSource:
    """Takes apart a cited paper; cached, since one answer cites it several times."""
    title = "" if is_suspect_title(title) else readable(title)
    quotes = spans_of(abstract)
    texts = [title] * bool(title) + [readable(quote.text) for quote in quotes]
    statements = tuple(read_statement(text) for text in texts)
    plain = [token for s in statements for token in s.tokens if token[0].isalnum()]
    parts = _parts(plain)
    return ParsedSource(
        sentences=statements,
        quotes=(*[None] * bool(title), *quotes),
        index=tuple(_index(s) for s in statements),
        background=_background(statements),
        own=_own_keys(title, statements),
        run=" " + " \n ".join(" ".join(_parts(s.tokens)) for s in statements) + " ",
        vocabulary=_vocabulary(plain, parts),
        initials="".join(part[0] for part in parts),
        digits=frozenset(re.findall(r"\d+(?:\.\d+)?", " ".join(texts))),
    )


def spans_of(abstract: str) -> list[Quote]:
    """The sentences of an abstract that are its own prose: none that addresses who reads it."""
    prose = without_suspects(abstract)
    spans = ((start, end) for start, end in sentences(prose) if prose[start:end].strip())
    return [Quote(abstract[start:end], start, end) for start, end in spans]


def _parts(tokens: Sequence[str]) -> list[str]:
    return [part for token in tokens for part in pieces(token)]


def is_verbatim(claim: Statement, source: ParsedSource) -> bool:
    """Whether a claim stands in a source word for word, and nothing before it denies it."""
    run = source.run.replace(" \n", "")
    sought = " " + " ".join(_parts(claim.tokens)) + " "
    at = run.find(sought)
    if at < 0:
        return False
    if sought in source.run.split("\n"):
        return True
    if sought.count(" ") < 5:
        return False
    if f" {sought.strip()} " not in source.run:  # it spans two sentences
        return True
    before = source.run[: source.run.find(sought)].rpartition("\n")[2].split()[-SCOPE:]
    return not any(word in lists().negators for word in before)


def _index(statement: Statement) -> dict[str, tuple[Word, ...]]:
    index: dict[str, list[Word]] = {}
    for word in statement.words:
        for key in word.keys:
            index.setdefault(key, []).append(word)
            for group in groups(key):
                index.setdefault(f"#{group}", []).append(word)
            if len(key) >= PREFIX:
                index.setdefault("=" + key[:PREFIX], []).append(word)
    return {key: tuple(words) for key, words in index.items()}


_VERBS = r"(?:propose|introduce|present|develop|call(?:ed)?|named?|termed|dubbed|namely)s?\W+"
_INTRODUCES = (
    re.compile(_VERBS + r"([A-Z][\w-]+)"),
    re.compile(_VERBS + r"(?:\w+\W+){0,6}?([A-Z][\w-]*[A-Z\d][\w-]*)"),
)


def _background(statements: Sequence[Statement]) -> int:
    for number, statement in enumerate(statements[1:], start=1):
        if _CONTRIBUTES.search(statement.text):
            return number
    return 0


_CONTRIBUTES = re.compile(
    r"(?i)\b(?:we|our|this (?:paper|work|study)) |\b(?:proposes?|introduces?|presents?)\b"
)


def _own_keys(title: str, statements: Sequence[Statement]) -> frozenset[str]:
    own = {key for word in read_statement(title).words for key in word.keys} if title else set()
    for statement in statements:
        for pattern in _INTRODUCES:
            for match in pattern.finditer(statement.text):
                own.update(keys_of(match[1].lower()))
    return frozenset(own)


def _vocabulary(plain: Sequence[str], parts: Sequence[str]) -> frozenset[str]:
    squashed = {alphanumeric(token) for token in plain}
    for size in (1, 2, 3, 4):
        squashed.update("".join(parts[i : i + size]) for i in range(len(parts) - size + 1))
    return frozenset(squashed)


# --- words -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alignment:
    """How far each word of a claim is covered by each sentence of the evidence."""

    claim: Statement
    places: tuple[tuple[ParsedSource, int], ...]
    """Which sentence each column is."""
    weights: tuple[float, ...]
    covers: tuple[tuple[float, ...], ...]
    """covers[sentence][word], from 0 to 1."""
    coverage: tuple[float, ...]
    """For each sentence the weighted share of the claim's words that it covers."""

    similarity: tuple[float, ...]
    """For each sentence the cosine similarity of the claim, or zeros."""

    @property
    def best(self) -> int:
        """The sentence that covers most."""
        return max(range(len(self.coverage)), key=self.coverage.__getitem__)

    def top(self, count: int) -> list[int]:
        """The sentences that cover most, best first."""
        fit = [c + s for c, s in zip(self.coverage, self.similarity, strict=True)]
        order = sorted(range(len(fit)), key=fit.__getitem__, reverse=True)
        return order[:count]

    def joint(self, chosen: Sequence[int]) -> float:
        """The share that some sentences cover together."""
        total = sum(self.weights)
        if not total:
            return 0.0
        columns = [self.covers[i] for i in chosen]
        return (
            sum(
                weight * max(column[n] for column in columns)
                for n, weight in enumerate(self.weights)
            )
            / total
        )

    def trust(self, number: int) -> float:
        """Less than 1 for background, when the claim is about what the paper itself adds."""
        source, index = self.places[number]
        own = any(keys_of(name.squashed)[-1] in source.own for name in self.claim.names)
        if own and index < source.background:
            return 0.4
        return 1.0

    def quote(self, number: int) -> Quote | None:
        """Where a sentence stands in its abstract."""
        source, index = self.places[number]
        return source.quotes[index]

    def statement(self, number: int) -> Statement:
        source, index = self.places[number]
        return source.sentences[index]

    def index(self, number: int) -> dict[str, tuple[Word, ...]]:
        source, index = self.places[number]
        return source.index[index]


def align(
    claim: Statement,
    sources: Sequence[ParsedSource],
    similarity: Similarity | None = None,
) -> Alignment:
    """Lays a claim beside every sentence of its sources."""
    places = tuple((source, i) for source in sources for i in range(len(source.sentences)))
    weights = tuple(word.weight for word in claim.words)
    total = sum(weights) or 1.0
    covers = tuple(
        tuple(cover(word, source.index[i], source.own) for word in claim.words)
        for source, i in places
    )
    coverage = tuple(
        sum(w * c for w, c in zip(weights, column, strict=True)) / total for column in covers
    )
    similar = (0.0,) * len(places)
    if similarity is not None:
        texts = [source.sentences[i].text for source, i in places]
        similar = tuple(float(value) for value in similarity(claim.text, texts))
    return Alignment(claim, places, weights, covers, coverage, similar)


def best_pair(alignment: Alignment) -> float:
    """The share covered by the best two sentences together."""
    top = alignment.top(6)
    pairs = combinations(top, 2)
    return max((alignment.joint(pair) for pair in pairs), default=alignment.joint(top))


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
