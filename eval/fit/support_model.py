"""Fits the weights and thresholds of rag/verify/, or shows what its word lists buy (--ablate).

`python -m eval.fit.support_model BENCH [--minilm DIR] [--ablate]`.

BENCH holds support/scifact_train.jsonl (claim, title, reference, label). Claims are split in two
by a hash, so that both pairs of a claim fall on one side: the weights and thresholds come from
the tune half, the report is on the other. Needs numpy only, and with --minilm the embedder too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eval.fit.ablation import ablate
from rag.verify import (
    Similarity,
    Source,
    check,
    compare,
    read_source,
    read_statement,
    strip_citations,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.types import Embedder

# The sign that a weight may have: coverage cannot speak against a claim, nor a missing name for it.
ABOUT = {"cover_all": 1, "cover_best": 1, "cover_pair": 1, "names": -1, "numbers": -1}
BY_SIMILARITY = {"similar": 1, "similar_3": 1}
AGREES = {"parity": -1, "net": -1, "opposed": -1}
FALSE_SUPPORTED = 0.08
"""Share of the tune half's unsupported claims that may come out supported; the next, partial."""
FALSE_PARTIAL = 0.2


class Pair(NamedTuple):
    """A claim, what it cites, and SUPPORT, CONTRADICT or NOT_ENOUGH_INFO."""

    claim: str
    evidence: Source
    label: str

    @property
    def tune(self) -> bool:
        return hashlib.md5(self.claim.encode(), usedforsecurity=False).digest()[-1] % 2 == 0


def read_pairs(path: Path) -> list[Pair]:
    """The claim-abstract pairs of a JSONL file."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Pair(r["claim"], Source(r["title"], r["reference"]), r["label"]) for r in rows]


def features(pair: Pair, similarity: Similarity | None) -> Mapping[str, float]:
    """What the models of rag.verify see of a pair."""
    statement = read_statement(strip_citations(pair.claim))
    source = read_source(pair.evidence.title, pair.evidence.abstract)
    return compare(statement, [source], similarity=similarity).features


def fit(
    rows: Sequence[Mapping[str, float]], y: NDArray[np.bool_], signs: Mapping[str, int]
) -> dict[str, float]:
    """Logistic regression with an L2 penalty and signs given, by projected gradient descent."""
    x = np.array([[row[name] for name in signs] for row in rows])
    mean, spread = x.mean(0), x.std(0) + 1e-9
    z = np.c_[np.ones(len(x)), (x - mean) / spread]
    penalty = np.r_[0.0, np.full(len(signs), 2.0)]
    sign = np.r_[0, list(signs.values())]
    step = 1 / (np.linalg.norm(z, 2) ** 2 / 4 + 2)
    weights = np.zeros(z.shape[1])
    for _ in range(5000):
        error = 1 / (1 + np.exp(-z @ weights)) - y
        weights = weights - step * (z.T @ error + penalty * weights)
        weights = np.where(sign * weights < 0, 0, weights)
    slopes = weights[1:] / spread
    constant = float(weights[0] - slopes @ mean)
    return {"": constant} | {n: float(w) for n, w in zip(signs, slopes, strict=True)}


def predict(
    rows: Sequence[Mapping[str, float]], about: Mapping[str, float], agrees: Mapping[str, float]
) -> NDArray[np.float64]:
    """The product of both models, as `Comparison.probability`."""

    def logistic(weights: Mapping[str, float]) -> NDArray[np.float64]:
        odds = [weights[""] + sum(w * r[n] for n, w in weights.items() if n) for r in rows]
        return np.asarray(1 / (1 + np.exp(-np.array(odds))), dtype=np.float64)

    return logistic(about) * logistic(agrees)


def auc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Area under the ROC curve: how often a positive scores above a negative, ties half."""
    difference = positive[:, None] - negative[None, :]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def report(scores: NDArray[np.float64], labels: NDArray[np.str_], name: str) -> str:
    """One line of areas: support against the rest, contradiction and not enough information."""
    support = scores[labels == "SUPPORT"]
    others = {
        "rest": labels != "SUPPORT",
        "contradiction": labels == "CONTRADICT",
        "no information": labels == "NOT_ENOUGH_INFO",
    }
    areas = ", ".join(f"{k} {auc(support, scores[mask]):.3f}" for k, mask in others.items())
    return f"{name}: support against {areas}"


def embedding_similarity(embedder: Embedder) -> Similarity:
    """Cosine similarity by an embedder; sentences are embedded once."""
    known: dict[str, NDArray[np.float32]] = {}

    def similarity(claim: str, texts: Sequence[str]) -> Sequence[float]:
        new = [text for text in dict.fromkeys((claim, *texts)) if text not in known]
        if new:
            known.update(zip(new, embedder.embed(new), strict=True))
        return [float(known[claim] @ known[text]) for text in texts]

    return similarity


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints weights to paste into rag/verify/, thresholds, and areas on both halves."""
    parser = argparse.ArgumentParser(description="Fit the citation checker.")
    parser.add_argument("bench", type=Path)
    parser.add_argument("--minilm", type=Path, metavar="DIR", help="cache folder of the embedder")
    parser.add_argument("--ablate", action="store_true", help="what each word list buys, instead")
    options = parser.parse_args(arguments)
    similarity = None
    if options.minilm:
        from rag.embed import load_embedder

        similarity = embedding_similarity(load_embedder("minilm", cache_dir=options.minilm))
    pairs = read_pairs(options.bench / "support" / "scifact_train.jsonl")
    lines = ablate(pairs, similarity) if options.ablate else _fit_and_report(pairs, similarity)
    sys.stdout.writelines(line + "\n" for line in lines)


def _fit_and_report(pairs: Sequence[Pair], similarity: Similarity | None) -> list[str]:
    labels = np.array([pair.label for pair in pairs])
    tune = np.array([pair.tune for pair in pairs])
    related = tune & (labels != "NOT_ENOUGH_INFO")
    rows = [features(pair, similarity) for pair in pairs]
    picked = ABOUT | BY_SIMILARITY if similarity else ABOUT
    about = fit(
        [row for row, t in zip(rows, tune, strict=True) if t],
        labels[tune] != "NOT_ENOUGH_INFO",
        picked,
    )
    agrees = fit(
        [row for row, r in zip(rows, related, strict=True) if r],
        labels[related] == "SUPPORT",
        AGREES,
    )
    scores = predict(rows, about, agrees)
    false = scores[tune & (labels != "SUPPORT")]
    final = np.array([check(p.claim, [p.evidence], similarity=similarity).score for p in pairs])
    return [
        f"about {_rounded(about)}",
        f"agrees {_rounded(agrees)}",
        f"supported from {np.quantile(false, 1 - FALSE_SUPPORTED):.3f}, "
        f"partial from {np.quantile(false, 1 - FALSE_PARTIAL):.3f}",
        report(scores[tune], labels[tune], "refitted, tune half"),
        report(scores[~tune], labels[~tune], "refitted, held-out half"),
        report(final[tune], labels[tune], "rag.verify as it is, tune half"),
        report(final[~tune], labels[~tune], "rag.verify as it is, held-out half"),
    ]


def _rounded(weights: Mapping[str, float]) -> dict[str, float]:
    return {name: round(weight, 2) for name, weight in weights.items()}


if __name__ == "__main__":
    main()
