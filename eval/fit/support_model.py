"""The models of the citation check, fitted on claims that people have labelled.

SciFact's training claims (claim, title, reference, label) are split in two by a hash of the claim,
so that both pairs of a claim fall on one side: weights come from the tune half, figures are given
for the other, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.fit.refit import HELD_OUT, TRAIN, Refit
from eval.fit.regression import Array, Flags, Rows, fit_signed
from eval.score.judge_check import Claim, containment, read
from rag.errors import ConfigError
from rag.linear_model import LinearModel
from rag.verify import Similarity, compare, read_source, read_statement, strip_citations

PAIRS = "support/scifact_train.jsonl"
# The sign that a weight may have: coverage cannot speak against a claim, nor a missing name for it.
ABOUT = {"cover_all": 1, "cover_best": 1, "cover_pair": 1, "names": -1, "numbers": -1}
BY_SIMILARITY = {"similar": 1, "similar_3": 1}
AGREES = {"parity": -1, "net": -1, "opposed": -1}
FALSE_SUPPORTED = 0.08
"""Share of the tune half's unsupported claims that may come out supported; the next, partial."""
FALSE_PARTIAL = 0.2


def read_claims(bench: Path) -> list[Claim]:
    """SciFact's training claims, each with one abstract.

    Raises `ConfigError` when the folder holds none, and `CorpusError` for a malformed line.
    """
    if not (bench / PAIRS).is_file():
        raise ConfigError(f"{bench} holds no {PAIRS}; name the folder of public data with --bench.")
    return read(bench / PAIRS)


def features(claim: Claim, similarity: Similarity | None) -> Mapping[str, float]:
    """What the models of rag.verify see of a claim and what it cites."""
    statement = read_statement(strip_citations(claim.text))
    source = read_source(claim.title, claim.evidence)
    return compare(statement, [source], similarity=similarity).features


def refit_support(bench: Path, similarity: Similarity) -> Refit:
    """Whether the evidence is about a claim, and whether it then agrees.

    Raises as `read_claims` does.
    """
    claims = read_claims(bench)
    # Similarity also moves what is aligned with what, so what does without it is fitted without.
    plain = [features(claim, None) for claim in claims]
    rows = [features(claim, similarity) for claim in claims]
    labels = np.array([claim.label for claim in claims])
    tune = np.array([claim.tune for claim in claims])
    related = tune & (labels != "NOT_ENOUGH_INFO")
    about = labels != "NOT_ENOUGH_INFO"
    parts = {
        "about": fit_signed(_of(plain, tune), about[tune], ABOUT),
        "about_by_similarity": fit_signed(_of(rows, tune), about[tune], ABOUT | BY_SIMILARITY),
        "agrees": fit_signed(_of(plain, related), labels[related] == "SUPPORT", AGREES),
    }
    in_use = {name: LinearModel.load(f"support.{name}") for name in parts}
    scores = predict(rows, parts)
    false = scores[tune & (labels != "SUPPORT")]
    return Refit(
        "support", parts, 2, {PAIRS: bench / PAIRS},
        {TRAIN: int(tune.sum()), HELD_OUT: int((~tune).sum())},
        auc=areas(scores, labels, tune),
        auc_in_use=areas(predict(rows, in_use), labels, tune),
        rival="shared words",
        rival_auc=areas(np.array([containment(claim) for claim in claims]), labels, tune),
        notes=[
            f"of the unsupported claims of the tune half {FALSE_SUPPORTED:.0%} are above "
            f"{np.quantile(false, 1 - FALSE_SUPPORTED):.3f}, "
            f"{FALSE_PARTIAL:.0%} above {np.quantile(false, 1 - FALSE_PARTIAL):.3f}; "
            "areas are those of both models' product, before any rule"
        ],
    )  # fmt: skip


def predict(rows: Rows, parts: Mapping[str, LinearModel]) -> Array:
    """The product of both models, as `Comparison.probability` with similarity."""
    about, agrees = parts["about_by_similarity"], parts["agrees"]
    return np.array([about.probability(row) * agrees.probability(row) for row in rows])


def areas(scores: Array, labels: NDArray[np.str_], tune: Flags) -> dict[str, float]:
    """Areas under the ROC curve of support against the rest, and against contradiction."""
    from sklearn.metrics import roc_auc_score

    named = {"the rest": labels != "SUPPORT", "contradiction": labels == "CONTRADICT"}
    found = {}
    for part, mask in ((TRAIN, tune), (HELD_OUT, ~tune)):
        for name, others in named.items():
            both = mask & ((labels == "SUPPORT") | others)
            area = roc_auc_score(labels[both] == "SUPPORT", scores[both])
            found[f"{part}, support against {name}"] = float(area)
    return found


def _of(rows: Rows, mask: Flags) -> Rows:
    return [row for row, chosen in zip(rows, mask, strict=True) if chosen]
