"""Which model is meant: its provider, its address, its key, and how much it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr

from rag.errors import ConfigError
from rag.llm.failures import Endpoint
from rag.llm.pricing import model_info
from rag.plugins import PROVIDERS, installed

if TYPE_CHECKING:
    from rag.settings import Settings

Role = Literal["answer", "rewrite", "judge", "check"]
ROLES: tuple[Role, ...] = ("answer", "rewrite", "judge", "check")
OPENAI_PROTOCOL = ("openai", "azure", "openai-like")
CONTEXT_WINDOW = 8192
"""Tokens that an unlisted model is taken to read."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A model, where it is and what it is told: everything but the question."""

    provider: str
    model: str
    url: str | None
    key: SecretStr
    key_name: str
    """The environment variable that holds the key."""
    context_window: int
    """Tokens that the model reads and writes together; 0 when its llama-index class knows."""

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"

    @property
    def endpoint(self) -> Endpoint:
        """For error messages; where the provider has its own address, none is named."""
        secret = self.key.get_secret_value()
        return Endpoint(
            self.provider, self.model, without_secrets(self.url), self.key_name,
            (secret,) if secret else (),
        )  # fmt: skip


class _Provider(NamedTuple):
    """Where a provider's key is, and what it asks for."""

    key_name: str = "llm_api_key"
    """The setting."""
    url: str | None = None
    """Its own address, where it has one."""
    needs_key: bool = False
    needs_url: bool = False


_PROVIDERS = {
    "openai": _Provider("openai_api_key", needs_key=True),
    "azure": _Provider("azure_openai_api_key", needs_key=True, needs_url=True),
    "ollama": _Provider(url="http://localhost:11434"),
    "openai-like": _Provider(needs_url=True),
    "anthropic": _Provider("anthropic_api_key", needs_key=True),
    "gemini": _Provider("gemini_api_key", needs_key=True),
    "mistral": _Provider("mistral_api_key", needs_key=True),
}
_PLUGIN = _Provider()
"""A plug-in's; it looks after a key and an address of its own."""


def is_built_in(provider: str) -> bool:
    """Whether a provider comes with this package; else it is a plug-in's."""
    return provider in _PROVIDERS


def named(settings: Settings, role: Role) -> str | None:
    """The model that a setting of its own names for a role; None where it follows `llm`."""
    own = {
        "rewrite": settings.llm_rewrite, "judge": settings.llm_judge, "check": settings.llm_check
    }  # fmt: skip
    return own.get(role)


def backend_for(settings: Settings, role: Role = "answer") -> Backend | None:
    """The model for a role; None when answers are extractive.

    Raises `ConfigError` when the setting names no provider, or when an address is missing.
    """
    name = named(settings, role) or settings.llm
    if name == "extractive":
        return None
    provider, _, model = name.partition("/")
    about = _provider(name)
    key_name, url = about.key_name, about.url
    key: SecretStr = getattr(settings, key_name)
    # Address and key of the main model are sent to nobody else.
    if provider == settings.llm.partition("/")[0]:
        url = settings.llm_base_url or url
        if settings.llm_api_key.get_secret_value():
            key, key_name = settings.llm_api_key, "llm_api_key"
    if about.needs_url and not url:
        raise ConfigError(f"{name} needs the address of its server: set RAG_LLM_BASE_URL.")
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise ConfigError("RAG_LLM_BASE_URL must begin with http:// or https://.")
    info = model_info(model, settings.prices)
    assumed = info.context_window if info else CONTEXT_WINDOW if is_built_in(provider) else 0
    variable = "RAG_LLM_API_KEY" if key_name == "llm_api_key" else key_name.upper()
    return Backend(provider, model, url, key, variable, settings.context or assumed)


def _provider(name: str) -> _Provider:
    """What is known of the provider of a model. Raises `ConfigError` when there is none."""
    provider, _, model = name.partition("/")
    # Plug-ins are looked for only when nothing else has the name: that takes a while.
    if model and is_built_in(provider):
        return _PROVIDERS[provider]
    plugins = installed(PROVIDERS)
    if model and provider in plugins:
        return _PLUGIN
    raise ConfigError(
        f"There is no model {name!r}: use extractive, or PROVIDER/MODEL with a provider of "
        f"{', '.join([*_PROVIDERS, *plugins])}."
    )


def without_secrets(url: str | None) -> str | None:
    """The address without a user, password or query that may be in it."""
    if url is None:
        return None
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


def require_key(backend: Backend) -> None:
    """Raises `ConfigError` when a provider that wants a key has none."""
    needed = _PROVIDERS.get(backend.provider, _PLUGIN).needs_key
    if needed and not backend.key.get_secret_value():
        raise ConfigError(
            f"{backend.name} needs a key: set {backend.key_name}, in .env for instance."
        )
