"""What a line of a set of questions may hold, checked before it becomes a `Case`.

A field that is misspelt or of another type would be passed over or read as something else (a string
where a list of alternatives belongs becomes single letters), and the set's figures would be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

WHY = ("not_stated", "not_in_corpus", "off_topic", "false_premise")
"""Why there is no plain answer; to "false_premise" there is one: that it is wrong, and why."""


class _Field(NamedTuple):
    """The test of a field, and what it asks for in words."""

    fits: Callable[[Any], bool]
    wanted: str


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _relevant(value: Any) -> bool:
    return _texts(value) or (isinstance(value, dict) and all(map(_count, value.values())))


def _facts(value: Any) -> bool:
    return isinstance(value, list) and all(fact and _texts(fact) and all(fact) for fact in value)


def _turns(value: Any) -> bool:
    return isinstance(value, list) and all(
        _texts(turn) and len(turn) == 2 and turn[0] in ("user", "assistant") for turn in value
    )


_TEXT = _Field(_text, "a string")
_TITLES = _Field(_texts, "a list of papers' titles or ids")
FIELDS: Mapping[str, _Field] = {
    "id": _Field(lambda value: bool(value) and (_text(value) or _count(value)), "a string"),
    "question": _Field(lambda value: _text(value) and bool(value.strip()), "a string, not empty"),
    "split": _TEXT,
    "kind": _TEXT,
    "language": _TEXT,
    "history": _Field(_turns, 'a list of ["user" or "assistant", "…"]'),
    "relevant": _Field(_relevant, "a list of papers' titles or ids, or an object of grades"),
    "facts": _Field(_facts, "a list of lists of alternatives"),
    "reference": _TEXT,
    "must_pass": _Field(lambda value: isinstance(value, bool), "true or false"),
    "why": _Field(lambda value: value in WHY, f"one of {', '.join(WHY)}"),
    "twin": _TEXT,
    "about": _TITLES,
    "near": _TITLES,
    "facets": _Field(_texts, "a list of strings"),
    "words": _Field(_count, "a number"),
}
"""All fields; only `id` and `question` are needed."""


def check(raw: Any) -> None:
    """Raises `ValueError`, which names the field, for what is no question of this schema."""
    if not isinstance(raw, dict):
        raise ValueError("a question is an object, {…}")
    for name in ("id", "question"):
        if name not in raw:
            raise ValueError(f"the field {name} is missing")
    for name, value in raw.items():
        if name not in FIELDS:
            raise ValueError(f"there is no field {name}; there are: {', '.join(FIELDS)}")
        if not FIELDS[name].fits(value):
            raise ValueError(f"the field {name} must be {FIELDS[name].wanted}")
    answered = bool(raw.get("relevant") or raw.get("facts"))
    if "why" in raw and answered != (raw["why"] == "false_premise"):
        raise ValueError(
            "the field why says that there is no answer, but relevant or facts give one"
            if answered
            else "the field why is false_premise, but nothing in relevant or facts says what is so"
        )
