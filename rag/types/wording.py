"""How papers and verdicts are put in words: one wording for every front end.

The terminal, the page and notebooks take their words from here and add only their looks. Nothing
here knows of colours or columns. Papers and models' replies are untrusted: text is shown as they
meant it, but none of it hides, reorders or becomes markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from rag.text import readable, visible
from rag.types.papers import Citation, Paper
from rag.types.queries import Filters

Support = Literal[
    "quoted", "supported", "partial", "unsupported", "unverified", "contradicted", "uncited"
]
Stage = Literal["search", "read", "write", "check", "repair", "done"]

MARKS: Mapping[Support, str] = {
    "quoted": "",
    "supported": "✓",
    "partial": "~",
    "unsupported": "✗",
    "unverified": "○",
    "contradicted": "✗",
    "uncited": "⚠",
}
"""The sign after a sentence that says how well its sources support it."""
SUPPORT: Mapping[Support, str] = {
    "quoted": "quoted",
    "supported": "supported",
    "partial": "partly supported",
    "unsupported": "not supported",
    "unverified": "not verified",
    "contradicted": "contradicted",
    "uncited": "without a source",
}
"""The same in words."""
STAGES: Mapping[Stage, str] = {
    "search": "Searching{total}…",
    "read": "Reading {papers} papers…",
    "write": "Writing…",
    "check": "Checking citations…",
    "repair": "Mending what is not supported…",
    "done": "",
}
"""What is being done while an answer grows."""
_QUOTE = 300
"""Characters of a quote that are shown below its source."""
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~$&!]")


def authors(paper: Paper, most: int | None = None) -> str:
    """The authors by name, the first `most` of them."""
    cut = most is not None and len(paper.authors) > most
    return ", ".join(paper.authors[:most]) + (" et al." if cut else "")


def published(paper: Paper, most: int = 3) -> str:
    """Who published a paper, where and when; "" when none of it is known."""
    parts = (authors(paper, most), paper.venue, str(paper.year or ""))
    return ". ".join(part for part in parts if part)


def years(filters: Filters) -> str:
    """The years of a condition: "in 2018", "from 2018 on", "before 2010", or ""."""
    first, last = filters.year_from, filters.year_to
    if first is None:
        return "" if last is None else f"up to {last}"
    if last is None:
        return f"from {first} on"
    return f"from {first}" if first == last else f"from {first} to {last}"


def conditions(filters: Filters) -> str:
    """Conditions on papers in words that follow "papers": "by Ann Lee from 2018 on"; or ""."""
    each = [filters, *filters.beside]
    authors = [either(one.authors) or one.author for one in each if one.authors or one.author]
    venues = [either(one.venues) or one.venue for one in each if one.venues or one.venue]
    sources = [one.source for one in each if one.source]
    fields = [(name, value.strip('"')) for one in each for name, value in one.where.items()]
    parts = [
        f"by {' and '.join(map(str, authors))}" * bool(authors),
        f"in {' and in '.join(map(str, venues))}" * bool(venues),
        years(filters),
        f"from the source {' and '.join(sources)}" * bool(sources),
        *(f"with the {name.removesuffix('s')} {value}" for name, value in fields),
    ]
    return readable(" ".join(filter(None, parts)))


def either(names: Sequence[str], most: int = 3) -> str:
    """ "A, B or C"; where there are many, the first of them and how many more."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} or {len(names) - most + 1} others of that name"
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def address(paper: Paper) -> str:
    """Where a paper can be found on the web, or ""."""
    return f"https://doi.org/{paper.doi}" if paper.doi else paper.url or ""


def reference(paper: Paper) -> str:
    """A paper in one line as bibliographies have it: every author, the title, its address."""
    parts = (authors(paper), readable(paper.title), paper.venue, str(paper.year or ""))
    line = ". ".join(part for part in parts if part) + f". {address(paper)}".rstrip(" .")
    return " ".join(visible(line).split())


def short_reference(paper: Paper) -> str:
    """A paper in one line as lists have it: the title, the first author, where and when."""
    parts = (readable(paper.title), published(paper, most=1))
    return readable(". ".join(part for part in parts if part))


def quoted(citation: Citation, most: int = _QUOTE) -> str:
    """The first quote of a citation in quotation marks, cut where it is long; "" without one."""
    if not citation.quotes:
        return ""
    return f"“{shortened(readable(citation.quote), most)}”"


def shortened(text: str, most: int) -> str:
    """At most so many characters of a text, and the sign that it goes on."""
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def literal(text: str) -> str:
    """Text in which Markdown finds no markup."""
    return _MARKDOWN.sub(r"\\\g<0>", visible(text))
