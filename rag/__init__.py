"""Paper RAG: questions answered from paper abstracts, every sentence cited and checked."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rag.errors import ConfigError, CorpusError, ModelError, RagError, StoreError, UsageError
from rag.types import (
    Answer,
    Citation,
    Embedder,
    Filters,
    Hit,
    Paper,
    Passage,
    Plan,
    Query,
    Quote,
    Report,
    Retriever,
    Sentence,
    Turn,
    Usage,
)

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.llm import Stop
    from rag.manuscript import CheckReport
    from rag.settings import Settings

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Assistant",
    "CheckReport",
    "Citation",
    "ConfigError",
    "CorpusError",
    "Embedder",
    "Filters",
    "Hit",
    "ModelError",
    "Paper",
    "Passage",
    "Plan",
    "Query",
    "Quote",
    "RagError",
    "Report",
    "Retriever",
    "Sentence",
    "Settings",
    "Stop",
    "StoreError",
    "Turn",
    "Usage",
    "UsageError",
]
_LATER = {
    "Assistant": "rag.assistant",
    "CheckReport": "rag.manuscript",
    "Settings": "rag.settings",
    "Stop": "rag.llm",
}
"""What loads its engines when it is first asked for, so that `import rag` stays light."""


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
