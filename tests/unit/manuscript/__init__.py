"""What the tests of manuscripts share: how one is read, and a checker that says what it is told."""

from collections.abc import Callable, Sequence

from rag.manuscript.document import Manuscript
from rag.manuscript.read import read_manuscript
from rag.types import Quote, Support
from rag.verify import Claim, Verdict

TITLES = ("Alpha: The Best Method", "Beta Is Slow in the Field")


def read(text: str, *, kind: str | None = None, **given) -> Manuscript:
    return read_manuscript(text, format=kind, is_title=lambda title: title in TITLES, **given)


def cited(manuscript: Manuscript) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.text, one.keys) for one in manuscript.sentences]


def written(manuscript: Manuscript) -> list[str]:
    """Each cited sentence as it stands in its file."""
    texts = {file.name: file.text for file in manuscript.files}
    return [texts[one.place.file][one.place.start : one.place.end] for one in manuscript.sentences]


class FakeChecker:
    """Judges by a function of the claim, and remembers what it was asked."""

    def __init__(self, judge: Callable[[Claim], Support], name: str = "fake") -> None:
        self.name = name
        self._judge = judge
        self.asked: list[Claim] = []

    def check(self, claims: Sequence[Claim]) -> list[Verdict]:
        self.asked += claims
        return [self._verdict(claim) for claim in claims]

    def _verdict(self, claim: Claim) -> Verdict:
        support = self._judge(claim)
        quote = Quote(claim.sources[0].abstract[:10], 0, 10)
        why = "" if support in ("quoted", "supported") else "the abstract says 30%"
        return Verdict(support, 0.9, why, quote)
