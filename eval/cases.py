"""Questions with what a good answer must cite and say. The schema is in eval/data/README.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import CorpusError
from rag.library import Library
from rag.text import readable, squash
from rag.types import Answer, Turn

QUESTIONS = Path(__file__).parent / "data" / "questions.jsonl"


@dataclass(frozen=True, slots=True)
class Case:
    """One question; `relevant` is empty when no abstract answers it."""

    id: str
    split: str
    kind: str
    language: str
    question: str
    history: tuple[Turn, ...]
    relevant: frozenset[str]
    """Ids of all the papers that answer it."""
    facts: tuple[tuple[str, ...], ...]
    """What the answer must say; each fact is a list of alternatives."""

    @property
    def answerable(self) -> bool:
        return bool(self.relevant)


def load(library: Library, path: Path = QUESTIONS) -> list[Case]:
    """The cases of a file, their papers' titles turned into ids of the library.

    Raises `CorpusError` for a malformed line or a title that the library does not hold.
    """
    ids = {squash(p.title): p.id for p in library.papers(library.paper_ids())}
    cases: list[Case] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                raw = json.loads(line)
                cases.append(
                    Case(
                        id=raw["id"],
                        split=raw["split"],
                        kind=raw["kind"],
                        language=raw["language"],
                        question=raw["question"],
                        history=tuple(Turn(*turn) for turn in raw.get("history", ())),
                        relevant=frozenset(ids[squash(title)] for title in raw["relevant"]),
                        facts=tuple(tuple(fact) for fact in raw["facts"]),
                    )
                )
            except (KeyError, TypeError, ValueError) as error:
                raise CorpusError(f"{path}:{number}: {type(error).__name__}: {error}") from error
    return cases


def facts_found(case: Case, text: str) -> float:
    """Share of the must-have facts in a text; letters and digits count, and nothing else."""
    said = squash(text)
    found = [any(squash(readable(option)) in said for option in fact) for fact in case.facts]
    return sum(found) / len(found)


def said(answer: Answer) -> str:
    """What an answer tells its reader: the text, without the sources under it."""
    return answer.text


def recall(case: Case, ranked: Sequence[str], k: int) -> float:
    """Share of the relevant papers among the first k, of the most that k could hold."""
    return len(case.relevant & set(ranked[:k])) / min(k, len(case.relevant))


def reciprocal_rank(case: Case, ranked: Iterable[str]) -> float:
    """1 / rank of the first relevant paper; 0 when there is none."""
    return next((1 / rank for rank, one in enumerate(ranked, 1) if one in case.relevant), 0.0)
