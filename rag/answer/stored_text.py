"""The words and tables of answers from stored fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.store import CatalogueField
from rag.types import Answer, Cell, Citation, Hit, Paper, Passage, Plan, Row, Table, wording

NAMED = 10
"""Papers, or groups of papers, that a text names; the table has all."""
NOUNS: Mapping[CatalogueField, tuple[str, str]] = {
    "author": ("author", "authors"),
    "year": ("year", "years"),
    "venue": ("venue", "venues"),
    "doi": ("DOI", "DOIs"),
    "url": ("link", "links"),
    "keyword": ("keyword", "keywords"),
    "source": ("source", "sources"),
    "abstract": ("abstract", "abstracts"),
}


class Named(NamedTuple):
    """Papers as a sentence names them, each with its citation."""

    text: str
    cited: tuple[Paper, ...]


def named(papers: Sequence[Paper], *, most: int = NAMED) -> Named:
    """The first papers by title, and how many more there are."""
    cited = tuple(papers[:most])
    parts = [f"“{one_title(paper)}” [{number}]" for number, paper in enumerate(cited, 1)]
    return Named(listing(parts, len(papers)), cited)


def one_title(paper: Paper) -> str:
    """A title on one line; brackets with numbers in it would look like our citations."""
    return " ".join(wording.title(paper).split()).replace("[", "(").replace("]", ")")


def listing(parts: Sequence[str], total: int) -> str:
    """ "A, B and C", or "A, B and 7 more" when these are not all."""
    more = total - len(parts)
    *first, last = [*parts, *([f"{more:,} more"] if more > 0 else [])]
    return f"{', '.join(first)} and {last}" if first else last


def papers(count: int) -> str:
    """ "1 paper", "23 papers"."""
    return f"{count:,} paper" if count == 1 else f"{count:,} papers"


def article(noun: str) -> str:
    """The noun with "a" or "an"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def which(plan: Plan, joint: str = "") -> str:
    """Conditions and topic in words behind "papers", with a space before them; or ""."""
    about = f"about {plan.topic}" if plan.topic else ""
    parts = [wording.conditions(plan.filters), about]
    return joint.join(f" {part}" for part in parts if part)


def paper_table(found: Sequence[Paper]) -> Table:
    """Papers a row; columns that no paper fills are left out."""
    columns = {
        "Title": [wording.title(paper) for paper in found],
        "Authors": [wording.authors(paper) for paper in found],
        "Year": [str(paper.year or "") for paper in found],
        "Venue": [paper.venue or "" for paper in found],
        "DOI": [paper.doi or "" for paper in found],
    }
    filled = [name for name, values in columns.items() if any(values)]
    rows = (
        Row(tuple(Cell(columns[name][at]) for name in filled), paper)
        for at, paper in enumerate(found)
    )
    return Table(tuple(filled), tuple(rows))


def count_table(noun: str, counts: Sequence[tuple[str, int]]) -> Table:
    """Groups of papers a row: their name and how many they are."""
    rows = (Row((Cell(name), Cell(str(count)))) for name, count in counts)
    return Table((noun.capitalize(), "Papers"), tuple(rows))


def answered(
    answer: Answer, text: str, cited: Sequence[Paper] = (), table: Table | None = None
) -> Answer:
    """The answer with this text, which cites these papers by their place, for stored fields."""
    citations = tuple(Citation(number, paper, ()) for number, paper in enumerate(cited, 1))
    return replace(
        answer, text=text, status="answered", reason=None, citations=citations, table=table,
        hits=answer.hits or tuple(map(_hit, cited)),
    )  # fmt: skip


def _hit(paper: Paper) -> Hit:
    """A paper that no search found: its whole abstract, with the score of what is certain."""
    return Hit(paper, Passage(paper.id, paper.id, paper.abstract, 0, len(paper.abstract)), 1.0)
