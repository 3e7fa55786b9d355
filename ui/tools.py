"""The same functions for programs: Gradio's API, and tools of an MCP server.

The docstrings are what a program, or a model that calls tools, gets to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.events import api

from rag import Filters, RagError
from rag.text import marked
from rag.types import Answer, Paper, Plan, wording
from ui.page import Page

MOST = 50
"""Papers that a search gives at most."""


def expose(page: Page) -> set[str]:
    """Register the functions; their names. To be called while the page is being built."""
    functions = (_search_papers(page), _ask(page), _get_paper(page))
    for function in functions:
        api(function, api_name=function.__name__)
    return {function.__name__ for function in functions}


def _search_papers(page: Page) -> Callable[..., list[dict[str, Any]]]:
    def search_papers(
        query: str,
        request: gr.Request,
        count: int = 10,
        year_from: int | None = None,
        year_to: int | None = None,
    ) -> list[dict[str, Any]]:
        """Search the abstracts of the library by meaning and words; no language model is used.

        Args:
            query: What to look for: a question, a topic, the name of a method, or a title.
            count: How many papers to return at most, from 1 to 50.
            year_from: Leave out papers published before this year.
            year_to: Leave out papers published after this year.

        Returns:
            The papers, best first: id, title, authors, year, venue, url, score (0 to 1) and the
            passage that fits best.
        """
        filters = Filters(year_from=year_from, year_to=year_to)
        assistant = page.papers.assistant(_owner(request))
        with _reported():
            hits = assistant.search(query, k=min(max(count, 1), MOST), filters=filters)
        return [
            {**_about(hit.paper), "score": round(hit.score, 4), "passage": marked(hit.passage.text)}
            for hit in hits
        ]

    return search_papers


def _ask(page: Page) -> Callable[..., dict[str, Any]]:
    def ask(
        question: str,
        request: gr.Request,
        year_from: int | None = None,
        year_to: int | None = None,
        kind: str = "",
    ) -> dict[str, Any]:
        """Answer a question from the abstracts, every sentence quoted, or cited and checked.

        Args:
            question: The question, in a sentence that can be understood by itself.
            year_from: Use no papers published before this year.
            year_to: Use no papers published after this year.
            kind: What is asked for, where it was understood otherwise: "definition", "number",
                "acronym", "yes_no", "reason", "method", "fact", "list", "comparison", "overview",
                "count" or "lookup".

        Returns:
            text with markers [1], [2]; status ("answered", "partial" or "refused") and reason;
            answers ("yes", "partly" or "no") and lacking, the part that is not answered; checked,
            the verdicts counted; confidence (0 to 1); warnings about the papers cited; sentences,
            each with its support ("quoted", "supported", "partial", "unverified", "contradicted",
            "uncited"), why, the quote that decided, its source, and whether its citation was
            attached by the check; sources, each with its number, paper and verbatim quotes (none
            where stored fields are cited); table, with columns and rows of texts, or null; plan,
            how the question was understood: in a line, its kind, the query, facets that must hold
            of papers, form and words.
        """
        filters = Filters(year_from=year_from, year_to=year_to)
        assistant = page.papers.assistant(_owner(request))
        with _reported():
            changes = {"kind": kind} if kind else None
            return _answer(assistant.ask(question, filters=filters, plan=changes))

    return ask


def _get_paper(page: Page) -> Callable[..., dict[str, Any]]:
    def get_paper(paper_id: str, request: gr.Request) -> dict[str, Any]:
        """Fetch one paper with its whole abstract.

        Args:
            paper_id: The id of a paper, as `search_papers` and `ask` give it.

        Returns:
            id, title, authors, year, venue, doi, arxiv_id, url, keywords and abstract.
        """
        paper = page.papers.paper(_owner(request), paper_id)
        if paper is None:
            raise gr.Error(
                f"There is no paper {paper_id[:40]!r}; search for it first.", print_exception=False
            )
        return {
            **_about(paper),
            "keywords": list(paper.keywords),
            "abstract": marked(paper.abstract),
        }

    return get_paper


def _owner(request: gr.Request) -> str:
    return f"user:{request.username}" if request.username else ""


@contextmanager
def _reported() -> Iterator[None]:
    """Turns the user's mistakes into the one sentence that they are."""
    try:
        yield
    except RagError as error:
        raise gr.Error(str(error), print_exception=False) from None


def _about(paper: Paper) -> dict[str, Any]:
    return {
        "id": paper.id, "title": wording.title(paper), "authors": list(paper.authors),
        "year": paper.year, "venue": paper.venue, "doi": paper.doi, "arxiv_id": paper.arxiv_id,
        "url": paper.url,
    }  # fmt: skip


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.text,
        "status": answer.status,
        "reason": answer.reason,
        "answers": answer.answers,
        "lacking": answer.lacking,
        "checked": answer.checked,
        "confidence": round(answer.confidence, 4),
        "notice": answer.notice,
        "warnings": list(answer.warnings),
        "sentences": [
            {
                "text": s.text,
                "citations": list(s.citations),
                "support": s.support,
                "why": s.why,
                "quote": s.quote and s.quote.text,
                "source": s.source,
                "attached": s.attached,
            }
            for s in answer.sentences
        ],
        "sources": [
            {
                "number": citation.number,
                "paper": _about(citation.paper),
                "quotes": [quote.text for quote in citation.quotes],
            }
            for citation in answer.citations
        ],
        "table": answer.table
        and {"columns": list(answer.table.columns), "rows": answer.table.texts()},
        "plan": answer.plan and _plan(answer.plan),
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "understood": plan.understood, "kind": plan.kind, "query": plan.query,
        "facets": list(plan.facets), "form": plan.form, "words": plan.words,
    }  # fmt: skip
