"""Questions with what a good answer must cite and say. The schema is in eval/data/README.md."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from eval.schema import check
from rag.errors import CorpusError
from rag.text import distinctive, mentions, readable, squash
from rag.types import Paper, Turn

_DATA = Path(__file__).parent / "data"
QUESTIONS = _DATA / "questions.jsonl"
ASKED = _DATA / "asked.jsonl"
INJECTIONS = _DATA / "injections.jsonl"
"""Orders to plant in abstracts."""
OURS = (QUESTIONS, ASKED)
"""The sets on the bundled papers, in the order in which they are asked."""
PAPERS = "papers.jsonl"
"""The papers of a set that brings its own; its questions stand beside them."""
STORED = frozenset({"count", "lookup"})
"""Kinds that are answered from stored fields, so that no ranking of abstracts tells of them."""
_OLDER = QUESTIONS.stem
"""Its kinds say how a question was written, not what is asked for."""
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_NUMBER_WORDS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve none".split()
)


@dataclass(frozen=True, slots=True)
class Case:
    """One question, and what is known of a right answer to it."""

    id: str
    question: str
    relevant: frozenset[str] = frozenset()
    """Ids of all the papers that answer it."""
    split: str = "test"
    kind: str = "question"
    language: str = "en"
    history: tuple[Turn, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    """What the answer must say; each fact is a list of alternatives."""
    grades: Mapping[str, float] = field(default_factory=dict)
    """How relevant each paper is, where that is known; else 1 for each of `relevant`."""
    reference: str = ""
    """A good answer in words, for judges."""
    must_pass: bool = False
    """Whether the gate fails whenever this one gets worse."""
    why: str = ""
    """Why it has no plain answer, one of `schema.WHY`; "" when it has one, or nobody said."""
    twin: str = ""
    """Id of the question of nearly the same words of which just one of the two is answerable."""
    about: frozenset[str] = frozenset()
    """Ids of the papers that it is about, though they do not answer it."""
    near: frozenset[str] = frozenset()
    """Ids of papers that miss one of a list's conditions."""
    facets: tuple[str, ...] = ()
    """The conditions of a list."""
    words: int = 0
    """About how long a good answer is; 0 when nobody said."""
    source: str = ""
    """Name of the set that it is from."""
    named: bool = False
    """Whether it holds the name of what its only relevant paper brings."""

    @property
    def answerable(self) -> bool:
        """Small talk is; so is what papers or facts answer, among it a denial of what is wrong."""
        return self.kind == "chat" or bool(self.relevant or self.facts)

    @property
    def ranked(self) -> bool:
        """Whether a search for abstracts must find its papers, and the answer cite them."""
        return bool(self.relevant) and self.kind not in STORED

    @property
    def asks_papers(self) -> bool:
        """Whether its answer is a list of papers."""
        return bool(self.relevant) and (
            self.kind == "list" or (self.kind in STORED and not self.facts)
        )

    @property
    def kind_asked(self) -> str:
        """What is asked for, as `Plan.kind` says it; "" where `kind` says something else."""
        return "" if self.source == _OLDER else self.kind

    @property
    def gains(self) -> dict[str, float]:
        """The gain of each relevant paper, for graded metrics."""
        return dict(self.grades) or dict.fromkeys(self.relevant, 1.0)


class Shelf(Protocol):
    """Where papers are looked up: an `Assistant`, or its library."""

    def paper_ids(self) -> list[str]: ...

    def papers(self, ids: Sequence[str], /) -> list[Paper]: ...


def load(shelf: Shelf, *paths: Path) -> list[Case]:
    """The cases of files, `QUESTIONS` when none is named; papers may be named by id or by title.

    Raises `CorpusError` for a malformed line, a paper that is not there, or an id of two cases.
    """
    papers = shelf.papers(shelf.paper_ids())
    known = {squash(p.title): p.id for p in papers} | {p.id: p.id for p in papers}

    def resolve(name: str) -> str:
        return known[name] if name in known else known[squash(name)]

    cases = [case for path in paths or (QUESTIONS,) for case in parse(path, resolve)]
    for key, times in Counter(case.id for case in cases).items():
        if times > 1:
            raise CorpusError(f"The id {key!r} is in more than one set.")
    return _with_names(cases, papers)


