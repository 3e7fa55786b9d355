"""One question on its way to an answer: what it takes, what stops it, what went wrong."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from rag.errors import ModelError
from rag.llm.background import Stop
from rag.types import Answer, Usage


class UsageMeter:
    """Counts what the calls of one question take."""

    def __init__(self) -> None:
        self.calls = 0
        self.cached = 0
        self.tokens_in = 0
        self.tokens_out = 0
        self.cost: float | None = 0.0

    def add(self, tokens_in: int, tokens_out: int, cost: float | None) -> None:
        self.calls += 1
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        self.cost = None if self.cost is None or cost is None else self.cost + cost

    def usage(self, model: str, seconds: dict[str, float]) -> Usage:
        return Usage(
            model, self.calls, self.tokens_in, self.tokens_out, self.cost, seconds, self.cached
        )


class StageTimer:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Count the time since the last lap for a stage."""
        now = time.perf_counter()
        self.laps[stage] = round(self.laps.get(stage, 0.0) + now - self._last, 4)
        self._last = now


@dataclass(slots=True)
class RunContext:
    """What the steps from question to answer share."""

    model: str
    """The setting that names what writes the answer."""
    stop: Stop = field(default_factory=Stop)
    fresh: bool = False
    """Whether cached replies are passed over."""
    clock: StageTimer = field(default_factory=StageTimer)
    meter: UsageMeter = field(default_factory=UsageMeter)
    checks: UsageMeter = field(default_factory=UsageMeter)
    """What checking takes, counted apart."""
    notices: list[str] = field(default_factory=list)

    def note(self, error: ModelError) -> None:
        """Keep what went wrong for the answer; a stopped question is not gone on with."""
        if error.kind == "stopped":
            raise error
        if str(error) not in self.notices:
            self.notices.append(str(error))

    def finish(self, answer: Answer) -> Answer:
        """The answer as complete, with what it took and what went wrong."""
        usage = replace(
            self.meter.usage(self.model, dict(self.clock.laps)),
            check_calls=self.checks.calls + self.checks.cached,
            check_tokens=self.checks.tokens_in + self.checks.tokens_out,
            check_cost=self.checks.cost,
        )
        return replace(answer, usage=usage, notice=" ".join(self.notices), stage="done")


# -- what a raw reply of any provider says --------------------------------------------------------


def counts(response: Any) -> tuple[int, int] | None:
    """Tokens in and out as the server counted them, if it says so."""
    raw = response.raw
    usage = _field(raw, "usage") or _field(raw, "usage_metadata") or response.additional_kwargs
    for name_in, name_out in (
        ("prompt_tokens", "completion_tokens"),
        ("input_tokens", "output_tokens"),
        ("prompt_token_count", "candidates_token_count"),
    ):
        tokens_in, tokens_out = _field(usage, name_in), _field(usage, name_out)
        if tokens_in:
            return int(tokens_in), int(tokens_out or 0)
    return None


def ending(raw: Any) -> str | None:
    """Why a reply ended, as its last part says."""
    choices = _field(raw, "choices") or _field(raw, "candidates")
    reason = _field(choices[0], "finish_reason") if choices else None
    reason = reason or _field(raw, "done_reason") or _field(raw, "stop_reason")
    if reason is None and _field(raw, "done") is True:
        return "stop"
    return None if reason is None else str(getattr(reason, "name", reason))


def _field(data: Any, name: str) -> Any:
    return data.get(name) if isinstance(data, dict) else getattr(data, name, None)
