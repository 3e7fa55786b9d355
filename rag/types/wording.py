"""How papers and verdicts are put in words: one wording for every front end.

The terminal, the page and notebooks take their words from here and add only their looks. Nothing
here knows of colours or columns. Papers and models' replies are untrusted: text is shown as they
meant it, but none of it hides, reorders or becomes markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from rag.text import is_suspect_title, readable, visible
from rag.types.papers import Citation, Paper, Quote
from rag.types.queries import Filters

Support = Literal["quoted", "supported", "partial", "unverified", "contradicted", "uncited"]
Answers = Literal["yes", "partly", "no"]
Stage = Literal["search", "read", "write", "check", "repair", "done"]

MARKS: Mapping[Support, str] = {
    "quoted": "",
    "supported": "✓",
    "partial": "◐",
    "unverified": "○",
    "contradicted": "✗",
    "uncited": "⚠",
}
"""The sign after a sentence that says how well its sources support it; a quotation has none."""
SUPPORT: Mapping[Support, str] = {
    "quoted": "quoted",
    "supported": "supported",
    "partial": "partly supported",
    "unverified": "not verified",
    "contradicted": "contradicted",
    "uncited": "without support",
}
"""The same in words."""
MEANING: Mapping[Support, str] = {
    "quoted": "Stands in the abstract word for word.",
    "supported": "The abstract says this in other words; the sentence it rests on is named.",
    "partial": "The abstract says a part of this; the other part was not found in it.",
    "unverified": "The check cannot tell whether the abstract says this; read it there.",
    "contradicted": "The abstract says otherwise, in the sentence that is named.",
    "uncited": "Rests on nothing: it cites no paper, or none that says this.",
}
"""What each verdict means, in a sentence."""
TOLD: tuple[Support, ...] = ("partial", "contradicted", "uncited")
"""Verdicts whose reason is shown beside the sentence; the others are quiet."""
ATTACHED = "Added by the check: the sentence cited nothing, and this abstract says it."
"""What is said of a citation that is ours."""
ANSWERS: Mapping[Answers, str] = {
    "yes": "Answers the question",
    "partly": "Does not fully answer the question",
    "no": "Does not answer the question",
}
"""Whether the library answers the question."""
STAGES: Mapping[Stage, str] = {
    "search": "Searching{total}…",
    "read": "Reading {papers} papers…",
    "write": "Writing…",
    "check": "Checking citations…",
    "repair": "Mending what was found wrong…",
    "done": "",
}
"""What is being done while an answer grows."""
TITLE_LEFT_OUT = "(a title that addresses the reader was left out)"
_QUOTE = 300
"""Characters of a quote that are shown below its source."""
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~$&!]")


def tally(supports: Sequence[Support]) -> str:
    """Verdicts counted: "4 quoted; 3 of 5 claims supported, 2 not verified"; "" of none."""
    quoted = supports.count("quoted")
    claims = len(supports) - quoted
    parts = [f"{quoted} quoted"] if quoted else []
    if claims:
        counts = [f"{supports.count('supported')} of {claims} claims supported"]
        others: tuple[Support, ...] = ("partial", "unverified", "contradicted", "uncited")
        counts += [f"{n} {SUPPORT[each]}" for each in others if (n := supports.count(each))]
        parts.append(", ".join(counts))
    return "; ".join(parts)


def headline(answers: Answers, lacking: str, checked: str) -> str:
    """Whether a question is answered, what of it is not, and the verdicts counted, in a line."""
    told = " ".join(visible(lacking).split()).rstrip(".:")
    return f"{ANSWERS[answers]}{f': {told}' if told else ''} · {checked}"


def explained(support: Support, why: str = "") -> str:
    """A verdict with its meaning and its reason, for whoever points at its mark."""
    said = " ".join(visible(why).split()).rstrip(".")
    words = f"{SUPPORT[support].capitalize()}. {MEANING[support]}"
    return words + f" Why: {said}." * bool(said and said.lower() not in words.lower())


def span(quote: Quote, most: int = _QUOTE) -> str:
    """A quote as it reads, in quotation marks, cut where it is long."""
    return f"“{shortened(readable(quote.text), most)}”"


def title(paper: Paper) -> str:
    """A title as it reads, unless it addresses whoever reads it."""
    return TITLE_LEFT_OUT if is_suspect_title(paper.title) else readable(paper.title)


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
    parts = (authors(paper), title(paper), paper.venue, str(paper.year or ""))
    line = ". ".join(part for part in parts if part) + f". {address(paper)}".rstrip(" .")
    return " ".join(visible(line).split())


def short_reference(paper: Paper) -> str:
    """A paper in one line as lists have it: the title, the first author, where and when."""
    parts = (title(paper), published(paper, most=1))
    return readable(". ".join(part for part in parts if part))


def quoted(citation: Citation, most: int = _QUOTE) -> str:
    """The first quote of a citation in quotation marks, cut where it is long; "" without one."""
    if not citation.quotes:
        return ""
    return span(citation.quotes[0], most)


def shortened(text: str, most: int) -> str:
    """At most so many characters of a text, and the sign that it goes on."""
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def literal(text: str) -> str:
    """Text in which Markdown finds no markup."""
    return _MARKDOWN.sub(r"\\\g<0>", visible(text))
