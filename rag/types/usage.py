"""What an answer cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost; `seconds` by stage: condense, retrieve, decide, answer, verify, …

    Usages add up: `sum((answer.usage for answer in answers), Usage())`.
    """

    model: str = ""
    calls: int = 0
    """Calls of language models that were made."""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0
    """US dollars; None when the price of a model is not known."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    cached: int = 0
    """Replies that came from the cache, at no cost."""
    check_calls: int = 0
    """Calls that checked the answer, cached ones too; counted apart, as are the next two."""
    check_tokens: int = 0
    check_cost: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        stages = [*self.seconds, *(s for s in other.seconds if s not in self.seconds)]
        return Usage(
            other.model or self.model,
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            _sum(self.cost, other.cost),
            {s: self.seconds.get(s, 0.0) + other.seconds.get(s, 0.0) for s in stages},
            self.cached + other.cached,
            self.check_calls + other.check_calls,
            self.check_tokens + other.check_tokens,
            _sum(self.check_cost, other.check_cost),
        )

    def __str__(self) -> str:
        """Seconds, and where a model was asked, calls, tokens and dollars."""
        parts = [f"{sum(self.seconds.values()):.1f} s"]
        if self.calls or self.cached:
            tokens = f"{self.tokens_in:,} + {self.tokens_out:,} tokens"
            parts += [self._calls, tokens, _dollars(self.cost)]
        return " · ".join(parts + [self._checked] * bool(self.check_calls))

    def in_full(self) -> str:
        """Calls, tokens and dollars in words."""
        cached = f", {self.cached} from the cache" if self.cached else ""
        tokens = f"{self.tokens_in:,} tokens in, {self.tokens_out:,} out"
        checked = f"; {self._checked}" if self.check_calls else ""
        return f"{self._calls}{cached}, {tokens}, {_dollars(self.cost)}{checked}"

    @property
    def _calls(self) -> str:
        return "1 call" if self.calls == 1 else f"{self.calls} calls"

    @property
    def _checked(self) -> str:
        return f"checked with {self.check_tokens:,} tokens, {_dollars(self.check_cost)}"


def _sum(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a + b


def _dollars(cost: float | None) -> str:
    return "cost unknown" if cost is None else f"${cost:.4f}"
