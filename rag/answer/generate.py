"""An answer written by a language model from fenced passages, with its citations numbered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.answer.citation_parser import CitationParser
from rag.answer.reply import is_refusal, loop_end
from rag.errors import ModelError
from rag.llm import Endpoint, LanguageModel, RunContext, ask_helper, prompts
from rag.types import Citation, Hit, Paper, Quote, Sentence, wording


class GeneratedAnswer:
    """One answer being written; iterate `pieces`, then read the rest."""

    def __init__(
        self,
        model: LanguageModel,
        question: str,
        hits: Sequence[Hit],
        context: RunContext,
        style: prompts.AnswerStyle,
        *,
        summaries: Mapping[str, str] | None = None,
    ) -> None:
        """`summaries`, by id of paper, stand in for abstracts."""
        self.failure: ModelError | None = None
        """Why the reply is missing, or not whole."""
        self._model = model
        self._question = question
        self._context = context
        self._style = style
        self._summaries = summaries or {}
        self._hits = {hit.paper.id: hit for hit in hits}
        self._keys = prompts.keys_for(question, [hit.paper for hit in hits])
        self.parser = CitationParser(())

    def pieces(self) -> Iterator[str]:
        """The text of the answer each time that it has grown; a failure ends it."""
        self._fit(self._model.prompt_budget)
        for last in (False, True):
            try:
                yield from self._read()
                break
            except ModelError as error:
                if error.kind == "stopped":
                    raise
                if error.kind != "context" or last or len(self._keys) < 2:
                    self.failure = error
                    break
                self._keys = dict(list(self._keys.items())[: len(self._keys) // 2])
                self._context.notices.append(
                    f"The papers found were too long for {self._model.name}; "
                    f"it read the first {len(self._keys)}."
                )
        changed = self.parser.close()
        if self._cut_loop(final=True) or changed:
            yield self.parser.shown
        if self.failure is None and not self.refused and not self.parser.numbers:
            self.failure = uncited(self._model.backend.endpoint)

    @property
    def papers(self) -> dict[int, Paper]:
        """The papers cited so far, by number."""
        return {number: self._keys[key] for key, number in self.parser.numbers.items()}

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations so far, each with the passage that was found; before any check."""
        passages = [(n, self._hits[paper.id].passage, paper) for n, paper in self.papers.items()]
        return tuple(
            Citation(number, paper, (Quote(passage.text, passage.start, passage.end),))
            for number, passage, paper in passages
        )

    @property
    def refused(self) -> bool:
        """Whether the model says that the passages answer nothing."""
        text = self.parser.shown
        if self.parser.gap is not None and not self.parser.numbers:
            return True
        return is_refusal(text)

    def repair(self, wrong: Sequence[Sentence]) -> GeneratedAnswer | None:
        """The answer with these sentences mended, as another writing; None if it fails.

        Raises `ModelError` only when stopped.
        """
        faults = [(s.text, s.why or wording.SUPPORT[s.support]) for s in wrong]
        request = prompts.repair(self._question, self._keys, self.parser.draft, faults)
        reply = ask_helper(self._model, request, self._context)
        if reply is None:
            return None
        mended = GeneratedAnswer(
            self._model, self._question, list(self._hits.values()), self._context, self._style
        )
        mended._keys = self._keys
        mended.parser = mended._reader()
        mended.parser.feed(reply)
        mended.parser.close()
        mended._cut_loop(final=True)
        return mended

    def _read(self) -> Iterator[str]:
        summaries = self._summaries_of(*self._keys)
        self.parser = self._reader()
        request = prompts.answer(self._question, self._keys, self._style, summaries=summaries)
        context = self._context
        for piece in self._model.stream(request, context.meter, context.stop, fresh=context.fresh):
            changed = self.parser.feed(piece)
            looped = bool(re.search(r"[.!?\n]", piece)) and self._cut_loop(final=False)
            if changed or looped:
                yield self.parser.shown
            if looped:
                break

    def _summaries_of(self, *keys: str) -> dict[str, str]:
        ids = {key: self._keys[key].id for key in keys}
        return {key: self._summaries[each] for key, each in ids.items() if each in self._summaries}

    def _reader(self) -> CitationParser:
        titles = [paper.title for paper in self._keys.values()]
        return CitationParser(self._keys, prompts.fenced(self._keys), titles)

    def _cut_loop(self, *, final: bool) -> bool:
        """Whether the reply goes round in circles; it ends where it has been round once."""
        end = loop_end(self.parser.text, final=final)
        if end is None:
            return False
        self.parser.cut(end)
        self._context.notices.append(
            f"{self._model.name} repeated itself; its answer was cut after the first time."
        )
        return True

    def _fit(self, room: int) -> None:
        """Leave out the last papers until the request fits into the model's window."""
        count = self._model.count_tokens
        frame = prompts.answer(self._question, {}, self._style)
        left = room - sum(count(message.content) for message in frame)
        kept: dict[str, Paper] = {}
        for key, paper in self._keys.items():
            left -= count(prompts.fenced({key: paper}, self._summaries_of(key)))
            if left < 0 and kept:
                break
            kept[key] = paper
        if len(kept) < len(self._keys):
            self._context.notices.append(
                f"It read the first {len(kept)} of {len(self._keys)} papers found: no more "
                f"fit into the window of {self._model.name}, which RAG_CONTEXT sets."
            )
        self._keys = kept


def uncited(endpoint: Endpoint) -> ModelError:
    """The reply rests on nothing that it was given."""
    return ModelError(
        f"{endpoint} cited none of the abstracts, so nothing that it says is checked.", "uncited"
    )
