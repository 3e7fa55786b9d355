"""Conversations and papers in other programs' formats: Markdown, JSON, BibTeX, RIS."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from rag import Answer, Paper
from rag.text import readable, visible


def markdown(answers: Sequence[Answer], title: str) -> str:
    """A conversation with numbered references that run through the whole text."""
    numbers: dict[str, int] = {}
    papers: list[Paper] = []
    lines = [f"# {_inline(title)}", ""]
    for answer in answers:
        own: dict[int, int] = {}
        for citation in answer.citations:
            if citation.paper.id not in numbers:
                numbers[citation.paper.id] = len(numbers) + 1
                papers.append(citation.paper)
            own[citation.number] = numbers[citation.paper.id]
        text = re.sub(
            r"\[(\d+)\]",
            lambda match, own=own: f"[{own.get(int(match[1]), match[1])}]",  # type: ignore[misc]
            visible(answer.text),
        )
        lines += [f"## {_inline(answer.question)}", "", text, ""]
        if answer.notice:
            lines += [f"*{_inline(answer.notice)}*", ""]
    if papers:
        lines += ["## References", ""]
        lines += [f"{number}. {reference(one)}" for number, one in enumerate(papers, 1)]
    return "\n".join(lines).rstrip() + "\n"


def data(answers: Sequence[Answer], title: str) -> str:
    """A conversation as JSON, complete."""
    found = {"title": title, "answers": [answer.to_dict() for answer in answers]}
    return json.dumps(found, ensure_ascii=False, indent=2)


def cited(answers: Sequence[Answer]) -> list[Paper]:
    """The papers that a conversation cites, in order of first use, none twice."""
    papers = {c.paper.id: c.paper for answer in answers for c in answer.citations}
    return list(papers.values())


def bibtex(papers: Sequence[Paper]) -> str:
    """Papers as BibTeX entries with distinct keys."""
    entries, used = [], set()
    for one in papers:
        key = _key(one)
        while key in used:
            key += "a"
        used.add(key)
        fields = {
            "title": one.title,
            "author": " and ".join(one.authors),
            "year": str(one.year or ""),
            "journal": one.venue or "",
            "doi": one.doi or "",
            "eprint": one.arxiv_id or "",
            "url": one.url or "",
            "abstract": one.abstract,
        }
        plain = ("doi", "eprint", "url")
        rows = [
            f"  {name} = {{{_braced(text) if name in plain else _latex(_braced(text))}}}"
            for name, text in fields.items()
            if text
        ]
        entries.append(f"@article{{{key},\n" + ",\n".join(rows) + "\n}\n")
    return "\n".join(entries)


def ris(papers: Sequence[Paper]) -> str:
    """Papers as RIS records."""
    records = []
    for one in papers:
        rows = [("TY", "JOUR"), ("TI", one.title), *(("AU", name) for name in one.authors)]
        rows += [("PY", str(one.year or "")), ("JO", one.venue or ""), ("DO", one.doi or "")]
        rows += [("UR", one.url or ""), ("AB", one.abstract), *(("KW", k) for k in one.keywords)]
        lines = [f"{tag}  - {_inline(text)}" for tag, text in rows if text]
        records.append("\n".join([*lines, "ER  - "]) + "\n")
    return "\n".join(records)


def reference(one: Paper) -> str:
    """A paper in one line."""
    parts = [", ".join(one.authors), readable(one.title), one.venue or "", str(one.year or "")]
    address = f"https://doi.org/{one.doi}" if one.doi else one.url or ""
    return _inline(". ".join(part for part in parts if part) + f". {address}".rstrip(" ."))


def _key(one: Paper) -> str:
    author = (
        re.sub(r"[^A-Za-z]", "", one.authors[0].split(",")[0].split()[-1]) if one.authors else ""
    )
    words = re.findall(r"[A-Za-z0-9]+", one.title)
    return f"{author or 'paper'}{one.year or ''}{words[0] if words else ''}".lower()


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
    return re.sub(r"(?<!\\)([%&#])", r"\\\1", text)


def _inline(text: str) -> str:
    return " ".join(visible(text).split())
