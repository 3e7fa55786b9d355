"""Several libraries searched as one: a shared one, and beside it a visitor's own."""

from __future__ import annotations

from collections.abc import Sequence

from rag.retrieve.hybrid import HybridRetriever
from rag.types import Filters, Hit


class FederatedRetriever:
    """Merges what several retrievers find; fused scores mean the same in each, so they compare.

    A library that holds no paper is passed over, unless all are empty.
    """

    def __init__(self, retrievers: Sequence[HybridRetriever]) -> None:
        self._retrievers = tuple(retrievers)

    def search(self, question: str, *, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """At most k hits, one a paper, best first. Raises `StoreError` as each of them does."""
        best: dict[str, Hit] = {}
        for retriever in self._filled():
            for hit in retriever.search(question, k=k, filters=filters):
                known = best.get(hit.paper.id)
                if known is None or hit.score > known.score:
                    best[hit.paper.id] = hit
        return sorted(best.values(), key=lambda hit: (-hit.score, hit.paper.id))[:k]

    def idf(self, token: str) -> float:
        """How rare a token is, in the first library that holds papers."""
        return self._filled()[0].idf(token)

    def close(self) -> None:
        """Release the indexes; the libraries stay open for who opened them."""
        for retriever in self._retrievers:
            retriever.close()

    def _filled(self) -> tuple[HybridRetriever, ...]:
        filled = tuple(one for one in self._retrievers if not one.library.is_empty())
        return filled or self._retrievers[:1]
