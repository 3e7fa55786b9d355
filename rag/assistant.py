"""The assistant: a question in, a cited and checked answer out.

condense -> retrieve -> decide -> answer -> cite -> verify, each in its own module.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any, Self

from rag import extract
from rag.cite import Cited, cite
from rag.decide import decide
from rag.embedding import load_embedder
from rag.errors import ConfigError
from rag.evidence import gather
from rag.followup import standalone
from rag.library import Library
from rag.question import analyse
from rag.retrieve import HybridRetriever
from rag.settings import Settings
from rag.text import readable
from rag.types import Answer, Embedder, Filters, Hit, Paper, Reason, Turn, Usage

LIST_PAPERS = 20
"""Papers retrieved for a question that asks for a list."""

REFUSALS: dict[Reason, str] = {
    "off_topic": "The abstracts in this library are about something else.",
    "not_in_corpus": "No abstract in this library answers this.",
    "not_stated": "its abstract does not say that.",
    "no_match_for_filter": "No paper in this library passes the filters.",
}


class Assistant:
    """Answers questions from a library of abstracts.

    Settings are given as keywords; what is not given comes from the environment, `.env` or the
    defaults (see `rag.settings.Settings`). Safe to share between threads.

    Raises `ConfigError` for a wrong setting and `StoreError` when there is no library.
    """

    def __init__(self, *, embedder: Embedder | None = None, **settings: Any) -> None:
        self._open(Settings.load(**settings), embedder)

    @classmethod
    def configured(cls, settings: Settings) -> Self:
        """An assistant with ready-made settings."""
        assistant = cls.__new__(cls)
        assistant._open(settings, None)
        return assistant

    def _open(self, settings: Settings, embedder: Embedder | None) -> None:
        self.settings = settings
        if self.settings.llm != "extractive":
            raise ConfigError(f"RAG_LLM={self.settings.llm} is not known; it can be: extractive.")
        self.library = Library(self.settings.home, readonly=True)
        self.embedder = embedder or embedder_for(self.settings)
        self.retriever = HybridRetriever(self.library, self.embedder)

    def search(self, question: str, *, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The k best papers for the question, best first; no model is asked.

        Raises `StoreError` when the library is empty, damaged, or indexed with another model.
        """
        return self.retriever.search(_asked(question), k=k, filters=filters)

    def ask(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Answer:
        """The answer. That the abstracts hold none is a refused `Answer`, not an error."""
        *_, answer = self.stream(question, history=history, filters=filters)
        return answer

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Iterator[Answer]:
        """The answer as it grows; the last one is complete."""
        clock = _Clock()
        query = standalone(_asked(question), history)
        asked = analyse(question, query)
        k = max(self.settings.k, LIST_PAPERS) if asked.kind == "list" else self.settings.k
        hits = self.retriever.search(query, k=k, filters=filters)
        clock.lap("retrieve")
        evidence = gather(asked, hits, self.embedder, self.retriever.idf)
        decision = decide(evidence)
        clock.lap("decide")
        draft = Answer(
            question=question, query=query, text="", status="answered", reason=None,
            confidence=decision.probability, citations=(), sentences=(), hits=tuple(hits),
            usage=Usage(self.settings.llm),
        )  # fmt: skip
        if decision.reason is not None:
            text = refusal(decision.reason, evidence.subject)
            usage = Usage(self.settings.llm, seconds=clock.laps)
            yield replace(draft, text=text, status="refused", reason=decision.reason, usage=usage)
            return
        blocks = extract.answer(evidence, words=self.settings.words)
        clock.lap("answer")
        for count in range(1, len(blocks)):
            yield _with(draft, cite(blocks[:count]))
        whole = cite(blocks, similarity=self._similarity)
        clock.lap("verify")
        yield replace(_with(draft, whole), usage=Usage(self.settings.llm, seconds=clock.laps))

    async def aask(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Answer:
        """As `ask`, in a worker thread; works in a running event loop, such as a notebook's."""
        return await asyncio.to_thread(self.ask, question, history=history, filters=filters)

    async def astream(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> AsyncIterator[Answer]:
        """As `stream`, each step in a worker thread."""
        answers = self.stream(question, history=history, filters=filters)
        while (answer := await asyncio.to_thread(next, answers, None)) is not None:
            yield answer

    def close(self) -> None:
        """Release the library; the assistant cannot be used afterwards."""
        self.retriever.close()
        self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _similarity(self, claim: str, sentences: Sequence[str]) -> list[float]:
        vectors = self.embedder.embed([claim, *sentences])
        return [float(x) for x in vectors[1:] @ vectors[0]]


def embedder_for(settings: Settings) -> Embedder:
    """The embedder that the settings name."""
    return load_embedder(
        settings.embedding,
        cache_dir=settings.cache,
        threads=settings.threads,
        model_dir=settings.model_dir,
        api_key=settings.openai_api_key.get_secret_value() or None,
        base_url=settings.base_url,
    )


def refusal(reason: Reason, subject: Paper | None) -> str:
    """What is said instead of an answer."""
    if reason == "not_stated" and subject is not None:
        return f"“{readable(subject.title)}” is in this library, but {REFUSALS[reason]}"
    return REFUSALS[reason]


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = round(now - self._last, 4)
        self._last = now


def _with(answer: Answer, cited: Cited) -> Answer:
    return replace(answer, text=cited.text, citations=cited.citations, sentences=cited.sentences)


def _asked(question: str) -> str:
    """The question without invisible characters and outer space; it may not be empty."""
    cleaned = " ".join(question.replace("\0", " ").split())
    if not cleaned:
        raise ConfigError("The question is empty; ask something.")
    return cleaned
