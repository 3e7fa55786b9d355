"""What became of each cited sentence of a manuscript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from rag.manuscript.document import Place, SourceText
from rag.manuscript.matching import Work
from rag.types import Paper, Quote, Support, wording

FAIL_ON: Mapping[str, tuple[Support, ...]] = {
    "contradicted": ("contradicted",),
    "unsupported": ("contradicted", "uncited", "partial"),
    "unverified": ("contradicted", "uncited", "partial", "unverified"),
    "nothing": (),
}
"""From what on a check fails, and which verdicts that are."""
ORDER: tuple[Support, ...] = (
    "contradicted", "uncited", "partial", "unverified", "quoted", "supported",
)  # fmt: skip
"""Verdicts, the worst first."""


@dataclass(frozen=True, slots=True)
class Better:
    """Another paper of the library that supports a sentence."""

    paper: Paper
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A cited sentence, or a clause with citations of its own, and its verdict."""

    text: str
    """As it reads, without markup and markers."""
    place: Place
    works: tuple[Work, ...]
    """What it cites."""
    support: Support
    """"unverified" also when none of its papers is in the library; then `paper` is None."""
    score: float = 0.0
    why: str = ""
    paper: Paper | None = None
    """The paper that decided."""
    quote: Quote | None = None
    """The span of its abstract that decided."""
    better: Better | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(work.reference.key for work in self.works)


@dataclass(frozen=True, slots=True)
class Missing:
    """A cited work that is not in the library, and where it is cited."""

    work: Work
    known: bool
    """Whether a bibliography has it."""
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """A manuscript whose cited sentences were read against the papers that they cite."""

    name: str
    files: tuple[SourceText, ...]
    sentences: tuple[CheckedSentence, ...]
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be read, a sentence each."""

    def noted(self, notes: Sequence[str]) -> Self:
        """The same with what else is to be said."""
        return replace(self, notes=(*self.notes, *notes))

    @property
    def findings(self) -> tuple[CheckedSentence, ...]:
        """What the papers contradict, do not say, or say only in part, the worst first."""
        return self.of("unsupported")

    def of(self, fail_on: str) -> tuple[CheckedSentence, ...]:
        """The sentences that fail a check from a key of `FAIL_ON` on, the worst first."""
        found = [one for one in self.sentences if one.support in FAIL_ON[fail_on]]
        return tuple(sorted(found, key=lambda one: ORDER.index(one.support)))

    @property
    def counts(self) -> dict[Support, int]:
        """How many sentences have each verdict that occurs, the worst first."""
        supports = [one.support for one in self.sentences]
        return {each: n for each in ORDER if (n := supports.count(each))}

    @property
    def summary(self) -> str:
        """ "44 cited sentences: 2 contradicted, …"."""
        counts = ", ".join(f"{n} {wording.SUPPORT[each]}" for each, n in self.counts.items())
        plural = "s" * (len(self.sentences) != 1)
        return f"{len(self.sentences)} cited sentence{plural}: {counts}."

    def shown(self, *, all: bool) -> tuple[CheckedSentence, ...]:
        """What is told sentence by sentence: the findings; with `all` what is not verified, too."""
        return self.of("unverified" if all else "unsupported")
