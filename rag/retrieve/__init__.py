"""From a question to papers: what it asks for, which papers are near, in which order."""

from rag.retrieve.collection import Collection
from rag.retrieve.federated import FederatedRetriever
from rag.retrieve.hybrid import HybridRetriever
from rag.retrieve.llama_nodes import postprocessed, to_node
from rag.retrieve.query import make_query
from rag.retrieve.retrieval import MANY, retrieve
from rag.retrieve.spelling import guesses

__all__ = [
    "Collection",
    "FederatedRetriever",
    "HybridRetriever",
    "MANY",
    "guesses",
    "make_query",
    "postprocessed",
    "retrieve",
    "to_node",
]
