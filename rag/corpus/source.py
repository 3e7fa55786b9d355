"""One input as bytes: gzip and UTF-16 undone, memory bounded, the head readable beforehand."""

from __future__ import annotations

import codecs
import gzip
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from rag.errors import CorpusError
from rag.types import Rejected

CHUNK = 1 << 16
HEAD = 1 << 14
LIMIT = 1 << 24
"""Bytes of one record that are ever held: 16 MiB."""
TOO_LONG = "is longer than 16 MiB"
NOT_UTF8 = "holds bytes that are not UTF-8"
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Unreadable(CorpusError):
    """Nothing more can be read from a file; `line` is where, None for where the data end."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


class Line(NamedTuple):
    """A physical line without its end; `data` is None when it is over `LIMIT`."""

    number: int
    data: bytes | None


class Block(NamedTuple):
    """The text of one record and the line that it starts on."""

    line: int
    text: str


class Source:
    """An open input. `head` may be looked at before `chunks` or `lines` is read, once."""

    def __init__(self, raw: IO[bytes], name: str, limit: int | None = None) -> None:
        self.name = name
        self.line = 1
        """The line that the data read so far end in."""
        self.recoded = False
        """Whether the text was UTF-16 or UTF-32 and is given as UTF-8."""
        self._broken: Unreadable | None = None
        self._rest = self._decoded(_bounded(_gunzipped(raw), limit))
        self.head = self._read_head()

    def chunks(self) -> Iterator[bytes]:
        """All bytes, a byte order mark removed; raises `Unreadable` where they break off."""
        if self.head:
            self.line += self.head.count(b"\n")
            yield self.head
        if self._broken:
            raise self._broken
        for chunk in self._rest:
            self.line += chunk.count(b"\n")
            yield chunk

    def lines(self) -> Iterator[Line]:
        """Physical lines, counted from 1; ends in `Unreadable` where the data break off."""
        number, pending, dropped = 1, bytearray(), False
        for chunk in self.chunks():
            first, *others = chunk.split(b"\n")
            pending += first
            for part in others:
                yield _line(number, pending, dropped)
                number, pending, dropped = number + 1, bytearray(part), False
            if len(pending) > LIMIT:
                pending, dropped = bytearray(), True
        if pending or dropped:
            yield _line(number, pending, dropped)

    def _read_head(self) -> bytes:
        head = b""
        try:
            while len(head) < HEAD and (chunk := next(self._rest, b"")):
                head += chunk
        except Unreadable as error:
            self._broken = error
        return head

    def _decoded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        first = b""
        for chunk in chunks:
            first += chunk
            if len(first) >= 4:
                break
        encoding = next((name for bom, name in _BOMS if first.startswith(bom)), None)
        if encoding is None:
            yield first.removeprefix(codecs.BOM_UTF8)
            yield from chunks
            return
        self.recoded = True
        yield from _as_utf8(encoding, first, chunks)


def is_utf8(text: str) -> bool:
    """Whether text decoded with `surrogateescape` was UTF-8 throughout."""
    return text.isascii() or not _ESCAPED_BYTE.search(text)


def _line(number: int, data: bytearray, dropped: bool) -> Line:
    if dropped or len(data) > LIMIT:
        return Line(number, None)
    return Line(number, bytes(data).removesuffix(b"\r"))


def _as_utf8(encoding: str, first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    # Lone surrogates pass through as bytes that are not UTF-8, so that only their record fails.
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    try:
        yield decoder.decode(first).encode("utf-8", "surrogatepass")
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Unreadable(f"broken {encoding.upper()} text; what follows is lost") from error


def _gunzipped(raw: IO[bytes]) -> Iterator[bytes]:
    start = raw.read(2)
    joined = _Joined(start, raw)
    if start != b"\x1f\x8b":
        while chunk := joined.read(CHUNK):
            yield chunk
        return
    try:
        with gzip.GzipFile(fileobj=joined, mode="rb") as file:  # type: ignore[call-overload]
            while chunk := file.read1(CHUNK):
                yield chunk
    except EOFError as error:
        raise Unreadable("the gzip data end too early; what follows is lost") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Unreadable("the gzip data are damaged; what follows is lost") from error


def _bounded(chunks: Iterator[bytes], limit: int | None) -> Iterator[bytes]:
    """What a few bytes of gzip hold can be endless: nothing is read beyond the limit."""
    read = 0
    for chunk in chunks:
        read += len(chunk)
        if limit is not None and read > limit:
            raise Unreadable(f"holds more than {limit >> 20} MiB; what follows is left out")
        yield chunk


class _Joined:
    """Puts back the bytes that were read to tell gzip: standard input cannot seek."""

    def __init__(self, start: bytes, rest: IO[bytes]) -> None:
        self._start, self._rest = start, rest

    def read(self, size: int = -1) -> bytes:
        if self._start:
            start, self._start = self._start, b""
            return start
        return self._rest.read(size)


def blocks(
    source: Source, start: re.Pattern[bytes], end: re.Pattern[bytes] | None = None
) -> Iterator[Block | Rejected]:
    """Groups of lines: each begins at a line that matches `start`, or after one matching `end`.

    Lines before the first start are a block too. What is not UTF-8 or too long is rejected.
    """
    first, held, size = 1, list[bytes](), 0
    for number, data in source.lines():
        if held and ((data is not None and start.match(data)) or (end and end.match(held[-1]))):
            yield _block(source.name, first, held, size)
            first, held, size = number, [], 0
        if not held:
            first = number
            if data is not None and not data.strip():
                continue
        size += LIMIT + 1 if data is None else len(data)
        held.append(data or b"")
        if size > LIMIT:
            del held[1:]
    if held:
        yield _block(source.name, first, held, size)


def _block(name: str, first: int, held: list[bytes], size: int) -> Block | Rejected:
    if size > LIMIT:
        return Rejected(name, first, TOO_LONG)
    for number, data in enumerate(held, start=first):
        try:
            data.decode()
        except UnicodeDecodeError:
            place = f" (line {number})" if number > first else ""
            return Rejected(name, first, NOT_UTF8 + place)
    return Block(first, "\n".join(data.decode() for data in held))


@contextmanager
def open_source(path: str, name: str, limit: int | None = None) -> Iterator[Source]:
    """Opens a file, or standard input for "-". Raises `CorpusError` if that is impossible."""
    if path == "-":
        yield Source(sys.stdin.buffer, name, limit)
        return
    try:
        file = Path(path).open("rb")
    except OSError as error:
        raise CorpusError(f"Cannot read {path}: {error.strerror}; check the path.") from error
    with file:
        yield Source(file, name, limit)
