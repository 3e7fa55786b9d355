"""From a record with the field names of some source to a `Paper`, or the reason why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rag.corpus.ids import normal_arxiv_id, normal_doi, paper_id
from rag.corpus.names import author_names
from rag.corpus.values import BadValue, clean, field_name, nested, strings
from rag.types import Paper, Rejected

# Names as `field_name` gives them; of several, the first that holds anything counts.
TITLE = ("title", "name", "papertitle", "articletitle", "displayname")
ABSTRACT = (
    "abstract",
    "abstracttext",
    "paperabstract",
    "summary",
    "abstractinvertedindex",
    "text",
)
_AUTHORS = ("authorsparsed", "authors", "author", "authorships", "authornames", "creators")
_YEAR = (
    "year",
    "publicationyear",
    "pubyear",
    "issued",
    "published",
    "publicationdate",
    "publisheddate",
    "publishedprint",
    "publishedonline",
    "date",
    "versions",
    "updatedate",
)
_VENUE = (
    "venue",
    "journal",
    "journalref",
    "journaltitle",
    "containertitle",
    "booktitle",
    "publicationvenue",
    "primarylocation",
    "sourcetitle",
    "conference",
)
_DOI = ("doi", "externalids", "url", "link")
_ARXIV = ("arxivid", "arxiv", "externalids", "id", "doi", "url", "link")
_URL = ("url", "link", "pdfurl", "paperurl", "openaccesspdf", "primarylocation")
_KEYWORDS = (
    "keywords",
    "keyword",
    "authorkeywords",
    "fieldsofstudy",
    "s2fieldsofstudy",
    "categories",
    "tags",
    "subject",
)
_YEAR_IN_TEXT = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d|2100)(?!\d)")
_ARXIV_DOI = "10.48550/arxiv."
_LARGEST_POSITION = 100_000  # words of an inverted index; no abstract is longer


def to_paper(record: Mapping[str, object], name: str, line: int) -> Paper | Rejected:
    """The paper that a record describes, read from `name` at `line`.

    Title and abstract are needed, and every text must be sound; other fields are left out where
    their value makes no sense.
    """
    fields: dict[str, object] = {}
    for key, value in record.items():
        fields.setdefault(field_name(str(key)), value)
    try:
        return _paper(fields, f"{name}:{line}")
    except BadValue as error:
        return Rejected(name, line, str(error))


def to_reference(record: Mapping[str, object], key: str) -> Paper | None:
    """The cited work that an entry of a bibliography describes, with the entry's key as its id.

    Its abstract is "", and its title the key where the entry has none. None where a text is
    unsound.
    """
    found = to_paper({"title": key, **record, "abstract": "-"}, key, 1)
    return replace(found, id=key, abstract="") if isinstance(found, Paper) else None


def _paper(fields: Mapping[str, object], source: str) -> Paper:
    title = _required("title", TITLE, fields)
    abstract = _required("abstract", ABSTRACT, fields)
    doi = _first(_DOI, fields, ("doi",), normal_doi)
    arxiv_id = _first(_ARXIV, fields, ("arxiv",), _any_arxiv_id)
    return Paper(
        id=paper_id(doi=doi, arxiv_id=arxiv_id, title=title),
        title=title,
        abstract=abstract,
        authors=author_names(_filled(fields, _AUTHORS)),
        year=next(filter(None, (_year(fields.get(alias)) for alias in _YEAR)), None),
        venue=_first(_VENUE, fields, ("name", "displayname", "title", "source"), str),
        doi=doi,
        arxiv_id=arxiv_id,
        url=_first(_URL, fields, ("url", "landingpageurl", "pdfurl"), _web_address),
        keywords=_keywords(fields),
        sources=(source,),
    )


def _filled(fields: Mapping[str, object], aliases: Sequence[str]) -> object:
    """The first value that is not blank, else a blank one that is there, else None."""
    there = [fields[alias] for alias in aliases if fields.get(alias) is not None]
    blank = next(iter(there), None)
    return next((value for value in there if not _is_blank(value)), blank)


def _is_blank(value: object) -> bool:
    return value in ("", [], {}) or (isinstance(value, str) and not value.strip())


def _required(label: str, aliases: Sequence[str], fields: Mapping[str, object]) -> str:
    value = _filled(fields, aliases)
    if value is None:
        raise BadValue(f"has no {label}")
    if label == "abstract":
        value = _abstract(value)
    elif isinstance(value, list):
        value = value[0] if value else ""
    text = clean(label, value)
    if not text:
        raise BadValue(f"the {label} is empty")
    return text


def _abstract(value: object) -> object:
    """Text as it is, paragraphs joined, an inverted index put in order, JATS tags removed."""
    if isinstance(value, list):
        parts = [nested(part, "text") if isinstance(part, dict) else part for part in value]
        return " ".join(clean("abstract", part) for part in parts)
    if isinstance(value, dict):
        return _in_order(value)
    if isinstance(value, str) and "<jats:" in value:
        without_heading = re.sub(r"<jats:title>\s*Abstract\s*</jats:title>", " ", value)
        return re.sub(r"</?jats:[^>]*>", " ", without_heading)
    return value


def _in_order(index: Mapping[str, object]) -> str:
    words: list[tuple[int, str]] = []
    for word, positions in index.items():
        if not isinstance(positions, list):
            raise BadValue("the abstract is an object, not text")
        for position in positions:
            if not isinstance(position, int) or not 0 <= position < _LARGEST_POSITION:
                raise BadValue("the abstract's inverted index holds a wrong position")
            words.append((position, word))
    return " ".join(word for _, word in sorted(words))


def _first(
    aliases: Sequence[str],
    fields: Mapping[str, object],
    keys: Sequence[str],
    accept: Callable[[str], str | None],
) -> str | None:
    """The first text that `accept` takes, out of the fields or of these keys inside them."""
    for alias in aliases:
        for text in strings(fields.get(alias), keys):
            if accepted := accept(clean(keys[0], text)):
                return accepted
    return None


def _any_arxiv_id(text: str) -> str | None:
    doi = normal_doi(text) or ""
    return normal_arxiv_id(doi.removeprefix(_ARXIV_DOI) if doi else text)


def _web_address(text: str) -> str | None:
    return text if re.match(r"https?://\S+$", text) else None


def _year(value: object) -> int | None:
    """A year from 1500 to 2100 in a number, a date text, CrossRef's or arXiv's date records."""
    if isinstance(value, dict):
        return _year(nested(value, "dateparts", "created", "year"))
    if isinstance(value, list):
        return _year(value[0]) if value else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) or (isinstance(value, int) and 1500 <= value <= 2100):
        match = _YEAR_IN_TEXT.search(str(value))
        return int(match[1]) if match else None
    return None


def _keywords(fields: Mapping[str, object]) -> tuple[str, ...]:
    for alias in _KEYWORDS:
        value = fields.get(alias)
        if isinstance(value, str):
            # arXiv writes its categories with spaces between: "cs.CL cs.LG".
            spaced = alias == "categories" and not re.search("[;,]", value)
            value = value.split() if spaced else list(re.split("[;,]", value))
        texts = strings(value, ("name", "displayname", "category", "term"))
        if words := [word for text in texts if (word := clean("keyword", text))]:
            return tuple(dict.fromkeys(words))
    return ()
