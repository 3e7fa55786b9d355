"""Language models of every provider, as llama-index's classes; only this file builds them.

The OpenAI protocol (`openai`, `azure`, `openai-like`) and Ollama's come with the package, the
others as extras. Retries are ours (`rag/llm/model.py`), so every client is told to make none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from rag.errors import ConfigError, missing_extra
from rag.llm.failures import Endpoint
from rag.llm.pricing import listed

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.settings import Settings

Role = Literal["answer", "rewrite", "judge"]
ROLES: tuple[Role, ...] = ("answer", "rewrite", "judge")
OPENAI_PROTOCOL = ("openai", "azure", "openai-like")
WINDOW = 8192
"""Tokens that an unlisted model is taken to read."""
_REASONING = re.compile(r"^(?:o\d|gpt-5)")
"""Models of OpenAI that take no temperature."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A model, where it is and what it is told: everything but the question."""

    provider: str
    model: str
    url: str | None
    key: SecretStr
    key_name: str
    """The environment variable that holds the key."""
    window: int
    """Tokens that the model reads and writes together."""

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


# Provider: its key's setting, and its own address.
_PROVIDERS: dict[str, tuple[str, str | None]] = {
    "openai": ("openai_api_key", None),
    "azure": ("azure_openai_api_key", None),
    "ollama": ("llm_api_key", "http://localhost:11434"),
    "openai-like": ("llm_api_key", None),
    "anthropic": ("anthropic_api_key", None),
    "gemini": ("gemini_api_key", None),
    "mistral": ("mistral_api_key", None),
}
_KEYLESS = ("ollama", "openai-like")


def named(settings: Settings, role: Role) -> str | None:
    """The model that a setting of its own names for a role; None where it follows `llm`."""
    return {"rewrite": settings.llm_rewrite, "judge": settings.llm_judge}.get(role)


def backend(settings: Settings, role: Role = "answer") -> Backend | None:
    """The model for a role; None when answers are extractive.

    Raises `ConfigError` when the setting names no provider, or when an address is missing.
    """
    name = named(settings, role) or settings.llm
    if name == "extractive":
        return None
    provider, _, model = name.partition("/")
    if provider not in _PROVIDERS or not model:
        raise ConfigError(
            f"There is no model {name!r}: use extractive, or PROVIDER/MODEL with a provider of "
            f"{', '.join(_PROVIDERS)}."
        )
    key_name, url = _PROVIDERS[provider]
    key: SecretStr = getattr(settings, key_name)
    # Address and key of the main model are sent to nobody else.
    if provider == settings.llm.partition("/")[0]:
        url = settings.llm_base_url or url
        if settings.llm_api_key.get_secret_value():
            key, key_name = settings.llm_api_key, "llm_api_key"
    if provider in ("openai-like", "azure") and not url:
        raise ConfigError(f"{name} needs the address of its server: set RAG_LLM_BASE_URL.")
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise ConfigError("RAG_LLM_BASE_URL must begin with http:// or https://.")
    known = listed(model, settings.prices)
    window = settings.context or (known.window if known else WINDOW)
    variable = "RAG_LLM_API_KEY" if key_name == "llm_api_key" else key_name.upper()
    return Backend(provider, model, url, key, variable, window)


def without_secrets(url: str | None) -> str | None:
    """The address without a user, password or query that may be in it."""
    if url is None:
        return None
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


def require_key(one: Backend) -> None:
    """Raises `ConfigError` when a provider that wants a key has none."""
    if not one.key.get_secret_value() and one.provider not in _KEYLESS:
        raise ConfigError(f"{one.name} needs a key: set {one.key_name}, in .env for instance.")


def build(one: Backend, settings: Settings) -> LLM:
    """The llama-index model of a backend.

    Raises `ConfigError` when its key is missing, or the package of an extra.
    """
    require_key(one)
    builders: dict[str, Callable[[Backend, Settings], LLM]] = {
        "azure": _azure,
        "ollama": _ollama,
        "anthropic": _anthropic,
        "gemini": _gemini,
        "mistral": _mistral,
    }
    try:
        return builders.get(one.provider, _openai)(one, settings)
    except ImportError as error:
        raise missing_extra(one.name, one.provider) from error


