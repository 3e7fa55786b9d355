"""What the stored fields of some libraries say, counted by SQL without reading a paper."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal, TypeVar, cast

from rag.store.conditions import Condition, condition_of
from rag.store.library import Library
from rag.text import squash
from rag.types import Filters, Paper

T = TypeVar("T")
CatalogueField = Literal["author", "year", "venue", "doi", "url", "keyword", "source", "abstract"]
"""What papers may carry."""
# The path of a paper in memory is `SOURCE://ID`; no file's path holds two slashes.
_SOURCE = "substr(path, 1, instr(path || '://', '://') - 1)"
_EACH = "json_each(papers.data, '$.{}') AS one"
_TITLE = 16
"""Letters that a title has at least to be told inside of a question; "Rain" is a word."""
_VALUES: Mapping[CatalogueField, tuple[str, str]] = {
    "author": ("one.value", _EACH.format("authors")),
    "keyword": ("one.value", _EACH.format("keywords")),
    "source": (_SOURCE, "records AS one ON one.paper_id = papers.id"),
    "year": ("year", ""),
    "venue": ("json_extract(data, '$.venue')", ""),
    "doi": ("doi", ""),
    "url": ("json_extract(data, '$.url')", ""),
    "abstract": ("json_extract(data, '$.abstract')", ""),
}
"""The SQL of each field's values, and what the papers are joined with to have them."""
_CARRIES: Mapping[CatalogueField, str] = {
    "author": "authors_key <> ''",
    "venue": "venue_key <> ''",
    "year": "year IS NOT NULL",
    "doi": "doi IS NOT NULL",
    "url": "json_extract(data, '$.url') IS NOT NULL",
    "keyword": "json_extract(data, '$.keywords[0]') IS NOT NULL",
    "source": "1",
    "abstract": "coalesce(json_extract(data, '$.abstract'), '') <> ''",
}


