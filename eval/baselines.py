"""Retrievers to be beaten: BM25 alone, the embedder alone, and their reciprocal rank fusion.

BM25 is Lucene's variant with k1 0.9 and b 0.4, as in Pyserini's and BEIR's baselines, over Snowball
stems without English stop words; needs `paper-rag[eval]`. The fusion is that of Cormack et al.,
SIGIR 2009, with k 60.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from eval.cases import Case
from rag.errors import ConfigError
from rag.types import Embedder, Hit, Paper, Passage

NAMES = ("bm25", "dense", "rrf")
DEPTH = 1000
"""Documents that each arm gives to the fusion."""
_K = 60
_TOKENS = 256
Ranking = list[tuple[int, float]]


def baseline(
    name: str, papers: Sequence[Paper], embedder: Embedder
) -> Callable[[Case], Sequence[Hit]]:
    """A search over the papers. Raises `ConfigError` for an unknown name, or a missing extra."""
    if name not in NAMES:
        raise ConfigError(f"There is no baseline {name!r}; choose of {', '.join(NAMES)}.")
    arms = {}
    if name in ("bm25", "rrf"):
        arms["bm25"] = _bm25(papers)
    if name in ("dense", "rrf"):
        arms["dense"] = _dense(papers, embedder)

    def search(case: Case) -> list[Hit]:
        rankings = [arm(case.question) for arm in arms.values()]
        ranking = rankings[0] if len(rankings) == 1 else fuse(rankings)
        return [_hit(papers[number], score) for number, score in ranking[:DEPTH]]

    return search


def fuse(rankings: Sequence[Ranking], k: int = _K) -> Ranking:
    """Reciprocal rank fusion: 1 / (k + rank), summed; ties keep the first ranking's order."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, (number, _) in enumerate(ranking, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


def _bm25(papers: Sequence[Paper]) -> Callable[[str], Ranking]:
    try:
        import bm25s
    except ImportError:
        raise ConfigError("The bm25 baseline needs pip install 'paper-rag[eval]'.") from None
    index = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
    texts = [_terms(text_of(paper)) for paper in papers]
    index.index(texts, show_progress=False)

    def search(question: str) -> Ranking:
        terms = [term for term in _terms(question) if term in index.vocab_dict]
        if not terms:
            return []
        numbers, scores = index.retrieve([terms], k=min(DEPTH, len(papers)), show_progress=False)
        pairs = zip(numbers[0].tolist(), scores[0].tolist(), strict=True)
        return [(int(number), float(score)) for number, score in pairs if score > 0]

    return search


def _dense(papers: Sequence[Paper], embedder: Embedder) -> Callable[[str], Ranking]:
    matrix = embedder.embed([text_of(paper) for paper in papers])

    def search(question: str) -> Ranking:
        cosines = matrix @ embedder.embed([question])[0]
        best = np.argsort(-cosines, kind="stable")[:DEPTH]
        return [(int(number), float(cosines[number])) for number in best]

    return search


def _terms(text: str) -> list[str]:
    stemmer, stop = _english()
    words = [w for w in re.findall(r"\b\w\w+\b", text.lower()) if w not in stop]
    return list(stemmer.stemWords(words))


@lru_cache(maxsize=1)
def _english() -> tuple[Any, frozenset[str]]:
    """Snowball's stemmer, and bm25s's stop words."""
    import Stemmer
    from bm25s.stopwords import STOPWORDS_EN

    return Stemmer.Stemmer("english"), frozenset(STOPWORDS_EN)


def text_of(paper: Paper) -> str:
    """The document that a baseline reads."""
    # What a corpus without titles, or without texts, fills in is not part of the document.
    if paper.title == paper.abstract or paper.abstract.startswith(paper.title):
        return paper.abstract
    return f"{paper.title} {paper.abstract}"


def _hit(paper: Paper, score: float) -> Hit:
    return Hit(paper, Passage(paper.id, paper.id, paper.abstract, 0, len(paper.abstract)), score)
