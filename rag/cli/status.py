"""What there is: the library, and the models that answer from it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from rag.cli import console as views
from rag.errors import ConfigError
from rag.llm import ROLES, Backend, backend_for, probe, without_secrets
from rag.settings import Settings
from rag.store import Library


def status(settings: Settings, *, as_json: bool, check: bool) -> bool:
    """Say what the library holds and which models are set; whether all of them answer."""
    with closing(Library(settings.home, readonly=True)) as library:
        stats = library.stats()
        active = library.active_index()
        files = library.files()
    data: dict[str, Any] = {
        "home": str(settings.home),
        "embedding": settings.embedding,
        "index": active.fingerprint if active else None,
        **stats._asdict(),
        "models": _models(settings, check=check),
        "sources": sorted(files),
    }
    if as_json:
        print(views.as_json(data, indent=2))
    else:
        views.status(data)
    return all(not one["problem"] for one in data["models"])


def _models(settings: Settings, *, check: bool) -> list[dict[str, Any]]:
    """What each role uses, without its key; with `check` each model is called once."""
    found: list[dict[str, Any]] = []
    answered: dict[Backend, str] = {}
    for role in ROLES:
        told: dict[str, Any] = dict.fromkeys(
            ("provider", "model", "endpoint", "key", "problem"), ""
        )
        told.update(role=role, provider="extractive")
        try:
            one = backend_for(settings, role)
        except ConfigError as error:
            one, told["provider"], told["problem"] = None, "", str(error)
        if one is not None:
            if check and one not in answered:
                answered[one] = probe(settings, role)
            has_key = bool(one.key.get_secret_value())
            told.update(
                provider=one.provider,
                model=one.model,
                endpoint=without_secrets(one.url) or "the provider's own",
                key=f"{one.key_name} is {'set' if has_key else 'not set'}",
                problem=answered.get(one, ""),
            )
        told["checked"] = check and one is not None
        found.append(told)
    return found
