"""What other packages bring along: language models and embedders, registered as entry points.

A package that registers `acme = "acme_rag:make"` in the group `paper_rag.providers` makes
`RAG_LLM=acme/MODEL` work; in the group `paper_rag.embedders`, `RAG_EMBEDDING=acme/MODEL`. What it
registers is called with the model's name and the settings (`rag.settings.Settings`). It returns a
language model of llama-index, or an embedder: a `rag.types.Embedder` or one of llama-index.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from rag.errors import ConfigError, RagError

if TYPE_CHECKING:
    from rag.settings import Settings

PROVIDERS = "paper_rag.providers"
EMBEDDERS = "paper_rag.embedders"


def installed(group: str) -> list[str]:
    """The names that are registered in a group, in order."""
    return sorted({entry.name for entry in entry_points(group=group)})


def make(group: str, name: str, model: str, settings: Settings) -> Any:
    """What the plug-in of this name makes of a model's name and the settings.

    Raises `ConfigError` when it cannot be imported or does not make it, and what it raises of ours.
    """
    entry, *_ = entry_points(group=group, name=name)
    try:
        plugin = entry.load()
    except Exception as error:  # whatever the other package's code does wrong
        raise ConfigError(
            f"The plug-in {name} ({entry.value}) cannot be imported: {_sentence(error)}"
        ) from error
    try:
        return plugin(model, settings)
    except RagError:
        raise
    except Exception as error:
        sentence = _sentence(error)
        for value in vars(settings).values():
            if secret := getattr(value, "get_secret_value", str)():
                sentence = sentence.replace(secret, "…")
        raise ConfigError(f"The plug-in {name} cannot make {name}/{model}: {sentence}") from None


def _sentence(error: Exception) -> str:
    """The kind of an error with the first line of what it says."""
    first, *_ = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}{f': {first}' if first else ''}".rstrip(".") + "."
