"""Which language model does what: all follow one setting unless overridden."""

from __future__ import annotations

from rag.llm.backends import ROLES, Backend, Role, backend_for
from rag.llm.cache import ReplyCache
from rag.llm.model import LanguageModel
from rag.settings import Settings


def models(settings: Settings) -> dict[Role, LanguageModel | None]:
    """The model of each role; roles with the same setting share one."""
    cache = ReplyCache(settings.cache) if settings.answer_cache else None
    built: dict[Backend, LanguageModel] = {}
    by_role: dict[Role, LanguageModel | None] = dict.fromkeys(ROLES)
    for role in ROLES:
        backend = backend_for(settings, role)
        if backend is None:
            continue
        if backend not in built:
            built[backend] = LanguageModel(backend, settings, cache)
        by_role[role] = built[backend]
    return by_role
