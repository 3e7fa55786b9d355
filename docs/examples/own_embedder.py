"""An embedding model of your own: anything with these five names is an `Embedder`.

A model of llama-index is taken as well: `Assistant(embedding=HuggingFaceEmbedding("…"))`. The name
is part of what an index is known by; change it when the vectors change, and run `rag rebuild`.
"""

import tempfile
import zlib
from collections.abc import Sequence

import numpy as np

from rag import Assistant


class Trigrams:
    """Counts the runs of three letters."""

    name = "trigrams-512"
    dimension = 512
    max_tokens = 10_000

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.full((len(texts), self.dimension), 1e-3, dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for start in range(len(text) - 2):
                row[zlib.crc32(text[start : start + 3].lower().encode()) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def count_tokens(self, text: str) -> int:
        return len(text)


with Assistant(home=tempfile.mkdtemp(), embedding=Trigrams()) as assistant:
    assistant.add([{"title": "On owls", "abstract": "Owls hear mice under the snow."}])
    assistant.add([{"title": "On kites", "abstract": "Kites glide over open fields."}])
    print([hit.paper.title for hit in assistant.search("gliding in the fields")])
