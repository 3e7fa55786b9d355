"""Follow-up questions made to stand alone, by rule: no model, no cost.

"And how much memory does it save?" names nothing that could be searched for. What it is about was
said before: by the user's last question that stood alone, and by the names in the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text import STOP_WORDS, words
from rag.types import Turn

_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|theirs|that|this|these|those|he|she|ones?|same|both|former|"
    r"latter|there|such|other|else|instead)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"^\s*(?:and|but|so|or|then|also|what about|how about|why|why not|which|compared|versus|vs|"
    r"in what|by how|how much|how many|more|tell me more|go on|any|ok(?:ay)?)\b",
    re.IGNORECASE,
)
# Proper names: with a capital inside or a digit, or capitalised in mid-sentence.
_NAME = re.compile(r"\b(?:[A-Za-z]*[A-Z0-9][\w.^+-]*[A-Z0-9][\w.^+-]*|[A-Z][\w-]+)")
_SHORT = 7
"""Content words up to which a question that continues or points back is taken to be incomplete."""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with its subject put in, or as it is when it stands alone."""
    if not history or not depends(question):
        return question
    asked = [turn.content for turn in history if turn.role == "user"]
    answered = [turn.content for turn in history if turn.role == "assistant"]
    parts = [_last_complete(asked)]
    if answered:
        parts.append(" ".join(names(answered[-1], known=parts[0])))
    parts.append(question)
    return " ".join(part for part in parts if part)


def depends(question: str) -> bool:
    """Whether the question leans on what was said before."""
    content = [word for word in words(question) if word not in STOP_WORDS]
    named = [name for name in names(question) if not question.startswith(name)]
    if named and not _POINTS_BACK.search(question):
        return False
    if _POINTS_BACK.search(question):
        return len(content) <= _SHORT or not named
    return bool(_CONTINUES.search(question)) and len(content) <= _SHORT


def names(text: str, *, known: str = "", limit: int = 4) -> list[str]:
    """Proper names and terms with digits in a text that `known` does not hold, in order."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        name = match.group().rstrip(".-")
        starts_sentence = match.start() == 0 or text[: match.start()].rstrip()[-1:] in ".!?"
        ordinary = name[1:].islower() and starts_sentence
        if len(name) > 1 and not ordinary and name.lower() not in known.lower():
            found.setdefault(name)
    return list(found)[:limit]


def _last_complete(questions: Sequence[str]) -> str:
    """The last question that stood alone; failing that, the first."""
    for question in reversed(questions):
        if not depends(question):
            return question
    return questions[0] if questions else ""
