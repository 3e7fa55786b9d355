"""An embedding model for Paper RAG.

Once this package is installed (`pip install docs/examples/own_embedder_package`),
`RAG_EMBEDDING=letters/N` uses it: it counts the runs of N letters in a text.
"""

import zlib
from collections.abc import Sequence

import numpy as np

from rag import ConfigError, Settings


class Letters:
    """An `rag.Embedder`."""

    dimension = 256
    max_tokens = 10_000

    def __init__(self, length: int) -> None:
        self.name = f"letters/{length}"
        self._length = length

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of shape (len(texts), dimension), float32."""
        vectors = np.full((len(texts), self.dimension), 1e-3, dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for start in range(len(text) - self._length + 1):
                run = text[start : start + self._length].lower()
                row[zlib.crc32(run.encode()) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def count_tokens(self, text: str) -> int:
        """How many of `max_tokens` a text takes."""
        return len(text)


def embedder(model: str, settings: Settings) -> Letters:
    """The embedder of `RAG_EMBEDDING=letters/MODEL`; what is wrong is one sentence to the user."""
    if not model.isdigit() or not int(model):
        raise ConfigError(f"letters/{model}: the model is a number of letters, such as letters/3.")
    return Letters(int(model))
