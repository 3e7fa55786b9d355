"""What an abbreviation stands for, where a text writes it out beside it.

After Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in
biomedical text" (PSB 2003): every letter of the short form must be found, in order and from the
right, in the words before it, the first one at the beginning of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from rag.text import fold


class Expansion(NamedTuple):
    """A long form as it stands in a text."""

    long: str
    start: int
    end: int


def expansion(short: str, text: str) -> Expansion | None:
    """The long form that the text gives for the abbreviation; None when it gives none."""
    bare = re.escape(short.removesuffix("s"))
    for match in re.finditer(rf"[(\[]\s?{bare}s?\s?[)\],;]", text):
        if found := _before(short, text[: match.start()].rstrip()):
            return found
    # GRPO (Group Relative Policy Optimization); GRPO, short for …
    inside = (
        rf"\b{bare}s?\b(?:\s?\(|,? (?:short for|stands for|which stands for|i\.e\.,?) )"
        r"([^()]+?)(?=[).;,]|$)"
    )
    for match in re.finditer(inside, text):
        found = _before(short, text[: match.end(1)])
        if found and found.start >= match.start(1):
            return found
    return None


def abbreviation(question: str, names: Iterable[str]) -> str:
    """The abbreviation that a question asks about: the first name with two capitals."""
    for name in names:
        if sum(map(str.isupper, name)) > 1:
            return name
    match = re.search(r"\b(?=\w*[A-Z]\w*[A-Z])[\w-]{2,}", question)
    return match.group() if match else ""


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