class Catalogue:
    """Counts and lists papers of several libraries by what they carry; safe between threads.

    A paper that is in several libraries counts once, as the first of them has it.
    """

    def __init__(self, libraries: Callable[[], Sequence[Library]]) -> None:
        """`libraries` gives those that are open, in their order."""
        self._libraries = libraries
        self._lock = threading.Lock()
        self._state: tuple[object, ...] = ()
        self._kept: dict[Hashable, Any] = {}

    def count(self, filters: Filters | None = None) -> int:
        """How many papers meet the filters."""
        return self._counted(condition_of(filters or Filters()))

    def carrying(self, field: CatalogueField, filters: Filters | None = None) -> int:
        """How many of these papers carry a field."""
        condition, parameters = condition_of(filters or Filters())
        return self._counted((f"({condition}) AND {_CARRIES[field]}", parameters))

    def values(self, field: CatalogueField) -> Mapping[str, int]:
        """Every value of a field with how many papers carry it, as `counts` orders them."""
        return self.cached(("values", field), lambda: dict(self.counts(field)))

    def counts(self, by: CatalogueField, filters: Filters | None = None) -> list[tuple[str, int]]:
        """How many papers of each author, year, …; the latest year, else the most, first."""
        value, joined = _VALUES[by]
        join = f" JOIN {joined}" if joined else ""
        condition, parameters = condition_of(filters or Filters())
        counts: dict[str, int] = {}
        for library, (own, known) in self._own():
            rows = library.database.rows(
                f"SELECT {value}, count(DISTINCT papers.id) FROM papers{join} WHERE {own}"
                f" AND papers.id IN (SELECT id FROM papers WHERE {condition})"
                f" AND {value} IS NOT NULL AND {value} <> '' GROUP BY 1",
                [*known, *parameters],
            )
            for name, count in rows:
                counts[str(name)] = counts.get(str(name), 0) + int(count)
        if by == "year":
            return sorted(counts.items(), key=lambda item: -int(item[0]))
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def ids(self, filters: Filters | None = None) -> list[str]:
        """Ids of the papers that meet the filters, by title."""
        return [key for _, key in sorted(self._rows("title_key, id", filters))]

    def ids_carrying(self, field: CatalogueField, filters: Filters | None = None) -> list[str]:
        """Ids of those of these papers that carry a field, by title."""
        return [key for _, key in sorted(self._rows("title_key, id", filters, _CARRIES[field]))]

    def by_year(
        self, filters: Filters | None = None, *, oldest: bool = False, limit: int = -1
    ) -> list[str]:
        """Ids of the newest papers, or the oldest, that meet the filters and carry a year."""
        order = "year" if oldest else "-year"
        rows = self._rows(
            f"{order}, title_key, id", filters, "year IS NOT NULL", f"ORDER BY 1, 2 LIMIT {limit:d}"
        )
        ids = [key for _, _, key in sorted(rows)]
        return ids if limit < 0 else ids[:limit]

    def titles_in(self, text: str) -> list[str]:
        """Titles of papers that stand whole in a text, the longest first."""
        rows = [
            row
            for library in self._libraries()
            for row in library.database.rows(
                "SELECT title_key, json_extract(data, '$.title') FROM papers"
                f" WHERE length(title_key) >= {_TITLE} AND instr(?, title_key)",
                [squash(text)],
            )
        ]
        return [title for _, title in sorted(set(rows), key=lambda row: (-len(row[0]), row))]

    def titled(self, title: str) -> list[str]:
        """Ids of the papers that have this title, whatever its case and punctuation."""
        ids = (
            row[0]
            for library in self._libraries()
            for row in library.database.rows(
                "SELECT id FROM papers WHERE title_key = ? ORDER BY id", [squash(title)]
            )
        )
        return list(dict.fromkeys(ids))

    def known_by(self, keys: Sequence[tuple[str, str]]) -> list[str]:
        """Ids of the papers with any of these (column, value) pairs, as `Library.known_by`."""
        ids = (key for library in self._libraries() for key in library.known_by(keys))
        return list(dict.fromkeys(ids))

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in the order asked for; unknown ids are left out."""
        papers = {p.id: p for library in self._libraries()[::-1] for p in library.papers(ids)}
        return [papers[paper_id] for paper_id in ids if paper_id in papers]

    def cached(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, kept until a library changes."""
        state = tuple((id(one), one.database.generation()) for one in self._libraries())
        with self._lock:
            if state != self._state:
                self._state, self._kept = state, {}
            kept = self._kept
        if key not in kept:  # Made twice by two threads at once, rather than one waiting in a lock.
            kept[key] = make()
        return cast(T, kept[key])

    # -- inside --------------------------------------------------------------------------------

    def _own(self) -> list[tuple[Library, Condition]]:
        """Each library, and which of its papers no earlier one has."""
        libraries = self._libraries()
        if len(libraries) < 2:
            return [(library, ("1", [])) for library in libraries]
        shared = self.cached("shared", lambda: _shared(libraries))
        known = "papers.id NOT IN (SELECT value FROM json_each(?))"
        return [
            (one, (known, [json.dumps(ids)]) if ids else ("1", []))
            for one, ids in zip(libraries, shared, strict=True)
        ]

    def _counted(self, condition: Condition) -> int:
        sql, parameters = condition
        return sum(
            library.database.rows(
                f"SELECT count(*) FROM papers WHERE ({sql}) AND {own}", [*parameters, *known]
            )[0][0]
            for library, (own, known) in self._own()
        )

    def _rows(
        self, columns: str, filters: Filters | None, and_: str = "1", rest: str = ""
    ) -> list[Any]:
        condition, parameters = condition_of(filters or Filters())
        sql = f"SELECT {columns} FROM papers WHERE ({condition}) AND {and_} AND {{}} {rest}"
        return [
            row
            for library, (own, known) in self._own()
            for row in library.database.rows(sql.format(own), [*parameters, *known])
        ]


def _shared(libraries: Sequence[Library]) -> list[list[str]]:
    """Of each library, the ids that an earlier one has too."""
    seen: set[str] = set()
    shared = []
    for library in libraries:
        ids = {row[0] for row in library.database.rows("SELECT id FROM papers")}
        shared.append(sorted(ids & seen))
        seen |= ids
    return shared
