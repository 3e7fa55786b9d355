"""From a question to papers: what it asks for, which papers are near, in which order."""

from rag.retrieve.collection import Collection
from rag.retrieve.federated import FederatedRetriever
from rag.retrieve.hybrid import FEEDBACK, LEXICAL_WEIGHT, HybridRetriever
from rag.retrieve.llama_nodes import postprocessed, to_node
from rag.retrieve.query import corrected, make_query
from rag.retrieve.retrieval import MANY, retrieve

__all__ = [
    "Collection",
    "FEEDBACK",
    "FederatedRetriever",
    "HybridRetriever",
    "LEXICAL_WEIGHT",
    "MANY",
    "corrected",
    "make_query",
    "postprocessed",
    "retrieve",
    "to_node",
]
