"""What models cost and how much they read: a small dated table, which the user can override."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import ConfigError

if TYPE_CHECKING:
    from rag.settings import Settings


class ModelInfo(NamedTuple):
    """A model's row in the table."""

    context_window: int
    """Tokens that it reads."""
    dollars_in: float
    """US dollars per million tokens read."""
    dollars_out: float
    """US dollars per million tokens written."""


def model_info(model: str, prices: Path | None = None) -> ModelInfo | None:
    """The row of a model; `gpt-4o-2024-08-06` and `llama3:8b` are found as `gpt-4o` and `llama3`.

    `prices` names a JSON file of the same form as `rag/models.json`; its rows come first. Raises
    `ConfigError` when it cannot be read.
    """
    tables = [_own(prices)] if prices else []
    for table in [*tables, _bundled()]:
        for name in sorted(table, key=len, reverse=True):
            if model == name or model.startswith((f"{name}-20", f"{name}:", f"{name}@")):
                return table[name]
    return None


def dollars(name: str, settings: Settings, tokens_in: int, tokens_out: int) -> float | None:
    """What so many tokens of the model `PROVIDER/MODEL` cost, by the user's own price, else the
    table's; None when unknown."""
    provider, _, model = name.partition("/")
    price_in, price_out = settings.price_in, settings.price_out
    if name != settings.llm or (price_in, price_out) == (None, None):
        info = model_info(model, settings.prices)
        if info is None:
            return 0.0 if provider == "ollama" else None
        _, price_in, price_out = info
    return (tokens_in * (price_in or 0.0) + tokens_out * (price_out or 0.0)) / 1e6


@lru_cache(maxsize=1)
def _bundled() -> dict[str, ModelInfo]:
    return _rows(files("rag").joinpath("models.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def _own(path: Path) -> dict[str, ModelInfo]:
    try:
        return _rows(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"RAG_PRICES: {path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(
            f"RAG_PRICES: {path} must look like this: "
            '{"models": {"NAME": [WINDOW, DOLLARS_PER_MILLION_IN, DOLLARS_PER_MILLION_OUT]}}.'
        ) from None


def _rows(text: str) -> dict[str, ModelInfo]:
    rows: dict[str, ModelInfo] = {}
    for name, (window, dollars_in, dollars_out) in json.loads(text)["models"].items():
        rows[name] = ModelInfo(int(window), float(dollars_in), float(dollars_out))
    return rows
