"""Listing pages saved as text: a title line, then its abstract on one line, and so on.

Blank lines may stand between them or not. Above the first title stand lines of the page itself
(its name, a date, an invitation to subscribe), of which the last may be glued to that title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.corpus.fields import to_paper
from rag.corpus.source import NOT_UTF8, TOO_LONG, Block, Source, is_utf8
from rag.types import Paper, Rejected

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_BOILERPLATE = re.compile(
    r"new|get trending papers in your email inbox( once a day)?!|subscribe|daily papers"
    r"|by ?ak and the research community"
    rf"|({'|'.join(_MONTHS)})[a-z]* \d{{1,2}}(, \d{{4}})?",
    re.IGNORECASE,
)
_LONGEST_TITLE = 250  # characters; seen: titles up to 143, abstracts from 584


def read(source: Source) -> Iterator[Paper | Rejected]:
    """Papers of a listing: a short line followed by a long one."""
    title: Block | None = None
    button = False  # whether a "Subscribe" is due that may be glued to the first title
    for number, data in source.lines():
        if data is None:
            yield Rejected(source.name, title.line if title else number, TOO_LONG)
            title = None
            continue
        text = data.decode("utf-8", "surrogateescape").strip()
        if not text:
            continue
        if _BOILERPLATE.fullmatch(text):
            button = text.lower().startswith("get") or (button and text.lower() != "subscribe")
        elif not _is_abstract(text):
            if title:
                yield Rejected(source.name, title.line, "a title without an abstract below it")
            title = Block(number, _unglued(text) if button else text)
            button = False
        elif title:
            yield _paper(source.name, title, text)
            title = None
        else:
            yield Rejected(source.name, number, "an abstract without a title above it")
    if title:
        yield Rejected(source.name, title.line, "a title without an abstract below it")


def looks_like_listing(head: str) -> bool:
    """Whether at least half of the lines are titles with their abstracts."""
    items = [line.strip() for line in head.split("\n") if line.strip()]
    if any(line.lower().startswith("get trending papers in your email inbox") for line in items):
        return True
    long = [_is_abstract(line) for line in items]
    pairs = sum(1 for here, after in zip(long, long[1:], strict=False) if after and not here)
    return pairs * 4 >= len(items) and pairs > 0


def _is_abstract(text: str) -> bool:
    """Length tells; the full stop only speaks for abstracts that are unusually short."""
    return len(text) > _LONGEST_TITLE or (text.endswith(".") and len(text.split()) >= 25)


def _unglued(title: str) -> str:
    return re.sub(r"^Subscribe(?=[^\sa-z])", "", title)


def _paper(name: str, title: Block, abstract: str) -> Paper | Rejected:
    if not is_utf8(title.text + abstract):
        return Rejected(name, title.line, NOT_UTF8)
    return to_paper({"title": title.text, "abstract": abstract}, name, title.line)
