"""Questions put to a retriever as the assistant puts them, and what is read of the papers found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answer import Evidence, gather
from rag.embed import CachedEmbedder
from rag.plan import make_plan
from rag.retrieve import make_query
from rag.testing import FakeEmbedder
from rag.types import Filters, Hit, Paper, Query, Retriever
from tests.builders import hit


def find(
    retriever: Retriever, question: str, *, k: int = 10, filters: Filters | None = None
) -> list[Hit]:
    """What a retriever with a vocabulary of its own finds for a question."""
    return retriever.search(make_query(question, retriever.vocabulary(), filters=filters), k=k)


class FlatVocabulary:
    """Every word is known, and as rare as every other."""

    def idf(self, token: str) -> float:
        return 1.0

    def suggest(self, word: str) -> None:
        return None

    def knows(self, word: str) -> bool:
        return True


EMBEDDER = CachedEmbedder(FakeEmbedder())
"""Knows words by their letters, and no vectors of tokens."""


def query_of(question: str, standalone: str | None = None, **understood) -> Query:
    """A question as the steps after retrieval see it; `understood` are fields of its plan."""
    plan = replace(make_plan(question, standalone=standalone), **understood)
    if "kind" in understood:
        plan = replace(plan, likely={})  # that is what it is, and nothing else
    return make_query(question, FlatVocabulary(), standalone=standalone, plan=plan)


def evidence_of(
    question: str,
    *papers: Paper,
    scores: Sequence[float] = (0.9, 0.8, 0.2),
    embedder: CachedEmbedder = EMBEDDER,
    **understood,
) -> Evidence:
    """What is read of the papers found for a question, best first."""
    scores = [*scores, *[0.1] * len(papers)]
    hits = [hit(paper, score) for paper, score in zip(papers, scores, strict=False)]
    return gather(query_of(question, **understood), hits, embedder)
