"""Which language model does what: all follow one setting unless overridden."""

from __future__ import annotations

from rag.errors import ConfigError
from rag.llm.backends import ROLES, Backend, Role, backend_for, named, require_key
from rag.llm.cache import ReplyCache
from rag.llm.model import LanguageModel
from rag.settings import Settings


def models(
    settings: Settings, default: LanguageModel | None = None
) -> dict[Role, LanguageModel | None]:
    """The model of each role; roles with the same setting share one.

    `default` plays the roles that the settings leave to the answering one.
    """
    cache = ReplyCache(settings.cache) if settings.answer_cache else None
    built: dict[Backend, LanguageModel] = {}
    by_role: dict[Role, LanguageModel | None] = dict.fromkeys(ROLES)
    for role in ROLES:
        if default is not None and not named(settings, role):
            by_role[role] = default
            continue
        backend = backend_for(settings, role)
        if backend is None:
            continue
        if backend not in built:
            built[backend] = LanguageModel(backend, settings, cache)
        by_role[role] = built[backend]
    return by_role


def check_models(settings: Settings) -> None:
    """Raises `ConfigError` now for what would only fail when a model is first called."""
    for role in ("answer", "rewrite", "check"):
        backend = backend_for(settings, role)
        if backend is not None:
            require_key(backend)
    wants = settings.rerank == "llm" or settings.queries > 1
    if wants and backend_for(settings, "rewrite") is None:
        raise ConfigError("RAG_RERANK=llm and RAG_QUERIES need a language model: set RAG_LLM.")
