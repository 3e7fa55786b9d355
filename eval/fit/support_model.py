"""The models of the offline check, fitted on true sentences and their false twins.

Both are logistic regressions on the English pairs of the tune half of `eval/data/support/`: one
turns what MiniLM's verifier reads into a probability, one weighs shared words for other embedders.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eval.fit.refit import HELD_OUT, TRAIN, Refit
from eval.fit.regression import Array, Flags, Rows, fit_logistic, fit_signed
from eval.support import PAIRS, Pair, read_pairs
from rag.embed import CachedEmbedder
from rag.linear_model import LinearModel
from rag.text import readable
from rag.types import Paper
from rag.verify import Comparison, compare, read_source, strip_citations

SIGNS = {"shared": 1, "cover_pair": 1, "similar": 1, "numbers": -1, "names": -1}
"""The sign that a weight may have: coverage cannot speak against a claim, nor a missing name for
it."""
FALSE_SUPPORTED = 0.1
"""Share of all false twins of the tune half that may come out supported."""


def refit_support(papers: Mapping[str, Paper], embedder: CachedEmbedder) -> Refit:
    """Whether the evidence bears out a claim, by reading and by shared words."""
    pairs = read_pairs(PAIRS)
    english = [pair for pair in pairs if pair.language == "en"]
    labels = np.array([label for _ in english for label in (True, False)])
    tune = np.array([pair.tune for pair in english for _ in range(2)])
    sides = {"read": _compared(english, papers, embedder, reading=True),
             "words": _compared(english, papers, embedder, reading=False)}  # fmt: skip
    rows: dict[str, Rows] = {name: [c.features for c in found] for name, found in sides.items()}
    parts = {
        "read": fit_logistic(_of(rows["read"], tune), labels[tune], penalty=1.0),
        "words": fit_signed(_of(rows["words"], tune), labels[tune], SIGNS),
    }
    twins = sum(pair.tune for pair in pairs)
    notes = []
    for name, model in parts.items():
        scores = np.array([model.probability(c.features) * (not c.findings) for c in sides[name]])
        false = np.sort(scores[tune & ~labels])[::-1]
        notes.append(
            f"of the false twins of the tune half {FALSE_SUPPORTED:.0%} that no rule finds are "
            f"above {false[int(FALSE_SUPPORTED * twins)]:.3f} ({name})"
        )
    in_use = {name: LinearModel.load(f"support.{name}") for name in parts}
    return Refit(
        "support", parts, 3, {f"eval/data/support/{PAIRS.name}": PAIRS},
        {TRAIN: int(tune.sum()), HELD_OUT: int((~tune).sum())},
        auc=_areas(rows, parts, labels, tune), auc_in_use=_areas(rows, in_use, labels, tune),
        rival="shared words", rival_auc=_rival(rows["words"], parts, labels, tune), notes=notes,
    )  # fmt: skip


def _compared(
    pairs: list[Pair], papers: Mapping[str, Paper], embedder: CachedEmbedder, *, reading: bool
) -> list[Comparison]:
    found = []
    for pair in pairs:
        paper = papers[pair.paper]
        source = read_source(paper.title, paper.abstract)
        for text in (pair.true, pair.wrong):
            verify = embedder.verify if reading else None
            claim = strip_citations(readable(text))
            found.append(compare(claim, [source], embedder.similarities, verify))
    return found


def _areas(
    rows: Mapping[str, Rows], models: Mapping[str, LinearModel], labels: Flags, tune: Flags
) -> dict[str, float]:
    return {
        f"{part}, {name}": _area(
            np.array([models[name].probability(row) for row in rows[name]]), labels, mask
        )
        for name in rows
        for part, mask in ((TRAIN, tune), (HELD_OUT, ~tune))
    }


def _rival(
    rows: Rows, models: Mapping[str, LinearModel], labels: Flags, tune: Flags
) -> dict[str, float]:
    shared = np.array([row["shared"] for row in rows])
    return {
        f"{part}, {name}": _area(shared, labels, mask)
        for name in models
        for part, mask in ((TRAIN, tune), (HELD_OUT, ~tune))
    }


def _area(scores: Array, labels: Flags, mask: Flags) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels[mask], scores[mask]))


def _of(rows: Rows, mask: Flags) -> Rows:
    return [row for row, chosen in zip(rows, mask, strict=True) if chosen]
