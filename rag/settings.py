"""Configuration: the only reader of the environment.

Keyword arguments win over environment variables, which win over `.env`, which wins over the
defaults here. Every field is documented in `.env.example`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import ConfigError


class Settings(BaseSettings):
    """Everything that can be configured; frozen, so it can be shared."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="RAG_", extra="ignore", frozen=True, env_ignore_empty=True
    )

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("paper-rag", False)))
    """Folder of the library."""
    cache: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("paper-rag", False))
    )
    """Folder of what can be made again, such as the converted embedding model."""
    llm: str = "extractive"
    """What writes answers: `extractive` needs no key and no network."""
    embedding: str = "minilm"
    """What embeds passages and questions."""
    model_dir: Path | None = None
    """Folder with `model.safetensors` and `tokenizer.json` of all-MiniLM-L6-v2."""
    base_url: str | None = None
    """Endpoint of an OpenAI-compatible embedding server."""
    openai_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="openai_api_key")
    """Key for `openai/…` models; the usual variable, without the prefix."""
    k: int = Field(default=8, ge=1, le=100)
    """How many papers are retrieved for an answer."""
    words: int = Field(default=120, ge=20, le=1000)
    """How many words an extractive answer has at most."""
    threads: int | None = Field(default=None, ge=1)
    """How many processor threads embed; all cores when not given."""

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Settings from the keywords that are not None, the environment and `.env`.

        Raises `ConfigError` with one sentence for the first wrong or unknown setting.
        """
        unknown = set(given) - set(cls.model_fields)
        if unknown:
            raise ConfigError(
                f"There is no setting {sorted(unknown)[0]!r}; "
                f"the settings are {', '.join(sorted(cls.model_fields))}."
            )
        try:
            settings = cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            raise ConfigError(f"The setting {name} is not valid: {first['msg']}.") from None
        except UnicodeDecodeError:
            raise ConfigError("The file .env is not UTF-8 text; save it as that.") from None
        folders = {name: getattr(settings, name) for name in ("home", "cache", "model_dir")}
        return settings.model_copy(
            update={name: folder and folder.expanduser() for name, folder in folders.items()}
        )
