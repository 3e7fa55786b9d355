"""Labels for the reader: questions with the sentence of an abstract that answers, if one does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from eval.cases import QUESTIONS
from rag.answer import DOES, REPORTS, called
from rag.types import Paper

DATA = QUESTIONS.parent
FIELDS = DATA / "fields"
"""Invented papers of other fields, with labels of the same kinds."""
TENTH = 10
SECOND, ALSO = 0.7, 0.15
"""How much a sentence is the right one that answers as well, or only completes the answer."""


class Example(NamedTuple):
    """A question, and which sentences of an abstract answer it: none, when it has no `best`."""

    paper: str
    question: str
    best: tuple[int, ...] = ()
    also: tuple[int, ...] = ()
    many: bool = False
    """Whether it is about several papers, so that a like abstract may answer it, too."""


def load(folder: Path, papers: Mapping[str, Paper]) -> list[Example]:
    """The labels of a folder on these papers; see eval/data/README.md."""
    examples = [
        Example(row["paper"], row["question"], tuple(row["best"]), tuple(row["also"]))
        for row in _rows(folder / "sentences.jsonl")
    ]
    for row in _rows(folder / "roles.jsonl"):
        paper = papers[row["paper"]]
        for aspect, key in ((DOES, "does"), (REPORTS, "finds")):
            best = () if row[key] is None else (row[key],)
            examples.append(Example(paper.id, aspect.question.replace("{}", called(paper)), best))
    for row in _rows(folder / "lists.jsonl"):
        question = row["question"]
        examples += [Example(key, question, (place,), many=True) for key, place in row["fits"]]
        examples += [Example(key, question, many=True) for key, _ in row["near"]]
        examples += [Example(key, question, many=True) for key in row["others"]]
    return [example for example in examples if example.paper in papers]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def kept_back(paper_id: str) -> bool:
    """Whether a paper is of the tenth that the reader is not trained on, but measured."""
    return int(hashlib.sha256(paper_id.encode()).hexdigest()[:8], 16) % TENTH == 0


def invented() -> dict[str, Paper]:
    """The papers of `FIELDS`, by id."""
    rows = _rows(FIELDS / "papers.jsonl")
    return {row["id"]: Paper(row["id"], row["title"], row["abstract"]) for row in rows}
