"""Authors and venues by the names that people use for them: surnames, initials, abbreviations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rag.text import fold

PARTICLES = frozenset("van von der den de del della di da dos le la du el al bin ibn ter".split())
_SUFFIXES = frozenset("jr sr ii iii iv".split())
_SMALL = frozenset("of the and in on for to a an & de la und der für".split())
# Words that venues share, and so name none of them.
_COMMON = frozenset(
    """journal journals conference proceedings international national annual symposium workshop
    transactions letters review reviews annals archives bulletin advances research science sciences
    meeting quarterly association society american european british machine learning computer
    systems medical medicine health practice care european northern world papers studies""".split()
)
_WORD = re.compile(r"[^\W_]+")


def plain(name: str) -> str:
    """A name's words, folded, without dots, hyphens and apostrophes."""
    return " ".join(_WORD.findall(fold(name).replace("'", "").replace("’", "")))


class Names:
    """Names, each found by any of its forms."""

    def __init__(self) -> None:
        self._whole: dict[str, list[str]] = {}
        self._part: dict[str, list[str]] = {}

    def exact(self, text: str, *, whole: bool = False) -> tuple[str, ...]:
        """The names that a text is a form of; with `whole`, only those written out."""
        key = plain(text)
        found = self._whole.get(key, [])
        return tuple(found if found or whole else self._part.get(key, ()))

    def near(self, text: str) -> tuple[str, ...]:
        """The names whose form a text is probably a slip of: 1 letter off, or 2 of 8 or more."""
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        key = plain(text)
        allowed = 0 if len(key) < 5 else 1 if len(key) < 8 else 2
        if not allowed or any(map(str.isdigit, key)):
            return ()
        best = allowed
        names: dict[str, None] = {}
        for forms in (self._whole, self._part):
            for form, distance, _ in extract(
                key, forms.keys(), scorer=OSA.distance, score_cutoff=allowed, limit=5
            ):
                # The first letter is seldom missed, and makes other names of short ones.
                if form[0] != key[0] or abs(len(form) - len(key)) > 1:
                    continue
                if distance < best:
                    best, names = distance, {}
                if distance <= best:
                    names.update(dict.fromkeys(forms[form]))
        return tuple(names)

    def _add(self, forms: dict[str, list[str]], form: str, name: str) -> None:
        names = forms.setdefault(form, [])
        if form and name not in names:
            names.append(name)


class People(Names):
    """Authors, by whole name, surname, initials with surname, or given name."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = tuple(names)
        for name in self.names:
            given, surnames = _divided(name)
            self._add(self._whole, plain(name), name)
            for surname in surnames:
                self._add(self._part, surname, name)
                for before in _given_forms(given):
                    self._add(self._whole, f"{before} {surname}", name)
                    self._add(self._whole, f"{surname} {before}", name)
            if len(given) == 1 and len(given[0]) > 2:
                self._add(self._part, given[0], name)


def _divided(name: str) -> tuple[list[str], list[str]]:
    """The given names, and the ways of saying the surname."""
    if "," in name:
        family, _, given = name.partition(",")
        return plain(given).split(), [plain(family)]
    pieces = [plain(piece) for piece in name.split()]
    words = [word for word in pieces if word and word not in _SUFFIXES]
    if len(words) < 2:
        return [], words
    first = len(words) - 1
    while first > 1 and words[first - 1] in PARTICLES:
        first -= 1
    surnames = [" ".join(words[first:]), words[-1]]
    # "Tomás Herrera Díaz" has two surnames; "Michael J. Ferris" a middle name.
    if first == len(words) - 1 and len(words) > 2 and len(words[-2]) > 1:
        surnames += [" ".join(words[-2:]), words[-2]]
    return words[:first], list(dict.fromkeys(surnames))


def _given_forms(given: Sequence[str]) -> set[str]:
    if not given:
        return set()
    first, initials = given[0], [word[0] for word in given]
    middle = [*given[1:]]
    return {
        " ".join(given), first, first[0], " ".join(initials), "".join(initials),
        " ".join([first, *[word[0] for word in middle]]),
    }  # fmt: skip


class Venues(Names):
    """Venues, by whole name, what stands in brackets, initials, or a part that no other has."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.abbreviations: dict[str, list[str]] = {}
        """Names of venues by an abbreviation in its own letters."""
        self.spelt: set[str] = set()
        """Whole names of more than a word, as they are spelt."""
        for name in names:
            outside, inside = re.sub(r"\([^()]*\)", " ", name), re.findall(r"\(([^()]+)\)", name)
            self.spelt |= {form for form in (name, outside.strip()) if " " in form}
            for form in (name, outside, *inside):
                self._add(self._whole, plain(form), name)
            for short in (*inside, *_shortened(outside)):
                if re.fullmatch(r"[A-Za-z&-]*[A-Z][A-Za-z&-]*[A-Z]", short):
                    self._add(self.abbreviations, short, name)
                    self._add(self._part, plain(short), name)
            for part in _parts(plain(outside).split()):
                self._add(self._part, part, name)


def _shortened(name: str) -> list[str]:
    """Abbreviations: capitals that stand in the name, and the first letters of its words."""
    words = [word for word in re.split(r"[^\w&]+", name) if word]
    capitals = [word for word in words if re.fullmatch(r"[A-Za-z]*[A-Z][A-Za-z]*[A-Z]", word)]
    first = "".join(word[0] for word in words if word.lower() not in _SMALL and word[0].isupper())
    return [*capitals, *([first] if len(first) > 2 else [])]


def _parts(words: Sequence[str]) -> list[str]:
    """Runs of a venue's words that may stand for it: each says more than that it is a journal."""
    parts = [word for word in words if word not in _COMMON | _SMALL and len(word) > 3]
    parts += [" ".join(pair) for pair in pairwise(words) if not set(pair) & _SMALL]
    for size in range(3, len(words)):
        parts += [" ".join(words[at : at + size]) for at in range(len(words) - size + 1)]
    return [part for part in parts if not set(part.split()) <= _COMMON | _SMALL]
