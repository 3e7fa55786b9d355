"""Variants of retrieval on BEIR folders: python -m eval.bench.retrieval FOLDER[:SPLIT] ...

Every variant scores all documents exactly, from the same vectors and index terms as the library's,
so that nothing but the variant differs. Prints nDCG@10, and against "in use" the mean difference
with its paired 95 % interval.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

from eval import baselines, datasets
from eval.statistics import compare
from rag.retrieve import FEEDBACK, LEXICAL_WEIGHT, corrected
from rag.settings import Settings
from rag.store import TITLE_WEIGHT
from rag.text import tokens

Scores = np.ndarray  # of shape (questions, documents)
DISCOUNT = 1 / np.log2(np.arange(2, 12))
NOISE = set(
    tokens("paper papers articles study describe discuss deal interested concerning exist find")
)


class Lab:
    """One set: its vectors, its terms, and what is relevant."""

    def __init__(self, folder: Path, split: str | None) -> None:
        data = datasets.open_dataset(folder, Settings.load(), split=split)
        assistant, cases = data.assistant, data.cases
        ids = assistant.paper_ids()
        papers = assistant.papers(ids)
        asked = [corrected(case.question, assistant.vocabulary()) for case in cases]
        questions = assistant.embedder.embed(asked)
        self.name = f"{folder.name} {split or ''}"
        self.vectors = assistant.embedder.embed([baselines.text_of(paper) for paper in papers])
        self.whole = questions @ self.vectors.T
        self.best = self._best_passage(assistant, ids, questions)
        self.gains = np.array([[case.gains.get(key, 0) for key in ids] for case in cases], float)
        found = [[tokens(p.title) for p in papers], [tokens(p.abstract) for p in papers]]
        found.append([tokens(text) for text in asked])
        self.places = {t: n for n, t in enumerate(sorted({t for x in found for d in x for t in d}))}
        self.titles, self.bodies, self.asked = (self._matrix(some) for some in found)
        frequency = np.bincount((self.titles + self.bodies).indices, minlength=len(self.places))
        self.idf = np.log(1 + (len(ids) - frequency + 0.5) / (frequency + 0.5))
        self.known = (frequency > 0).astype(float)
        assistant.close()

    @staticmethod
    def _best_passage(assistant, ids, questions) -> Scores:  # type: ignore[no-untyped-def]
        library = assistant.library
        index = library.indexes.active()
        owners = library.indexes.owners(index, library.indexes.passage_ids(index))
        stored = library.indexes.passage_vectors(index, list(owners), assistant.embedder.name)
        place = {key: n for n, key in enumerate(ids)}
        best = np.full((len(questions), len(ids)), -1.0)
        for key, data in stored.items():
            column = place[owners[key]]
            cosine = questions @ np.frombuffer(data, dtype=np.float32)
            best[:, column] = np.maximum(best[:, column], cosine)
        return best

    def _matrix(self, texts: list[list[str]]) -> sparse.csr_matrix:
        rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
        columns = [self.places[term] for text in texts for term in text]
        shape = (len(texts), len(self.places))
        return sparse.csr_matrix((np.ones(len(columns)), (rows, columns)), shape=shape)

    def bm25(
        self,
        title: float = TITLE_WEIGHT,
        k1: float = 1.2,
        b: float = 0.75,
        asked: sparse.csr_matrix | None = None,
    ) -> Scores:
        """BM25 as a share of the most that the question's terms could give."""
        counts = (self.titles * title + self.bodies).tocsr()
        lengths = np.asarray(counts.sum(1)).ravel()
        around = k1 * (1 - b + b * np.repeat(lengths, np.diff(counts.indptr)) / lengths.mean())
        counts.data = counts.data * (k1 + 1) / (counts.data + around) * self.idf[counts.indices]
        terms = (self.asked if asked is None else asked).multiply(self.known).tocsr()
        most = (k1 + 1) * (terms @ self.idf)
        return (terms @ counts.T).toarray() / np.maximum(most, 1e-9)[:, None]

    def fed_back(self, scores: Scores, weight: float, first: int = FEEDBACK) -> Scores:
        out = scores.copy()
        for row, given in enumerate(scores):
            top = np.argsort(-given, kind="stable")[:first]
            centre = np.maximum(given[top], 0) ** 3 @ self.vectors[top]
            out[row] += weight * self.vectors @ (centre / (np.linalg.norm(centre) or 1))
        return out

    def without(self, terms: set[str]) -> sparse.csr_matrix:
        kept = np.ones(len(self.places))
        kept[[self.places[term] for term in terms if term in self.places]] = 0
        return self.asked.multiply(kept).tocsr()

    def ndcg(self, scores: Scores) -> np.ndarray:
        order = np.argsort(-scores, axis=1, kind="stable")[:, :10]
        ideal = -np.sort(-self.gains, axis=1)[:, :10] @ DISCOUNT
        return (np.take_along_axis(self.gains, order, axis=1) @ DISCOUNT) / ideal


def _z(scores: Scores) -> Scores:
    return (scores - scores.mean(1, keepdims=True)) / (scores.std(1, keepdims=True) + 1e-9)


def _span(scores: Scores) -> Scores:
    low, high = scores.min(1, keepdims=True), scores.max(1, keepdims=True)
    return (scores - low) / (high - low + 1e-9)


def _mix(lexical: Scores, dense: Scores, weight: float = LEXICAL_WEIGHT) -> Scores:
    return weight * lexical + (1 - weight) * dense


def variants() -> Iterator[tuple[str, Callable[[Lab], Scores]]]:
    yield "in use", lambda lab: _mix(lab.bm25(), lab.best)
    yield "titles once, w 0.6", lambda lab: _mix(lab.bm25(1), lab.best, 0.6)
    yield "BM25 alone", lambda lab: lab.bm25()
    yield "best passage alone", lambda lab: lab.best
    yield "whole abstract alone", lambda lab: lab.whole
    yield "mean of both vectors", lambda lab: _mix(lab.bm25(), (lab.best + lab.whole) / 2)
    for title in (1.5, 3.0):
        yield f"titles {title} times", lambda lab, title=title: _mix(lab.bm25(title), lab.best)
    yield "k1 0.9, b 0.4", lambda lab: _mix(lab.bm25(k1=0.9, b=0.4), lab.best)
    for weight in (0.3, 0.4, 0.5):
        yield f"z-scores, {weight}", lambda lab, w=weight: _mix(_z(lab.bm25()), _z(lab.best), w)
        yield (
            f"least-most, {weight}",
            lambda lab, w=weight: _mix(_span(lab.bm25()), _span(lab.best), w),
        )
    for weight in (0.1, 0.2, 0.3):
        yield (
            f"feedback, {weight}",
            lambda lab, w=weight: lab.fed_back(_mix(lab.bm25(), lab.best), w),
        )
    yield "without phrases", lambda lab: _mix(lab.bm25(asked=lab.without(NOISE)), lab.best)


def main() -> None:
    labs = []
    for given in sys.argv[1:]:
        folder, _, split = given.partition(":")
        labs.append(Lab(Path(folder), split or None))
    print("| | " + " | ".join(lab.name for lab in labs) + " |\n|---|" + "---|" * len(labs))
    base: list[np.ndarray] = []
    for name, variant in variants():
        cells = []
        for number, lab in enumerate(labs):
            found = lab.ndcg(variant(lab))
            if len(base) <= number:
                base.append(found)
            gap = compare(base[number].tolist(), found.tolist())
            cells.append(
                f"{found.mean():.4f} ({gap.value:+.3f}, {gap.low:+.3f} to {gap.high:+.3f})"
            )
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
