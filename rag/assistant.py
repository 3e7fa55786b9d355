"""The assistant: papers in, questions in, cited and checked answers out."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack

from rag.embed import CachedEmbedder, as_embedder, embedder_for
from rag.errors import ConfigError, UsageError
from rag.ingest import Progress, add_papers, remove_papers
from rag.llm import LanguageModel, RunContext, Stop, as_language_model, check_models
from rag.manuscript import CheckReport, KeptVerdicts, check_manuscript, read_manuscript
from rag.pipeline import Pipeline
from rag.retrieve import Collection, make_query
from rag.settings import Options, Settings
from rag.store import Library
from rag.types import (
    Answer,
    Embedder,
    Filters,
    Hit,
    Paper,
    Plan,
    Report,
    Retriever,
    Turn,
    Vocabulary,
    plan_changes,
)
from rag.verify import check_settings

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from pandas import DataFrame

_OF_THE_LIBRARY = frozenset({"home", "chroma_url", "chroma_token", "model_dir", "base_url"})
"""Settings that an open assistant cannot change."""


class Assistant:
    """Answers questions from a library of abstracts.

    Settings are given as keywords; what is not given comes from `settings`, or else from the
    environment, `.env` and the defaults (see `rag.settings.Settings`). `llm` and `embedding` take
    a name or a llama-index object; `postprocessors` are llama-index's, and see the papers found.
    Safe to share between threads.

    Raises `ConfigError` for a wrong setting.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        llm: str | LLM | LanguageModel | None = None,
        embedding: str | Embedder | BaseEmbedding | None = None,
        postprocessors: Sequence[BaseNodePostprocessor] = (),
        **options: Unpack[Options],
    ) -> None:
        names = {"llm": llm, "embedding": embedding}
        named = {key: name for key, name in names.items() if isinstance(name, str)}
        self.settings = Settings.load(settings, **options, **named)
        self._model = None if isinstance(llm, str | None) else as_language_model(llm, self.settings)
        _require(self.settings, self._model)
        self.embedder: Embedder = (
            embedder_for(self.settings)
            if isinstance(embedding, str | None)
            else as_embedder(embedding)
        )
        self.sentences = CachedEmbedder(self.embedder)
        self._postprocessors = tuple(postprocessors)
        self._collection = Collection(self.settings.home, self.embedder, self.settings.server)
        self._assemble(self._collection)

    def _assemble(self, retriever: Retriever) -> Self:
        self.retriever = retriever
        self.pipeline = Pipeline(
            self.settings, retriever, self._collection.vocabulary,
            self._collection.catalogue, self.sentences,
            model=self._model, postprocessors=self._postprocessors,
        )  # fmt: skip
        return self

    def open(self) -> Self:
        """Open the library now, not with the first question. Raises `StoreError` as that does."""
        self._collection.open()
        return self

    @property
    def library(self) -> Library:
        """The library, open for reading. Raises `StoreError` when there is none yet."""
        return self._collection.open()

    @property
    def libraries(self) -> tuple[Library, ...]:
        """All libraries that are asked, in their order."""
        return self._collection.libraries

    # -- papers --------------------------------------------------------------------------------

    def add(
        self,
        papers: str | Path | Paper | Mapping[str, Any] | DataFrame | Iterable[Any],
        *,
        sync: bool = False,
        progress: Progress | None = None,
    ) -> Report:
        """Add papers: paths of files and folders, `Paper` objects, dicts with the fields of any
        source that is understood, or a pandas DataFrame with such columns.

        With `sync`, what has vanished from these files since they were added is removed.
        `progress(stage, done, total)` is called as it goes on. Bad records come back in
        `Report.rejected`; what cannot be read at all raises `CorpusError`.
        """
        return add_papers(
            self.settings, papers, embedder=self.embedder, sync=sync, progress=progress
        )

    def remove(self, ids: Sequence[str]) -> int:
        """Remove papers by id; how many there were."""
        return remove_papers(self.settings, _ids(ids), embedder=self.embedder)

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in the order asked for; unknown ids are left out."""
        return self._collection.papers(_ids(ids))

    def paper_ids(self, filters: Filters | None = None) -> list[str]:
        """Ids of the papers that meet the filters, by title."""
        return self._collection.paper_ids(_filters(filters))

    def counts(self, by: Literal["source", "year", "venue"]) -> dict[str, int]:
        """How many papers each source, year or venue has."""
        return self._collection.counts(by)

    def search(self, question: str, *, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The k best papers for the question, best first; no model is asked.

        Raises `StoreError` when the library is empty, damaged, or indexed with another model.
        """
        if not isinstance(k, int) or k < 1:
            raise UsageError(f"k is how many papers are wanted: 1 or more, not {k!r}.")
        query = make_query(_question(question), self.vocabulary(), filters=_filters(filters))
        return self.retriever.search(query, k=k)

    def vocabulary(self) -> Vocabulary:
        """The words of the library, and how rare each is. Raises `StoreError` as `search` does."""
        return self._collection.vocabulary()

    # -- answers -------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn | Mapping[str, str]] = (),
        filters: Filters | None = None,
        plan: Plan | Mapping[str, Any] | None = None,
        fresh: bool = False,
    ) -> Answer:
        """The answer. That the abstracts hold none is a refused `Answer`, not an error.

        `history` is what was said before, as `Turn` objects or `{"role", "content"}`. `plan`
        corrects how the question is understood: any of kind, query (the question standing alone),
        facets, filters, form and words, as a mapping, or all of them as a `Plan`; see
        `Answer.plan`. `fresh` passes over cached replies of the model. Raises `StoreError` when
        the library is empty, and `ModelError` only when the model failed and there is to be no
        fallback.
        """
        *_, answer = self.stream(question, history=history, filters=filters, plan=plan, fresh=fresh)
        return answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn | Mapping[str, str]] = (),
        filters: Filters | None = None,
        plan: Plan | Mapping[str, Any] | None = None,
        fresh: bool = False,
        stop: Stop | None = None,
    ) -> Generator[Answer, None, None]:
        """The answer as it grows; the last one is complete, with every sentence checked.

        Closing the iterator, or `stop.set()` from any thread, closes the model's connection; a
        stopped stream raises `ModelError` of kind "stopped".
        """
        context = RunContext(self.pipeline.model_name, stop or Stop(), fresh)
        turns = [_turn(turn) for turn in history]
        return self.pipeline.answers(
            _question(question), turns, _filters(filters), context, plan_changes(plan)
        )

    async def aask(
        self,
        question: str,
        *,
        history: Sequence[Turn | Mapping[str, str]] = (),
        filters: Filters | None = None,
        plan: Plan | Mapping[str, Any] | None = None,
        fresh: bool = False,
    ) -> Answer:
        """As `ask`; works in a running event loop, such as a notebook's, and can be cancelled."""
        growing = self.astream(question, history=history, filters=filters, plan=plan, fresh=fresh)
        return [answer async for answer in growing][-1]

    async def astream(
        self,
        question: str,
        *,
        history: Sequence[Turn | Mapping[str, str]] = (),
        filters: Filters | None = None,
        plan: Plan | Mapping[str, Any] | None = None,
        fresh: bool = False,
    ) -> AsyncGenerator[Answer, None]:
        """As `stream`, each step in a worker thread; cancelling closes the model's connection."""
        stop = Stop()
        answers = self.stream(
            question, history=history, filters=filters, plan=plan, fresh=fresh, stop=stop
        )
        try:
            while (answer := await asyncio.to_thread(next, answers, None)) is not None:
                yield answer
        finally:
            stop.set()

    # -- what others wrote ---------------------------------------------------------------------

    def check(
        self,
        manuscript: str | Path,
        *,
        bibliography: str | Path | Sequence[str | Path] = (),
        format: str | None = None,
        fresh: bool = False,
        progress: Progress | None = None,
    ) -> CheckReport:
        """Every cited sentence of a manuscript, or of another tool's answer, read against the
        papers of the library that it cites.

        `manuscript` is the path of a file or the text itself; one with a line break is always
        text, and opens no file. `bibliography` adds `.bib` files to those that a file names;
        `format` is latex, markdown or text, told by the file's ending or the content if None.
        Verdicts are kept in the folder `cache`; `fresh` passes over them.
        `progress(stage, done, total)` is called as it goes on. Raises `CorpusError` when there is
        no such file, or it cites nothing, and `StoreError` when the library is empty.
        """
        given = [bibliography] if isinstance(bibliography, str | Path) else bibliography
        catalogue = self._collection.catalogue()
        read = read_manuscript(
            manuscript, bibliographies=given, format=format,
            is_title=lambda title: bool(catalogue.titled(title)),
        )  # fmt: skip
        context = RunContext(self.pipeline.model_name, fresh=fresh)
        checker = self.pipeline.checker(context)
        with KeptVerdicts(checker, self.settings.cache / "verdicts", fresh=fresh) as kept:
            report = check_manuscript(
                read, catalogue, lambda text: self.search(text, k=5), kept, progress
            )
        return report.noted(context.notices)

    # -- variants ------------------------------------------------------------------------------

    def adjusted(
        self, *, llm: str | LLM | LanguageModel | None = None, **changes: Unpack[Options]
    ) -> Self:
        """The same assistant, library and indexes shared, with other settings for its answers.

        Only the original is to be closed. Raises `ConfigError` for a wrong setting, and
        `UsageError` for one of the library (`home`, `chroma_url`, …): that takes another assistant.
        """
        if fixed := _OF_THE_LIBRARY & changes.keys():
            name = sorted(fixed)[0]
            raise UsageError(f"{name} is the library's: open another Assistant with it.")
        other = copy.copy(self)
        named = {"llm": llm} if isinstance(llm, str) else {}
        other.settings = Settings.load(self.settings, **changes, **named)
        if isinstance(llm, str):
            other._model = None
        elif llm is not None:
            other._model = as_language_model(llm, other.settings)
        _require(other.settings, other._model)
        return other._assemble(self.retriever)

    def joined(self, home: Path) -> Self:
        """The same assistant with the papers of another library, in the folder `home`, as well.

        Both are to be closed, this one last. Raises `StoreError` when there is no library.
        """
        other = copy.copy(self)
        server = self.settings.server
        other._collection = Collection(home, self.embedder, server, beside=self._collection)
        return other._assemble(other._collection).open()

    def over(self, retriever: Retriever) -> Self:
        """The same assistant with another retriever; only the original is to be closed."""
        return copy.copy(self)._assemble(retriever)

    def close(self) -> None:
        """Release what this assistant opened."""
        self._collection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# -- arguments ---------------------------------------------------------------------------------


