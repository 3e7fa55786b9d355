"""Citations that stand in plain words: "[4-6]", "(Lee et al., 2023)", "@lee2023", DOIs, titles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from rag.manuscript.document import MARK, Block, Mark, Reference
from rag.manuscript.references import ARXIV, DOI, by_author_and_year, described, identifiers

_KEY = r"@(?:\{([^{}\s]+)\}|([\w][\w:.#$%&+?<>~/-]*))"
_PANDOC = re.compile(rf"\[[^\[\]]{{0,300}}?{_KEY}[^\[\]]{{0,300}}\]")
_BARE_KEY = re.compile(rf"(?<![\w@./-])-?{_KEY}(?:\s*\[[^\[\]]{{0,300}}\])?")
_NUMBERS = re.compile(
    r"\[{1,2}\^?(\d{1,3}(?:\s?[,;–-]\s?\^?\d{1,3})*)\]{1,2}|【(\d{1,3})[^】]{0,99}】"
    r"|(?<=[A-Za-z.,;:!?)\"”]{2})([⁰¹²³⁴⁵⁶⁷⁸⁹]+(?:[⁻˒,–-][⁰¹²³⁴⁵⁶⁷⁸⁹]+)*)"
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻˒", "0123456789-,")
_SURNAME = r"((?:(?:van|von|de|der|den|di|la|le)\s+)*[A-Z][\w'’-]+)"
_OTHERS = r"(?:\s+et\s+al\.?|(?:,?\s+(?:and|&)\s+|,\s+)[A-Z][\w'’.-]+){0,8}"
_YEAR = r"((?:19|20)\d\d[a-z]?)"
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]{0,300}?(?:19|20)\d\d[a-z]?[^()\[\]]{0,300})[)\]]")
_AUTHOR_YEAR = re.compile(rf"{_SURNAME}{_OTHERS},?\s+{_YEAR}")
_AUTHOR_THEN_YEAR = re.compile(rf"{_SURNAME}{_OTHERS}\s+[(\[]{_YEAR}[)\]]")
_QUOTED = re.compile(r"(\()?(?:“([^“”]{8,300})”|\"([^\"]{8,300})\")(?(1)\))")
_BRACKETED = re.compile(r"\(([^()]{8,300})\)")
_ADDRESS = re.compile(rf"\(?(?:{DOI.pattern}|{ARXIV.pattern})\)?", re.IGNORECASE)
_MOST = 99
"""Works that one range of numbers names at most."""

IsTitle = Callable[[str], bool]
"""Whether the library has a paper of this title."""


class _Found(NamedTuple):
    start: int
    end: int
    mark: Mark


def with_citations(
    block: Block, references: dict[str, Reference], is_title: IsTitle, *, pandoc: bool
) -> Block:
    """The block with a MARK for each citation in it; those of no list join the references.

    Of numbers, names and bare keys only those count that the references know.
    """
    taken = [False] * len(block.text)
    found: list[_Found] = []
    finders = [*([_pandoc] if pandoc else []), _numbers, _authors, _addresses, _titles]
    for finder in finders:
        for one in finder(block.text, references, is_title):
            if not any(taken[one.start : one.end]) and MARK not in block.text[one.start : one.end]:
                taken[one.start : one.end] = [True] * (one.end - one.start)
                found.append(one)
    return _replaced(block, sorted(found)) if found else block


def _replaced(block: Block, found: list[_Found]) -> Block:
    """The block with what was found replaced by MARKs, those that it had kept in their order."""
    text, starts, ends, marks = [], list[int](), list[int](), list[Mark]()
    own = iter(block.marks)
    at = 0
    for start, end, mark in [*found, _Found(len(block.text), 0, Mark(()))]:
        text.append(block.text[at:start])
        starts += block.starts[at:start]
        ends += block.ends[at:start]
        marks += [next(own) for _ in range(text[-1].count(MARK))]
        if mark.keys:
            text.append(MARK)
            starts.append(block.starts[start])
            ends.append(block.ends[end - 1])
            marks.append(mark)
        at = end
    return Block(block.source, "".join(text), tuple(starts), tuple(ends), tuple(marks))


def _pandoc(text: str, references: Mapping[str, Reference], _: IsTitle) -> Iterator[_Found]:
    for match in _PANDOC.finditer(text):
        keys = tuple(_key(key) for key in re.finditer(rf"(?<![\w@.]){_KEY}", match[0]))
        if keys:
            yield _Found(*match.span(), Mark(keys))
    for match in _BARE_KEY.finditer(text):
        key = _key(match)
        if key in references:
            end = match.end() if "[" in match[0] else match.start() + match[0].find(key) + len(key)
            yield _Found(match.start(), end, Mark((key,), narrative=True))


def _key(match: re.Match[str]) -> str:
    """Punctuation after a key is the sentence's."""
    return match[1] or match[2].rstrip(":.#$%&-+?<>~/")


