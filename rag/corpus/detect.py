"""Which format a file has, told by its first kilobytes; the suffix decides only in doubt."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import PurePath

from rag.corpus.fields import ABSTRACT, TITLE
from rag.corpus.listing import looks_like_listing
from rag.corpus.source import Unreadable
from rag.corpus.values import field_name

_BINARY = (
    (b"%PDF", "a PDF file"),
    (b"PK\x03\x04", "a zip, Word or Excel file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\x1f\x8b", "a gzip file inside a gzip file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
)
_SUFFIXES = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".bib": "bibtex",
    ".ris": "ris",
    ".nbib": "medline",
}
_LINES = (
    ("bibtex", re.compile(r"^\s*@\s*\w+\s*[{(]", re.MULTILINE)),
    ("ris", re.compile(r"^TY  - ", re.MULTILINE)),
    ("medline", re.compile(r"^PMID- ", re.MULTILINE)),
)
DELIMITERS = ",\t;|"


def detect(head: bytes, name: str) -> str:
    """The format of a file that begins with `head`; raises `Unreadable` with what it is not."""
    if not head.strip():
        raise Unreadable("the file is empty", 1)
    if kind := _binary_kind(head):
        raise Unreadable(f"is {kind}, not a list of papers", 1)
    text = head.decode("utf-8", "surrogateescape")
    detected = _markup(text) or _json(text, name) or _by_lines(text) or _table(text)
    if detected or looks_like_listing(text):
        return detected or "listing"
    if by_suffix := _SUFFIXES.get(_suffix(name)):
        return by_suffix
    if b"\x00" in head:
        raise Unreadable("is a binary file, not a list of papers", 1)
    raise Unreadable("is in no format that is known here; name one with --format", 1)


def is_binary(head: bytes, name: str) -> bool:
    """Whether a file is none that can be read, and no text either."""
    try:
        detect(head, name)
    except Unreadable:
        return b"\x00" in head or _binary_kind(head) is not None
    return False


def _binary_kind(head: bytes) -> str | None:
    return next((kind for magic, kind in _BINARY if head.startswith(magic)), None)


def _suffix(name: str) -> str:
    return PurePath(name.lower().removesuffix(".gz")).suffix


def _markup(text: str) -> str | None:
    text = text.lstrip()
    if not text.startswith("<"):
        return None
    if re.search(r"<PubmedArticle(Set)?[\s>]", text):
        return "pubmed"
    if re.search(r"<feed[\s>]", text):
        return "arxiv"
    if re.search(r"<html[\s>]|<!doctype html", text, re.IGNORECASE):
        raise Unreadable("is an HTML page, not a list of papers", 1)
    raise Unreadable("is XML, but neither an arXiv Atom feed nor PubMed's", 1)


def _json(text: str, name: str) -> str | None:
    if re.match(r"\s*\[\s*[\[{\]]", text):
        return "json"
    lines = [line for line in text.split("\n") if line.strip()]
    if not re.match(r"\{\s*([\"}]|$)", lines[0].lstrip()):
        return None
    if len(lines) == 1:
        return "jsonl" if _SUFFIXES.get(_suffix(name)) == "jsonl" else "json"
    goes_on = lines[0].rstrip().endswith(("[", "{", ","))
    alike = lines[1].startswith("{") and not goes_on
    return "jsonl" if alike or _is_object(lines[0]) else "json"


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _by_lines(text: str) -> str | None:
    return next((name for name, pattern in _LINES if pattern.search(text)), None)


def _table(text: str) -> str | None:
    first = next(line for line in text.split("\n") if line.strip())
    delimiter = header_delimiter(first)
    return {None: None, "\t": "tsv"}.get(delimiter, "csv")


def header_delimiter(line: str, among: Sequence[str] = DELIMITERS) -> str | None:
    """The delimiter that makes a header row of `line`, with a title and an abstract column."""
    for delimiter in among:
        names = {field_name(cell) for cell in line.split(delimiter)}
        if names & set(TITLE) and names & set(ABSTRACT):
            return delimiter
    return None
