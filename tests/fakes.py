"""Stand-ins that the tests share, and the real model where a test needs it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.embedding import load_embedder
from rag.text import tokens
from rag.types import Embedder

if TYPE_CHECKING:
    from rag.types import Vectors

SEEDS = Path(__file__).parent.parent / "seeds"


class FakeEmbedder:
    """A bag of hashed words: the more words two texts share, the nearer they are."""

    dimension = 64
    max_tokens = 256

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.embedded: list[str] = []
        """Every text that was embedded, in order."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        vectors = np.full((len(texts), self.dimension), 1e-3, dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for token in tokens(text):
                row[int(hashlib.sha256(token.encode()).hexdigest(), 16) % self.dimension] += 1
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@lru_cache(maxsize=1)
def real_embedder() -> Embedder:
    """The embedded MiniLM; its converted form is kept in the user's cache folder."""
    import platformdirs

    return load_embedder("minilm", cache_dir=Path(platformdirs.user_cache_dir("paper-rag", False)))
