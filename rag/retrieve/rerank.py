"""Optional steps between retrieval and answer, each off by default: they cost calls or memory.

Several queries for one question; reordering by a language model or a cross-encoder; contextual
summaries of each paper. A step that fails is left out, and the answer says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.embed import load_cross_encoder
from rag.errors import ModelError
from rag.llm import RunContext, prompts
from rag.text import readable
from rag.types import Filters, Hit, Retriever

if TYPE_CHECKING:
    from rag.llm import LanguageModel

POOL = 3
"""How many times as many papers are found as will be kept, when something reorders them."""


def search(
    retriever: Retriever,
    query: str,
    *,
    k: int,
    filters: Filters | None,
    queries: int = 1,
    model: LanguageModel | None = None,
    inquiry: RunContext,
) -> list[Hit]:
    """The k best papers; with several queries, a paper has its best score over all of them."""
    hits = retriever.search(query, k=k, filters=filters)
    if queries < 2 or model is None:
        return hits
    best = {hit.paper.id: hit for hit in hits}
    for other in _wordings(query, queries - 1, model, inquiry):
        for hit in retriever.search(other, k=k, filters=filters):
            known = best.get(hit.paper.id)
            if known is None or hit.score > known.score:
                best[hit.paper.id] = hit
    return sorted(best.values(), key=lambda hit: (-hit.score, hit.paper.id))[:k]


def _wordings(query: str, count: int, model: LanguageModel, inquiry: RunContext) -> list[str]:
    try:
        reply = model.complete(
            prompts.expand(query, count), inquiry.meter, inquiry.stop, fresh=inquiry.fresh
        )
    except ModelError as error:
        inquiry.note(error)
        return []
    lines = [
        re.sub(r"^\s*(?:[-*•]|\d+[.)])\s*", "", line).strip(' "') for line in reply.split("\n")
    ]
    return [line[:300] for line in lines if line][:count]


def reorder(
    query: str, hits: Sequence[Hit], *, by: str, model: LanguageModel | None, inquiry: RunContext
) -> list[Hit]:
    """The hits in the order that a model (`by` is `llm`) or a cross-encoder prefers.

    Scores are permuted with the papers, so that they still fall and mean what they meant.
    """
    if by == "none" or len(hits) < 2:
        return list(hits)
    if by == "llm":
        order = _listwise(query, hits, model, inquiry) if model else list(hits)
    else:
        order = _cross_encoded(query, hits, by)
    scores = sorted((hit.score for hit in hits), reverse=True)
    return [replace(hit, score=score) for hit, score in zip(order, scores, strict=True)]


def _listwise(
    query: str, hits: Sequence[Hit], model: LanguageModel, inquiry: RunContext
) -> list[Hit]:
    keys = prompts.keys_for(query, [hit.paper for hit in hits])
    by_key = dict(zip(keys, hits, strict=True))
    try:
        reply = model.complete(
            prompts.rerank(query, keys), inquiry.meter, inquiry.stop, fresh=inquiry.fresh
        )
    except ModelError as error:
        inquiry.note(error)
        return list(hits)
    named = [key for key in dict.fromkeys(re.findall(prompts.KEY, reply.lower())) if key in by_key]
    return [by_key[key] for key in [*named, *(key for key in by_key if key not in named)]]


def _cross_encoded(query: str, hits: Sequence[Hit], name: str) -> list[Hit]:
    pairs = [(query, f"{readable(h.paper.title)}\n{readable(h.paper.abstract)}") for h in hits]
    scores = [float(score) for score in load_cross_encoder(name, "RAG_RERANK").predict(pairs)]
    ranked = sorted(range(len(hits)), key=lambda n: (-scores[n], n))
    return [hits[n] for n in ranked]


def summaries(
    query: str, hits: Sequence[Hit], model: LanguageModel, inquiry: RunContext
) -> dict[str, str] | None:
    """What each paper says about the question, by id, the most helpful first.

    Papers that say nothing about it are left out; None when the model failed.
    """
    keys = prompts.keys_for(query, [hit.paper for hit in hits])
    requests = [prompts.summarise(query, key, paper) for key, paper in keys.items()]
    try:
        replies = model.complete_all(requests, inquiry.meter, inquiry.stop)
    except ModelError as error:
        inquiry.note(error)
        return None
    found: list[tuple[int, str, str]] = []
    for paper, reply in zip(keys.values(), replies, strict=True):
        text, _, last = reply.strip().rpartition("\n")
        score = re.search(r"\d+", last)
        if "NOT APPLICABLE" in reply.upper() or not reply.strip():
            continue
        found.append((int(score[0]) if score else 5, paper.id, text or reply))
    found.sort(key=lambda item: -item[0])
    return {paper_id: text for _, paper_id, text in found}
