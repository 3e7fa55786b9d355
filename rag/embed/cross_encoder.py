"""Cross-encoders of sentence-transformers (extra `cross-encoder`), loaded once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rag.errors import ConfigError, missing_extra


@lru_cache(maxsize=2)
def load_cross_encoder(name: str, setting: str) -> Any:
    """The model that `setting` names; `ConfigError` when it or its package is missing."""
    try:
        from sentence_transformers import CrossEncoder
    except ImportError as error:
        raise missing_extra(f"{setting}={name}", "cross-encoder") from error
    try:
        return CrossEncoder(name)
    except (OSError, ValueError) as error:
        raise ConfigError(f"The cross-encoder {name} could not be loaded: {error}") from error
