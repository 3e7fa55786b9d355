"""The nouns of Paper RAG: frozen data, and the protocols that engines fulfil.

The same words mean the same things in code, prompts, command line and documentation.
"""

from typing import TYPE_CHECKING

from rag.types.answers import ROWS, Answer, Reason, Status
from rag.types.corrections import FORMS, plan_changes
from rag.types.papers import (
    Citation,
    Hit,
    Paper,
    Passage,
    Quote,
    Rejected,
    Report,
    holds_suspects,
)
from rag.types.plans import KINDS, Form, Kind, Plan, Query, StoredField
from rag.types.protocols import (
    Embedder,
    Judgement,
    QueryEmbedder,
    Reader,
    Retriever,
    Server,
    TokenEmbedder,
    TokenStates,
    Verifier,
    Vocabulary,
)
from rag.types.queries import Filters, Message, Turn
from rag.types.sentences import Sentence
from rag.types.tables import Cell, Row, Table
from rag.types.usage import Usage
from rag.types.wording import Answers, Stage, Support

if TYPE_CHECKING:
    from rag.types.protocols import Vectors as Vectors

__all__ = [
    "Answer",
    "Answers",
    "Cell",
    "Citation",
    "Embedder",
    "FORMS",
    "Filters",
    "Form",
    "Hit",
    "Judgement",
    "KINDS",
    "Kind",
    "Message",
    "Paper",
    "Passage",
    "Plan",
    "Query",
    "Quote",
    "ROWS",
    "Reader",
    "Reason",
    "Rejected",
    "Report",
    "Retriever",
    "Row",
    "Sentence",
    "Server",
    "Stage",
    "Status",
    "StoredField",
    "Support",
    "TYPE_CHECKING",
    "Table",
    "QueryEmbedder",
    "TokenEmbedder",
    "TokenStates",
    "Verifier",
    "Turn",
    "Usage",
    "Vocabulary",
    "holds_suspects",
    "plan_changes",
]