def parse(path: Path, resolve: Callable[[str], str]) -> list[Case]:
    """The cases of a JSON Lines file; `resolve` turns the name of a paper into its id.

    Raises `CorpusError`, which names the line and the field, for a malformed line.
    """
    cases: list[Case] = []
    seen: set[str] = set()
    source = path.resolve().parent.name if (path.parent / PAPERS).is_file() else path.stem
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                raw = json.loads(line)
                check(raw)
                case = _case(raw, resolve, source)
            except ValueError as error:
                raise CorpusError(f"{path}:{number}: {error}") from error
            if case.id in seen:
                raise CorpusError(f"{path}:{number}: the id {case.id!r} is there twice.")
            seen.add(case.id)
            cases.append(case)
    return cases


def _case(raw: Mapping[str, Any], resolve: Callable[[str], str], source: str) -> Case:
    """The case of a line that was checked."""

    def ids(name: str) -> list[str]:
        return [_resolved(resolve, paper, name) for paper in raw.get(name, ())]

    relevant = ids("relevant")
    graded = raw["relevant"].values() if isinstance(raw.get("relevant"), dict) else ()
    plain = ("split", "kind", "language", "reference", "must_pass", "why", "twin", "words")
    return Case(
        id=str(raw["id"]),
        question=raw["question"],
        relevant=frozenset(relevant),
        grades=dict(zip(relevant, map(float, graded), strict=True)) if graded else {},
        history=tuple(Turn(*turn) for turn in raw.get("history", ())),
        facts=tuple(map(tuple, raw.get("facts", ()))),
        about=frozenset(ids("about")),
        near=frozenset(ids("near")),
        facets=tuple(raw.get("facets", ())),
        source=source,
        **{name: raw[name] for name in plain if name in raw},
    )


def _resolved(resolve: Callable[[str], str], name: str, field: str) -> str:
    try:
        return resolve(name)
    except KeyError:
        raise ValueError(f"the field {field} names a paper that is not there: {name}") from None


def _with_names(cases: Iterable[Case], papers: Sequence[Paper]) -> list[Case]:
    """The cases, told whether they name what their one relevant paper brings."""
    texts = [readable(f"{paper.title} {paper.abstract}") for paper in papers]
    squashed = [squash(text) for text in texts]
    of = {paper.id: paper for paper in papers}

    def holders(name: str) -> int:
        key = squash(name)
        return sum(
            key in letters and mentions(text, name)
            for letters, text in zip(squashed, texts, strict=True)
        )

    def named(case: Case) -> bool:
        if len(case.relevant) != 1:
            return False
        paper = of[next(iter(case.relevant))]
        head, colon, _ = readable(paper.title).partition(":")
        titled = [*distinctive(paper.title), *([head] if colon and " " not in head else [])]
        # What many papers speak of (BERT, ImageNet) stands in titles, too, and names none of them.
        return any(
            mentions(case.question, name) and holders(name) <= most
            for names, most in ((titled, 2), (distinctive(paper.abstract), 1))
            for name in names
        )

    return [replace(case, named=named(case)) for case in cases]


def facts_found(case: Case, text: str) -> float:
    """Share of the must-have facts in a text; letters and digits count, and nothing else.

    A bare number must stand by itself: 4 is neither in 2014 nor in 0.4.
    """
    squashed, shown = squash(text), readable(text)
    stated = [any(_states(squashed, shown, option) for option in fact) for fact in case.facts]
    return sum(stated) / len(stated)


def _states(squashed: str, shown: str, option: str) -> bool:
    option = readable(option).strip()
    if _NUMBER.fullmatch(option):
        grouped = r",?".join(map(re.escape, option.replace(",", "")))
        return bool(re.search(rf"(?<!\d)(?<!\d[.,]){grouped}(?![.,]?\d)", shown))
    if option.lower() in _NUMBER_WORDS:
        return bool(re.search(rf"\b{option}\b", shown, re.IGNORECASE))
    return squash(option) in squashed
