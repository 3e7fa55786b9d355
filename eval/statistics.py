"""Error bars and comparisons: what a number of questions can and cannot show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
RESAMPLES = 2000
SHUFFLES = 9999
_POWER = 1.959964 + 0.841621
"""Standard errors that a true difference must span to be seen with 80 % power at 5 %, two-sided."""

Array = NDArray[np.float64]


class Mean(NamedTuple):
    """A mean over questions with its 95 % bootstrap interval.

    `worst` and `best` bound it over what is undetermined: as if all of that had scored 0, or 1.
    """

    value: float
    low: float
    high: float
    n: int
    undetermined: int = 0
    worst: float = math.nan
    best: float = math.nan


class Difference(NamedTuple):
    """B minus A on the same questions."""

    a: float
    b: float
    value: float
    low: float
    high: float
    p: float
    """Of the paired randomisation test, not corrected."""
    n: int
    seen: float
    """The smallest true difference that this many questions would show, 80 % of the time."""


def mean(values: Sequence[float | None], *, seed: int = 0) -> Mean:
    """The mean of what is determined. NaN throughout when nothing is."""
    known = np.array([v for v in values if v is not None], dtype=float)
    missing = len(values) - len(known)
    if not len(known):
        return Mean(math.nan, math.nan, math.nan, 0, missing)
    low, high = interval(known, seed=seed)
    total, n = float(known.sum()), len(values)
    # Bounds make sense for shares only; nothing is lost where nothing is undetermined.
    bounds = (total / n, (total + missing) / n) if missing else (known.mean(), known.mean())
    return Mean(float(known.mean()), low, high, len(known), missing, *map(float, bounds))


def wilson(count: int, n: int) -> Mean:
    """A share with its interval, which holds for small counts, too (Wilson, 1927). NaN of none."""
    from scipy.stats import binomtest

    if not n:
        return Mean(math.nan, math.nan, math.nan, 0)
    bounds = binomtest(count, n).proportion_ci(LEVEL, method="wilson")
    return Mean(count / n, float(bounds.low), float(bounds.high), n)


def interval(values: Array, *, level: float = LEVEL, seed: int = 0) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean (Efron & Tibshirani, 1993)."""
    from scipy.stats import bootstrap

    if len(values) < 2 or np.ptp(values) == 0:
        return float(values.mean()), float(values.mean())
    bounds = bootstrap(
        (values,), np.mean, confidence_level=level, n_resamples=RESAMPLES,
        method="percentile", rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return float(bounds.low), float(bounds.high)


def compare(a: Sequence[float], b: Sequence[float], *, seed: int = 0) -> Difference:
    """Paired: the same questions in the same order. Raises `ValueError` for other lengths."""
    from scipy.stats import permutation_test

    if len(a) != len(b) or not a:
        raise ValueError("a comparison needs the same questions, and at least one")
    before, after = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    gap = after - before
    low, high = interval(gap, seed=seed)
    p = 1.0
    if len(gap) > 1 and np.any(gap):
        p = float(
            permutation_test(
                (gap,), lambda x, axis: np.mean(x, axis=axis), permutation_type="samples",
                vectorized=True, n_resamples=SHUFFLES, rng=np.random.default_rng(seed),
            ).pvalue
        )  # fmt: skip
    spread = float(gap.std(ddof=1)) if len(gap) > 1 else math.nan
    return Difference(
        float(before.mean()), float(after.mean()), float(gap.mean()), low, high, p, len(gap),
        _POWER * spread / math.sqrt(len(gap)),
    )  # fmt: skip


def holm(ps: Sequence[float]) -> list[float]:
    """P-values corrected for many metrics (Holm, 1979): as strict as Bonferroni, more powerful."""
    order = sorted(range(len(ps)), key=lambda n: ps[n])
    corrected = [0.0] * len(ps)
    running = 0.0
    for place, n in enumerate(order):
        running = max(running, min(1.0, (len(ps) - place) * ps[n]))
        corrected[n] = running
    return corrected


def roc_areas(scores: Array, positive: NDArray[np.bool_]) -> Array:
    """The area under the ROC curve of each row, by ranks (Mann-Whitney), ties half.

    `scores` and `positive` have the shape (rows, cases); each row needs cases of both classes.
    """
    from scipy.stats import rankdata

    count = positive.sum(axis=1)
    above = (rankdata(scores, axis=1) * positive).sum(axis=1) - count * (count + 1) / 2
    areas: Array = above / (count * (positive.shape[1] - count))
    return areas


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> tuple[Array, Array, float]:
    """Coverage, risk and the area under the curve, answering the most confident first.

    Risk is the share of wrong answers among those given (El-Yaniv & Wiener, JMLR 2010); an area
    of 0 is perfect, that of random confidence is the overall share of wrong answers.
    """
    order = np.argsort(-np.asarray(confidence), kind="stable")
    wrong = ~np.asarray(right, dtype=bool)[order]
    given = np.arange(1, len(order) + 1)
    risk = np.cumsum(wrong) / given
    return given / len(order), risk, float(risk.mean()) if len(order) else math.nan


def calibration(
    probability: Sequence[float], truth: Sequence[bool], bins: int = 10
) -> tuple[list[tuple[float, float, int]], float]:
    """(mean probability, share true, count) of bins of equal width, and the expected error.

    Naeini et al., "Obtaining Well Calibrated Probabilities", AAAI 2015.
    """
    p, t = np.asarray(probability, dtype=float), np.asarray(truth, dtype=float)
    place = np.minimum((p * bins).astype(int), bins - 1)
    shares = [
        (float(p[place == n].mean()), float(t[place == n].mean()), int((place == n).sum()))
        for n in range(bins)
        if (place == n).any()
    ]
    error = sum(abs(given - true) * count for given, true, count in shares) / max(1, len(p))
    return shares, float(error)
