"""What a person changes of how a question was understood, checked before it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from rag.errors import UsageError
from rag.types.plans import KINDS, Form, Plan
from rag.types.queries import Filters

FORMS: tuple[Form, ...] = get_args(Form)


def plan_changes(given: Plan | Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields of a `Plan` to change, and their values; of a whole plan, all that may be changed.

    Raises `UsageError` for other names and for values that no plan has.
    """
    if given is None:
        return {}
    if isinstance(given, Plan):
        given = {name: getattr(given, name) for name in _READ}
    if not isinstance(given, Mapping):
        raise UsageError(f"plan takes a Plan or a mapping, not {type(given).__name__}.")
    if unknown := [name for name in given if name not in _READ]:
        raise UsageError(f"plan takes {', '.join(_READ)}; not {unknown[0]!r:.80}.")
    return {name: _READ[name](value) for name, value in given.items()}


def _kind(value: Any) -> str:
    return _one_of("kind", value, KINDS)


def _form(value: Any) -> str:
    return _one_of("form", value, FORMS)


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in known:
        raise UsageError(f"A plan's {name} is one of: {', '.join(known)}; not {value!r:.80}.")
    return value


def _words(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"A plan's words are how many there may be: 1 or more, not {value!r:.80}.")
    return value


def _query(value: Any) -> str:
    text = _line(value)
    if not text:
        raise UsageError(f"A plan's query is a question that stands alone, not {value!r:.80}.")
    return text


def _facets(value: Any) -> tuple[str, ...]:
    facets = tuple(map(_line, value)) if isinstance(value, (list, tuple)) else ("",)
    if not all(facets):
        raise UsageError(f"A plan's facets are a list of conditions in words, not {value!r:.80}.")
    return facets


def _line(value: Any) -> str:
    """A text as a question is taken: one line without invisible characters; "" for no text."""
    return " ".join(value.replace("\0", " ").split()) if isinstance(value, str) else ""


def _filters(value: Any) -> Filters:
    if not isinstance(value, Filters):
        raise UsageError(f"A plan's filters are Filters(…), not {type(value).__name__}.")
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    "kind": _kind,
    "query": _query,
    "facets": _facets,
    "filters": _filters,
    "form": _form,
    "words": _words,
}
"""The fields of a plan that people may change, each with what reads it."""