def _numbers(text: str, references: Mapping[str, Reference], _: IsTitle) -> Iterator[_Found]:
    for match in _NUMBERS.finditer(text):
        shown = match[1] or match[2] or match[3].translate(_RAISED)
        keys = _range(shown.replace("^", ""))
        if match[3] and not all(key in references for key in keys) and shown.isdigit():
            keys = list(shown)  # "¹²" may be 1 and 2
        if keys and all(key in references for key in keys):
            yield _Found(*match.span(), Mark(tuple(keys)))


def _range(text: str) -> list[str]:
    """ "1, 4-6" as single numbers; none where it is no range."""
    keys: list[str] = []
    for part in re.split(r"[,;]", text):
        first, _, last = re.sub(r"\s|–", lambda m: "-" * (m[0] == "–"), part).partition("-")
        numbers = range(int(first), int(last or first) + 1)
        if not 0 < len(numbers) <= _MOST:
            return []
        keys += map(str, numbers)
    return keys


def _authors(text: str, references: Mapping[str, Reference], _: IsTitle) -> Iterator[_Found]:
    for match in _IN_BRACKETS.finditer(text):
        works = _AUTHOR_YEAR.finditer(match[1])
        keys = [by_author_and_year(references, work[1], work[2]) for work in works]
        if known := tuple(dict.fromkeys(key for key in keys if key)):
            yield _Found(*match.span(), Mark(known))
    for match in _AUTHOR_THEN_YEAR.finditer(text):
        if key := by_author_and_year(references, match[1], match[2]):
            yield _Found(*match.span(), Mark((key,), narrative=True))


def _addresses(text: str, references: dict[str, Reference], _: IsTitle) -> Iterator[_Found]:
    for match in _ADDRESS.finditer(text):
        shown = match[0].lstrip("(").rstrip(".,;:)") if match[0][0] != "(" else match[0].strip("()")
        if key := of_address(shown, references):
            end = match.start() + len(match[0].rstrip(".,;:"))
            yield _Found(match.start(), end, Mark((key,)))


def of_address(address: str, references: dict[str, Reference]) -> str | None:
    """The key of the work at a DOI or an arXiv address, which joins the references if need be."""
    doi, arxiv_id = identifiers(address)
    if not (doi or arxiv_id):
        return None
    for reference in references.values():
        if (doi and reference.doi == doi) or (arxiv_id and reference.arxiv_id == arxiv_id):
            return reference.key
    key = doi or f"arXiv:{arxiv_id}"
    references[key] = described(key, address)
    return key


def _titles(text: str, references: dict[str, Reference], is_title: IsTitle) -> Iterator[_Found]:
    for pattern in (_QUOTED, _BRACKETED):
        for match in pattern.finditer(text):
            title = (match.groups()[-1] or match[2]).strip().rstrip(".,;")
            if is_title(title):
                references.setdefault(title, Reference(title, title, title))
                yield _Found(*match.span(), Mark((title,), narrative=match[0][0] != "("))
