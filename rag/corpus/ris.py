"""RIS files, and PubMed's text format (MEDLINE, `.nbib`); rispy parses both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rispy import RisParser

from rag.corpus.fields import to_paper
from rag.corpus.names import given_first
from rag.corpus.source import Block, Source, blocks
from rag.types import Paper, Rejected

# Tags of the same name: the first that a record holds counts. UK gathers unknown tags.
_RIS = {
    "TY": "type",
    "TI": "title",
    "T1": "primary_title",
    "AB": "abstract",
    "N2": "second_abstract",
    "AU": "authors",
    "A1": "first_authors",
    "PY": "year",
    "Y1": "primary_year",
    "DA": "date",
    "T2": "secondary_title",
    "JF": "journal",
    "JO": "journal_short",
    "DO": "doi",
    "UR": "url",
    "KW": "keywords",
    "UK": "unknown",
}
_MEDLINE = {
    "PMID": "pmid",
    "TI": "title",
    "AB": "abstract",
    "FAU": "authors",
    "AU": "short_authors",
    "CN": "group_authors",
    "DP": "year",
    "JT": "journal",
    "TA": "journal_short",
    "LID": "location",
    "AID": "article_id",
    "OT": "keywords",
    "UK": "unknown",
}
_RIS_START, _RIS_END = re.compile(rb"\s*TY  -"), re.compile(rb"\s*ER  -")
_RIS_TAG = re.compile(r"^[A-Z][A-Z0-9]  - ", re.MULTILINE)
_MEDLINE_START, _MEDLINE_END = re.compile(rb"PMID- "), re.compile(rb"\s*$")
_MEDLINE_TAG = re.compile(r"^[A-Z]{2,4} *- ", re.MULTILINE)


class _MedlineParser(RisParser):  # type: ignore[misc]
    """PubMed's layout: tags of up to four letters, further lines indented by six spaces."""

    START_TAG = "PMID"

    def parse_line(self, line: str) -> tuple[str | None, str]:
        if line[4:6] == "- " and line[:1].isalpha():
            return line[:4].strip(), line[6:].strip()
        return None, line.strip()


def read_ris(source: Source) -> Iterator[Paper | Rejected]:
    """Papers of a RIS file, from `TY` to `ER` each."""
    for block in blocks(source, _RIS_START, _RIS_END):
        if isinstance(block, Rejected):
            yield block
        elif _RIS_TAG.search(block.text) or _RIS_START.match(block.text.encode()):
            yield _from_ris(source.name, block)


def read_medline(source: Source) -> Iterator[Paper | Rejected]:
    """Papers of PubMed's text format, with a blank line between them."""
    for block in blocks(source, _MEDLINE_START, _MEDLINE_END):
        if isinstance(block, Rejected):
            yield block
        elif _MEDLINE_TAG.search(block.text):
            yield _from_medline(source.name, block)


def _from_ris(name: str, block: Block) -> Paper | Rejected:
    lines = [line.strip() for line in block.text.split("\n")]
    if not lines[0].startswith("TY  -"):
        return Rejected(name, block.line, 'does not begin with a "TY  - " line')
    if not any(line.startswith("ER  -") for line in lines):
        return Rejected(name, block.line, 'has no "ER  - " line: the record is cut short')
    fields = _parsed(RisParser, _RIS, lines)
    return to_paper(
        {
            "title": _joined(fields, "title", "primary_title"),
            "abstract": _joined(fields, "abstract", "second_abstract"),
            "authors": _names(fields, "authors", "first_authors"),
            "year": _joined(fields, "year", "primary_year", "date"),
            "venue": _joined(fields, "secondary_title", "journal", "journal_short"),
            "doi": _joined(fields, "doi"),
            "url": fields.get("url"),
            "keywords": fields.get("keywords"),
        },
        name,
        block.line,
    )


def _from_medline(name: str, block: Block) -> Paper | Rejected:
    if not block.text.startswith("PMID- "):
        return Rejected(name, block.line, 'does not begin with a "PMID- " line')
    fields = _parsed(_MedlineParser, _MEDLINE, [*block.text.split("\n"), "ER  - "])
    places = [*fields.get("location", ()), *fields.get("article_id", ())]
    return to_paper(
        {
            "title": _joined(fields, "title"),
            "abstract": _joined(fields, "abstract"),
            "authors": _names(fields, "authors", "short_authors", "group_authors"),
            "year": _joined(fields, "year"),
            "venue": _joined(fields, "journal", "journal_short"),
            "doi": [place.removesuffix(" [doi]") for place in places if place.endswith("[doi]")],
            "keywords": fields.get("keywords"),
        },
        name,
        block.line,
    )


def _parsed(
    parser: type[RisParser], mapping: Mapping[str, str], lines: list[str]
) -> dict[str, list[str]]:
    # Every tag is read as a list: rispy would drop the second AB of a structured abstract.
    reader = parser(
        mapping=dict(mapping),
        list_tags=list(mapping),
        delimiter_tags_mapping={},
        skip_unknown_tags=True,
    )
    records: list[dict[str, list[str]]] = reader.parse_lines(iter(lines))
    return {key: value for key, value in records[0].items() if isinstance(value, list)}


def _joined(fields: Mapping[str, list[str]], *names: str) -> str | None:
    """The first of these fields, its lines joined."""
    return next((" ".join(fields[name]) for name in names if fields.get(name)), None)


def _names(fields: Mapping[str, list[str]], *names: str) -> list[str]:
    lines = next((fields[name] for name in names if fields.get(name)), [])
    return [given_first(name) for name in lines if name]
