"""The papers found put into a better order by a language model or a cross-encoder.

Off by default: it costs calls or memory. Where it fails, the order stays, and the answer says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.embed import load_cross_encoder
from rag.errors import ConfigError
from rag.llm import RunContext, ask_helper, prompts
from rag.text import readable, without_suspects
from rag.types import Hit

if TYPE_CHECKING:
    from rag.llm import LanguageModel

RELEVANT = {"relevant", "true", "yes"}
"""Labels of the class that counts, of two."""


def reorder(
    query: str,
    hits: Sequence[Hit],
    *,
    by: str,
    model: LanguageModel | None,
    context: RunContext,
    threads: int | None = None,
) -> list[Hit]:
    """The hits in the order that a model (`by` is `llm`) or a cross-encoder (`onnx/…`) prefers.

    Scores are permuted with the papers, so that they still fall and mean what they meant.
    """
    if by == "none" or len(hits) < 2:
        return list(hits)
    if by == "llm":
        order = _listwise(query, hits, model, context) if model else list(hits)
    else:
        order = _cross_encoded(query, hits, by, threads)
    scores = sorted((hit.score for hit in hits), reverse=True)
    return [replace(hit, score=score) for hit, score in zip(order, scores, strict=True)]


def _listwise(
    query: str, hits: Sequence[Hit], model: LanguageModel, context: RunContext
) -> list[Hit]:
    keys = prompts.keys_for(query, [hit.paper for hit in hits])
    by_key = dict(zip(keys, hits, strict=True))
    reply = ask_helper(model, prompts.rerank(query, keys), context)
    if reply is None:
        return list(hits)
    named = [key for key in dict.fromkeys(re.findall(prompts.KEY, reply.lower())) if key in by_key]
    return [by_key[key] for key in [*named, *(key for key in by_key if key not in named)]]


def _cross_encoded(query: str, hits: Sequence[Hit], name: str, threads: int | None) -> list[Hit]:
    model = load_cross_encoder(name, "RAG_RERANK", threads)
    if len(model.labels) > 2:
        raise ConfigError(f"{name} is no reranker: its labels are {', '.join(model.labels)}.")
    texts = [
        f"{readable(h.paper.title)}\n{readable(without_suspects(h.paper.abstract))}" for h in hits
    ]
    logits = model.logits(query, texts)
    # Of two classes the second is "relevant", if neither says so.
    relevant = [label.lower() in RELEVANT for label in model.labels]
    at = relevant.index(True) if any(relevant) else -1
    scores = 2 * logits[:, at] - logits.sum(axis=1)
    ranked = sorted(range(len(hits)), key=lambda n: (-scores[n], n))
    return [hits[n] for n in ranked]
