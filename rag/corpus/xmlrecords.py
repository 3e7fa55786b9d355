"""The records of an XML file, one after the other, each with its line and parsed on its own.

The text is cut at the records' end tags, so that memory is bounded and one broken record leaves
the others whole. defusedxml parses each piece and refuses entity declarations, which can blow up
or read other files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from rag.corpus.source import LIMIT, TOO_LONG, Source, Unreadable
from rag.types import Rejected

_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")


class XmlRecord(NamedTuple):
    """A record's element and the line of its start tag."""

    line: int
    element: Element


class _Shape:
    """The tags of one kind of file: records of `tag` inside of one `root`."""

    def __init__(self, root: str, tag: str) -> None:
        self.root, self.tag = root, tag
        self.start = re.compile(rb"<%s(?=[\s>/])" % tag.encode())
        self.end = re.compile(rb"</%s\s*>" % tag.encode())
        self.close = f"</{root}>".encode()


def records(source: Source, root: str, tag: str) -> Iterator[XmlRecord | Rejected]:
    """Elements `tag` of a file whose document element is `root` (names without prefix)."""
    shape, before, line, rest = _Shape(root, tag), b"", 1, b""
    for chunk in source.chunks():
        # Only the new bytes are searched: an end tag may begin a little before them.
        searched, rest = max(0, len(rest) - 64), rest + chunk
        while match := shape.end.search(rest, searched):
            piece, rest, searched = rest[: match.end()], rest[match.end() :], 0
            if not before:
                before = _prologue(source, shape, piece)
                line, piece = line + before.count(b"\n"), piece[len(before) :]
            yield from _parsed(source, shape, before, piece, line)
            line += piece.count(b"\n")
        if len(rest) > LIMIT:
            start = match.start() if (match := shape.start.search(rest)) else 0
            at = line + rest.count(b"\n", 0, start)
            raise Unreadable(f"a record {TOO_LONG}; what follows is lost", at)
    yield from _tail(source, shape, before, rest, line)


def _prologue(source: Source, shape: _Shape, text: bytes) -> bytes:
    """What stands before the first record, checked: its namespaces hold for every record."""
    from defusedxml import DefusedXmlException  # type: ignore[import-untyped]

    match = shape.start.search(text)
    before = text[: match.start()] if match else text
    try:
        _parse(source, before + shape.close)
    except DefusedXmlException as error:
        raise Unreadable("the XML declares entities, which is refused", 1) from error
    except (ParseError, ValueError, LookupError) as error:
        reason = f"broken XML before the first <{shape.tag}>: {_message(error)}"
        raise Unreadable(reason, 1) from error
    return before


def _parse(source: Source, text: bytes) -> Element:
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

    if source.recoded:  # the declaration names the encoding that the text had before
        text = _DECLARATION.sub(b"", text)
    element: Element = fromstring(text)
    return element


def _parsed(
    source: Source, shape: _Shape, before: bytes, piece: bytes, line: int
) -> Iterator[XmlRecord | Rejected]:
    starts = [match.start() for match in shape.start.finditer(piece)]
    if not starts:
        at = line + piece.count(b"\n")
        yield Rejected(source.name, at, f"broken XML: </{shape.tag}> without its start tag")
        return
    for start, end in zip(starts, [*starts[1:], len(piece)], strict=True):
        at = line + piece.count(b"\n", 0, start)
        try:
            tree = _parse(source, before + piece[start:end] + shape.close)
        except (ParseError, ValueError) as error:
            yield Rejected(source.name, at, f"broken XML: {_message(error)}")
        else:
            yield XmlRecord(at, next(item for item in tree if _local(item.tag) == shape.tag))


def _tail(
    source: Source, shape: _Shape, before: bytes, rest: bytes, line: int
) -> Iterator[XmlRecord | Rejected]:
    if not before:
        before = _prologue(source, shape, rest.partition(shape.close)[0])
        rest = rest[len(before) :]
        line += before.count(b"\n")
        if rest.startswith(shape.close):
            yield Rejected(source.name, 1, f"holds no <{shape.tag}>")
            return
    if match := shape.start.search(rest):
        at = line + rest.count(b"\n", 0, match.start())
        yield Rejected(source.name, at, "broken XML: the file ends in the middle of this record")
    elif shape.close not in rest:
        at = line + rest.count(b"\n")
        yield Rejected(source.name, at, f"broken XML: the file ends before </{shape.root}>")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _message(error: Exception) -> str:
    """The parser's message without its position, which counts from elsewhere."""
    return str(error).partition(": line")[0]
