"""Each cited sentence read against the papers that it cites; for one that fails, a better paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.errors import StoreError
from rag.manuscript.document import CitedSentence, Manuscript, Reference
from rag.manuscript.matching import Search, Work, match
from rag.manuscript.report import CheckReport
from rag.manuscript.results import FAIL_ON, Better, CheckedSentence, Missing
from rag.store import Catalogue
from rag.types import Paper
from rag.verify import Checker, Claim, Source, Verdict

Progress = Callable[[str, int, int], None]
BATCH = 16
"""Claims that are judged together, between two steps of the progress."""
CANDIDATES = 4
"""Papers that are tried in place of one that does not support a sentence."""
_NOT_HERE = "its paper is not in the library"
_ONE_NOT_HERE = "another paper that it cites is not in the library"


def check_manuscript(
    manuscript: Manuscript,
    catalogue: Catalogue,
    search: Search,
    checker: Checker,
    progress: Progress | None = None,
) -> CheckReport:
    """The verdicts. Raises `StoreError` when the library is empty."""
    if not catalogue.count():
        raise StoreError("The library is empty; add the cited papers first: rag add PATH.")
    told = progress or (lambda stage, done, total: None)
    works = _works(manuscript, catalogue, search, told)
    cited = [(one, tuple(works[key] for key in one.keys)) for one in manuscript.sentences]
    checkable = [n for n, (_, those) in enumerate(cited) if any(work.paper for work in those)]
    claims = [_claim(cited[n][0].text, _papers(cited[n][1])) for n in checkable]
    verdicts = dict(zip(checkable, _judged(claims, checker, told, "checking"), strict=True))
    checked = [_checked(one, those, verdicts.get(n)) for n, (one, those) in enumerate(cited)]
    return CheckReport(
        manuscript.name, manuscript.files, tuple(_with_better(checked, search, checker, told)),
        _missing(manuscript, works), manuscript.notes,
    )  # fmt: skip


def _works(
    manuscript: Manuscript, catalogue: Catalogue, search: Search, told: Progress
) -> dict[str, Work]:
    """What is cited, by key, each with its paper where the library has it."""
    keys = list(dict.fromkeys(key for one in manuscript.sentences for key in one.keys))
    works: dict[str, Work] = {}
    for done, key in enumerate(keys, 1):
        reference = manuscript.references.get(key, Reference(key, key))
        works[key] = match(reference, catalogue, search)
        told("looking up", done, len(keys))
    return works


def _papers(works: Sequence[Work]) -> list[Paper]:
    return list({work.paper.id: work.paper for work in works if work.paper}.values())


def _claim(text: str, papers: Sequence[Paper]) -> Claim:
    return Claim(text, tuple(Source(paper.title, paper.abstract) for paper in papers))


def _judged(claims: Sequence[Claim], checker: Checker, told: Progress, stage: str) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for start in range(0, len(claims), BATCH):
        verdicts += checker.check(claims[start : start + BATCH])
        told(stage, len(verdicts), len(claims))
    return verdicts


def _checked(
    one: CitedSentence, works: tuple[Work, ...], verdict: Verdict | None
) -> CheckedSentence:
    """The sentence with its verdict; what a missing paper may say too is not held against it."""
    if verdict is None:
        return CheckedSentence(one.text, one.place, works, "unverified", why=_NOT_HERE)
    support, why = verdict.support, verdict.why
    if support == "partial" and not all(work.paper for work in works):
        support, why = "unverified", f"{why}; {_ONE_NOT_HERE}"
    paper = _papers(works)[verdict.source]
    return CheckedSentence(
        one.text, one.place, works, support, verdict.score, why, paper, verdict.quote
    )


def _with_better(
    checked: Sequence[CheckedSentence], search: Search, checker: Checker, told: Progress
) -> list[CheckedSentence]:
    """The sentences that fail, with the first other paper found for them that supports them."""
    tried: list[tuple[int, Paper]] = []
    for number, one in enumerate(checked):
        if one.paper is not None and one.support in FAIL_ON["unverified"]:
            own = {work.paper.id for work in one.works if work.paper}
            found = [hit.paper for hit in search(one.text) if hit.paper.id not in own]
            tried += [(number, paper) for paper in found[:CANDIDATES]]
    claims = [_claim(checked[number].text, [paper]) for number, paper in tried]
    better: dict[int, Better] = {}
    verdicts = _judged(claims, checker, told, "looking for better papers")
    for (number, paper), verdict in zip(tried, verdicts, strict=True):
        if verdict.support in ("quoted", "supported"):
            better.setdefault(number, Better(paper, verdict.quote))
    return [replace(one, better=better.get(number)) for number, one in enumerate(checked)]


def _missing(manuscript: Manuscript, works: dict[str, Work]) -> tuple[Missing, ...]:
    """The cited works that the library lacks, in the order of their first citation."""
    return tuple(
        Missing(
            work,
            key in manuscript.references,
            tuple(one.place for one in manuscript.sentences if key in one.keys),
        )
        for key, work in works.items()
        if work.paper is None
    )
