"""What other packages bring along as entry points: language models, embedders, readers of files.

A package that registers `acme = "acme_rag:make"` in the group `paper_rag.providers` makes
`RAG_LLM=acme/MODEL` work; in the group `paper_rag.embedders`, `RAG_EMBEDDING=acme/MODEL`. What it
registers is called with the model's name and the settings (`rag.settings.Settings`). It returns a
language model of llama-index, or an embedder: a `rag.types.Embedder` or one of llama-index.

In the group `paper_rag.readers` it makes `--format acme` work. It is called with the path of a
file ("-" is standard input) and what `Paper.sources` and `Rejected.path` call it, and gives
`rag.types.Paper` and `Rejected` in order; `rag.corpus.to_paper` makes either out of a dict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.errors import ConfigError, RagError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from rag.settings import Settings

PROVIDERS = "paper_rag.providers"
EMBEDDERS = "paper_rag.embedders"
READERS = "paper_rag.readers"


def installed(group: str) -> list[str]:
    """The names that are registered in a group, in order."""
    return sorted({entry.name for entry in entry_points(group=group)})


def load(group: str, name: str) -> Any:
    """What is registered by this name; raises `ConfigError` when it cannot be imported."""
    entry, *_ = entry_points(group=group, name=name)
    try:
        return entry.load()
    except Exception as error:  # whatever the other package's code does wrong
        raise ConfigError(
            f"The plug-in {name} ({entry.value}) cannot be imported: {sentence(error)}"
        ) from error


def make(group: str, name: str, model: str, settings: Settings) -> Any:
    """What the plug-in of this name makes of a model's name and the settings.

    Raises `ConfigError` when it cannot be imported or does not make it, and what it raises of ours.
    """
    plugin = load(group, name)
    try:
        return plugin(model, settings)
    except RagError:
        raise
    except Exception as error:
        reason = sentence(error)
        for value in vars(settings).values():
            if secret := getattr(value, "get_secret_value", str)():
                reason = reason.replace(secret, "…")
        raise ConfigError(f"The plug-in {name} cannot make {name}/{model}: {reason}") from None


def sentence(error: Exception) -> str:
    """The kind of an error with the first line of what it says."""
    first, *_ = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}{f': {first}' if first else ''}".rstrip(".") + "."


def entry_points(*, group: str, name: str | None = None) -> list[EntryPoint]:
    """Those of a group, or of a name in it. The import takes long, and few have a plug-in."""
    from importlib import metadata

    return [entry for entry in metadata.entry_points(group=group) if name in (None, entry.name)]
