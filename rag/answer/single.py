"""Look-ups of what is stored of one paper: "who wrote X?", "the DOI of the paper on Y"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from rag.answer.stored_text import NOUNS, answered, listing, one_title, paper_table, which
from rag.store import Catalogue
from rag.text import STOP_WORDS, distinctive, mentions, readable, stem, words
from rag.types import Answer, Filters, Hit, Paper, Plan, StoredField, wording

_COVERED = 0.5
"""Share of a description's words that a paper must hold to be the one described."""
_RIVAL = 0.95
"""A paper with this share of the best one's score may be the one meant as well."""
_FIRST = re.compile(r"\bfirst author\b", re.IGNORECASE)
_LAST = re.compile(r"\b(?:last|senior) author\b", re.IGNORECASE)
_BIBTEX = re.compile(r"\b(?:cite|citation|bibtex|bibtx)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\b(?:how many|number of)\b", re.IGNORECASE)


class Found(NamedTuple):
    """The paper that a description is of."""

    paper: Paper
    sure: bool
    """Whether it is named, by its title or by a name in it, rather than described."""
    rivals: tuple[Paper, ...] = ()
    """Papers that the description fits about as well."""


class Said(NamedTuple):
    """What is stored of a paper, in words."""

    text: str
    carried: bool
    """Whether it carries any of what was asked for …"""
    whole: bool
    """… and all of it."""


def single_answer(
    answer: Answer, plan: Plan, catalogue: Catalogue, find: Callable[[str, Filters], list[Hit]]
) -> Answer:
    """What is stored of the paper that the plan's topic names or describes.

    Refused with `not_in_corpus` when no paper fits, with `not_stated` when the paper does not carry
    what is asked for.
    """
    hits = [] if catalogue.titles_in(plan.topic) else find(plan.topic, plan.filters)
    answer = replace(answer, hits=tuple(hits))
    found = _found(plan, catalogue, hits)
    if found is None:
        text = f"No paper{_conditions(plan)} on “{plan.topic}” was found in this library."
        return replace(answer, text=text, status="refused", reason="not_in_corpus", confidence=0.0)
    cited = (found.paper, *found.rivals)
    said = [_said(paper, number, plan, answer.question) for number, paper in enumerate(cited, 1)]
    if not said[0].carried:
        return replace(
            answer, text=said[0].text.replace(" [1]", ""), status="refused", reason="not_stated",
            confidence=0.0,
        )  # fmt: skip
    text = " ".join([said[0].text, *(f"This one may be meant, too: {s.text}" for s in said[1:])])
    sure = 0.95 if found.sure else 0.75 if not found.rivals else 0.5
    answer = replace(answered(answer, text, cited, paper_table(cited)), confidence=sure)
    return replace(answer, status="partial", reason="not_stated") if not said[0].whole else answer


def _conditions(plan: Plan) -> str:
    return which(replace(plan, topic=""))


def _found(plan: Plan, catalogue: Catalogue, hits: list[Hit]) -> Found | None:
    for title in catalogue.titles_in(plan.topic):
        allowed = set(catalogue.ids(plan.filters)) if plan.filters else None
        ids = [key for key in catalogue.titled(title) if allowed is None or key in allowed]
        if ids:
            first, *others = catalogue.papers(ids)
            return Found(first, True, tuple(others[:1]))
    if not hits:
        return None
    names = [name for name in distinctive(plan.topic) if not name.isdigit()]
    if names:
        return _by_name(names, hits)
    return _described(plan.topic, hits)


def _by_name(names: list[str], hits: list[Hit]) -> Found | None:
    """The best paper that has the name in its title, else in its abstract."""
    for text in (_title, _text):
        named = [hit for hit in hits if all(mentions(text(hit.paper), name) for name in names)]
        if named:
            return Found(named[0].paper, True, _rivals(named) if text is _text else ())
    return None


