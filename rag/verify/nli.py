"""A natural language inference model as a second opinion on support (extra `cross-encoder`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.embed import load_cross_encoder
from rag.errors import ConfigError

if TYPE_CHECKING:
    from rag.verify import Entailment


def load_entailment(name: str) -> Entailment:
    """The cross-encoder `name` as a judge of (premise, claim) pairs.

    It must be one with the usual three labels, such as `cross-encoder/nli-deberta-v3-small`. Raises
    `ConfigError` when it, or its package, is missing.
    """
    model = load_cross_encoder(name, "RAG_NLI")
    labels = {str(label).lower(): place for place, label in model.config.id2label.items()}
    if not {"entailment", "contradiction"} <= set(labels):
        raise ConfigError(f"{name} is no NLI model: its labels are {', '.join(labels)}.")

    def entailment(claim: str, premises: Sequence[str]) -> list[tuple[float, float]]:
        scores = model.predict([(premise, claim) for premise in premises], apply_softmax=True)
        places = labels["entailment"], labels["contradiction"]
        return [(float(row[places[0]]), float(row[places[1]])) for row in scores]

    return entailment
