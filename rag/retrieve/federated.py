"""Several libraries searched as one: a shared one, and beside it a visitor's own."""

from __future__ import annotations

from collections.abc import Sequence

from rag.retrieve.hybrid import HybridRetriever, is_long
from rag.types import Hit, Query, Vocabulary


class FederatedRetriever:
    """Merges what several retrievers find; fused scores mean the same in each, so they compare.

    A library that holds no paper is passed over, unless all are empty.
    """

    def __init__(self, retrievers: Sequence[HybridRetriever]) -> None:
        self._retrievers = tuple(retrievers)

    def search(self, query: Query, *, k: int = 10) -> list[Hit]:
        """At most k hits, one a paper, best first. Raises `StoreError` as each of them does."""
        filled = self._filled()
        # A long request is measured by the best paper of all: each library's own best would be 1.
        best = max(one.best_bm25(query) for one in filled) if is_long(query) else None
        return best_of([one.search(query, k=k, best=best) for one in filled], k)

    def vocabulary(self) -> Vocabulary:
        """The words of all libraries; rarity is told by the first that holds papers."""
        return _Vocabularies([retriever.vocabulary() for retriever in self._filled()])

    def close(self) -> None:
        """Release the indexes; the libraries stay open for who opened them."""
        for retriever in self._retrievers:
            retriever.close()

    def _filled(self) -> tuple[HybridRetriever, ...]:
        filled = tuple(one for one in self._retrievers if not one.library.is_empty())
        return filled or self._retrievers[:1]


class _Vocabularies:
    """Words that any of several libraries knows."""

    def __init__(self, vocabularies: Sequence[Vocabulary]) -> None:
        self._vocabularies = vocabularies

    def idf(self, token: str) -> float:
        return self._vocabularies[0].idf(token)

    def suggest(self, word: str) -> str | None:
        if self.knows(word):
            return None
        suggestions = (vocabulary.suggest(word) for vocabulary in self._vocabularies)
        return next((word for word in suggestions if word is not None), None)

    def knows(self, word: str) -> bool:
        return any(vocabulary.knows(word) for vocabulary in self._vocabularies)


def best_of(hit_lists: Sequence[Sequence[Hit]], k: int) -> list[Hit]:
    """The k best papers of several lists, each with its best score."""
    best: dict[str, Hit] = {}
    for hits in hit_lists:
        for hit in hits:
            if hit.paper.id not in best or hit.score > best[hit.paper.id].score:
                best[hit.paper.id] = hit
    return sorted(best.values(), key=lambda hit: (-hit.score, hit.paper.id))[:k]
