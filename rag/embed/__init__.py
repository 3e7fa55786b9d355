"""Text to vectors: MiniLM on ONNX Runtime by default, other models by name; cross-encoders."""

from rag.embed.cache import CachedEmbedder, embed_queries
from rag.embed.cross_encoder import load_cross_encoder
from rag.embed.load import as_embedder, embedder_for, load_embedder

__all__ = [
    "CachedEmbedder",
    "as_embedder",
    "embed_queries",
    "embedder_for",
    "load_cross_encoder",
    "load_embedder",
]
