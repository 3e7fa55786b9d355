"""Language models of every provider, as llama-index's classes; only this file builds them.

The OpenAI protocol (`openai`, `azure`, `openai-like`) and Ollama's come with the package, the
others as extras. Retries are ours (`rag/llm/client.py`), so every client is told to make none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rag.errors import missing_extra
from rag.llm.backends import OPENAI_PROTOCOL, Backend, require_key
from rag.plugins import PROVIDERS, make

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.settings import Settings

_REASONING = re.compile(r"^(?:o\d|gpt-5)")
"""Models of OpenAI that take no temperature."""
_THINKS = re.compile(
    r"(?:^|[/_-])(?:o\d|gpt-5(?!.*chat)|gpt-oss|gemini-(?:2\.5|[3-9])|magistral|qwq|qwen3(?!.*(?:instruct|coder))"
    r"|deepseek-r\d|r1|grok-[4-9]|glm-(?:4\.[5-9]|z1|[5-9])|minimax-m\d|kimi-k\d-thinking"
    r"|seed-oss|exaone-deep|smollm3|nemotron|think|thinking|reasoning|reasoner)(?![a-z])",
    re.IGNORECASE,
)
"""Models that think before they answer unless told otherwise, by name."""
_THOUGHT = 8
"""How many times the tokens of its reply a model may think for."""


def build(backend: Backend, settings: Settings) -> LLM:
    """The llama-index model of a backend.

    Raises `ConfigError` when its key is missing, or the package of an extra, or when a plug-in
    cannot make it.
    """
    require_key(backend)
    builder = _BUILDERS.get(backend.provider)
    if builder is None:
        return _plugin(backend, settings)
    try:
        return builder(backend, settings)
    except ImportError as error:
        raise missing_extra(backend.name, backend.provider) from error


def _plugin(backend: Backend, settings: Settings) -> LLM:
    """The model that another package makes: `(model, settings) -> LLM` in `paper_rag.providers`."""
    llm: LLM = make(PROVIDERS, backend.provider, backend.model, settings)
    return llm


def reply_limit(backend: Backend, settings: Settings) -> int:
    """How many tokens a reply may have with the thinking before it, which providers count, too."""
    effort = settings.reasoning_effort
    thinks = bool(_THINKS.search(backend.model)) if effort is None else effort != "none"
    room = min(_THOUGHT * settings.max_tokens, backend.context_window // 4) if thinks else 0
    return settings.max_tokens + room


def parameters(backend: Backend, settings: Settings) -> dict[str, Any]:
    """What is sent with every request in the OpenAI protocol; others get theirs when built."""
    if backend.provider not in OPENAI_PROTOCOL:
        return {}
    limit = "max_tokens" if backend.provider == "openai-like" else "max_completion_tokens"
    sent: dict[str, Any] = {limit: reply_limit(backend, settings)}
    if settings.temperature is not None and not _REASONING.match(backend.model):
        sent["temperature"] = settings.temperature
    if settings.seed is not None:
        sent["seed"] = settings.seed
    if settings.reasoning_effort is not None:
        sent["reasoning_effort"] = settings.reasoning_effort
    return sent


def _openai(backend: Backend, settings: Settings) -> LLM:
    from llama_index.llms.openai_like import OpenAILike

    # llama-index's OpenAI class knows the names of OpenAI's models and refuses others.
    return OpenAILike(
        model=backend.model,
        api_key=backend.key.get_secret_value() or "none",
        api_base=backend.url or "https://api.openai.com/v1",
        is_chat_model=True,
        context_window=backend.context_window,
        max_retries=0,
        timeout=settings.llm_timeout,
    )


def _azure(backend: Backend, settings: Settings) -> LLM:
    from llama_index.llms.openai_like import OpenAILike
    from openai import AsyncAzureOpenAI

    client = AsyncAzureOpenAI(
        azure_endpoint=str(backend.url),
        azure_deployment=backend.model,
        api_version=settings.azure_api_version,
        api_key=backend.key.get_secret_value(),
        max_retries=0,
        timeout=settings.llm_timeout,
    )
    return OpenAILike(
        model=backend.model,
        api_key="none",
        is_chat_model=True,
        context_window=backend.context_window,
        max_retries=0,
        async_openai_client=client,  # type: ignore[call-arg]
    )


def _ollama(backend: Backend, settings: Settings) -> LLM:
    from llama_index.llms.ollama import Ollama

    secret = backend.key.get_secret_value()
    options: dict[str, Any] = {"num_predict": reply_limit(backend, settings)}
    if settings.seed is not None:
        options["seed"] = settings.seed
    effort = settings.reasoning_effort
    thinking: Any = {None: None, "none": False, "minimal": "low", "xhigh": "high"}.get(
        effort, effort
    )
    return Ollama(
        model=backend.model,
        base_url=str(backend.url),
        temperature=settings.temperature,
        # Ollama cuts what is longer without a word, so the window is always asked for.
        context_window=backend.context_window,
        request_timeout=settings.llm_timeout,
        thinking=thinking,
        additional_kwargs=options,
        headers={"Authorization": f"Bearer {secret}"} if secret else None,
    )


def _anthropic(backend: Backend, settings: Settings) -> LLM:
    from llama_index.llms.anthropic import Anthropic

    # Its class fills in a temperature of its own when none is given.
    temperature = {} if settings.temperature is None else {"temperature": settings.temperature}
    model: LLM = Anthropic(
        model=backend.model,
        api_key=backend.key.get_secret_value(),
        base_url=backend.url,
        max_tokens=reply_limit(backend, settings),
        max_retries=0,
        timeout=settings.llm_timeout,
        **temperature,
    )
    return model


def _gemini(backend: Backend, settings: Settings) -> LLM:
    from llama_index.llms.google_genai import GoogleGenAI

    temperature = {} if settings.temperature is None else {"temperature": settings.temperature}
    model: LLM = GoogleGenAI(
        model=backend.model,
        api_key=backend.key.get_secret_value(),
        max_tokens=reply_limit(backend, settings),
        context_window=backend.context_window,
        max_retries=0,
        http_options={"timeout": int(1000 * settings.llm_timeout), "base_url": backend.url},
        **temperature,
    )
    return model


def _mistral(backend: Backend, settings: Settings) -> LLM:
    from llama_index.llms.mistralai import MistralAI

    model: LLM = MistralAI(
        model=backend.model,
        api_key=backend.key.get_secret_value(),
        endpoint=backend.url,
        temperature=settings.temperature or 0.0,
        max_tokens=reply_limit(backend, settings),
        max_retries=0,
        timeout=settings.llm_timeout,
        random_seed=settings.seed,
    )
    return model


_BUILDERS: dict[str, Callable[[Backend, Settings], LLM]] = {
    "openai": _openai,
    "openai-like": _openai,
    "azure": _azure,
    "ollama": _ollama,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "mistral": _mistral,
}
