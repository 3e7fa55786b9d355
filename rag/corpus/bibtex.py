"""BibTeX; bibtexparser reads the entries, pylatexenc decodes the accents."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.middlewares import (
    RemoveEnclosingMiddleware,
    ResolveStringReferencesMiddleware,
)
from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.model import DuplicateFieldKeyBlock, Entry

from rag.corpus.fields import to_paper
from rag.corpus.latex import plain_text
from rag.corpus.source import Block, Source, blocks
from rag.types import Paper, Rejected

_START = re.compile(rb"\s*@\s*\w+\s*[{(]")
_KIND = re.compile(r"\s*@\s*(\w+)\s*[{(]")
_REFERENCE = re.compile(r"=\s*([A-Za-z][^\s\"#%'(),={}]*)\s*[,})\n]")
_NO_PAPERS = ("comment", "preamble")
_PEOPLE = "author"
# Broken entries come out as `Rejected`; the parser's own warnings would say it twice.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())


def read(source: Source) -> Iterator[Paper | Rejected]:
    """Papers of a BibTeX file; `@string` abbreviations are resolved."""
    for item in _entries(source):
        if isinstance(item, Rejected):
            yield item
        else:
            _, fields, line = item
            yield to_paper(fields, source.name, line)


def read_references(source: Source) -> Iterator[tuple[str, dict[str, object]]]:
    """The key and the fields of each entry that can be read, with an abstract or without."""
    for item in _entries(source):
        if not isinstance(item, Rejected):
            key, fields, _ = item
            yield key, fields


def _entries(source: Source) -> Iterator[tuple[str, dict[str, object], int] | Rejected]:
    """Each entry as its key, its fields and its line."""
    strings: dict[str, str] = {}
    for block in blocks(source, _START):
        if isinstance(block, Rejected):
            yield block
        elif kind := _KIND.match(block.text):
            if kind[1].lower() == "string":
                strings.update(_definition(block.text))
            elif kind[1].lower() not in _NO_PAPERS:
                entry = _parsed(block, strings)
                reason = "broken BibTeX: a brace, quote or comma is missing"
                yield entry or Rejected(source.name, block.line, reason)


def _definition(text: str) -> dict[str, str]:
    library = parse_string(text, parse_stack=[])
    return {item.key.lower(): str(item.raw) for item in library.strings}


def _parsed(block: Block, strings: dict[str, str]) -> tuple[str, dict[str, object], int] | None:
    used = {key.lower() for key in _REFERENCE.findall(block.text)}
    defined = "".join(f"{strings[key]}\n" for key in used if key in strings)
    library = parse_string(
        defined + block.text,
        parse_stack=[ResolveStringReferencesMiddleware(), RemoveEnclosingMiddleware()],
    )
    entry = _entry(library)
    if entry is None:
        return None
    fields = {field.key.lower(): str(field.value) for field in reversed(entry.fields)}
    return entry.key, _fields(fields), block.line


def _entry(library: Library) -> Entry | None:
    for failed in library.failed_blocks:
        # A field given twice is no loss: its first value is taken.
        if isinstance(failed, DuplicateFieldKeyBlock):
            return failed.ignore_error_block  # type: ignore[return-value]
    return next(iter(library.entries), None) if not library.failed_blocks else None


def _fields(raw: dict[str, str]) -> dict[str, object]:
    fields: dict[str, object] = {
        key: plain_text(value) for key, value in raw.items() if key not in ("url", "doi")
    }
    fields |= {key: raw[key].replace("\\_", "_") for key in ("url", "doi") if key in raw}
    if _PEOPLE in raw:
        fields[_PEOPLE] = [_name(name) for name in split_multiple_persons_names(raw[_PEOPLE])]
    if "arxiv" in raw.get("archiveprefix", raw.get("eprinttype", "")).lower():
        fields["arxiv_id"] = raw.get("eprint")
    return fields


def _name(raw: str) -> str | None:
    if raw.strip() == "others":
        return None
    try:
        parts = parse_single_name_into_parts(raw)
    except InvalidNameError:
        return plain_text(raw)
    words = [*parts.first, *parts.von, *parts.last, *parts.jr]
    return plain_text(" ".join(words)).replace("~", " ")
