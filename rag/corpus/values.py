"""Values of a record's fields: sound text, and text found inside lists and objects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_KINDS = (
    (type(None), "null"),
    (str, "text"),
    (bool, "true or false"),
    ((int, float), "a number"),
    (list, "a list"),
    (dict, "an object"),
)


class BadValue(ValueError):
    """A field's value that makes its record unusable; the message names the field."""


def field_name(text: str) -> str:
    """A field's name without case, spaces and signs: "Abstract_Text" is "abstracttext"."""
    return "".join(filter(str.isalnum, text)).lower()


def kind(value: object) -> str:
    """What a value is, in words."""
    return next((words for types, words in _KINDS if isinstance(value, types)), "of an odd type")


def clean(label: str, value: object) -> str:
    """Text with every run of white space made one space.

    Raises `BadValue` for anything but text, and for text with control characters or lone
    surrogates: it was damaged on its way here, and repairing it would be guessing.
    """
    if not isinstance(value, str):
        raise BadValue(f"the {label} is {kind(value)}, not text")
    if match := _CONTROL.search(value):
        if match[0] == "\x00":
            raise BadValue(f"the {label} holds a NUL byte")
        raise BadValue(f"the {label} holds a control character (U+{ord(match[0]):04X})")
    if not value.isascii() and (match := _SURROGATE.search(value)):
        raise BadValue(f"the {label} holds a lone surrogate (U+{ord(match[0]):04X})")
    return " ".join(value.split())


def nested(value: Mapping[str, object], *keys: str) -> object:
    """The first of these keys' values that is not None; keys as `field_name` gives them."""
    inside = {field_name(str(key)): item for key, item in value.items()}
    return next((inside[key] for key in keys if inside.get(key) is not None), None)


def strings(value: object, keys: Sequence[str]) -> Iterator[str]:
    """The texts in a value: itself, its elements, and what stands under these keys in objects."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings(item, keys)
    elif isinstance(value, dict):
        yield from strings(nested(value, *keys), keys)
