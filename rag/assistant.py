"""The assistant: a question in, a cited and checked answer out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from pathlib import Path
from typing import Any, Self

from rag.embed import CachedEmbedder, embedder_for
from rag.errors import ConfigError
from rag.llm import RunContext, Stop, backend_for, require_key
from rag.pipeline import Pipeline
from rag.retrieve import FederatedRetriever, HybridRetriever
from rag.settings import Settings
from rag.store import Library
from rag.types import Answer, Embedder, Filters, Hit, Paper, Retriever, Turn


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
        _check_models(settings)
        self.library = Library(settings.home, readonly=True)
        self.embedder = embedder or embedder_for(settings)
        self.libraries: tuple[Library, ...] = (self.library,)
        self.retriever: Retriever = HybridRetriever(
            self.library, self.embedder, server=settings.server
        )
        self.sentences = CachedEmbedder(self.embedder)
        self.pipeline = Pipeline(settings, self.retriever, self.sentences)

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in the order asked for; unknown ids are left out."""
        found = {paper.id: paper for one in self.libraries[::-1] for paper in one.papers(ids)}
        return [found[paper_id] for paper_id in ids if paper_id in found]

    def paper_ids(self, filters: Filters | None = None) -> list[str]:
        """Ids of the papers that meet the filters, by title."""
        return list(dict.fromkeys(key for one in self.libraries for key in one.paper_ids(filters)))

    def search(self, question: str, *, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The k best papers for the question, best first; no model is asked.

        Raises `StoreError` when the library is empty, damaged, or indexed with another model.
        """
        return self.retriever.search(_asked(question), k=k, filters=filters)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        fresh: bool = False,
    ) -> Answer:
        """The answer. That the abstracts hold none is a refused `Answer`, not an error.

        `fresh` passes over cached replies of the model. Raises `ModelError` only when the model
        failed and there is to be no fallback.
        """
        *_, answer = self.stream(question, history=history, filters=filters, fresh=fresh)
        return answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        fresh: bool = False,
        stop: Stop | None = None,
    ) -> Generator[Answer, None, None]:
        """The answer as it grows; the last one is complete, with every sentence checked.

        Closing the iterator, or `stop.set()` from any thread, closes the model's connection; a
        stopped stream raises `ModelError` of kind "stopped".
        """
        inquiry = RunContext(self.settings.llm, stop or Stop(), fresh)
        return self.pipeline.answers(_asked(question), history, filters, inquiry)

    async def aask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        fresh: bool = False,
    ) -> Answer:
        """As `ask`; works in a running event loop, such as a notebook's, and can be cancelled."""
        growing = self.astream(question, history=history, filters=filters, fresh=fresh)
        return [answer async for answer in growing][-1]

    async def astream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        fresh: bool = False,
    ) -> AsyncGenerator[Answer, None]:
        """As `stream`, each step in a worker thread; cancelling closes the model's connection."""
        stop = Stop()
        answers = self.stream(question, history=history, filters=filters, fresh=fresh, stop=stop)
        try:
            while (answer := await asyncio.to_thread(next, answers, None)) is not None:
                yield answer
        finally:
            stop.set()

    def adjusted(self, **changes: Any) -> Assistant:
        """The same assistant, library and indexes shared, with other settings for its answers.

        What concerns the library (`home`, `embedding`, …) stays as it is; only the original is to
        be closed. Raises `ConfigError` for a wrong setting.
        """
        given = {**self.settings.model_dump(), **changes}
        return self._sharing(Settings.load(**given))

    def joined(self, home: Path) -> Assistant:
        """The same assistant with the papers of another library, in the folder `home`, as well.

        Both are to be closed, this one last. Raises `StoreError` when there is no library.
        """
        libraries = (*self.libraries, Library(home, readonly=True))
        other = self._sharing(self.settings)
        other.libraries = libraries
        server = self.settings.server
        other.retriever = FederatedRetriever(
            [HybridRetriever(one, self.embedder, server=server) for one in libraries]
        )
        other.pipeline = Pipeline(self.settings, other.retriever, self.sentences)
        return other

    def over(self, retriever: Retriever) -> Assistant:
        """The same assistant with another retriever; only the original is to be closed."""
        other = self._sharing(self.settings)
        other.retriever = retriever
        other.pipeline = Pipeline(self.settings, retriever, self.sentences)
        return other

    def _sharing(self, settings: Settings) -> Assistant:
        _check_models(settings)
        other = type(self).__new__(type(self))
        other.settings, other.library, other.libraries = settings, self.library, self.libraries
        other.embedder, other.sentences = self.embedder, self.sentences
        other.retriever = self.retriever
        other.pipeline = Pipeline(settings, self.retriever, self.sentences)
        return other

    def close(self) -> None:
        """Release what this assistant opened; it cannot be used afterwards."""
        self.retriever.close()
        self.libraries[-1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _check_models(settings: Settings) -> None:
    """Raises `ConfigError` now for what would only fail when a model is first called."""
    for role in ("answer", "rewrite"):
        one = backend_for(settings, role)
        if one is not None:
            require_key(one)
    wants = settings.rerank == "llm" or settings.queries > 1
    if wants and backend_for(settings, "rewrite") is None:
        raise ConfigError("RAG_RERANK=llm and RAG_QUERIES need a language model: set RAG_LLM.")


def _asked(question: str) -> str:
    """The question without invisible characters and outer space; it may not be empty."""
    cleaned = " ".join(question.replace("\0", " ").split())
    if not cleaned:
        raise ConfigError("The question is empty; ask something.")
    return cleaned
