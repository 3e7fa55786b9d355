"""What a run will take, before it takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eval.cases import Case
from rag import Assistant
from rag.llm import Role, backend_for, dollars

_RULES, _PAPER, _JUDGE_OUT = 320, 300, 350
"""Tokens of the instructions, of a paper and of a reply of a judge, rounded up."""


class Estimate(NamedTuple):
    """Calls, tokens and dollars; the cost is None where the price is not known."""

    calls: int
    tokens_in: int
    tokens_out: int
    cost: float | None

    def __str__(self) -> str:
        cost = "at an unknown price" if self.cost is None else f"about ${self.cost:.2f}"
        return (
            f"At most {self.calls:,} calls, about {self.tokens_in:,} tokens read and "
            f"{self.tokens_out:,} written, {cost}; replies in the cache cost nothing."
        )


def estimate(cases: Sequence[Case], assistant: Assistant, *, judge: bool) -> Estimate:
    """An upper estimate from the settings and the number of questions; no call is made."""
    settings = assistant.settings
    written = settings.llm != "extractive"
    follow_ups = sum(bool(case.history) for case in cases)
    helpers = (settings.queries > 1) + (settings.rerank == "llm")
    per_answer = 1 + helpers + settings.repair + (settings.k if settings.summaries else 0)
    calls = (len(cases) * per_answer + follow_ups) if written else 0
    read = calls * (_RULES + settings.k * _PAPER)
    out = calls * min(settings.max_tokens, int(settings.words * 2))
    cost = _dollars(assistant, "answer", read, out) if written else 0.0
    beside: list[tuple[Role, int]] = []
    if settings.check == "model" or (settings.check == "auto" and written):
        beside.append(("check", len(cases)))
    if judge:
        beside.append(("judge", 3 * len(cases)))
    for role, times in beside:
        read_too, out_too = times * (_RULES + 4 * _PAPER), times * _JUDGE_OUT
        more = _dollars(assistant, role, read_too, out_too)
        cost = None if cost is None or more is None else cost + more
        calls, read, out = calls + times, read + read_too, out + out_too
    return Estimate(calls, read, out, cost)


def _dollars(assistant: Assistant, role: Role, read: int, written: int) -> float | None:
    backend = backend_for(assistant.settings, role)
    return dollars(backend.name, assistant.settings, read, written) if backend else 0.0
