"""What kind of question it is: a linear classifier over how it is worded, not what it is about.

Content words are masked, so that "Why does LiNeS keep shallow layers?" reads "why does NAME _ ?",
and runs of up to three of what is left are features (a delexicalised n-gram model). The question's
vector is another one where MiniLM is at hand: it knows words that were not in the training data.
Fitted by `rag-eval fit kinds` on questions and phrasings written for each kind; the weights are in
`rag/plan/kinds.json`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.text import distinctive, fold
from rag.types import Kind

if TYPE_CHECKING:
    from rag.types import Vectors

_PIECE = re.compile(r"/\w+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:['’][^\W_]+)?|[?!]")
_NAME, _OTHER = "NAME", "_"
EMBEDDER = "minilm-l6-v2"
"""How the name of the embedder begins whose vectors the model knows."""
_LONGEST = 3
"""Words of a run at most."""


class KindModel(NamedTuple):
    """A multinomial logistic regression over runs of words."""

    words: frozenset[str]
    """Those that tell kinds apart; all others are masked."""
    intercepts: Mapping[Kind, float]
    weights: Mapping[str, Mapping[Kind, float]]
    """By run of words."""
    vectors: Mapping[Kind, Sequence[float]]
    """What each kind's questions have in common, in MiniLM's space."""

    def probabilities(self, question: str, vector: Vectors | None = None) -> dict[Kind, float]:
        """How likely each kind is; they add up to 1. `vector` is the question's, by MiniLM."""
        scores = dict(self.intercepts)
        if vector is not None:
            for kind, direction in self.vectors.items():
                scores[kind] += float(vector @ direction)
        for run in runs(masked(question, self.words)):
            for kind, weight in self.weights.get(run, {}).items():
                scores[kind] += weight
        top = max(scores.values())
        odds = {kind: math.exp(score - top) for kind, score in scores.items()}
        total = sum(odds.values())
        return {kind: value / total for kind, value in odds.items()}


@cache
def model() -> KindModel:
    """The model in use."""
    raw: dict[str, Any] = json.loads(
        files("rag.plan").joinpath("kinds.json").read_text(encoding="utf-8")
    )
    return KindModel(frozenset(raw["words"]), raw["intercepts"], raw["weights"], raw["vectors"])


def pieces(question: str) -> list[str]:
    """The words of a question as the model sees them: names masked, numbers by their look."""
    if question.isupper():  # then no capital tells a name
        question = question.lower()
    for name in distinctive(question):
        question = question.replace(name, f" {_NAME} ")
    return [_look(piece) for piece in _PIECE.findall(question)]


def _look(piece: str) -> str:
    if piece == _NAME:
        return piece
    if piece.isdigit():
        return "YEAR" if re.fullmatch(r"(?:19|20)\d\d", piece) else "NUMBER"
    return fold(piece).replace("’", "'")


def masked(question: str, known: frozenset[str]) -> list[str]:
    """The question's words between its ends, with all but the known ones masked and joined."""
    kept: list[str] = ["^"]
    for piece in pieces(question):
        word = piece if piece in known or piece.isupper() else _OTHER
        if word != _OTHER or kept[-1] != _OTHER:
            kept.append(word)
    return [*kept, "$"]


def runs(sequence: Sequence[str]) -> set[str]:
    """All runs of one to three neighbours, and what the question opens with and holds in pairs."""
    found = {
        " ".join(sequence[at : at + length])
        for length in range(1, _LONGEST + 1)
        for at in range(len(sequence) - length + 1)
    }
    opening = next((word for word in sequence[1:] if word not in (_OTHER, _NAME)), "")
    found |= {f"{opening}…{word}" for word in sequence[2:-1] if word != opening}
    return found - {"^", "$"}
