"""JSON Lines, a record a line; and JSON: arrays, objects that hold one list, records in a row."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rag.corpus.fields import to_paper
from rag.corpus.jsonstream import DECODER, NOT_JSON, records
from rag.corpus.source import NOT_UTF8, TOO_LONG, Source
from rag.corpus.values import kind
from rag.types import Paper, Rejected


def read_lines(source: Source) -> Iterator[Paper | Rejected]:
    """Papers of a file with one JSON object on each line."""
    for number, data in source.lines():
        if data is None:
            yield Rejected(source.name, number, TOO_LONG)
        elif data.strip():
            yield _from_line(source.name, number, data)


def read_json(source: Source) -> Iterator[Paper | Rejected]:
    """Papers of a JSON file, record by record: the file is never held as a whole."""
    for record in records(source):
        if isinstance(record, Rejected):
            yield record
        else:
            yield _from_value(source.name, record.line, record.value)


def _from_line(name: str, number: int, data: bytes) -> Paper | Rejected:
    try:
        value = DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError:
        return Rejected(name, number, NOT_UTF8)
    except json.JSONDecodeError as error:
        return Rejected(name, number, f"is not JSON: {error.msg} (column {error.colno})")
    except NOT_JSON as error:
        return Rejected(name, number, f"is not JSON that can be read: {error}")
    return _from_value(name, number, value)


def _from_value(name: str, line: int, value: object) -> Paper | Rejected:
    if not isinstance(value, dict):
        return Rejected(name, line, f"is {kind(value)}, not an object with fields")
    return to_paper(value, name, line)
