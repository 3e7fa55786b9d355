"""PubMed's XML, as its download page and E-utilities give it."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from rag.corpus.fields import to_paper
from rag.corpus.source import Source
from rag.corpus.xmlrecords import records
from rag.types import Paper, Rejected


def read(source: Source) -> Iterator[Paper | Rejected]:
    """Papers of a `PubmedArticleSet`."""
    for record in records(source, "PubmedArticleSet", "PubmedArticle"):
        if isinstance(record, Rejected):
            yield record
        else:
            yield to_paper(_fields(record.element), source.name, record.line)


def _fields(item: Element) -> dict[str, object]:
    doi = item.find(".//PubmedData/ArticleIdList/ArticleId[@IdType='doi']")
    if doi is None:
        doi = item.find(".//Article/ELocationID[@EIdType='doi']")
    date = item.find(".//Article/Journal/JournalIssue/PubDate")
    return {
        "title": _text(item.find(".//Article/ArticleTitle")),
        "abstract": _abstract(item.findall(".//Article/Abstract/AbstractText")),
        "authors": [_name(author) for author in item.findall(".//Article/AuthorList/Author")],
        "year": None if date is None else " ".join(date.itertext()),
        "journal": _text(item.find(".//Article/Journal/Title")),
        "doi": _text(doi),
        "keywords": [_text(keyword) for keyword in item.findall(".//KeywordList/Keyword")],
    }


def _text(element: Element | None) -> str | None:
    return None if element is None else "".join(element.itertext())


def _abstract(parts: list[Element]) -> str | None:
    """Parts of a structured abstract in a row, each after its label, as PubMed shows them."""
    labels = [f"{part.get('Label')}: " if part.get("Label") else "" for part in parts]
    texts = [f"{label}{_text(part)}" for label, part in zip(labels, parts, strict=True)]
    return "\n".join(texts) if parts else None


def _name(author: Element) -> str | None:
    """ "Forename Last Suffix", or the name of a group of authors."""
    parts = [author.findtext(tag) for tag in ("ForeName", "LastName", "Suffix")]
    return " ".join(filter(None, parts)) or author.findtext("CollectiveName")
