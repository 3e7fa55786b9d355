"""From a question to papers: what it asks for, which papers are near, in which order."""

from rag.retrieve.federated import FederatedRetriever
from rag.retrieve.followup import continues, depends, standalone
from rag.retrieve.hybrid import FEEDBACK, LEXICAL_WEIGHT, HybridRetriever
from rag.retrieve.query import Question, analyse

__all__ = [
    "FEEDBACK",
    "FederatedRetriever",
    "HybridRetriever",
    "LEXICAL_WEIGHT",
    "Question",
    "analyse",
    "continues",
    "depends",
    "standalone",
]
