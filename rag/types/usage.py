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

    def __add__(self, other: Usage) -> Usage:
        unknown = self.cost is None or other.cost is None
        stages = [*self.seconds, *(s for s in other.seconds if s not in self.seconds)]
        return Usage(
            other.model or self.model,
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            None if unknown else (self.cost or 0.0) + (other.cost or 0.0),
            {s: self.seconds.get(s, 0.0) + other.seconds.get(s, 0.0) for s in stages},
            self.cached + other.cached,
        )

    def __str__(self) -> str:
        """Seconds, and where a model was asked, calls, tokens and dollars."""
        parts = [f"{sum(self.seconds.values()):.1f} s"]
        if self.calls or self.cached:
            tokens = f"{self.tokens_in:,} + {self.tokens_out:,} tokens"
            parts += [self._calls, tokens, self._dollars]
        return " · ".join(parts)

    def in_full(self) -> str:
        """Calls, tokens and dollars in words."""
        cached = f", {self.cached} from the cache" if self.cached else ""
        tokens = f"{self.tokens_in:,} tokens in, {self.tokens_out:,} out"
        return f"{self._calls}{cached}, {tokens}, {self._dollars}"

    @property
    def _calls(self) -> str:
        return "1 call" if self.calls == 1 else f"{self.calls} calls"

    @property
    def _dollars(self) -> str:
        return "cost unknown" if self.cost is None else f"${self.cost:.4f}"
