"""What an abbreviation stands for, where a text writes it out beside it.

After Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in
biomedical text" (PSB 2003): every letter of the short form must be found, in order and from the
right, in the words before it, the first one at the beginning of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rag.answer.edits import name_of
from rag.answer.evidence import Evidence
from rag.text import alphanumeric, fold, squash


class Expansion(NamedTuple):
    """A long form as it stands in a text."""

    long: str
    start: int
    end: int


def expansion(short: str, text: str) -> Expansion | None:
    """The long form that the text gives for the abbreviation; None when it gives none."""
    for found in _written(short, text):
        if found is not None and short.lower() not in found.long.lower():
            return found
    return None


def _written(short: str, text: str) -> Iterator[Expansion | None]:
    """What may be the long form, the surest first."""
    bare = re.escape(short.removesuffix("s"))
    for match in re.finditer(rf"[(\[]\s?{bare}s?\s?[)\],;]", text):
        yield _before(short, text[: match.start()].rstrip())
    # GRPO (Group Relative Policy Optimization); GRPO, short for …
    for match in re.finditer(rf"\b{bare}s?\b(?:\s?\(([^()]+)\)|{_SAID}([^().;]+))", text):
        group = 1 if match[1] else 2
        found = _before(short, text[: match.end(group)])
        yield found if found and found.start >= match.start(group) else None
    yield _spelt(short, text)


_SAID = r",? (?:is )?(?:short for|stands for|which stands for|i\.e\.,?|, or) "
_LINKS = frozenset("a an and for from in of on the to via with by approach algorithm then".split())


def _spelt(short: str, text: str) -> Expansion | None:
    """Neighbouring words whose capitals, or whose first letters, spell the abbreviation."""
    letters = alphanumeric(short.removesuffix("s"))
    if len(letters) < 3 or not letters.isascii():
        return None
    found = [(m.start(), m.end(), m.group()) for m in re.finditer(r"[^\W_]+", text)]
    for at, (start, _, first) in enumerate(found):
        if first[0].upper() != letters[0].upper() or first == short:
            continue
        capitals = initials = ""
        for place in range(at, min(at + 2 * len(letters) + 2, len(found))):
            _, end, word = found[place]
            capitals += "".join(filter(str.isupper, word))
            initials += "" if word.lower() in _LINKS else word[0]
            spelt = capitals == letters.upper() or initials.upper() == letters.upper()
            if spelt and place > at and not set(text[start:end]) & set(".;:()"):
                return Expansion(text[start:end], start, end)
    return None


def asked_about(evidence: Evidence) -> str:
    """The abbreviation that a question asks about; "" when it asks about none."""
    known = filter(None, (name_of(hit.paper) for hit in evidence.hits))
    return abbreviation(evidence.query.text, evidence.query.names, known)


def abbreviation(question: str, names: Iterable[str], known: Iterable[str] = ()) -> str:
    """The abbreviation that a question asks about: the first name with two capitals, or a word that
    is one of the `known` names whatever its case."""
    for name in names:
        if sum(map(str.isupper, name)) > 1:
            return name
    if match := re.search(r"\b(?=\w*[A-Z]\w*[A-Z])[\w-]{2,}", question):
        return match.group()
    asked = {squash(word) for word in question.split()}
    return next((name for name in known if squash(name) in asked), "")


def _before(short: str, text: str) -> Expansion | None:
    """The shortest end of the text that holds the letters of the short form."""
    letters = [c for c in fold(short.removesuffix("s")) if c.isalnum()]
    folded = fold(text)
    if len(letters) < 2 or len(folded) != len(text):
        return None
    at = len(folded)
    for number, letter in enumerate(reversed(letters)):
        first = number == len(letters) - 1
        at -= 1
        while at >= 0 and (folded[at] != letter or (first and at > 0 and folded[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
    long = text[at:]
    words = long.split()
    plausible = len(words) <= min(len(letters) + 5, 2 * len(letters)) and len(words) > 1
    same = fold(long).replace(" ", "") == fold(short)
    if not plausible or same or any(mark in long for mark in ".;:()"):
        return None
    return Expansion(long, at, len(text))
