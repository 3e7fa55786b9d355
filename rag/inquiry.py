"""One question on its way to an answer: what it takes, what stops it, what went wrong."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from rag.background import Stop
from rag.errors import ModelError
from rag.meter import Meter
from rag.types import Usage


class Clock:
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
class Inquiry:
    """What the steps from question to answer share."""

    model: str
    """The setting that names what writes the answer."""
    stop: Stop = field(default_factory=Stop)
    fresh: bool = False
    """Whether cached replies are passed over."""
    clock: Clock = field(default_factory=Clock)
    meter: Meter = field(default_factory=Meter)
    notices: list[str] = field(default_factory=list)

    def note(self, error: ModelError) -> None:
        """Keep what went wrong for the answer; a stopped question is not gone on with."""
        if error.kind == "stopped":
            raise error
        if str(error) not in self.notices:
            self.notices.append(str(error))

    @property
    def usage(self) -> Usage:
        return self.meter.usage(self.model, dict(self.clock.laps))
