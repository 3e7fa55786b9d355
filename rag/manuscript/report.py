"""What became of each cited sentence of a manuscript, and in which forms that is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag.manuscript.document import Place, SourceText
from rag.manuscript.matching import Work
from rag.types import Paper, Quote, Support, wording

FAIL_ON: Mapping[str, tuple[Support, ...]] = {
    "contradicted": ("contradicted",),
    "unsupported": ("contradicted", "partial"),
    "unverified": ("contradicted", "partial", "unverified"),
    "nothing": (),
}
"""From what on a check fails, and which verdicts that are."""
ORDER: tuple[Support, ...] = (
    "contradicted", "partial", "unverified", "uncited", "quoted", "supported",
)  # fmt: skip
"""Verdicts, the worst first."""
IN_WORDS: Mapping[Support, str] = {**wording.SUPPORT, "uncited": "not checked"}
"""Verdicts on a manuscript: there, what has no paper in the library could not be checked."""


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
    """"uncited" when none of its papers is in the library: then it was not checked."""
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
class CheckReport:
    """A manuscript whose cited sentences were read against the papers that they cite."""

    name: str
    files: tuple[SourceText, ...]
    sentences: tuple[CheckedSentence, ...]
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be read, a sentence each."""

    @property
    def findings(self) -> tuple[CheckedSentence, ...]:
        """What the papers contradict or support only in part, the worst first."""
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
        counts = ", ".join(f"{n} {IN_WORDS[each]}" for each, n in self.counts.items())
        plural = "s" * (len(self.sentences) != 1)
        return f"{len(self.sentences)} cited sentence{plural}: {counts}."

    def to_dict(self) -> dict[str, Any]:
        """The whole report as JSON-ready data; papers by id and title."""
        return {
            "name": self.name,
            "counts": self.counts,
            "findings": [_sentence(one) for one in self.findings],
            "sentences": [_sentence(one) for one in self.sentences],
            "missing": [_missing(one) for one in self.missing],
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """`to_dict` as text."""
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)

    def to_text(self, *, all: bool = False) -> str:
        """The findings for a terminal; with `all` every sentence that is not supported."""
        from rag.manuscript.told import as_text

        return as_text(self, all=all)

    def to_markdown(self, *, all: bool = False) -> str:
        """The same as Markdown; nothing but our own is markup."""
        from rag.manuscript.told import as_markdown

        return as_markdown(self, all=all)

    def to_html(self) -> str:
        """A page of its own: the manuscript with its sentences marked, and the findings beside."""
        from rag.manuscript.page import as_html

        return as_html(self)

    def to_sarif(self, *, all: bool = False) -> str:
        """SARIF 2.1.0, which code hosts show beside the lines of a change."""
        from rag.manuscript.sarif import as_sarif

        return as_sarif(self, all=all)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_markdown_(self) -> str:
        return self.to_markdown()


def _sentence(one: CheckedSentence) -> dict[str, Any]:
    return {
        "text": one.text,
        **one.place._asdict(),
        "cites": [_work(work) for work in one.works],
        "support": one.support,
        "score": round(one.score, 3),
        "why": one.why,
        "paper_id": one.paper.id if one.paper else None,
        "quote": asdict(one.quote) if one.quote else None,
        "better": one.better and {
            **_paper(one.better.paper),
            "quote": one.better.quote and asdict(one.better.quote),
        },
    }  # fmt: skip


def _work(work: Work) -> dict[str, Any]:
    paper = _paper(work.paper) if work.paper else {"paper_id": None, "title": work.reference.text}
    return {"key": work.reference.key, **paper, "near": work.near}


def _paper(paper: Paper) -> dict[str, Any]:
    return {"paper_id": paper.id, "title": paper.title}


def _missing(one: Missing) -> dict[str, Any]:
    reference = asdict(one.work.reference)
    return {**reference, "known": one.known, "places": [place._asdict() for place in one.places]}


def shown(report: CheckReport, *, all: bool) -> Sequence[CheckedSentence]:
    """What a report tells sentence by sentence: the findings, or what is not verified as well."""
    return report.of("unverified" if all else "unsupported")
