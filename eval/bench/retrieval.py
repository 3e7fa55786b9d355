"""Variants of retrieval on BEIR folders: python -m eval.bench.retrieval FOLDER[:SPLIT] ...

Every variant scores all documents exactly, from the same vectors and index terms as the library's,
so that nothing but the variant differs. Prints nDCG@10, and against "in use" the mean difference
with its paired 95 % interval.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from eval import baselines, datasets
from eval.bench import harness
from eval.statistics import compare
from rag import Assistant
from rag.retrieve import FEEDBACK, LEXICAL_WEIGHT, corrected
from rag.settings import Settings
from rag.store import TITLE_WEIGHT
from rag.text import tokens

Scores = NDArray[np.float64]
"""Of shape (questions, documents)."""
Vectors = NDArray[np.float32]
NOISE = set(
    tokens("paper papers articles study describe discuss deal interested concerning exist find")
)


class Lab:
    """One set: its vectors, its terms, and what is relevant."""

    def __init__(self, folder: Path, split: str | None) -> None:
        data = datasets.open_dataset(str(folder), Settings.load(), split=split)
        assistant, cases = data.assistant, data.cases
        ids = assistant.paper_ids()
        papers = assistant.papers(ids)
        asked = [corrected(case.question, assistant.vocabulary()) for case in cases]
        questions = assistant.embedder.embed(asked)
        self.name = f"{folder.name} {split or ''}"
        self.vectors = assistant.embedder.embed([baselines.text_of(paper) for paper in papers])
        self.whole: Scores = (questions @ self.vectors.T).astype(float)
        self.best = self._best_passage(assistant, ids, questions)
        self.ids = ids
        known = set(ids)
        self.gains = {
            case.id: {key: gain for key, gain in case.gains.items() if key in known}
            for case in cases
        }
        texts = [
            [tokens(paper.title) for paper in papers],
            [tokens(paper.abstract) for paper in papers],
            [tokens(question) for question in asked],
        ]
        terms = {term for part in texts for text in part for term in text}
        self.places = {term: n for n, term in enumerate(sorted(terms))}
        self.titles, self.bodies, self.asked = (self._matrix(part) for part in texts)
        frequency = np.bincount((self.titles + self.bodies).indices, minlength=len(self.places))
        self.idf = np.log(1 + (len(ids) - frequency + 0.5) / (frequency + 0.5))
        self.known = (frequency > 0).astype(float)
        assistant.close()

    @staticmethod
    def _best_passage(assistant: Assistant, ids: Sequence[str], questions: Vectors) -> Scores:
        library = assistant.library
        index = library.indexes.active()
        assert index is not None, "a set that was opened has an index"
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
        scores: Scores = (terms @ counts.T).toarray() / np.maximum(most, 1e-9)[:, None]
        return scores

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

    def ndcg(self, scores: Scores) -> list[float]:
        """nDCG@10 of each question."""
        order = np.argsort(-scores, axis=1, kind="stable")[:, :10]
        rankings = {
            key: [self.ids[n] for n in best]
            for key, best in zip(self.gains, order.tolist(), strict=True)
        }
        values = harness.ndcg(self.gains, rankings)
        return [values.get(key, 0.0) for key in self.gains]


def _z(scores: Scores) -> Scores:
    around: Scores = scores - scores.mean(1, keepdims=True)
    scaled: Scores = around / (scores.std(1, keepdims=True) + 1e-9)
    return scaled


def _span(scores: Scores) -> Scores:
    low, high = scores.min(1, keepdims=True), scores.max(1, keepdims=True)
    spanned: Scores = (scores - low) / (high - low + 1e-9)
    return spanned


def _mix(lexical: Scores, dense: Scores, weight: float = LEXICAL_WEIGHT) -> Scores:
    return weight * lexical + (1 - weight) * dense


Variant = Callable[[Lab], Scores]


def _weighted(weight: float) -> Variant:
    return lambda lab: _mix(_z(lab.bm25()), _z(lab.best), weight)


def _spanned(weight: float) -> Variant:
    return lambda lab: _mix(_span(lab.bm25()), _span(lab.best), weight)


def _fed_back(weight: float) -> Variant:
    return lambda lab: lab.fed_back(_mix(lab.bm25(), lab.best), weight)


def _titles(times: float) -> Variant:
    return lambda lab: _mix(lab.bm25(times), lab.best)


VARIANTS: dict[str, Variant] = {
    "in use": lambda lab: _mix(lab.bm25(), lab.best),
    "titles once, w 0.6": lambda lab: _mix(lab.bm25(1), lab.best, 0.6),
    "BM25 alone": lambda lab: lab.bm25(),
    "best passage alone": lambda lab: lab.best,
    "whole abstract alone": lambda lab: lab.whole,
    "mean of both vectors": lambda lab: _mix(lab.bm25(), (lab.best + lab.whole) / 2),
    **{f"titles {times} times": _titles(times) for times in (1.5, 3.0)},
    "k1 0.9, b 0.4": lambda lab: _mix(lab.bm25(k1=0.9, b=0.4), lab.best),
    **{f"z-scores, {weight}": _weighted(weight) for weight in (0.3, 0.4, 0.5)},
    **{f"least-most, {weight}": _spanned(weight) for weight in (0.3, 0.4, 0.5)},
    **{f"feedback, {weight}": _fed_back(weight) for weight in (0.1, 0.2, 0.3)},
    "without phrases": lambda lab: _mix(lab.bm25(asked=lab.without(NOISE)), lab.best),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", metavar="FOLDER[:SPLIT]", help="in BEIR's layout")
    labs = []
    for name in parser.parse_args().sets:
        folder, _, split = name.partition(":")
        labs.append(Lab(Path(folder), split or None))
    harness.heading("", *(lab.name for lab in labs))
    in_use = [lab.ndcg(VARIANTS["in use"](lab)) for lab in labs]
    for name, variant in VARIANTS.items():
        cells = []
        for lab, before in zip(labs, in_use, strict=True):
            values = lab.ndcg(variant(lab))
            gap = compare(before, values)
            mean = sum(values) / len(values)
            cells.append(f"{mean:.4f} ({gap.value:+.3f}, {gap.low:+.3f} to {gap.high:+.3f})")
        harness.row(name, *cells)


if __name__ == "__main__":
    main()
