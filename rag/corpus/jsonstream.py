"""The records of a JSON text, one after the other, each with its line, in bounded memory.

The standard library's decoder reads the values; here is only the walk from one to the next. A
streaming parser such as ijson tells no lines and cannot go on after a broken record.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.corpus.source import LIMIT, NOT_UTF8, TOO_LONG, Source, Unreadable, is_utf8
from rag.types import Rejected

DECODER = json.JSONDecoder(strict=False)  # line breaks in texts are no harm, other signs show later
NOT_JSON = (ValueError, RecursionError)  # RecursionError: nested too deeply
_LISTS = frozenset(
    "data papers results items documents docs records entries articles works publications "
    "corpus hits rows".split()
)
_WRAPPERS = frozenset(("message", "response", "result", "hits"))
_SPACE = re.compile(r"[ \t\r\n]*")
_CUT_SHORT = "the JSON ends in the middle of this record"


class JsonRecord(NamedTuple):
    """A value and the line that it starts on."""

    line: int
    value: object


class _Broken(Exception):
    """A value cannot be read; the message says why."""


class _Finished(Exception):
    """The text has ended too early, and that is reported already."""


def records(source: Source) -> Iterator[JsonRecord | Rejected]:
    """Elements of arrays, of the list inside an object, or the values of a sequence of them."""
    scanner = _Scanner(source)
    while scanner.peek():
        line, indent = scanner.line, scanner.indent()
        try:
            yield from _top(scanner, source.name)
        except _Broken as error:
            yield Rejected(source.name, line, str(error))
            if not _go_on(scanner, indent, str(error), line):
                return
        except _Finished:
            return


def _top(scanner: _Scanner, name: str) -> Iterator[JsonRecord | Rejected]:
    if scanner.peek() == "[":
        yield from _array(scanner, name)
    elif scanner.peek() == "{":
        yield from _object(scanner, name)
    else:
        line = scanner.line
        yield JsonRecord(line, scanner.value())


def _array(scanner: _Scanner, name: str) -> Iterator[JsonRecord | Rejected]:
    scanner.take("[")
    while scanner.peek() != "]":
        line, indent = scanner.line, scanner.indent()
        try:
            yield JsonRecord(line, scanner.value())
            line = scanner.line
            scanner.next_in_list()
        except _Broken as error:
            yield Rejected(name, line, str(error))
            if not _go_on(scanner, indent, str(error), line):
                raise _Finished from error
    scanner.take("]")


def _go_on(scanner: _Scanner, indent: str | None, reason: str, line: int) -> bool:
    """Moves to the next record after a broken one: the next "{" that is indented alike."""
    if indent is not None:
        return scanner.skip_to(re.compile(rf"\n{indent}(?=\{{)"))
    if reason != _CUT_SHORT:
        raise Unreadable("what follows the broken record is not read", line)
    return False


def _object(scanner: _Scanner, name: str) -> Iterator[JsonRecord | Rejected]:
    """The list of papers inside an object, or the object itself if it holds none."""
    line, fields, holds_list = scanner.line, dict[str, object](), False
    scanner.take("{")
    while scanner.peek() != "}":
        key = scanner.value()
        scanner.take(":")
        lower = key.lower() if isinstance(key, str) else ""
        if scanner.peek() == "[" and lower in _LISTS and "title" not in fields:
            holds_list = True
            yield from _array(scanner, name)
        elif scanner.peek() == "{" and lower in _WRAPPERS and "title" not in fields:
            holds_list = True
            yield from _object(scanner, name)
        else:
            fields[str(key)] = scanner.value()
        if scanner.peek() != "}":
            scanner.take(",")
    scanner.take("}")
    if not holds_list:
        yield JsonRecord(line, fields)


class _Scanner:
    """A place in the text, and as much of what follows as was needed so far."""

    def __init__(self, source: Source) -> None:
        self.line = 1
        self._chunks = source.chunks()
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._at = 0
        self._failure: Unreadable | None = None
        self._before = "\n"  # the text of the current line up to here, "\n" first

    def peek(self) -> str:
        """The next character that is not a space, or "" at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._move(match.end() if match else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, sign: str) -> None:
        """Steps over a sign that must come next."""
        character = self.peek()
        if character != sign:
            raise _Broken(f"is not JSON: expected {sign!r}" if character else _CUT_SHORT)
        self._move(self._at + 1)

    def next_in_list(self) -> None:
        """Steps over the comma behind a value, if another value is to follow."""
        character = self.peek()
        if not character:
            raise _Broken("the JSON ends before its closing bracket")
        if character not in "]{":  # objects without commas between are told apart all the same
            self.take(",")

    def indent(self) -> str | None:
        """The white space before this place, if nothing else is on the line before it."""
        start = self._text.rfind("\n", 0, self._at) + 1
        before = self._text[start : self._at]
        if start == 0:
            before = self._before + before
        line = before.rpartition("\n")[2]
        return None if line.strip() else re.escape(line)

    def value(self) -> object:
        """The value that starts here; raises `_Broken` if it is not sound."""
        self.peek()
        while True:
            start = self._at
            try:
                value, end = DECODER.raw_decode(self._text, start)
            except NOT_JSON as error:
                if len(self._text) - start > LIMIT:
                    raise _Broken(TOO_LONG) from error
                if not self._more():
                    raise _Broken(self._reason(error, start)) from error
            else:
                # A number that ends where the text ends so far may go on.
                if end < len(self._text) or not self._more():
                    break
        end -= start - self._at  # reading on has moved the text
        bad = not is_utf8(self._text[self._at : end])
        self._move(end)
        if bad:
            raise _Broken(NOT_UTF8)
        return value

    def skip_to(self, pattern: re.Pattern[str]) -> bool:
        """Moves behind the next match; False if there is none up to the end."""
        while not (match := pattern.search(self._text, self._at)):
            self._move(max(self._at, len(self._text) - 1000))
            if not self._more():
                return False
        self._move(match.end())
        return True

    def _reason(self, error: Exception, start: int) -> str:
        if isinstance(error, RecursionError):
            return "is not JSON that can be read: nested too deeply"
        if not isinstance(error, json.JSONDecodeError):
            return f"is not JSON that can be read: {error}"
        at = self._at + error.pos - start
        if at >= len(self._text.rstrip()) or error.msg.startswith("Unterminated string"):
            return _CUT_SHORT
        line = self.line + self._text.count("\n", self._at, at)
        return f"is not JSON: {error.msg} (line {line})"

    def _move(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to

    def _more(self) -> bool:
        """Reads on, as much as is held at least, so that retrying stays cheap."""
        rest, size = self._text[self._at :], 0
        line_start = self._text.rfind("\n", 0, self._at)
        passed = self._text[max(line_start, self._at - 200, 0) : self._at]
        self._before = passed if line_start >= 0 else (self._before + passed)[-200:]
        parts = [rest]
        while size <= len(rest) and (chunk := self._next_chunk(size)) is not None:
            parts.append(self._decoder.decode(chunk))
            size += len(parts[-1])
        if not size:
            parts.append(self._decoder.decode(b"", final=True))
        self._text, self._at = "".join(parts), 0
        return len(self._text) > len(rest)

    def _next_chunk(self, size: int) -> bytes | None:
        if self._failure:
            raise self._failure
        try:
            return next(self._chunks, None)
        except Unreadable as error:
            if not size:
                raise
            self._failure = error  # what was read before it still holds records
            return None
