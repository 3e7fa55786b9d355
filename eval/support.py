"""Sentences that an abstract bears out, and their false twins: what a check of claims is worth.

`eval/data/support/pairs.jsonl` holds pairs of sentences about an abstract, of the same length and
style, that differ in a few words: the first is true, the second is not. They are split by paper;
what is fitted is fitted on the tune half, and all figures are those of the other one.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from eval.cases import QUESTIONS
from eval.fit.labels import invented
from rag import Assistant
from rag.errors import ConfigError
from rag.types import Paper

FOLDER = QUESTIONS.parent / "support"
PAIRS = FOLDER / "pairs.jsonl"
TRAINING = FOLDER / "training.jsonl"
"""Pairs on other papers, labelled once."""


class Pair(NamedTuple):
    """A true sentence about an abstract and a false one, a few words apart."""

    id: str
    paper: str
    register: str
    """`close` to the abstract's words, `free`, or `condensed` from two of its sentences."""
    language: str
    type: str
    """What was changed: number, exchange, negation, overclaim, scope, cause, invented,
    wrong_paper."""
    true: str
    wrong: str
    span: tuple[int, ...]
    """The sentences of the abstract that the true one rests on, from 0."""

    @property
    def tune(self) -> bool:
        """Whether it is of the half that is fitted on: one paper, one half."""
        digest = hashlib.sha256(self.paper.encode()).hexdigest()
        return int(digest[:8], 16) % 2 == 0


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a file."""
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    names = Pair._fields
    return [Pair(**{n: row[n] for n in names[:-1]}, span=tuple(row["span"])) for row in rows]


def cited_papers(assistant: Assistant) -> dict[str, Paper]:
    """The papers that the pairs are on, by id: of the library, and invented ones of other fields.

    Raises `ConfigError` when the library lacks some.
    """
    known = {paper.id: paper for paper in assistant.papers(assistant.paper_ids())} | invented()
    named = {pair.paper for path in (PAIRS, TRAINING) for pair in read_pairs(path)}
    if lacking := named - set(known):
        raise ConfigError(
            f"The library lacks {len(lacking)} bundled papers; add them first: rag add seeds/."
        )
    return {key: known[key] for key in named}
