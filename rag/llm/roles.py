"""Which language model does what: all follow one setting unless overridden."""

from __future__ import annotations

from rag.errors import ConfigError, Failure, ModelError
from rag.llm.background import Stop
from rag.llm.cache import ReplyCache
from rag.llm.model import LanguageModel
from rag.llm.prompts import Message
from rag.llm.providers import ROLES, Backend, Role, backend
from rag.llm.usage import UsageMeter
from rag.settings import Settings


def models(settings: Settings) -> dict[Role, LanguageModel | None]:
    """The model of each role; roles with the same setting share one."""
    cache = ReplyCache(settings.cache) if settings.answer_cache else None
    built: dict[Backend, LanguageModel] = {}
    found: dict[Role, LanguageModel | None] = {}
    for role in ROLES:
        one = backend(settings, role)
        if one is not None and one not in built:
            built[one] = LanguageModel(one, settings, cache)
        found[role] = built[one] if one is not None else None
    return found


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
