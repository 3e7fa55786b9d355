"""What a comparison is about, and how each of the compared papers is asked for it.

"RTMDet vs YOLOv6: accuracy and frame rate, in a table" has two aspects; "what do TAID and PLaD do
about the gap?" is put to each of the two in its own words; "how do they differ?" has none, and each
is asked what it does and what it reports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.text import STOP_WORDS, words

MOST = 4
"""Aspects at most."""
_FORM = re.compile(
    r",?\s*\b(?:(?:as|in|into) an? (?:\w+ )?(?:table|list|sentence)|in (?:one|two|three|a few) "
    r"(?:sentences?|words)|side by side|briefly|please|pls)\b[).,!]*",
    re.IGNORECASE,
)
# Behind these stands what is to be compared, and nothing else.
_LISTED = re.compile(
    r"(?:[:;]|\s[-–—]\s|\bin terms of\b|\bwith (?:respect|regard) to\b|\bregarding\b|"
    r"\bconcerning\b|\bwhen it comes to\b|\bcompar\w+ (?:on|in|by)\b|\bdiffer\w* in\b)"
    r"\s*(?P<listed>[^:?]+)\??\s*$",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:[,;/]|\band\b|&|\bplus\b)\s*", re.IGNORECASE)
_JOINT = (
    r"(?:\s*(?:,|/|&|\band\b|\bor\b|\bvs\b\.?|\bversus\b|\bcompared (?:to|with)\b|\bwith\b|"
    r"\bto\b)\s*)+"
)
_PLAIN = frozenset(
    """vs versus compare compared comparison comparing difference differences differ differs
    different contrast between table paper papers method methods approach approaches work works
    model models
    two both each other others one another them they these those pros cons better best pick choose
    main key how what which do does is are new like similar related""".split()
)
"""Words that ask for a comparison and name no aspect."""


class Aspect(NamedTuple):
    """What each paper is asked."""

    name: str
    """The heading of its column."""
    question: str
    """With `{}` for what a paper is called."""


DOES = Aspect("What it does", "What is {} and how does it work?")
REPORTS = Aspect("What it reports", "What results does {} achieve?")
GENERAL = (DOES, REPORTS)


def aspects(question: str, names: Sequence[str]) -> tuple[Aspect, ...]:
    """What a question compares the named ones on."""
    text = _FORM.sub("", question).strip()
    listed = _LISTED.search(text)
    if listed is not None:
        said = _without(listed["listed"], names).strip(" .?!")
        parts = [part for part in _AND.split(said) if _says(part)]
        if parts and all(len(part.split()) <= 6 for part in parts):
            return tuple(Aspect(p, f"{{}}: {p}") for p in dict.fromkeys(parts[:MOST]))
    if not _says(_without(text, names)):
        return GENERAL
    return (Aspect("What it says", _to_each(text, names)),)


def _says(text: str) -> bool:
    return any(word not in STOP_WORDS and word not in _PLAIN for word in words(text))


def _without(text: str, names: Sequence[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text


def _to_each(text: str, names: Sequence[str]) -> str:
    """The question put to one of them: "which is faster, {}?"."""
    text = text.replace("{}", "()")
    any_name = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    if not any_name:
        return f"{{}}: {text}"
    run = rf"(?:\bbetween\s+|\bboth\s+)?(?<!\w)(?:{any_name})(?!\w)"
    together, times = re.subn(
        rf"{run}(?:{_JOINT}(?<!\w)(?:{any_name})(?!\w))+", "{}", text, flags=re.IGNORECASE
    )
    if times:
        return together
    rest = re.sub(r"\s+", " ", _without(text, names)).strip()
    return f"{{}}: {rest}"
