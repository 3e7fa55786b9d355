"""The nouns of Paper RAG: frozen data, and the protocols that engines fulfil.

The same words mean the same things in code, prompts, command line and documentation.
"""

from typing import TYPE_CHECKING

from rag.types.answers import Answer, Reason, Sentence, Status, Usage
from rag.types.papers import Citation, Hit, Paper, Passage, Quote, Rejected, Report
from rag.types.protocols import Embedder, Retriever, Server, Vocabulary
from rag.types.queries import Filters, Kind, Message, Query, Turn
from rag.types.wording import Stage, Support

if TYPE_CHECKING:
    from rag.types.protocols import Vectors as Vectors

__all__ = [
    "Answer",
    "Citation",
    "Embedder",
    "Filters",
    "Hit",
    "Kind",
    "Message",
    "Paper",
    "Passage",
    "Query",
    "Quote",
    "Reason",
    "Rejected",
    "Report",
    "Retriever",
    "Sentence",
    "Server",
    "Stage",
    "Status",
    "Support",
    "TYPE_CHECKING",
    "Turn",
    "Usage",
    "Vocabulary",
]
