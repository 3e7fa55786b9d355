"""Author names out of lists, objects and the ways of writing several names in one text."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from rag.corpus.values import BadValue, clean, kind, nested, strings

_SUFFIX = re.compile(r"(?:jr|sr|i{1,3}|iv)\.?", re.IGNORECASE)
_GIVEN = ("given", "first", "firstname", "givenname", "givennames", "forename")
_MIDDLE = ("middle", "middlename")
_FAMILY = ("family", "last", "lastname", "familyname", "surname")
_WHOLE = ("name", "displayname", "fullname", "authorname", "author", "literal")


def author_names(value: object) -> tuple[str, ...]:
    """Names, in order; raises `BadValue` where the value holds something else than names."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(_in_one_text(clean("authors", value)))
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        raise BadValue(f"authors is {kind(value)}, not names")
    return tuple(name for item in value if item is not None if (name := _one(item)))


def given_first(name: str) -> str:
    """ "Last, First" or "Last, First, Suffix" as "First Last Suffix"; other names as they are."""
    family, *rest = (part.strip() for part in name.split(","))
    if not rest or (len(rest) == 1 and _SUFFIX.fullmatch(rest[0])):
        return name
    return " ".join(filter(None, (rest[0], family, *rest[1:])))


def _one(item: object) -> str:
    if isinstance(item, str):
        return clean("authors", item)
    if isinstance(item, list):  # arXiv's [last, first, suffix, ...]
        parts = [clean("authors", part) for part in item[:3]]
        return " ".join(filter(None, [*parts[1:2], *parts[:1], *parts[2:]]))
    if isinstance(item, dict):
        return _from_object(item)
    raise BadValue(f"authors holds {kind(item)}, not only names")


def _from_object(item: Mapping[str, object]) -> str:
    parts = [
        clean("authors", text)
        for keys in (_GIVEN, _MIDDLE, _FAMILY, ("suffix",))
        for text in strings(nested(item, *keys), ())
    ]
    if nested(item, *_FAMILY):
        return " ".join(filter(None, parts))
    return next((clean("authors", text) for text in strings(item, _WHOLE)), " ".join(parts))


def _in_one_text(text: str) -> list[str]:
    """Names in "A; B", "A and B", "A, B and C", "Last, First and Last, First", "['A', 'B']"."""
    if not text:
        return []
    if text.startswith(("['", '["')):
        return _from_literal(text)
    if ";" in text:
        return [given_first(name.strip()) for name in text.split(";") if name.strip()]
    names = [name for name in re.split(r",?\s+(?:and|&)\s+", text) if name]
    last_first = all(name.count(",") == 1 for name in names)
    if last_first and (len(names) > 1 or " " not in names[0].split(",")[0].strip()):
        return [given_first(name) for name in names]
    return [part.strip() for name in names for part in name.split(",") if part.strip()]


def _from_literal(text: str) -> list[str]:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError) as error:
        raise BadValue("authors is a broken list") from error
    return [clean("authors", name) for name in value]
