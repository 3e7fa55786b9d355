"""The small fitted models: features and weights out of `rag/weights.json`, one scorer for all.

`rag-eval fit` writes the file. Beside every model it holds the thresholds in use and where the
numbers come from: data and its digest, sizes, areas under the ROC curve, the trivial rival's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple, Self


class LinearModel(NamedTuple):
    """A logistic regression: log-odds = intercept + the sum of weight times feature."""

    intercept: float
    weights: Mapping[str, float]
    """By feature, in the features' own units."""
    thresholds: Mapping[str, float]
    """Probabilities at which something is decided, by what is; shared by the parts of a model."""

    @classmethod
    def load(cls, name: str) -> Self:
        """The model of that name; `support.about` is a part of `support`. Raises `KeyError`."""
        task, _, part = name.partition(".")
        entry = _entries()[task]
        model = entry[part] if part else entry
        return cls(
            model["intercept"], *map(MappingProxyType, (model["weights"], entry["thresholds"]))
        )

    def score(self, values: Mapping[str, float]) -> float:
        """Log-odds; `values` holds every feature of the model, and may hold others."""
        return self.intercept + sum(w * values[name] for name, w in self.weights.items())

    def probability(self, values: Mapping[str, float]) -> float:
        """The same as a probability, from 0 to 1."""
        return 1 / (1 + math.exp(-self.score(values)))


@cache
def _entries() -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(files("rag").joinpath("weights.json").read_text("utf-8"))
    return entries
