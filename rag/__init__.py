"""Paper RAG: questions answered from paper abstracts, every sentence cited and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.errors import ConfigError, CorpusError, ModelError, RagError, StoreError
from rag.types import (
    Answer,
    Citation,
    Filters,
    Hit,
    Paper,
    Passage,
    Quote,
    Report,
    Sentence,
    Turn,
    Usage,
)

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.llm import Stop

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "ConfigError",
    "CorpusError",
    "Filters",
    "Hit",
    "ModelError",
    "Paper",
    "Passage",
    "Quote",
    "RagError",
    "Report",
    "Sentence",
    "Stop",
    "StoreError",
    "Turn",
    "Usage",
]


def __getattr__(name: str) -> Any:
    """These load their engines when they are first asked for, so `import rag` stays light."""
    if name == "Assistant":
        from rag.assistant import Assistant

        return Assistant
    if name == "Stop":
        from rag.llm import Stop

        return Stop
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
