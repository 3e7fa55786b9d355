"""A check as programs hold it, and the forms in which it is told."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from rag.manuscript.matching import Work
from rag.manuscript.page import as_html
from rag.manuscript.results import CheckedSentence, Missing, Results
from rag.manuscript.sarif import as_sarif
from rag.manuscript.told import as_markdown, as_text
from rag.types import Paper


class CheckReport(Results):
    """A manuscript whose cited sentences were read against the papers that they cite."""

    def to_dict(self) -> dict[str, Any]:
        """The whole report as JSON-ready data; papers by id and title."""
        return {
            "name": self.name,
            "counts": self.counts,
            "findings": [_sentence(one) for one in self.findings],
            "sentences": [_sentence(one) for one in self.sentences],
            "missing": [_missing(one) for one in self.missing],
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)

    def to_text(self, *, all: bool = False) -> str:
        """The findings for a terminal; with `all` every sentence that is not supported."""
        return as_text(self, all=all)

    def to_markdown(self, *, all: bool = False) -> str:
        """The same as Markdown; nothing but our own is markup."""
        return as_markdown(self, all=all)

    def to_html(self) -> str:
        """A page of its own: the manuscript with its sentences marked, and the findings beside."""
        return as_html(self)

    def to_sarif(self, *, all: bool = False) -> str:
        """SARIF 2.1.0, which code hosts show beside the lines of a change."""
        return as_sarif(self, all=all)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_markdown_(self) -> str:
        return self.to_markdown()


def _sentence(one: CheckedSentence) -> dict[str, Any]:
    return {
        "text": one.text,
        **one.place._asdict(),
        "cites": [_work(work) for work in one.works],
        "support": one.support,
        "score": round(one.score, 3),
        "why": one.why,
        "paper_id": one.paper.id if one.paper else None,
        "quote": asdict(one.quote) if one.quote else None,
        "better": one.better and {
            **_paper(one.better.paper),
            "quote": one.better.quote and asdict(one.better.quote),
        },
    }  # fmt: skip


def _work(work: Work) -> dict[str, Any]:
    paper = _paper(work.paper) if work.paper else {"paper_id": None, "title": work.reference.text}
    return {"key": work.reference.key, **paper, "near": work.near}


def _paper(paper: Paper) -> dict[str, Any]:
    return {"paper_id": paper.id, "title": paper.title}


def _missing(one: Missing) -> dict[str, Any]:
    reference = asdict(one.work.reference)
    return {**reference, "known": one.known, "places": [place._asdict() for place in one.places]}
