"""What a manuscript cites, as its reference list, front matter or `.bib` file describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rag.corpus import normal_arxiv_id, normal_doi, read_references, to_reference
from rag.manuscript.document import Reference
from rag.text import URL, fold, visible
from rag.types import Paper

DOI = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|\bdoi:\s*|(?<![\w/.]))(10\.\d{4,9}/[^\s\"'<>\]]+)"
)
ARXIV = re.compile(
    r"(?:https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|\barxiv:\s*)"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?",
    re.IGNORECASE,
)
_ARXIV_DOI = "10.48550/arxiv."
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_YEAR_LETTER = re.compile(r"(?<!\d)(?:19|20)\d\d[a-z]?\b")
_HEADING = re.compile(
    r"^[ \t]*(?:#+[ \t]*|\*\*)?(?:\d+\.?[ \t]+)?"
    r"(?:references|sources|bibliography|works cited|literature|citations)"
    r"[ \t]*:?(?:\*\*)?[ \t]*:?[ \t]*#*[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_NEXT_HEADING = re.compile(r"^#+[ \t]+\S", re.MULTILINE)
_ENTRY = re.compile(
    r"[ \t]*(?:[-*+][ \t]+)?(?:\[\^?(\d{1,3})\]:?|【(\d{1,3})】|(\d{1,3})[.):])[ \t]+(?=\S)"
)
_BRACKETED = re.compile(r"\s*\[\^?\d{1,3}\]")
_BULLET = re.compile(r"[ \t]*[-*+•][ \t]+")


class ReferenceList(NamedTuple):
    """The works that a text lists itself, and which parts of it do so."""

    references: Mapping[str, Reference]
    regions: tuple[tuple[int, int], ...]


def reference_list(text: str) -> ReferenceList:
    """The numbered or plain list under a heading such as "References", or the last lines that
    begin with "[1]", "[^1]:" and so on."""
    regions = list(_regions(text))
    references: dict[str, Reference] = {}
    for start, end in regions:
        for key, entry in _entries(text[start:end]):
            name = key or _author_year(entry)
            if not key and name in references:
                name += f" ({len(references)})"
            references.setdefault(name, described(name, entry))
    return ReferenceList(references, tuple(regions))


def described(key: str, text: str) -> Reference:
    """A work of which only the line is known that lists it."""
    text = " ".join(visible(text).split())
    doi, arxiv_id = identifiers(text)
    link, year = URL.search(text), _YEAR.search(text)
    return Reference(
        key, text, doi=doi, arxiv_id=arxiv_id, url=link and link[0], year=year and int(year[0])
    )


def identifiers(text: str) -> tuple[str | None, str | None]:
    """The first DOI and the first arXiv id of a text; arXiv's own DOIs are its ids."""
    found = DOI.search(text)
    doi = normal_doi(found[1].rstrip(".,;:)")) if found else None
    arxiv = ARXIV.search(text)
    arxiv_id = normal_arxiv_id(arxiv[1]) if arxiv else None
    if doi and doi.startswith(_ARXIV_DOI):
        return None, arxiv_id or normal_arxiv_id(doi.removeprefix(_ARXIV_DOI))
    return doi, arxiv_id


def of_paper(work: Paper) -> Reference:
    """An entry of a bibliography, as `rag.corpus` reads it."""
    title = "" if work.title == work.id else work.title
    return Reference(
        work.id, title or work.id, title, work.doi, work.arxiv_id, work.url, work.year, work.authors
    )


def of_file(path: Path) -> dict[str, Reference]:
    """The entries of a `.bib` file by key. Raises `CorpusError` when it cannot be opened."""
    return {work.id: of_paper(work) for work in read_references(path)}


def of_records(records: object) -> dict[str, Reference]:
    """The works of `references:` in a front matter, which are CSL records."""
    works = (
        to_reference(record, str(record["id"]))
        for record in (records if isinstance(records, list) else ())
        if isinstance(record, dict) and "id" in record
    )
    return {work.id: of_paper(work) for work in works if work is not None}


def by_author_and_year(references: Mapping[str, Reference], surname: str, year: str) -> str | None:
    """The key of the work of this first author and year ("2023", "2023b"); None when unsure."""
    wanted = fold(surname)
    keys = [
        ref.key
        for ref in references.values()
        if ref.year == int(year[:4]) and wanted in fold(_first_author(ref)).split()
    ]
    if len(keys) > 1 and len(year) > 4:
        keys = [key for key in keys if year in references[key].text] or keys
    return keys[0] if len(keys) == 1 else None


def _first_author(reference: Reference) -> str:
    """The first author's name, or the words that a listed work begins with."""
    if reference.authors or reference.title:
        return " ".join(reference.authors[:1])
    return re.sub(r"[^\w\s-]", " ", re.split(r",|&|\band\b|\d", reference.text)[0])


def _regions(text: str) -> Iterator[tuple[int, int]]:
    """Where works are listed: below the last heading that says so, else in the last lines."""
    if headings := list(_HEADING.finditer(text)):
        following = _NEXT_HEADING.search(text, headings[-1].end())
        yield headings[-1].start(), following.start() if following else len(text)
        return
    at = len(text)
    for line in reversed(text.splitlines(keepends=True)):
        if line.strip() and not _ENTRY.match(line):
            break
        at -= len(line)
    if _BRACKETED.match(text, at):
        yield at, len(text)


def _entries(region: str) -> Iterator[tuple[str, str]]:
    """The number, or "", and the text of each entry; its lines joined."""
    lines = _HEADING.sub("", region).strip("\n").split("\n")
    if not any(map(_ENTRY.match, lines)):
        yield from (("", entry) for entry in _plain_entries(lines))
        return
    held: dict[str, str] = {}
    number = ""
    for line in lines:
        if entry := _ENTRY.match(line):
            number = next(filter(None, entry.groups()))
            held.setdefault(number, line[entry.end() :].strip())
        elif not line.strip():
            number = ""
        elif number:
            held[number] += " " + line.strip()
    yield from held.items()


def _plain_entries(lines: list[str]) -> list[str]:
    """Entries without numbers: items of a list, paragraphs, or lines."""
    if any(_BULLET.match(line) for line in lines):
        split = r"\n(?=[ \t]*[-*+•][ \t])"
    else:
        split = r"\n\s*\n" if "" in map(str.strip, lines) else r"\n"
    entries = (_BULLET.sub("", entry) for entry in re.split(split, "\n".join(lines)))
    return [joined for entry in entries if (joined := " ".join(entry.split()))]


def _author_year(entry: str) -> str:
    """What to call an entry without a number."""
    year = _YEAR_LETTER.search(entry)
    return f"{entry.split()[0].strip(',.')} {year[0]}" if year else entry[:60]
