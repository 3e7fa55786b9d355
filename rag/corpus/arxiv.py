"""Atom feeds as the arXiv's API gives them."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from rag.corpus.fields import to_paper
from rag.corpus.source import Source
from rag.corpus.xmlrecords import records
from rag.types import Paper, Rejected

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_API_ERROR = "arxiv.org/api/errors"


def read(source: Source) -> Iterator[Paper | Rejected]:
    """Papers of an Atom feed, an `entry` each."""
    for record in records(source, "feed", "entry"):
        if isinstance(record, Rejected):
            yield record
            continue
        fields = _fields(record.element)
        if _API_ERROR in str(fields["id"]):
            reason = f"the arXiv answered with an error: {fields['abstract']}"
            yield Rejected(source.name, record.line, reason)
        else:
            yield to_paper(fields, source.name, record.line)


def _fields(entry: Element) -> dict[str, object]:
    texts = {
        "title": _text(entry, f"{_ATOM}title"),
        "abstract": _text(entry, f"{_ATOM}summary"),
        "published": _text(entry, f"{_ATOM}published"),
        "id": _text(entry, f"{_ATOM}id"),
        "url": _text(entry, f"{_ATOM}id"),
        "doi": _text(entry, f"{_ARXIV}doi"),
        "journal_ref": _text(entry, f"{_ARXIV}journal_ref"),
    }
    names = [_text(author, f"{_ATOM}name") for author in entry.findall(f"{_ATOM}author")]
    terms = [item.get("term") for item in entry.findall(f"{_ATOM}category")]
    return {**texts, "authors": names, "categories": terms}


def _text(element: Element, tag: str) -> str | None:
    inside = element.find(tag)
    return None if inside is None else "".join(inside.itertext()).strip()
