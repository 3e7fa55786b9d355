"""What each word list of the citation checker buys, on claims that nothing was fitted on.

A list is taken as empty, features and rules are computed again and the weights stay. Figures are
areas under the ROC curve of `check`'s score on the held-out half, and how much of them is the
list's, with the 95 % interval of a paired bootstrap over claims.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from eval.fit.regression import Array, Flags
from eval.fit.support_model import read_claims
from eval.score.judge_check import Claim
from eval.statistics import roc_areas
from rag.verify import Similarity, Source, check, list_sources, without_list

RESAMPLES = 1000


def ablate(bench: Path, similarity: Similarity | None) -> Iterator[str]:
    """The lines of a Markdown table, one for each word list of `rag/verify/wordlists.toml`.

    Raises as `read_claims` does.
    """
    held_out = [claim for claim in read_claims(bench) if not claim.tune]
    labels = np.array([claim.label for claim in held_out])
    related = labels != "NOT_ENOUGH_INFO"
    support = labels == "SUPPORT"
    whole = _scores(held_out, similarity)
    yield "| without | source | support against the rest | buys | against contradiction | buys |"
    yield "|---|---|---|---|---|---|"
    rest, contradiction = _area(whole, support), _area(whole[related], support[related])
    yield f"| nothing | | {rest:.3f} | | {contradiction:.3f} | |"
    for name, source in list_sources().items():
        with without_list(name):
            scores = _scores(held_out, similarity)
        rest, contradiction = _area(scores, support), _area(scores[related], support[related])
        yield (
            f"| {name} | {source} | {rest:.3f} | {_gain(whole, scores, support)} "
            f"| {contradiction:.3f} | {_gain(whole[related], scores[related], support[related])} |"
        )


def _scores(claims: Sequence[Claim], similarity: Similarity | None) -> Array:
    return np.array(
        [
            check(claim.text, [Source(claim.title, claim.evidence)], similarity=similarity).score
            for claim in claims
        ]
    )


def _area(scores: Array, positive: Flags) -> float:
    return float(roc_areas(scores[None], positive[None])[0])


def _gain(whole: Array, reduced: Array, positive: Flags) -> str:
    """How much larger the area is with the list, and its interval."""
    if np.array_equal(whole, reduced):
        return "0"
    size = len(positive)
    rows = np.random.default_rng(0).integers(0, size, (RESAMPLES, size))
    gains = roc_areas(whole[rows], positive[rows]) - roc_areas(reduced[rows], positive[rows])
    gain = _area(whole, positive) - _area(reduced, positive)
    gain, low, high = np.round([gain, *np.quantile(gains, [0.025, 0.975])], 3) + 0.0  # no "-0.000"
    return f"{gain:+.3f} [{low:.3f}, {high:.3f}]"
