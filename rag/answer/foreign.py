"""A question in another language, as far as an English abstract lets it be understood.

Names are the same in every language, and so are the beginnings of many words of science:
"paramètres", "Parameter" and "parámetros" are parameters. With the kind of question, that is often
enough to ask the paper that is named; it is said that no more was understood.
"""

from __future__ import annotations

from rag.text import fold, words
from rag.types import Kind, Paper, Query

_FORMS: dict[Kind, str] = {
    "definition": "What is {}?",
    "acronym": "What does {} stand for?",
    "number": "How many or how much: {}?",
    "reason": "Why: {}?",
    "method": "How does {} work?",
}
_SAME = 5
"""Letters that two words must begin with alike,"""
_SHARE = 0.6
"""and this share of the longer one."""


def in_english(query: Query, paper: Paper) -> str:
    """The question in English: its names, and the paper's words that it seems to share."""
    names = [*query.names, *query.proper]
    taken = {fold(part) for name in names for part in words(name)}
    own = dict.fromkeys(fold(word) for word in words(f"{paper.title} {paper.abstract}"))
    alike: dict[str, None] = {}
    for word in words(query.question):
        if fold(word) not in taken:
            alike |= dict.fromkeys(w for w in own if w not in taken and _alike(fold(word), w))
    asked = " ".join([*names, *alike])
    return _FORMS.get(query.kind, "{}?").replace("{}", asked)


def _alike(word: str, other: str) -> bool:
    same = 0
    for ours, theirs in zip(word, other, strict=False):
        if ours != theirs:
            break
        same += 1
    return same >= _SAME and same >= _SHARE * max(len(word), len(other))
