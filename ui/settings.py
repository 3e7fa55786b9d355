"""What can be configured of the page alone; read as `rag.settings.Settings` is."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class UISettings(BaseSettings):
    """The environment's `RAG_UI_…` variables win over those of `.env`; frozen."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="RAG_UI_", extra="ignore", frozen=True, env_ignore_empty=True
    )

    # -- the page ------------------------------------------------------------------------------

    auth: SecretStr = Field(default=SecretStr(""))
    """Who may open the page: user:password pairs separated by commas, or python:MODULE:FUNCTION, a
    function of user and password that says who may. Needed to listen on more than this machine.
    With it, each user's uploads are seen by that user alone."""
