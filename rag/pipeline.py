"""From a question to a checked answer, step by step.

condense -> retrieve -> decide -> answer -> cite -> verify, each in its own module. With a language
model the answer is written by it, and what it does not do well is made up for without it.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from rag.answer import (
    AnswerBuilder,
    Cited,
    Evidence,
    GeneratedAnswer,
    Similarity,
    decide,
    extract,
    gather,
    refusal,
    unmentioned,
)
from rag.errors import ModelError
from rag.llm import LanguageModel, Role, RunContext, models, prompts
from rag.retrieve import Question, analyse, continues, depends, standalone
from rag.retrieve import rerank as enrich
from rag.settings import Settings
from rag.types import Answer, Embedder, Filters, Hit, Paper, Reason, Retriever, Turn, Usage
from rag.verify import Entailment, load_entailment

LIST_PAPERS = 20
"""Papers retrieved for a question that asks for a list."""
HISTORY_TOKENS = 1500
"""How much of a conversation a model is shown to rewrite its last question."""
WITHOUT_MODEL = "Without the model, from the abstracts:"
MISSING = "Not answered by the abstracts:"


class Pipeline:
    """The steps, over one library and with the models that the settings name."""

    def __init__(self, settings: Settings, retriever: Retriever, embedder: Embedder) -> None:
        self.settings = settings
        self.retriever = retriever
        self.embedder = embedder
        self._lock = threading.Lock()
        self._models: dict[Role, LanguageModel | None] | None = None

    def model(self, role: Role) -> LanguageModel | None:
        """The language model of a role, loaded when it is first asked for; None when extractive.

        Raises `ConfigError` when a key, an address or a package is missing.
        """
        with self._lock:
            if self._models is None:
                self._models = models(self.settings)
            return self._models[role]

    def answers(
        self, question: str, history: Sequence[Turn], filters: Filters | None, inquiry: RunContext
    ) -> Generator[Answer, None, None]:
        """The answer as it grows; the last one is complete."""
        draft = Answer(
            question=question, query=question, text="", status="answered", reason=None,
            confidence=0.0, citations=(), sentences=(), hits=(), usage=Usage(inquiry.model),
            stage="search",
        )  # fmt: skip
        yield draft
        query = self._condense(question, history, inquiry)
        asked = analyse(question, query)
        hits = self._retrieve(asked, filters, inquiry)
        draft = replace(draft, query=query, hits=tuple(hits), stage="read")
        yield draft
        evidence = gather(asked, hits, self.embedder, self.retriever.idf)
        written = inquiry.model != "extractive"
        decision = decide(evidence, read=written)
        draft = replace(draft, confidence=decision.probability)
        inquiry.clock.lap("decide")
        if decision.reason is not None:
            refused = _refused(draft, decision.reason, evidence.subject, inquiry)
            yield replace(refused, text=unmentioned(evidence) or refused.text)
        elif written:
            yield from self._write(draft, evidence, inquiry)
        else:
            yield from self._extract(draft, evidence, inquiry)

    # -- before the answer -----------------------------------------------------------------------

    def _condense(self, question: str, history: Sequence[Turn], inquiry: RunContext) -> str:
        """The question made to stand alone; one that does costs nothing."""
        if not history or not (depends(question) or continues(question)):
            return question
        model = self.model("rewrite")
        if model is None:
            return standalone(question, history)
        kept: list[Turn] = []
        left = min(HISTORY_TOKENS, model.prompt_budget // 2)
        for turn in reversed(history):
            left -= model.count_tokens(turn.content)
            if left < 0 and kept:
                break
            kept.insert(0, turn)
        try:
            reply = model.complete(
                prompts.condense(question, kept), inquiry.meter, inquiry.stop, fresh=inquiry.fresh
            )
        except ModelError as error:
            inquiry.note(error)
            reply = ""
        inquiry.clock.lap("condense")
        rewritten = " ".join(reply.split()).strip(' "')
        usable = 0 < len(rewritten) <= 10 * max(len(question), 60)
        return rewritten if usable else standalone(question, history)

    def _retrieve(self, asked: Question, filters: Filters | None, inquiry: RunContext) -> list[Hit]:
        settings = self.settings
        k = max(settings.k, LIST_PAPERS) if asked.kind == "list" else settings.k
        pool = k if settings.rerank == "none" else min(enrich.POOL * k, 3 * LIST_PAPERS)
        helper = self.model("rewrite") if settings.queries > 1 or settings.rerank == "llm" else None
        hits = enrich.search(
            self.retriever, asked.text, k=pool, filters=filters, queries=settings.queries,
            model=helper, inquiry=inquiry,
        )  # fmt: skip
        inquiry.clock.lap("retrieve")
        if settings.rerank != "none":
            hits = enrich.reorder(
                asked.text, hits, by=settings.rerank, model=helper, inquiry=inquiry
            )[:k]
            inquiry.clock.lap("rerank")
        return hits

    # -- the answer ------------------------------------------------------------------------------

    def _extract(self, draft: Answer, evidence: Evidence, inquiry: RunContext) -> Iterator[Answer]:
        """The answer without a model."""
        blocks = extract.answer(evidence, words=self.settings.words)
        inquiry.clock.lap("answer")
        for count in range(1, len(blocks)):
            growing = AnswerBuilder()
            growing.add_blocks(blocks[:count])
            yield _with(replace(draft, stage="write"), growing.cited())
        sheet = AnswerBuilder(self._similarity(), self._entailment())
        sheet.add_blocks(blocks)
        draft = _completed(draft, sheet, evidence)
        inquiry.clock.lap("verify")
        yield _done(_with(draft, sheet.cited()), inquiry)

    def _write(self, draft: Answer, evidence: Evidence, inquiry: RunContext) -> Iterator[Answer]:
        """The answer written by a model, streamed, then checked."""
        model = self.model("answer")
        if model is None:
            raise ValueError("an answer is written only where a model is set")
        found = self._summarised(evidence, inquiry)
        if found is not None and not found:
            yield _refused(draft, "not_in_corpus", None, inquiry)
            return
        hits = [h for key in found for h in evidence.hits if h.paper.id == key] if found else None
        writing = GeneratedAnswer(
            model, evidence.question.text, hits or evidence.hits, inquiry,
            prompts.AnswerStyle(self.settings.words, self.settings.style, self.settings.language),
            summaries=found,
        )  # fmt: skip
        for text in writing.pieces():
            yield replace(draft, stage="write", text=text, citations=writing.citations)
        inquiry.clock.lap("answer")
        if writing.failure is None and writing.refused:
            reason: Reason = "not_stated" if evidence.known else "not_in_corpus"
            yield _refused(
                replace(draft, dropped=writing.markers.dropped), reason, evidence.subject, inquiry
            )
            return
        shown = replace(draft, text=writing.markers.shown, citations=writing.citations)
        yield replace(shown, stage="check", dropped=writing.markers.dropped)
        yield from self._checked(shown, writing, evidence, inquiry)

    def _checked(
        self, draft: Answer, writing: GeneratedAnswer, evidence: Evidence, inquiry: RunContext
    ) -> Iterator[Answer]:
        """A written answer with every sentence checked, mended where asked for, and completed."""
        means = self._similarity(), self._entailment()
        sheet, absent = _sheet(writing, *means)
        inquiry.clock.lap("verify")
        unsupported = [s for s in sheet.cited().sentences if s.support == "unsupported"]
        if self.settings.repair and unsupported and writing.failure is None:
            yield replace(draft, stage="repair")
            mended = writing.repair(sheet.cited().sentences)
            inquiry.clock.lap("repair")
            if mended is not None and mended.markers.numbers:
                again, absent_again = _sheet(mended, *means)
                if _faults(again) < len(unsupported):
                    writing, sheet, absent = mended, again, absent_again
            inquiry.clock.lap("verify")
        partial = writing.markers.gap is not None or bool(absent)
        answer = replace(
            draft,
            status="partial" if partial else "answered",
            reason="not_stated" if partial else None,
            dropped=writing.markers.dropped,
        )
        if writing.markers.gap:
            sheet.add_line(f"{MISSING} {writing.markers.gap}")
        if writing.failure is not None:
            answer = self._made_up(answer, sheet, writing.failure, evidence, inquiry)
        yield _done(_with(answer, sheet.cited()), inquiry)

    def _made_up(
        self,
        answer: Answer,
        sheet: AnswerBuilder,
        failure: ModelError,
        evidence: Evidence,
        inquiry: RunContext,
    ) -> Answer:
        """What arrived before the model failed, with the extractive answer after it.

        Raises the failure when nothing arrived and there is to be no fallback.
        """
        if not self.settings.fallback:
            if not sheet.text:
                raise failure
            inquiry.note(failure)
            return replace(answer, status="partial", reason="model_failed")
        inquiry.note(failure)
        # What was refused on the extractive answer's own terms is not answered by it either.
        decision = decide(evidence)
        if decision.reason is not None:
            sheet.add_line(refusal(decision.reason, evidence.subject))
            status = "partial" if answer.citations else "refused"
            return replace(answer, status=status, reason=decision.reason, fallback=True)  # type: ignore[arg-type]
        sheet.add_line(WITHOUT_MODEL)
        sheet.add_blocks(extract.answer(evidence, words=self.settings.words))
        inquiry.clock.lap("fallback")
        return replace(_completed(answer, sheet, evidence), fallback=True)

    def _summarised(self, evidence: Evidence, inquiry: RunContext) -> dict[str, str] | None:
        helper = self.model("rewrite") if self.settings.summaries else None
        if helper is None:
            return None
        found = enrich.summaries(evidence.question.text, evidence.hits, helper, inquiry)
        inquiry.clock.lap("summaries")
        return found

    def _entailment(self) -> Entailment | None:
        """The model that judges support, if one is set."""
        return None if self.settings.nli == "none" else load_entailment(self.settings.nli)

    def _similarity(self) -> Similarity:
        """Cosine similarities, each text embedded once an answer."""
        known: dict[str, object] = {}

        def similarity(claim: str, texts: Sequence[str]) -> list[float]:
            missing = [text for text in dict.fromkeys([claim, *texts]) if text not in known]
            if missing:
                known.update(zip(missing, self.embedder.embed(missing), strict=True))
            return [float(known[text] @ known[claim]) for text in texts]  # type: ignore[operator]

        return similarity


def _sheet(
    writing: GeneratedAnswer, similarity: Similarity, entailment: Entailment | None
) -> tuple[AnswerBuilder, list[str]]:
    """A written answer, numbered and checked, and its sentences on what is not stated."""
    sheet = AnswerBuilder(similarity, entailment)
    text = writing.markers.shown
    if writing.failure is not None and writing.failure.kind != "uncited" and text:
        text += " …"
    return sheet, sheet.add_reply(text, writing.papers) if text else []


def _completed(answer: Answer, sheet: AnswerBuilder, evidence: Evidence) -> Answer:
    """An extractive answer that says what it could not compare."""
    lacking = unmentioned(evidence)
    if not lacking:
        return answer
    sheet.add_line(lacking)
    return replace(answer, status="partial", reason="not_stated")


def _faults(sheet: AnswerBuilder) -> int:
    return sum(sentence.support == "unsupported" for sentence in sheet.cited().sentences)


def _refused(draft: Answer, reason: Reason, subject: Paper | None, inquiry: RunContext) -> Answer:
    return _done(
        replace(draft, text=refusal(reason, subject), status="refused", reason=reason), inquiry
    )


def _with(answer: Answer, cited: Cited) -> Answer:
    return replace(answer, text=cited.text, citations=cited.citations, sentences=cited.sentences)


def _done(answer: Answer, inquiry: RunContext) -> Answer:
    return replace(answer, usage=inquiry.usage, notice=" ".join(inquiry.notices), stage="done")