def _described(topic: str, hits: list[Hit]) -> Found | None:
    """The best paper, when it holds enough of the description's words."""
    wanted = {stem(word) for word in words(topic) if word not in STOP_WORDS}
    quoted = re.sub(r"\W+", " ", topic).strip().lower()
    best = hits[0]
    title = re.sub(r"\W+", " ", readable(best.paper.title)).strip().lower()
    if title.startswith(quoted) and len(quoted.split()) > 2:
        return Found(best.paper, True)
    covered = [hit for hit in hits[:5] if _coverage(wanted, hit.paper) >= _COVERED]
    if not covered:
        return None
    return Found(covered[0].paper, False, _rivals(covered))


def _rivals(hits: list[Hit]) -> tuple[Paper, ...]:
    return tuple(hit.paper for hit in hits[1:2] if hit.score >= _RIVAL * hits[0].score)


def _coverage(wanted: set[str], paper: Paper) -> float:
    held = {stem(part) for word in words(_text(paper)) for part in (word, *re.split(r"\W+", word))}
    return len(wanted & held) / len(wanted) if wanted else 1.0


def _title(paper: Paper) -> str:
    return readable(paper.title)


def _text(paper: Paper) -> str:
    return f"{paper.title} {paper.abstract}"


# -- in words --------------------------------------------------------------------------------------


def _said(paper: Paper, number: int, plan: Plan, question: str) -> Said:
    """What is stored of a paper in a sentence or two, and how much of what was asked for."""
    name = f"“{one_title(paper)}” [{number}]"
    lines: list[str] = []
    absent: list[str] = []
    for field in plan.fields or ("paper",):
        line = _SAYS[field](paper, name if not lines else "It", question)
        if line:
            lines.append(line)
        elif field != "paper":
            absent.append(NOUNS[field][0])
    carried = bool(lines)
    if absent:
        nouns = " and no ".join(absent)
        subject = "It" if carried else f"{name} is in this library, but"
        lines.append(f"{subject} carries no {nouns}.")
    return Said(" ".join(lines), carried, not absent)


def _authors(paper: Paper, name: str, question: str) -> str:
    authors = [readable(author) for author in paper.authors]
    if not authors:
        return ""
    if _NUMBER.search(question):
        noun = "author" if len(authors) == 1 else "authors"
        return f"{name} has {len(authors)} {noun}: {listing(authors, len(authors))}."
    if _FIRST.search(question):
        return f"The first author of {name} is {authors[0]}."
    if _LAST.search(question):
        return f"The last author of {name} is {authors[-1]}."
    return f"{name} was written by {listing(authors, len(authors))}."


def _link(paper: Paper, name: str, question: str) -> str:
    if paper.arxiv_id and re.search(r"\barxiv\b", question, re.IGNORECASE):
        return f"{name} is arXiv:{paper.arxiv_id}."
    link = paper.url or wording.address(paper)
    link = link or (f"https://arxiv.org/abs/{paper.arxiv_id}" if paper.arxiv_id else "")
    return f"{name} is at {link}" if link else ""


def _whole(paper: Paper, name: str, question: str) -> str:
    if _BIBTEX.search(question):
        return f"{name} is cited as: {wording.reference(paper).replace('[', '(').replace(']', ')')}"
    about = wording.published(paper, most=len(paper.authors))
    return f"{name} is in this library" + (f": {readable(about)}." if about else ".")


def _keywords(paper: Paper, name: str, question: str) -> str:
    found = [readable(word) for word in paper.keywords]
    return f"{name} carries the keywords {listing(found, len(found))}." if found else ""


_SAYS: dict[StoredField, Callable[[Paper, str, str], str]] = {
    "author": _authors,
    "year": lambda p, name, _: f"{name} is from {p.year}." if p.year else "",
    "venue": lambda p, name, _: f"{name} was published in {readable(p.venue)}." if p.venue else "",
    "doi": lambda p, name, _: f"The DOI of {name} is {p.doi}." if p.doi else "",
    "url": _link,
    "keyword": _keywords,
    "source": lambda p, name, _: f"{name} was read from {', '.join(p.sources)}.",
    "paper": _whole,
}
