"""Questions with what a good answer must cite and say. The schema is in eval/data/README.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rag.errors import CorpusError
from rag.text import readable, squash
from rag.types import Paper, Turn

QUESTIONS = Path(__file__).parent / "data" / "questions.jsonl"


@dataclass(frozen=True, slots=True)
class Case:
    """One question; `relevant` is empty when no abstract answers it."""

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

    @property
    def answerable(self) -> bool:
        return bool(self.relevant)

    @property
    def gains(self) -> dict[str, float]:
        """The gain of each relevant paper, for graded metrics."""
        return dict(self.grades) or dict.fromkeys(self.relevant, 1.0)


class Shelf(Protocol):
    """Where papers are looked up: an `Assistant`, or its library."""

    def paper_ids(self) -> list[str]: ...

    def papers(self, ids: Sequence[str], /) -> list[Paper]: ...


def load(shelf: Shelf, path: Path = QUESTIONS) -> list[Case]:
    """The cases of a file; papers may be named by id or by title.

    Raises `CorpusError` for a malformed line or a paper that is not there.
    """
    papers = shelf.papers(shelf.paper_ids())
    known = {squash(p.title): p.id for p in papers} | {p.id: p.id for p in papers}
    return parse(path, lambda name: known[name] if name in known else known[squash(name)])


def parse(path: Path, resolve: Callable[[str], str]) -> list[Case]:
    """The cases of a JSON Lines file; `resolve` turns the name of a paper into its id."""
    cases: list[Case] = []
    seen: set[str] = set()
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                case = _case(json.loads(line), resolve)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise CorpusError(f"{path}:{number}: {type(error).__name__}: {error}") from error
            if case.id in seen:
                raise CorpusError(f"{path}:{number}: the id {case.id!r} is there twice.")
            seen.add(case.id)
            cases.append(case)
    return cases


def _case(raw: Mapping[str, Any], resolve: Callable[[str], str]) -> Case:
    relevant = raw.get("relevant", [])
    grades = relevant if isinstance(relevant, dict) else {}
    return Case(
        id=str(raw["id"]),
        question=str(raw["question"]),
        relevant=frozenset(resolve(name) for name in relevant),
        split=raw.get("split", "test"),
        kind=raw.get("kind", "question"),
        language=raw.get("language", "en"),
        history=tuple(Turn(*turn) for turn in raw.get("history", ())),
        facts=tuple(tuple(fact) for fact in raw.get("facts", ())),
        grades={resolve(name): float(grade) for name, grade in grades.items()},
        reference=raw.get("reference", ""),
        must_pass=bool(raw.get("must_pass", False)),
    )


def facts_found(case: Case, text: str) -> float:
    """Share of the must-have facts in a text; letters and digits count, and nothing else."""
    squashed = squash(text)
    stated = [any(squash(readable(option)) in squashed for option in fact) for fact in case.facts]
    return sum(stated) / len(stated)
