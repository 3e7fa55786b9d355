"""Which check `RAG_CHECK` names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.errors import ConfigError
from rag.llm import LanguageModel, RunContext, backend_for
from rag.settings import Settings
from rag.verify.by_model import ModelChecker
from rag.verify.nli import EntailmentChecker, load_entailment
from rag.verify.offline import OfflineChecker
from rag.verify.protocol import Checker, Claim, Verdict

if TYPE_CHECKING:
    from rag.embed import CachedEmbedder

NAMES = ("auto", "offline", "model", "none")
ONNX = "onnx/"


class NoChecker:
    """Judges nothing, for who wants text alone."""

    name = "none"

    def check(self, claims: Sequence[Claim]) -> list[Verdict]:
        """Nothing is known of any claim."""
        return [
            Verdict("unverified", 0.0, "not checked") if claim.sources
            else Verdict("uncited", 0.0, "cites nothing")
            for claim in claims
        ]  # fmt: skip


def offline_checker(embedder: CachedEmbedder) -> OfflineChecker:
    """The offline check with all that an embedder can tell."""
    return OfflineChecker(
        embedder.similarities, embedder.verify, embedder=embedder.name,
        prepare=embedder.token_states,
    )  # fmt: skip


def checker_for(
    settings: Settings,
    embedder: CachedEmbedder,
    model: LanguageModel | None,
    context: RunContext,
) -> Checker:
    """The check for one question; `model` is that of the role `check`, None without one.

    Raises `ConfigError` where a model of its own cannot be had.
    """
    offline = offline_checker(embedder)
    if settings.check == "none":
        return NoChecker()
    if settings.check.startswith(ONNX):
        entailment = load_entailment(settings.check, settings.threads)
        return EntailmentChecker(settings.check, entailment, offline)
    if settings.check == "offline" or model is None:
        return offline
    return ModelChecker(model, offline, context)


def check_settings(settings: Settings, model: LanguageModel | None) -> None:
    """Raises `ConfigError` for a check that there is not, or that lacks its model.

    `model` is one that the user made, where there is one.
    """
    if settings.check not in NAMES and not settings.check.startswith(ONNX):
        raise ConfigError(
            f"RAG_CHECK={settings.check} is no check: use {', '.join(NAMES)}, or "
            f"{ONNX}REPOSITORY-OR-FOLDER."
        )
    if settings.check == "model" and model is None and backend_for(settings, "check") is None:
        raise ConfigError("RAG_CHECK=model needs a language model: set RAG_LLM or RAG_LLM_CHECK.")
