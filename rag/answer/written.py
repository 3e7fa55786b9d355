"""The answerer with a language model: its answer streamed, checked, mended and made up for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from rag.answer.citations import AnswerBuilder, Checks
from rag.answer.decision import decide
from rag.answer.disagreement import add_disagreements
from rag.answer.evidence import Evidence
from rag.answer.extract import completed, compose, with_lack
from rag.answer.generate import GeneratedAnswer
from rag.answer.membership import NEAR, judge
from rag.answer.refusals import refusal, refused
from rag.answer.summaries import summaries
from rag.embed import CachedEmbedder
from rag.errors import ModelError
from rag.llm import LanguageModel, RunContext, prompts
from rag.settings import Settings
from rag.types import Answer, Answers, Reason
from rag.verify import ModelChecker

WITHOUT_MODEL = "Without the model, from the abstracts:"
_NAMES = {
    "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "ru": "Russian",
    "ar": "Arabic", "hi": "Hindi", "el": "Greek",
}  # fmt: skip
"""Languages by code: once a question is translated, its own language has to be said."""
MOST_READ = 20
"""Papers that a model reads for a list or an overview, at most."""
MISSING = "Not answered by the abstracts:"


class WrittenAnswerer:
    """Answers questions in a model's words, every sentence checked."""

    def __init__(
        self,
        model: LanguageModel,
        helper: LanguageModel | None,
        settings: Settings,
        checks: Checks,
        embedder: CachedEmbedder,
        context: RunContext,
    ) -> None:
        """`helper` summarises papers, where the settings ask for that."""
        self._model = model
        self._helper = helper
        self._settings = settings
        self._checks = checks
        self._embedder = embedder
        self._context = context

    def answers(
        self, answer: Answer, evidence: Evidence, answers: Answers = "yes"
    ) -> Iterator[Answer]:
        """The answer as it grows; the last one is checked and complete."""
        context = self._context
        summary_texts = self._summarised(evidence)
        if summary_texts is not None and not summary_texts:
            yield context.finish(refused(answer, "not_in_corpus", evidence))
            return
        reply = self._reply(evidence, summary_texts or {})
        for text in reply.pieces():
            yield replace(answer, stage="write", text=text, citations=reply.citations)
        context.clock.lap("answer")
        if reply.failure is None and reply.refused:
            reason: Reason = "not_stated" if evidence.known else "not_in_corpus"
            answer = replace(answer, dropped=reply.parser.dropped)
            yield context.finish(refused(answer, reason, evidence))
            return
        answer = replace(answer, text=reply.parser.shown, citations=reply.citations)
        yield replace(answer, stage="check", dropped=reply.parser.dropped)
        checked = self._checked(reply)
        if self._repairs and checked.builder.faults and reply.failure is None:
            yield replace(answer, stage="repair")
            checked = self._repaired(checked)
        yield context.finish(self._complete(answer, checked, evidence))

    @property
    def _repairs(self) -> bool:
        """Only a model's check is trusted to say what is to be mended."""
        return self._settings.repair and isinstance(self._checks.checker, ModelChecker)

    def _summarised(self, evidence: Evidence) -> dict[str, str] | None:
        if not self._settings.summaries or self._helper is None:
            return None
        texts = summaries(evidence.query.text, evidence.hits, self._helper, self._context)
        self._context.clock.lap("summaries")
        if texts and len(texts) < len(evidence.hits):
            self._context.notices.append(
                f"It read {len(texts)} of {len(evidence.hits)} papers found: the summaries of the "
                "others say nothing about the question."
            )
        return texts

    def _reply(self, evidence: Evidence, summary_texts: dict[str, str]) -> GeneratedAnswer:
        settings, plan = self._settings, evidence.query.plan
        comparing = plan.kind == "comparison" and plan.form == "text"
        hits = [hit for key in summary_texts for hit in evidence.hits if hit.paper.id == key]
        if not hits and plan.kind in ("list", "overview"):
            # Of many papers retrieved, a model is given those that may fit, and pays for no more.
            judged = judge(evidence, self._embedder)
            hits = [each.hit for each in judged if each.probability >= NEAR][:MOST_READ]
        return GeneratedAnswer(
            self._model, evidence.query.text, hits or evidence.hits, self._context,
            prompts.AnswerStyle(
                min(plan.words, settings.words), settings.style, settings.language or _NAMES.get(
                    plan.language, ""), "comparison" if comparing else plan.form,
            ),
            summaries=summary_texts,
        )  # fmt: skip

    def _checked(self, reply: GeneratedAnswer) -> _Checked:
        """A reply numbered and checked."""
        builder = AnswerBuilder(self._checks)
        text = reply.parser.shown
        if reply.failure is not None and reply.failure.kind != "uncited" and text:
            text += " …"
        absent = builder.add_reply(text, reply.papers) if text else []
        builder.check()
        self._context.clock.lap("verify")
        return _Checked(reply, builder, absent)

    def _repaired(self, checked: _Checked) -> _Checked:
        """The reply mended by the model, unless that leaves as many faults."""
        mended = checked.reply.repair(checked.builder.faults)
        self._context.clock.lap("repair")
        if mended is None or not mended.parser.numbers:
            return checked
        again = self._checked(mended)
        better = len(again.builder.faults) < len(checked.builder.faults)
        return again if better else checked

    def _complete(self, answer: Answer, checked: _Checked, evidence: Evidence) -> Answer:
        reply, builder, absent = checked
        partial = reply.parser.gap is not None or bool(absent)
        answer = replace(
            answer,
            status="partial" if partial else "answered",
            reason="not_stated" if partial else None,
            dropped=reply.parser.dropped,
            lacking=reply.parser.gap or " ".join(absent),
        )
        if reply.parser.gap:
            builder.add_line(f"{MISSING} {reply.parser.gap}")
        if reply.failure is not None:
            answer = self._made_up(answer, builder, reply.failure, evidence)
        builder.check()
        warnings = add_disagreements(builder, evidence)
        return builder.put_into(replace(answer, warnings=tuple(warnings)))

    def _made_up(
        self, answer: Answer, builder: AnswerBuilder, failure: ModelError, evidence: Evidence
    ) -> Answer:
        """What arrived before the model failed, with the extractive answer after it.

        Raises the failure when nothing arrived and there is to be no fallback.
        """
        if not self._settings.fallback:
            if not builder.text:
                raise failure
            self._context.note(failure)
            return replace(answer, status="partial", reason="model_failed")
        self._context.note(failure)
        # What was refused on the extractive answer's own terms is not answered by it either.
        decision = decide(evidence)
        if decision.reason is not None:
            builder.add_line(refusal(decision.reason, evidence.subject))
            status = "partial" if builder.citations else "refused"
            return replace(answer, status=status, reason=decision.reason, fallback=True)  # type: ignore[arg-type]
        builder.add_line(WITHOUT_MODEL)
        composed = compose(evidence, self._embedder, decision.answers)
        builder.add_composed(composed)
        answer = replace(answer, table=composed.table)
        answer = with_lack(answer, composed, decision.answers)
        self._context.clock.lap("fallback")
        return replace(completed(answer, builder, evidence), fallback=True)


class _Checked(NamedTuple):
    """A reply with its sentences checked."""

    reply: GeneratedAnswer
    builder: AnswerBuilder
    absent: list[str]
    """Sentences that only say what the abstracts do not."""