def parameters(one: Backend, settings: Settings) -> dict[str, Any]:
    """What is sent with every request in the OpenAI protocol; others get theirs when built."""
    if one.provider not in OPENAI_PROTOCOL:
        return {}
    limit = "max_tokens" if one.provider == "openai-like" else "max_completion_tokens"
    given: dict[str, Any] = {limit: settings.max_tokens}
    if settings.temperature is not None and not _REASONING.match(one.model):
        given["temperature"] = settings.temperature
    if settings.seed is not None:
        given["seed"] = settings.seed
    if settings.reasoning_effort is not None:
        given["reasoning_effort"] = settings.reasoning_effort
    return given


def _openai(one: Backend, settings: Settings) -> LLM:
    from llama_index.llms.openai_like import OpenAILike

    # llama-index's OpenAI class knows the names of OpenAI's models and refuses others.
    return OpenAILike(
        model=one.model,
        api_key=one.key.get_secret_value() or "none",
        api_base=one.url or "https://api.openai.com/v1",
        is_chat_model=True,
        context_window=one.window,
        max_retries=0,
        timeout=settings.llm_timeout,
    )


def _azure(one: Backend, settings: Settings) -> LLM:
    from llama_index.llms.openai_like import OpenAILike
    from openai import AsyncAzureOpenAI

    client = AsyncAzureOpenAI(
        azure_endpoint=str(one.url),
        azure_deployment=one.model,
        api_version=settings.azure_api_version,
        api_key=one.key.get_secret_value(),
        max_retries=0,
        timeout=settings.llm_timeout,
    )
    return OpenAILike(
        model=one.model,
        api_key="none",
        is_chat_model=True,
        context_window=one.window,
        max_retries=0,
        async_openai_client=client,  # type: ignore[call-arg]
    )


def _ollama(one: Backend, settings: Settings) -> LLM:
    from llama_index.llms.ollama import Ollama

    secret = one.key.get_secret_value()
    options: dict[str, Any] = {"num_predict": settings.max_tokens}
    if settings.seed is not None:
        options["seed"] = settings.seed
    effort = settings.reasoning_effort
    thinking: Any = {None: None, "none": False, "minimal": "low", "xhigh": "high"}.get(
        effort, effort
    )
    return Ollama(
        model=one.model,
        base_url=str(one.url),
        temperature=settings.temperature,
        # Ollama cuts what is longer without a word, so the window is always asked for.
        context_window=one.window,
        request_timeout=settings.llm_timeout,
        thinking=thinking,
        additional_kwargs=options,
        headers={"Authorization": f"Bearer {secret}"} if secret else None,
    )


def _anthropic(one: Backend, settings: Settings) -> LLM:
    from llama_index.llms.anthropic import Anthropic

    # Its class fills in a temperature of its own when none is given.
    given = {} if settings.temperature is None else {"temperature": settings.temperature}
    model: LLM = Anthropic(
        model=one.model,
        api_key=one.key.get_secret_value(),
        base_url=one.url,
        max_tokens=settings.max_tokens,
        max_retries=0,
        timeout=settings.llm_timeout,
        **given,
    )
    return model


def _gemini(one: Backend, settings: Settings) -> LLM:
    from llama_index.llms.google_genai import GoogleGenAI

    given = {} if settings.temperature is None else {"temperature": settings.temperature}
    model: LLM = GoogleGenAI(
        model=one.model,
        api_key=one.key.get_secret_value(),
        max_tokens=settings.max_tokens,
        context_window=one.window,
        max_retries=0,
        http_options={"timeout": int(1000 * settings.llm_timeout), "base_url": one.url},
        **given,
    )
    return model


def _mistral(one: Backend, settings: Settings) -> LLM:
    from llama_index.llms.mistralai import MistralAI

    model: LLM = MistralAI(
        model=one.model,
        api_key=one.key.get_secret_value(),
        endpoint=one.url,
        temperature=settings.temperature or 0.0,
        max_tokens=settings.max_tokens,
        max_retries=0,
        timeout=settings.llm_timeout,
        random_seed=settings.seed,
    )
    return model
