"""A natural language inference model, as an ONNX file, as a second opinion on support."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.embed import load_cross_encoder
from rag.errors import ConfigError

if TYPE_CHECKING:
    from rag.verify import Entailment

ENTAILS = ("entail", "consistent", "support")
"""Beginnings of the labels of a claim that follows; no label of one that does not begins so."""


def load_entailment(name: str, threads: int | None = None) -> Entailment:
    """The model `onnx/REPOSITORY-OR-FOLDER` as a judge of (premise, claim) pairs.

    It must have a label for entailment; one without a label for contradiction, such as a model of
    factual consistency, contradicts nothing. Neither entails nor contradicts what is too long to be
    read whole. Raises `ConfigError` when it cannot be had or is another kind of model.
    """
    model = load_cross_encoder(name, "RAG_NLI", threads)
    labels = [label.lower() for label in model.labels]
    entails = [place for place, label in enumerate(labels) if label.startswith(ENTAILS)]
    refutes = [place for place, label in enumerate(labels) if label.startswith("contradict")]
    if len(labels) < 2 or len(entails) != 1:
        raise ConfigError(f"{name} is no NLI model: its labels are {', '.join(model.labels)}.")

    def entailment(claim: str, premises: Sequence[str]) -> list[tuple[float, float]]:
        import numpy as np

        if not model.fits(claim):
            return [(0.0, 0.0)] * len(premises)
        logits = model.logits(claim, premises, passage_first=True)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return [(float(row[entails[0]]), float(row[refutes].sum())) for row in shares]

    return entailment
