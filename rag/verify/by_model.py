"""The check by a language model: one call for all claims of an answer, its quotes looked up.

A verdict counts only where the words that it rests on stand in an abstract that the claim cites.
The offline check stays beside it: a number or a name that the abstract has otherwise keeps a claim
from being supported, and what the model did not judge is judged offline.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

from rag.llm import LanguageModel, RunContext, ask_helper, prompts
from rag.text import alphanumeric, fold, readable, sentences, squash, without_suspects
from rag.types import Message, Quote
from rag.verify.offline import NOTHING, OfflineChecker
from rag.verify.protocol import Claim, Source, Verdict

ROUNDS = 2
"""Claims that a reply says nothing of are asked of once more."""
TOKENS_A_CLAIM = 120
"""A verdict with its quote takes about so many."""
NOT_STATED = "the cited abstract does not say this"
UNFOUND = "the quote that the model rests this on is not in the abstract"
SHORTEST = 8
"""Letters and digits that a quote has at least."""
_SCORES: Mapping[str, float] = {"supported": 1.0, "partial": 0.5}
Said = Literal["supported", "partial", "contradicted", "not_stated"]


class ModelChecker:
    """Judges the claims of one answer together; made for one question."""

    def __init__(self, model: LanguageModel, offline: OfflineChecker, context: RunContext) -> None:
        self.name = f"model {model.name}"
        self._model = model
        self._offline = offline
        self._context = replace(context, meter=context.checks)

    def check(self, claims: Sequence[Claim]) -> list[Verdict]:
        """A verdict for each claim, in order. Raises `ModelError` only when stopped."""
        verdicts = self._offline.check(claims)
        pending = [
            at for at, claim in enumerate(claims)
            if claim.sources and verdicts[at].why != NOTHING and verdicts[at].score < 1
        ]  # fmt: skip
        for again in range(ROUNDS):
            left: list[int] = []
            for batch in self._batches(claims, pending):
                said = self._asked([claims[at] for at in batch], again=again > 0)
                if said is None:
                    return verdicts
                for number, at in enumerate(batch, start=1):
                    if number in said:
                        verdicts[at] = _judged(said[number], claims[at], verdicts[at])
                    else:
                        left.append(at)
            if not left:
                break
            pending = left
        return verdicts

    def _batches(self, claims: Sequence[Claim], places: Sequence[int]) -> Iterator[list[int]]:
        """Claims that go into one call with what they cite, in order."""
        most = max(1, self._model.reply_budget // TOKENS_A_CLAIM)
        batch: list[int] = []
        for at in places:
            wider = [*batch, at]
            request = self._request([claims[each] for each in wider])
            size = sum(self._model.count_tokens(message.content) for message in request)
            if batch and (len(wider) > most or size > self._model.prompt_budget):
                yield batch
                wider = [at]
            batch = wider
        if batch:
            yield batch

    def _request(self, claims: Sequence[Claim]) -> list[Message]:
        sources = list(dict.fromkeys(source for claim in claims for source in claim.sources))
        return prompts.check(
            [(claim.text, [sources.index(source) for source in claim.sources]) for claim in claims],
            [(source.title, source.abstract) for source in sources],
        )

    def _asked(
        self, claims: Sequence[Claim], *, again: bool
    ) -> dict[int, Mapping[str, Any]] | None:
        """What the model says of each claim, by its number; None when it failed. `again` when a
        reply that may be in the cache by now was of no use."""
        context = replace(self._context, fresh=again or self._context.fresh)
        reply = ask_helper(self._model, self._request(claims), context)
        if reply is None:
            return None
        return {
            item["n"]: item for item in _items(reply)
            if item.get("n") in range(1, len(claims) + 1) and item.get("verdict") in _VERDICTS
        }  # fmt: skip


_VERDICTS: tuple[Said, ...] = ("supported", "partial", "contradicted", "not_stated")


def _items(reply: str) -> Iterator[Mapping[str, Any]]:
    """The verdicts of a reply, also of one that was cut short or is no whole JSON."""
    decoder = json.JSONDecoder(strict=False)
    for brace in re.finditer(r"\{", reply):
        try:
            item, _ = decoder.raw_decode(reply, brace.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(item.get("n"), int):
            yield item


def _judged(item: Mapping[str, Any], claim: Claim, offline: Verdict) -> Verdict:
    """What the model says, where it can be looked up and no rule forbids it."""
    said = cast("Said", item["verdict"])
    why = readable(str(item.get("why") or ""))
    if said == "not_stated":
        return Verdict("uncited", 0.0, why or NOT_STATED)
    found = _looked_up(str(item.get("quote") or ""), claim.sources)
    if found is None:
        return Verdict("unverified", 0.0, UNFOUND)
    quote, source = found
    if said != "contradicted" and offline.support == "contradicted":
        return Verdict("unverified", 0.0, offline.why, offline.quote, offline.source)
    return Verdict(said, _SCORES.get(said, 0.0), "" if said == "supported" else why, quote, source)


def _looked_up(quote: str, sources: Sequence[Source]) -> tuple[Quote, int] | None:
    """Where the words of a quote stand, however they are spaced and marked; None where nowhere."""
    parts = [squash(part) for part in re.split(r"\.{3}|…|\[[^\]]*\]", quote)]
    enough = sum(map(len, parts)) >= SHORTEST
    parts = [part for part in parts if len(part) > 2]
    for number, source in enumerate(sources if enough else ()):
        prose = without_suspects(source.abstract)
        spans = [_spot(part, prose) for part in parts]
        found = [span for span in spans if span is not None]
        if len(found) == len(parts):
            start, end = min(s for s, _ in found), max(e for _, e in found)
            return Quote(source.abstract[start:end], start, end), number
    return None


def _spot(squashed: str, text: str) -> tuple[int, int] | None:
    """Where letters and digits stand in a text, whatever is between them; else the sentence that
    has them in its display form."""
    kept = [(at, char) for at, each in enumerate(text) for char in alphanumeric(fold(each))]
    at = "".join(char for _, char in kept).find(squashed)
    if at >= 0:
        return kept[at][0], kept[at + len(squashed) - 1][0] + 1
    return next((span for span in sentences(text) if squashed in squash(text[slice(*span)])), None)
