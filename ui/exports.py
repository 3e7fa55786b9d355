"""Conversations and papers in other programs' formats: Markdown, JSON, BibTeX, RIS."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import rispy
from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.model import Entry, Field
from bibtexparser.writer import BibtexFormat

from rag import Answer, Paper
from rag.text import visible
from rag.types import wording


def markdown(answers: Sequence[Answer], title: str) -> str:
    """A conversation with numbered references that run through the whole text."""
    papers = cited(answers)
    numbers = {paper.id: number for number, paper in enumerate(papers, 1)}
    parts = [f"# {_inline(title)}", ""]
    for answer in answers:
        running = {c.number: numbers[c.paper.id] for c in answer.citations}
        parts += [f"## {_inline(answer.question)}", ""]
        parts += [f"*{_inline(answer.headline)}*", ""] if answer.headline else []
        parts += [_renumbered(answer.marked, running), ""]
        if answer.shown_table is not None:
            parts += [answer.shown_table.to_markdown(), ""]
        told = [_renumbered(each, running) for each in answer.told]
        for note in (*told, answer.notice, *answer.warnings):
            parts += [f"*{_inline(note)}*", ""] if note else []
    if papers:
        parts += ["## References", ""]
        parts += [f"{numbers[paper.id]}. {wording.reference(paper)}" for paper in papers]
    return "\n".join(parts).rstrip() + "\n"


def _renumbered(text: str, numbers: Mapping[int, int]) -> str:
    """The text with its citations under other numbers."""
    return re.sub(
        r"\[(\d+)\]",
        lambda match: f"[{numbers.get(int(match[1]), match[1])}]",
        visible(text),
    )


def data(answers: Sequence[Answer], title: str) -> str:
    """A conversation as JSON, complete."""
    conversation = {"title": title, "answers": [answer.to_dict() for answer in answers]}
    return json.dumps(conversation, ensure_ascii=False, indent=2)


def cited(answers: Sequence[Answer]) -> list[Paper]:
    """The papers that a conversation cites, in order of first use, none twice."""
    papers: dict[str, Paper] = {}
    for answer in answers:
        for citation in answer.citations:
            papers.setdefault(citation.paper.id, citation.paper)
    return list(papers.values())


def bibtex(papers: Sequence[Paper]) -> str:
    """Papers as BibTeX entries with distinct keys."""
    entries: dict[str, Entry] = {}
    for paper in papers:
        key = _key(paper)
        while key in entries:
            key += "a"
        fields = {
            "title": _latex(paper.title),
            "author": _latex(" and ".join(paper.authors)),
            "year": str(paper.year or ""),
            "journal": _latex(paper.venue or ""),
            "doi": _braced(paper.doi or ""),
            "eprint": _braced(paper.arxiv_id or ""),
            "url": _braced(paper.url or ""),
            "abstract": _latex(paper.abstract),
        }
        rows = [Field(name, text) for name, text in fields.items() if text]
        entries[key] = Entry("article", key, rows)
    layout = BibtexFormat()  # type: ignore[no-untyped-call]
    layout.indent, layout.block_separator = "  ", "\n"
    return str(write_string(Library(list(entries.values())), bibtex_format=layout))


class _Numberless(rispy.RisWriter):  # type: ignore[misc]
    """Writes no numbers before the records: they are no part of the format."""

    def set_header(self, count: int) -> str:
        return ""


def ris(papers: Sequence[Paper]) -> str:
    """Papers as RIS records."""
    records: list[dict[str, Any]] = []
    for paper in papers:
        fields = {
            "type_of_reference": "JOUR",
            "title": _inline(paper.title),
            "authors": [_inline(name) for name in paper.authors],
            "year": str(paper.year or ""),
            "journal_name": _inline(paper.venue or ""),
            "doi": _inline(paper.doi or ""),
            "urls": [_inline(paper.url)] if paper.url else [],
            "abstract": _inline(paper.abstract),
            "keywords": [_inline(word) for word in paper.keywords],
        }
        records.append({name: value for name, value in fields.items() if value})
    return str(rispy.dumps(records, implementation=_Numberless))


def _key(paper: Paper) -> str:
    """The first author's surname, the year, and the first word of the title."""
    surname = ""
    if paper.authors:
        surname = re.sub(r"[^A-Za-z]", "", paper.authors[0].split(",")[0].split()[-1])
    first = re.search(r"[A-Za-z0-9]+", paper.title)
    return f"{surname or 'paper'}{paper.year or ''}{first[0] if first else ''}".lower()


def _braced(text: str) -> str:
    """Text whose braces cannot end the field."""
    plain = _inline(text)
    depth = 0
    for char in plain:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            break
    return plain if depth == 0 else plain.replace("{", "(").replace("}", ")")


def _latex(text: str) -> str:
    """Text whose signs LaTeX does not take for commands or comments."""
    return re.sub(r"(?<!\\)([%&#])", r"\\\1", _braced(text))


def _inline(text: str) -> str:
    return " ".join(visible(text).split())
