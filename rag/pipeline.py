"""From a question to a checked answer, step by step.

plan -> (stored fields?) -> make_query -> retrieve -> gather -> decide -> answer (and verify), each
in its own wing. With a language model the answer is written by it, and what it does not do well is
made up for without it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.answer import (
    Checks,
    ExtractiveAnswerer,
    WrittenAnswerer,
    about,
    as_stored,
    chat_answer,
    decide,
    gather,
    how_decided,
    is_stored,
    refused,
    stored_answer,
    stored_refusal,
    unmentioned,
)
from rag.embed import CachedEmbedder
from rag.llm import LanguageModel, Role, RunContext, models
from rag.plan import (
    NOT_SEARCHED,
    apart,
    in_words,
    is_simple,
    make_plan,
    only_form,
    searched,
    standalone,
    stated_facets,
    with_conditions,
    with_kind,
    written_plan,
)
from rag.retrieve import MANY, make_query, postprocessed, retrieve
from rag.settings import Settings
from rag.store import Catalogue
from rag.types import Answer, Filters, Hit, Kind, Plan, Query, Retriever, Turn, Usage, Vocabulary
from rag.verify import Checker, checker_for, offline_checker

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor

logger = logging.getLogger(__name__)


class Pipeline:
    """The steps, over one library and with the models that the settings name."""

    def __init__(
        self,
        settings: Settings,
        retriever: Retriever,
        vocabulary: Callable[[], Vocabulary],
        catalogue: Callable[[], Catalogue],
        embedder: CachedEmbedder,
        *,
        model: LanguageModel | None = None,
        postprocessors: Sequence[BaseNodePostprocessor] = (),
    ) -> None:
        """`model` plays the roles that `settings` gives to no other; None when they name it."""
        self.settings = settings
        self.retriever = retriever
        self.vocabulary = vocabulary
        self.catalogue = catalogue
        self.embedder = embedder
        self.model_name = settings.llm if model is None else model.name
        """What writes the answers: `extractive`, or a language model."""
        self._model = model
        self._postprocessors = postprocessors
        self._lock = threading.Lock()
        self._models: Mapping[Role, LanguageModel | None] | None = None

    def answers(
        self,
        question: str,
        history: Sequence[Turn],
        filters: Filters | None,
        context: RunContext,
        changes: Mapping[str, Any] | None = None,
    ) -> Generator[Answer, None, None]:
        """The answer as it grows; the last one is complete.

        `changes` are what `rag.types.plan_changes` makes of a person's corrections.
        """
        answer = Answer(
            question=question, query=question, text="", status="answered", reason=None,
            confidence=0.0, citations=(), sentences=(), hits=(), usage=Usage(context.model),
            stage="search",
        )  # fmt: skip
        yield answer
        plan = self._plan(question, history, filters, context, changes or {})
        logger.debug("%s", plan)
        answer = replace(answer, plan=plan, query=plan.query)
        yield answer
        known = self._without_reading(answer, plan)
        if known is not None:
            yield context.finish(known)
            return
        query = self._query(question, plan)
        logger.debug("%s", query)
        for written, guess in query.guesses:
            context.notices.append(f"Also searched for “{guess}”, near to “{written}”.")
        hits = self._retrieve(query, context)
        logger.debug("found %s", [(hit.paper.id, round(hit.score, 3)) for hit in hits])
        answer = replace(answer, query=query.text, hits=tuple(hits), stage="read")
        yield answer
        evidence = gather(query, hits, self.embedder)
        decision = decide(evidence, read=self.writes)
        logger.debug("%s", decision)
        answer = replace(answer, confidence=decision.probability)
        context.clock.lap("decide")
        if decision.reason is not None:
            answer = refused(answer, decision.reason, evidence)
            yield context.finish(replace(answer, text=unmentioned(evidence) or answer.text))
        else:
            for growing in self._answerer(context).answers(answer, evidence, decision.answers):
                yield as_stored(growing, hits)

    @property
    def writes(self) -> bool:
        """Whether a language model writes the answers."""
        return self.model_name != "extractive"

    def model(self, role: Role) -> LanguageModel | None:
        """The language model of a role, loaded when it is first asked for; None when extractive.

        Raises `ConfigError` when a key, an address or a package is missing.
        """
        with self._lock:
            if self._models is None:
                self._models = models(self.settings, default=self._model)
            return self._models[role]

    def checker(self, context: RunContext) -> Checker:
        """The check that the settings name, for what `context` stands for."""
        return checker_for(self.settings, self.embedder, self.model("check"), context)

    def _plan(
        self,
        question: str,
        history: Sequence[Turn],
        filters: Filters | None,
        context: RunContext,
        changes: Mapping[str, Any],
    ) -> Plan:
        """How the question is understood; what a person says of it holds."""
        again = bool(history) and only_form(question)
        if "query" in changes or (apart(question, self.embedder) and not again):
            history = ()
        given = changes.get("query")
        plan = make_plan(
            question, standalone=given or standalone(question, history),
            wanted=given or searched(question, history), filters=filters, embedder=self.embedder,
        )  # fmt: skip
        model = self.model("rewrite") if plan.kind not in NOT_SEARCHED else None
        if "kind" in changes:
            plan = with_kind(plan, changes["kind"])
        elif model is not None and not is_simple(plan, history):
            plan = written_plan(plan, question, history, model, context)
        said = {name: value for name, value in changes.items() if name not in ("query", "kind")}
        if "filters" in said:
            said["filters"] = (filters or Filters()).also(said["filters"])
        plan = replace(with_conditions(plan, self.catalogue()), **said)
        return replace(plan, understood=in_words(plan)) if said else plan

    def _without_reading(self, answer: Answer, plan: Plan) -> Answer | None:
        """The answer to what no abstract has to be read for; None where one has to be."""
        catalogue = self.catalogue()
        if plan.kind == "chat":
            return chat_answer(answer, catalogue.count())
        if not is_stored(plan):
            return stored_refusal(answer, plan, catalogue) if plan.kind == "list" else None
        return stored_answer(
            answer,
            plan,
            catalogue,
            self._find,
            self._about,
            how=how_decided(plan.topic, self.embedder),
        )

    def _find(self, topic: str, filters: Filters) -> list[Hit]:
        """Papers for a description, best first."""
        return self._search(topic, "fact", filters)[1]

    def _about(self, topic: str, filters: Filters) -> list[Hit]:
        """The papers that are about a topic, decided one by one."""
        query, hits = self._search(topic, "list", filters)
        stored = {hit.paper.id: hit for hit in hits}
        chosen = about(gather(query, hits, self.embedder), self.embedder)
        return [stored[hit.paper.id] for hit in chosen]

    def _search(self, text: str, kind: Kind, filters: Filters) -> tuple[Query, list[Hit]]:
        plan = Plan(kind, text, filters, facets=stated_facets(text) or (text,), queries=(text,))
        query = self._query(text, plan)
        return query, self.retriever.search(query, k=MANY)

    def _query(self, question: str, plan: Plan) -> Query:
        return make_query(
            question, self.vocabulary(), standalone=plan.query, filters=plan.filters or None,
            plan=plan,
        )  # fmt: skip

    def _retrieve(self, query: Query, context: RunContext) -> list[Hit]:
        def reword(wording: str) -> Query:
            return make_query(wording, self.vocabulary(), filters=query.filters)

        settings = self.settings
        helped = settings.queries > 1 or settings.rerank == "llm"
        helper = self.model("rewrite") if helped else None
        hits = retrieve(
            query, self.retriever, settings, reword=reword, helper=helper, context=context
        )
        return postprocessed(hits, self._postprocessors, query.text)

    def _answerer(self, context: RunContext) -> ExtractiveAnswerer | WrittenAnswerer:
        settings = self.settings
        embedder = self.embedder
        checks = Checks(self.checker(context), embedder.similarities, offline_checker(embedder))
        model = self.model("answer") if self.writes else None
        if model is None:
            return ExtractiveAnswerer(checks, embedder, context)
        helper = self.model("rewrite") if settings.summaries else None
        return WrittenAnswerer(model, helper, settings, checks, embedder, context)
