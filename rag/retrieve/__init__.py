"""From a question to papers: what it asks for, which papers are near, in which order."""

from rag.retrieve.collection import Collection
from rag.retrieve.federated import FederatedRetriever
from rag.retrieve.followup import condense, leans, standalone
from rag.retrieve.hybrid import HybridRetriever
from rag.retrieve.llama_nodes import postprocessed, to_node
from rag.retrieve.query import make_query
from rag.retrieve.retrieval import retrieve
from rag.retrieve.spelling import guesses

__all__ = [
    "Collection",
    "FederatedRetriever",
    "HybridRetriever",
    "condense",
    "guesses",
    "leans",
    "make_query",
    "postprocessed",
    "retrieve",
    "standalone",
    "to_node",
]
