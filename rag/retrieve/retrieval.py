"""The way from a query to its papers: search, more queries, another order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rag.llm import RunContext, ask_helper, prompts
from rag.retrieve.federated import best_of
from rag.retrieve.rerank import reorder
from rag.settings import Settings
from rag.types import Hit, Query, Retriever

if TYPE_CHECKING:
    from rag.llm import LanguageModel

MANY = 50
"""Papers retrieved where each one is decided on: for lists and overviews."""
POOL = 3
"""How many times as many papers are found as will be kept, when something reorders them."""


def retrieve(
    query: Query,
    retriever: Retriever,
    settings: Settings,
    *,
    reword: Callable[[str], Query],
    helper: LanguageModel | None,
    context: RunContext,
) -> list[Hit]:
    """The papers that an answer is made from, best first.

    `helper` is the model that writes more queries and reranks, where the settings ask for that;
    `reword` makes a query of another wording of the question.
    """
    k = max(settings.k, MANY) if query.kind in ("list", "overview") else settings.k
    pool = k if settings.rerank == "none" else min(POOL * k, 60)
    queries = [query, *map(reword, query.plan.queries[1:])]
    if settings.queries > 1 and helper is not None:
        queries += map(reword, _wordings(query.text, settings.queries - 1, helper, context))
    hits = search_all(queries, retriever, k=pool)
    context.clock.lap("retrieve")
    if settings.rerank != "none":
        hits = reorder(
            query.text, hits, by=settings.rerank, model=helper, context=context,
            threads=settings.threads,
        )[:k]  # fmt: skip
        context.clock.lap("rerank")
    return hits


def search_all(queries: Sequence[Query], retriever: Retriever, *, k: int) -> list[Hit]:
    """The k best papers over all queries, each with its best score."""
    hit_lists = [retriever.search(query, k=k) for query in queries]
    return best_of(hit_lists, k) if len(hit_lists) > 1 else hit_lists[0]


def _wordings(question: str, count: int, model: LanguageModel, context: RunContext) -> list[str]:
    """Other wordings of a question; none when the model fails, which is noted."""
    reply = ask_helper(model, prompts.expand(question, count), context) or ""
    lines = [
        re.sub(r"^\s*(?:[-*•]|\d+[.)])\s*", "", line).strip(' "') for line in reply.split("\n")
    ]
    return [line[:300] for line in lines if line][:count]
