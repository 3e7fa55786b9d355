"""From a question to papers: dense and lexical search, fused; the best passage stands for each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from rag.embed import embed_queries
from rag.errors import StoreError
from rag.retrieve.candidates import Candidate, CandidateGenerator, FilterCache
from rag.retrieve.titles import bonuses
from rag.store import Library, PassageIndex, fingerprint
from rag.text import readable, words
from rag.types import Embedder, Hit, Query, Server, Vocabulary

if TYPE_CHECKING:
    from rag.types import Vectors

CANDIDATES = 100
"""Passages that each arm brings."""
LEXICAL_WEIGHT = 0.55
"""Share of the lexical arm in the fused score; measured in docs/retrieval.md."""
DESCRIBES = 8
"""Words beyond which a request without a question mark describes a topic: papers like the first
ones are likely to be on it, too. A question may be after a fact that only one of them has."""
LONG = 15
"""Words up to which a request is measured by the most that they could give."""
LONG_WEIGHT = 0.4
"""Share of the lexical arm in the score of a longer one; measured in docs/retrieval.md."""
FEEDBACK = 3
"""First papers whose neighbours gain."""
FEEDBACK_WEIGHT = 0.3
"""Share of the likeness to the first papers, beside the score; measured in docs/retrieval.md."""
POOL = 50
"""Papers that may gain by it."""
_ATTEMPTS = 5


class HybridRetriever:
    """Searches one library; notices what other processes add to it; safe between threads."""

    def __init__(
        self, library: Library, embedder: Embedder, *, server: Server | None = None
    ) -> None:
        self.library = library
        self.embedder = embedder
        self.server = server
        self._lock = threading.Lock()
        self._filter_cache = FilterCache(library, embedder.name)
        self._pool = ThreadPoolExecutor(thread_name_prefix="question")
        self._index: PassageIndex | None = None
        self._generation = -1

    def search(self, query: Query, *, k: int = 10, best: float | None = None) -> list[Hit]:
        """At most k hits, one a paper, best first; [] when nothing passes the filters.

        `best` is the best BM25 of a long request, where it is another library's.

        Raises `StoreError` when the library is empty, damaged, built with another model, or
        changes faster than it can be searched.
        """
        # The lexical side needs no vector: it goes on meanwhile.
        vector = self._pool.submit(
            lambda: embed_queries(self.embedder, [readable(query.wanted)])[0]
        ).result
        hits: list[Hit] | None = None
        for _ in range(_ATTEMPTS):
            generation = self.library.database.generation()
            try:
                with self.library.database.snapshot():
                    hits = self._search(query, vector, k, best)
            except StoreError:
                # The index may have been rebuilt and the old one deleted while we searched it.
                if self.library.database.generation() == generation:
                    raise
                continue
            if self.library.database.generation() == generation:
                break
        if hits is None:
            raise StoreError(
                f"The library in {self.library.home} changed each of the {_ATTEMPTS} times that it "
                "was searched; ask again when nothing is being added or rebuilt."
            )
        return hits

    def best_bm25(self, query: Query) -> float:
        """The best BM25 of any paper. Raises `StoreError` as `search` does."""
        return _best_found(self._ready(), query)

    def vocabulary(self) -> Vocabulary:
        """The words of the library as it is now. Raises `StoreError` as `search` does."""
        return self._ready().lexical

    def close(self) -> None:
        """Release the index; the library stays open for who opened it."""
        with self._lock:
            if self._index is not None:
                self._index.close()
                self._index = None
        self._pool.shutdown(wait=False)

    # -- inside --------------------------------------------------------------------------------

    def _ready(self) -> PassageIndex:
        """The active index, as fresh as the library."""
        with self._lock:
            generation = self.library.database.generation()
            active = self.library.indexes.active()
            if active is None or self.library.is_empty():
                raise StoreError(
                    f"The library in {self.library.home} is empty; add papers first: "
                    "rag add FILE_OR_FOLDER."
                )
            if active.fingerprint != (wanted := fingerprint(self.embedder, self.server)):
                raise StoreError(
                    f"The library was indexed with {active.fingerprint}, not {wanted}; "
                    "run `rag rebuild` with this setting, or go back to the other."
                )
            if self._index is None or self._index.version != active:
                if self._index is not None:
                    self._index.close()
                self._index = PassageIndex(self.library, active, self.server)
            elif generation != self._generation:
                self._index.refresh()
            self._generation = generation
            return self._index

    def _search(
        self, query: Query, vector: Callable[[], Vectors], k: int, best: float | None
    ) -> list[Hit]:
        index = self._ready()
        generator = CandidateGenerator(self._filter_cache, index, query, vector, self._pool)
        candidates = generator.candidates(max(CANDIDATES, 4 * k), papers=k)
        scores: dict[str, float] = {}
        passage_ids: dict[str, str] = {}
        long = is_long(query)
        most = (best or _best_found(index, query)) if long else _best_possible(index, query)
        for score, candidate in fuse(candidates, most, LONG_WEIGHT if long else LEXICAL_WEIGHT):
            if candidate.paper_id not in scores:
                scores[candidate.paper_id] = score
                passage_ids[candidate.paper_id] = candidate.passage_id
        if query.kind == "list" or _describes(query, DESCRIBES):
            scores = _fed_back(generator, scores, passage_ids, max(POOL, 2 * k))
        for paper_id, bonus in bonuses(self.library, index.lexical, query, scores).items():
            scores[paper_id] += bonus
        paper_ids = sorted(scores, key=lambda key: (-scores[key], key))[:k]
        passages = self.library.passages(index.version, [passage_ids[key] for key in paper_ids])
        return [
            Hit(paper, passages[passage_ids[paper.id]], scores[paper.id])
            for paper in self.library.papers(paper_ids)
        ]


def fuse(
    candidates: Sequence[Candidate], best_bm25: float, weight: float = LEXICAL_WEIGHT
) -> list[tuple[float, Candidate]]:
    """Candidates with a score from about 0 to 1, best first.

    A convex combination of the cosine and of BM25 divided by the most that the query's terms could
    give (Bruch et al., "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023). It
    needs no statistics of other scores, keeps the distances that rank fusion throws away, and
    means the same for every question: 1 is every rare word found in a text with the same meaning.
    """
    scored = [
        (
            weight * candidate.bm25 / (best_bm25 or 1.0)
            + (1 - weight) * max(candidate.cosine, 0.0),
            candidate,
        )
        for candidate in candidates
    ]
    return sorted(scored, key=lambda item: (-item[0], item[1].passage_id))


def _fed_back(
    generator: CandidateGenerator,
    scores: dict[str, float],
    passage_ids: dict[str, str],
    pool: int,
) -> dict[str, float]:
    """The best scores, raised by how near a paper is to the first few.

    Pseudo-relevance feedback with dense vectors (after Rocchio; Yu et al., "PRF with Dense
    Retrievers", CIKM 2021), as a further term of the score rather than as another query.
    """
    import numpy as np

    best = sorted(scores, key=lambda key: (-scores[key], key))[:pool]
    owners = {passage_ids[key]: key for key in best}
    stored_ids, vectors = generator.vectors(list(owners))
    if not stored_ids:
        return scores
    paper_ids = [owners[passage_id] for passage_id in stored_ids]
    weights = np.array([scores[key] for key in paper_ids[:FEEDBACK]]) ** 3
    centre = weights @ vectors[:FEEDBACK]
    likeness = vectors @ (centre / (np.linalg.norm(centre) or 1.0))
    return {
        key: (scores[key] + FEEDBACK_WEIGHT * float(near)) / (1 + FEEDBACK_WEIGHT)
        for key, near in zip(paper_ids, likeness, strict=True)
    }


def is_long(query: Query) -> bool:
    """Whether a query describes what is sought in very many words.

    No paper holds most of these words, so that the most that they could give is no measure of what
    they do give, and BM25 would weigh less than it should: the best paper found is the measure.
    """
    return _describes(query, LONG)


def _describes(query: Query, least: int) -> bool:
    asks = query.wanted.rstrip(" \"'”’)").endswith(("?", "？"))
    return not asks and len(words(query.wanted)) > least


def _best_found(index: PassageIndex, query: Query) -> float:
    return max((score for _, score in index.lexical.search(query.search, k=1)), default=0.0)


def _best_possible(index: PassageIndex, query: Query) -> float:
    """What BM25 tends to as a paper repeats every term of the query that the library holds: the
    terms' idf. A word that no paper holds could give nothing."""
    lexical = index.lexical
    known = (token for token in query.tokens if lexical.document_frequency(token))
    return 2.2 * sum(map(lexical.idf, known))
