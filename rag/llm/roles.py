"""Which language model does what: all follow one setting unless overridden."""

from __future__ import annotations

from rag.errors import ConfigError, Failure, ModelError
from rag.llm.background import Stop
from rag.llm.cache import ReplyCache
from rag.llm.model import LanguageModel
from rag.llm.prompts import Message
from rag.llm.providers import ROLES, Backend, Role, backend, named, require_key
from rag.llm.usage import UsageMeter
from rag.settings import Settings


def models(
    settings: Settings, default: LanguageModel | None = None
) -> dict[Role, LanguageModel | None]:
    """The model of each role; roles with the same setting share one.

    `default` plays the roles that the settings leave to the answering one.
    """
    cache = ReplyCache(settings.cache) if settings.answer_cache else None
    opened: dict[Backend, LanguageModel] = {}
    by_role: dict[Role, LanguageModel | None] = {}
    for role in ROLES:
        if default is not None and not named(settings, role):
            by_role[role] = default
            continue
        one = backend(settings, role)
        if one is not None and one not in opened:
            opened[one] = LanguageModel(one, settings, cache)
        by_role[role] = opened[one] if one is not None else None
    return by_role


def check_models(settings: Settings) -> None:
    """Raises `ConfigError` now for what would only fail when a model is first called."""
    for role in ("answer", "rewrite"):
        one = backend(settings, role)
        if one is not None:
            require_key(one)
    wants = settings.rerank == "llm" or settings.queries > 1
    if wants and backend(settings, "rewrite") is None:
        raise ConfigError("RAG_RERANK=llm and RAG_QUERIES need a language model: set RAG_LLM.")


def probe(settings: Settings, role: Role) -> str:
    """Call the model of a role once; "" when it answered, else the sentence of its failure."""
    try:
        one = backend(settings, role)
        if one is None:
            return ""
        model = LanguageModel(one, settings)
        model.complete([Message("user", "Reply with the word: ready")], UsageMeter(), Stop())
    except ModelError as error:
        alive: tuple[Failure, ...] = ("endless", "empty")  # it does answer
        return "" if error.kind in alive else str(error)
    except ConfigError as error:
        return str(error)
    return ""
