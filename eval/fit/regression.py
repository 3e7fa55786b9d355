"""Logistic regressions with a ridge penalty, into the form that `rag.linear_model` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.linear_model import LinearModel

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = Sequence[Mapping[str, float]]
"""The features of each case, by name; all with the same names in the same order."""


def fit_logistic(
    rows: Rows, labels: Array | Flags, *, counts: Array | None = None, penalty: float = 10.0
) -> LinearModel:
    """Fit to labels 0 or 1, one a row; `counts` says how often each row counts, once if not given.

    The penalty is on the weights of standardised features, not on the intercept.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    features = scaler.fit_transform(_matrix(rows))
    model = LogisticRegression(C=1 / penalty, tol=1e-8, max_iter=1000)
    model.fit(features, labels, sample_weight=counts)
    weights = model.coef_[0] / scaler.scale_
    return _model(rows, float(model.intercept_[0] - weights @ scaler.mean_), weights)


def fit_signed(
    rows: Rows, labels: Array | Flags, signs: Mapping[str, int], *, penalty: float = 2.0
) -> LinearModel:
    """The same over the features of `signs`, where a weight may not have the other sign.

    A weight that the data would give the other sign becomes 0.
    """
    from scipy.optimize import minimize
    from sklearn.preprocessing import StandardScaler

    rows = [{name: row[name] for name in signs} for row in rows]
    scaler = StandardScaler()
    features = np.c_[np.ones(len(rows)), scaler.fit_transform(_matrix(rows))]
    ridge = np.r_[0.0, np.full(len(signs), penalty)]

    def loss(weights: Array) -> tuple[float, Array]:
        odds = features @ weights
        error = 1 / (1 + np.exp(-odds)) - labels
        value = np.logaddexp(0, odds).sum() - labels @ odds + (ridge * weights**2).sum() / 2
        return float(value), features.T @ error + ridge * weights

    bounds = [(None, None), *((0, None) if sign > 0 else (None, 0) for sign in signs.values())]
    best = minimize(
        loss, np.zeros(len(bounds)), jac=True, bounds=bounds, method="L-BFGS-B",
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 5000},
    ).x  # fmt: skip
    weights = best[1:] / scaler.scale_
    return _model(rows, float(best[0] - weights @ scaler.mean_), weights)


def _matrix(rows: Rows) -> Array:
    return np.array([list(row.values()) for row in rows], dtype=np.float64)


def _model(rows: Rows, intercept: float, weights: Array) -> LinearModel:
    return LinearModel(intercept, dict(zip(rows[0], map(float, weights), strict=True)), {})


def fit_conditional(groups: Sequence[tuple[Rows, Array]], *, penalty: float = 10.0) -> LinearModel:
    """A conditional logit (McFadden, 1974): which row of each group is chosen.

    Each group has its rows and how much each of them is the right one (0 for most); groups without
    a right one are left out. The penalty is on the weights of standardised features.
    """
    from scipy.optimize import minimize
    from sklearn.preprocessing import StandardScaler

    chosen = [(rows, share / share.sum()) for rows, share in groups if share.sum() > 0]
    rows = [row for group, _ in chosen for row in group]
    scaler = StandardScaler().fit(_matrix(rows))
    data = [(scaler.transform(_matrix(group)), share) for group, share in chosen]

    def loss(weights: Array) -> tuple[float, Array]:
        value, slope = penalty * float(weights @ weights) / 2, penalty * weights
        for features, share in data:
            scores = features @ weights
            likely = np.exp(scores - scores.max())
            likely /= likely.sum()
            value -= float(share @ np.log(likely + 1e-12))
            slope = slope + features.T @ (likely - share)
        return value, slope

    best = minimize(loss, np.zeros(len(rows[0])), jac=True, method="L-BFGS-B").x
    weights = best / scaler.scale_
    return _model(rows, float(-weights @ scaler.mean_), weights)
