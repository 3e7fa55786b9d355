"""What each word list of the citation checker buys, on claims that nothing was fitted on.

A list is taken as empty, features and rules are computed again and the weights stay. Figures are
areas under the ROC curve of `check`'s score on the held-out half, and how much of them is the
list's, with the 95 % interval of a paired bootstrap over claims.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag.verify import Similarity, check, list_sources, without_list

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eval.fit.support_model import Pair

RESAMPLES = 1000


def ablate(pairs: Sequence[Pair], similarity: Similarity | None) -> Iterator[str]:
    """The lines of a Markdown table, one for each word list of `rag/verify/wordlists.toml`."""
    held_out = [pair for pair in pairs if not pair.tune]
    labels = np.array([pair.label for pair in held_out])
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


def _scores(pairs: Sequence[Pair], similarity: Similarity | None) -> NDArray[np.float64]:
    verdicts = (check(pair.claim, [pair.evidence], similarity=similarity) for pair in pairs)
    return np.array([verdict.score for verdict in verdicts])


def _area(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    return float(_areas(scores[None], positive[None])[0])


def _areas(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The area under the ROC curve of each row, by ranks (Mann-Whitney), ties half."""
    from scipy.stats import rankdata

    count = positive.sum(axis=1)
    above = (rankdata(scores, axis=1) * positive).sum(axis=1) - count * (count + 1) / 2
    areas: NDArray[np.float64] = above / (count * (positive.shape[1] - count))
    return areas


def _gain(
    whole: NDArray[np.float64], reduced: NDArray[np.float64], positive: NDArray[np.bool_]
) -> str:
    """How much larger the area is with the list, and its interval."""
    if np.array_equal(whole, reduced):
        return "0"
    size = len(positive)
    rows = np.random.default_rng(0).integers(0, size, (RESAMPLES, size))
    gains = _areas(whole[rows], positive[rows]) - _areas(reduced[rows], positive[rows])
    gain = _area(whole, positive) - _area(reduced, positive)
    gain, low, high = np.round([gain, *np.quantile(gains, [0.025, 0.975])], 3) + 0.0  # no "-0.000"
    return f"{gain:+.3f} [{low:.3f}, {high:.3f}]"
