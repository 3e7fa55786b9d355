"""Filters as conditions of SQL on the table of papers."""

from __future__ import annotations

import json
from typing import Any

from rag.errors import StoreError
from rag.store.database import marks
from rag.text import fold
from rag.types import Filters, Paper

_FEW = 30
"""So many names are looked for one by one in an index; for more, each paper's are taken apart."""
Condition = tuple[str, list[Any]]
"""SQL, and its parameters."""


def condition_of(filters: Filters) -> Condition:
    """The filters as an SQL condition on `papers`, with its parameters.

    Raises `StoreError` for a field that papers do not have.
    """
    parts: list[str] = ["1"]
    values: list[Any] = []
    if filters.ids:
        parts.append(f"id IN ({marks(filters.ids)})")
        values += filters.ids
    for comparison, bound in ((">=", filters.year_from), ("<=", filters.year_to)):
        if bound is not None:
            parts.append(f"year {comparison} ?")
            values.append(bound)
    for column, wanted in (("authors_key", filters.author), ("venue_key", filters.venue)):
        if wanted:
            parts.append(f"instr({column}, ?)")
            values.append(fold(wanted))
    if filters.source:
        parts.append(
            "id IN (SELECT paper_id FROM records WHERE instr(lower(path || ':' || line), ?))"
        )
        values.append(filters.source.lower())
    for name, wanted in filters.where.items():
        if name not in Paper.__dataclass_fields__:
            known = ", ".join(Paper.__dataclass_fields__)
            raise StoreError(f"Papers have no field {name!r}; the fields are {known}.")
        parts.append("instr(lower(coalesce(json_extract(data, ?), '')), ?)")
        values += [f"$.{name}", wanted.lower()]
    inner = [_by_any(filters.authors), _in_any(filters.venues), *map(condition_of, filters.beside)]
    for condition, parameters in filter(None, inner):
        parts.append(f"({condition})")
        values += parameters
    return " AND ".join(parts), values


def _by_any(authors: tuple[str, ...]) -> Condition | None:
    """One of these is an author; `authors_key` is the folded names with "; " between them."""
    if not authors:
        return None
    names = list(dict.fromkeys(map(fold, authors)))
    if len(names) <= _FEW:
        one = "instr('; ' || authors_key || '; ', ?)"
        return " OR ".join([one] * len(names)), [f"; {name}; " for name in names]
    author = "json_each('[' || replace(json_quote(authors_key), '; ', '\",\"') || ']') AS author"
    wanted = "SELECT value FROM json_each(?)"
    return f"EXISTS (SELECT 1 FROM {author} WHERE author.value IN ({wanted}))", [json.dumps(names)]


def _in_any(venues: tuple[str, ...]) -> Condition | None:
    if not venues:
        return None
    return "venue_key IN (SELECT value FROM json_each(?))", [json.dumps([*map(fold, venues)])]