def _question(question: str) -> str:
    """The question without invisible characters and outer space; it may not be empty."""
    if not isinstance(question, str):
        raise UsageError(f"A question is text, not {type(question).__name__}.")
    cleaned = " ".join(question.replace("\0", " ").split())
    if not cleaned:
        raise ConfigError("The question is empty; ask something.")
    return cleaned


def _turn(turn: Turn | Mapping[str, str]) -> Turn:
    if isinstance(turn, Mapping):
        turn = Turn(turn.get("role"), turn.get("content"))  # type: ignore[arg-type]
    if (
        not isinstance(turn, Turn)
        or turn.role not in ("user", "assistant")
        or not isinstance(turn.content, str)
    ):
        raise UsageError(
            'history takes Turn("user" or "assistant", text), or {"role": …, "content": …}, '
            f"not {turn!r:.80}."
        )
    return turn


def _filters(filters: Filters | None) -> Filters | None:
    if filters is not None and not isinstance(filters, Filters):
        raise UsageError(f"filters takes Filters(…), not {type(filters).__name__}.")
    return filters


def _ids(ids: Sequence[str]) -> list[str]:
    if isinstance(ids, str) or not all(isinstance(paper_id, str) for paper_id in ids):
        raise UsageError("Papers are named by a list of their ids.")
    return list(ids)


def _require(settings: Settings, model: LanguageModel | None) -> None:
    """Raises `ConfigError` now for what would only fail at the first question."""
    if model is None:
        check_models(settings)
    check_settings(settings, model)
