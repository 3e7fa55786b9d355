"""Logistic regression with a ridge penalty, by Newton's method; numpy is all it needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Fit(NamedTuple):
    """A fitted model: log-odds = intercept + features @ weights, in the features' own units."""

    intercept: float
    weights: Array

    def probability(self, features: Array) -> Array:
        odds: Array = 1 / (1 + np.exp(-(self.intercept + features @ self.weights)))
        return odds


def fit(
    features: Array,
    labels: Array,
    *,
    counts: Array | None = None,
    penalty: float = 10.0,
    steps: int = 50,
) -> Fit:
    """Fit to features of shape (n, m) and labels 0 or 1 of shape (n,).

    `counts` of shape (n,) says how often each row counts; once when not given.

    The penalty is on the weights of standardised features, not on the intercept.
    """
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale == 0] = 1.0
    design = np.hstack([np.ones((len(features), 1)), (features - mean) / scale])
    ridge = np.diag([0.0] + [penalty] * features.shape[1])
    beta = np.zeros(design.shape[1])
    counted = np.ones(len(features)) if counts is None else counts
    for _ in range(steps):
        probability = 1 / (1 + np.exp(-(design @ beta)))
        gradient = design.T @ (counted * (labels - probability)) - ridge @ beta
        curvature = (design.T * (counted * probability * (1 - probability))) @ design + ridge
        step = np.linalg.solve(curvature, gradient)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    weights = beta[1:] / scale
    return Fit(float(beta[0] - mean @ weights), weights)


def auc(scores: Array, labels: Array) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    wins = (positive[:, None] > negative).sum() + 0.5 * (positive[:, None] == negative).sum()
    return float(wins / (len(positive) * len(negative)))
