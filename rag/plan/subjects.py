"""What a conversation has been about: the papers and methods named in it, in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.text import STOP_WORDS, capitalised, distinctive, is_common, readable, short_title, words
from rag.types import Turn

_QUOTED = re.compile(r"[\"“]([^\"“”]{12,200})[\"”](?!\s?\[\d)")
_LISTED = re.compile(
    r"^\s*(?:[-*•]|\d{1,2}[.)])\s+(?:\*\*)?(.{4,200}?)(?:\*\*)?(?=: [“\"]|\s\(|\s\[\d|$)", re.M
)
_ORDINALS = {
    "first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3,
    "fifth": 4, "last": -1, "latter": -1,
}  # fmt: skip
_WORK = r"(?:ones?|papers?|methods?|models?|works?|approach(?:es)?|studies|study|systems?)"
_ORDINAL = re.compile(
    rf"\b(?:the |that )?({'|'.join(_ORDINALS)})(?: (?:{_WORK}|of (?:these|those|them|the (?:two|"
    rf"three|list))))\b"
    rf"|\bthe (former|latter|first|second|third|last)\b(?=\s*[?.,:]|\s*$)",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\bthe first\b", re.IGNORECASE)
_PAIR = re.compile(
    rf"\b(?:(?:of )?(?:the|these|those|them) two(?: {_WORK})?|both(?: of (?:them|these))?|"
    rf"(?:the|those|these) (?:pair|couple)|each other|one another)\b|\bwhich (?:of (?:them|these|"
    rf"those)|one)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(rf"\b(?:the|that) other(?: {_WORK}\b|(?=\s*[?.,;]|\s*$))", re.IGNORECASE)


class Spoken(NamedTuple):
    """What a conversation has named so far."""

    subjects: tuple[str, ...]
    """All of it, in order of first mention."""
    latest: tuple[str, ...]
    """What the last list named, or the user last."""
    current: tuple[str, ...]
    """What the last question was about."""
    listed: bool
    """Whether the last answer was a list."""


def spoken(history: Sequence[Turn]) -> Spoken:
    """The subjects of a conversation."""
    subjects: dict[str, None] = {}
    latest: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    asked: dict[str, None] = {}
    listed = False
    for turn in history:
        named = titles(turn.content)
        if turn.role == "assistant":
            listed = len(named) > 1
            latest = named if listed else latest
        if not named:
            named = _names(turn.content)
        if turn.role == "user" and named:
            current = named
            asked.update(dict.fromkeys(n for n in named if not _covered(n, asked)))
        elif turn.role == "assistant" and not current:
            current = named[:1]
        subjects.update(dict.fromkeys(n for n in named if not _covered(n, subjects)))
    # An answer brings up measures and data sets; the user, what they mean.
    latest = latest or tuple(asked if len(asked) > 1 else subjects)[-2:]
    return Spoken(tuple(subjects), latest, current, listed)


def titles(text: str) -> tuple[str, ...]:
    """Titles that an answer lists or quotes, each as it is called for short."""
    found = [*_LISTED.findall(text), *(q for q in _QUOTED.findall(text) if _is_title(q))]
    return tuple(dict.fromkeys(short_title(readable(title)).strip(" .,") for title in found))


def resolved(question: str, history: Sequence[Turn]) -> str | None:
    """The question with "the second one", "the other one", "these two" said by name; else None."""
    known = spoken(history)
    among = known.latest if len(known.latest) > 1 else known.subjects
    match = _ORDINAL.search(question)
    # "from the first Llama to the second" counts by itself.
    if match and not _FIRST.search(question, 0, match.start()):
        place = _ORDINALS[(match[1] or match[2]).lower()]
        among = known.subjects if "first paper" in question.lower() else among
        if -1 <= place < len(among):
            return _put(question, match, among[place])
    if match := _OTHER.search(question):
        others = [name for name in among if name not in known.current]
        if others:
            return _put(question, match, others[-1])
    if (match := _PAIR.search(question)) and len(known.subjects) > 1:
        pair = known.latest if len(known.latest) == 2 else known.subjects[-2:]
        return _put(question, match, " and ".join(pair))
    return None


def _put(question: str, match: re.Match[str], name: str) -> str:
    before = question[: match.start()]
    which = match.group().lower().startswith("which")
    after = question[match.end() :]
    return f"{before}{f'{match.group()[:5]} of ' if which else ''}{name}{after}"


def _names(text: str) -> tuple[str, ...]:
    """Names in a question or a sentence; ordinary capitals only where nothing else is named."""
    sure = distinctive(text)
    others = (n for n in capitalised(text) if not (n[0].isdigit() or is_common(n)))
    return tuple(sure or others)[:3]


def _covered(name: str, subjects: dict[str, None]) -> bool:
    return any(name in known or known in name for known in subjects)


def _is_title(quoted: str) -> bool:
    """Whether what stands in quotation marks looks like a title: most of its words are capital."""
    content = [w for w in quoted.split() if w.lower() not in STOP_WORDS and w[0].isalpha()]
    capital = sum(word[0].isupper() for word in content)
    return len(words(quoted)) > 1 and capital >= 0.7 * len(content) and not quoted.endswith(".")
