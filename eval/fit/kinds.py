"""The model that tells what kind a question is, fitted on questions and wordings of each kind.

A multinomial logistic regression, penalised: over runs of masked words and, where it is at hand,
over MiniLM's vector of the question. Every question counts with and without its vector, so that
either way works. What it is fitted on is in `eval/fit/wordings.py`.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import rag
from eval.fit import former_rules, wordings
from eval.fit.refit import HELD_OUT, TRAIN, digests
from eval.fit.regression import Array
from eval.fit.wordings import Example
from rag import Assistant
from rag.atomic import replace_text
from rag.errors import ConfigError
from rag.plan import kinds
from rag.plan.kinds import KindModel, masked, pieces, runs
from rag.types import Embedder, Kind

if TYPE_CHECKING:
    from rag.types import Vectors

KINDS = Path(rag.__file__).parent / "plan" / "kinds.json"
CUES = 5
"""In how many wordings and questions a word must stand to be one that tells kinds apart."""
SEEN = 4
"""In how many filled questions a run must stand."""
NEAR = 4.0
"""How much longer vectors are made: the larger, the less their weights are penalised."""
WITH, WITHOUT = 0.7, 0.3
"""How much a question counts with its vector and without it."""
EVEN = 0.7
"""How far kinds are made to count the same, however many examples they have: 0 not, 1 wholly."""
LEAST = 0.13
"""Smaller weights are left out, which keeps the file below 500 kB."""
_READ = frozenset({"definition", "number", "acronym", "yes_no", "reason", "method", "fact"})
"""Kinds that are answered in the same way, by a sentence of one paper."""


@dataclass(frozen=True, slots=True)
class KindRefit:
    """The model of `rag/plan/kinds.json`, fitted again, and how well it tells kinds."""

    model: KindModel
    rows: Mapping[str, int]
    accuracy: Mapping[str, Mapping[str, float]]
    """By set of held-out questions, then by what told the kinds."""

    def markdown(self) -> str:
        """A row a set: the share of questions whose kind is told rightly."""
        names = list(next(iter(self.accuracy.values())))
        lines = [
            "| kinds told rightly | " + " | ".join(names) + " |",
            "|---" * (len(names) + 1) + "|",
        ]
        for part, shares in self.accuracy.items():
            cells = " | ".join(f"{shares[name]:.3f}" for name in names)
            lines.append(f"| {part} | {cells} |")
        size = len(_packed(self, datetime.date.today()).encode())
        return "\n".join([*lines, "", f"{len(self.model.weights)} runs of words, {size:,} bytes"])


def refit_kinds(assistant: Assistant) -> KindRefit:
    """Fitted on all that may be fitted on, with the assistant's MiniLM and its papers' names.

    Raises `ConfigError` for another embedder, or when the bundled papers are not in the library.
    """
    if not assistant.embedder.name.startswith(kinds.EMBEDDER):
        raise ConfigError("The kinds are fitted with the embedded MiniLM; unset RAG_EMBEDDING.")
    papers = assistant.papers(wanted := wordings.training_papers())
    if len(papers) < len(wanted):
        raise ConfigError("The library lacks bundled papers; add them first: rag add seeds/.")
    patterns, questions = wordings.wordings(), wordings.questions()
    known = cue_words([*patterns, *questions])
    examples = [*wordings.filled(patterns, papers), *questions]
    model = fit(examples, known, assistant.embedder)
    held = wordings.held_out()
    rows = {TRAIN: len(patterns) + len(questions), HELD_OUT: sum(map(len, held.values()))}
    return KindRefit(model, rows, accuracies(model, held, assistant.embedder))


def cue_words(examples: Sequence[Example]) -> frozenset[str]:
    """The words that stand in enough of them to tell kinds apart, places and names left out."""
    counts = Counter(
        word
        for example in examples
        for word in set(pieces(wordings.PLACE.sub(" ", example.question)))
    )
    looks = {"NAME", "YEAR", "NUMBER"}
    return frozenset(word for word, count in counts.items() if count >= CUES) - looks


def fit(examples: Sequence[Example], known: frozenset[str], embedder: Embedder) -> KindModel:
    """The model with these cue words, its weights rounded and the small ones left out."""
    from scipy.sparse import csr_matrix, hstack, vstack
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = CountVectorizer(
        analyzer=lambda text: list(runs(masked(text, known))), min_df=SEEN, binary=True
    )
    found = vectorizer.fit_transform([example.question for example in examples])
    vectors = csr_matrix(NEAR * embedder.embed([example.question for example in examples]))
    features = vstack([hstack([found, vectors]), hstack([found, 0 * vectors])]).tocsr()
    labels = [example.kind for example in examples]
    weights = _balanced(examples)
    fitted = LogisticRegression(C=1.0, max_iter=600).fit(
        features, labels * 2, sample_weight=np.r_[WITH * weights, WITHOUT * weights]
    )
    names = vectorizer.get_feature_names_out()
    return _model(known, names, fitted.classes_, fitted.intercept_, fitted.coef_)


def _balanced(examples: Sequence[Example]) -> Array:
    """How much each example counts, when kinds with few of them count nearly as much as others."""
    totals: Counter[Kind] = Counter()
    for example in examples:
        totals[example.kind] += example.weight  # type: ignore[assignment]
    mean = sum(totals.values()) / len(totals)
    return np.array([e.weight * (mean / totals[e.kind]) ** EVEN for e in examples])


def _model(
    known: frozenset[str], names: Sequence[str], classes: Sequence[Kind], intercepts: Array,
    weights: Array,
) -> KindModel:  # fmt: skip
    by_kind = list(enumerate(classes))
    kept = {
        name: {
            c: round(float(weights[k, at]), 2) for k, c in by_kind if abs(weights[k, at]) >= LEAST
        }
        for at, name in enumerate(names)
    }
    return KindModel(
        known,
        {kind: round(float(intercepts[k]), 3) for k, kind in by_kind},
        {name: row for name, row in kept.items() if row},
        {
            kind: [round(float(NEAR * weight), 2) for weight in weights[k, len(names) :]]
            for k, kind in by_kind
        },
    )


def accuracies(
    model: KindModel, held: Mapping[str, Sequence[Example]], embedder: Embedder
) -> dict[str, dict[str, float]]:
    """How often kinds are told rightly, by set and over all; beside those in use and the rivals."""
    parts = {**held, "all": [example for part in held.values() for example in part]}
    common = Counter(example.kind for example in parts["all"]).most_common(1)[0][0]
    found: dict[str, dict[str, float]] = {}
    for name, part in parts.items():
        vectors = embedder.embed([example.question for example in part])
        told = _told(model, part, vectors)
        tellers: dict[str, Sequence[Collection[Kind]]] = {
            "refitted": told,
            "without MiniLM": _told(model, part, None),
            "in use": _told(kinds.model(), part, vectors),
            f"always “{common}”": [{common}] * len(part),
            "rules of 0.1.0": [former_rules.allowed(example.question) for example in part],
        }
        found[f"{name} ({len(part)})"] = {
            teller: _right(part, said) for teller, said in tellers.items()
        } | {"refitted, up to the way it is answered": _right(part, told, _way)}
    return found


def _told(
    model: KindModel, part: Sequence[Example], vectors: Vectors | None
) -> list[Collection[Kind]]:
    found: list[Collection[Kind]] = []
    for at, example in enumerate(part):
        likely = model.probabilities(example.question, None if vectors is None else vectors[at])
        found.append({max(likely, key=lambda kind: likely[kind])})
    return found


def _right(
    part: Sequence[Example], said: Sequence[Collection[Kind]],
    way: Callable[[Kind], str] = lambda kind: kind,
) -> float:  # fmt: skip
    return float(
        np.mean([way(e.kind) in map(way, kinds) for e, kinds in zip(part, said, strict=True)])
    )


def _way(kind: Kind) -> str:
    return "read" if kind in _READ else kind


def write(refit: KindRefit, path: Path = KINDS, *, today: datetime.date | None = None) -> None:
    """Put the model and where it comes from into the file."""
    replace_text(path, _packed(refit, today or datetime.date.today()))


def _packed(refit: KindRefit, date: datetime.date) -> str:
    model = refit.model
    content: dict[str, Any] = {
        "provenance": {
            "command": "rag-eval fit kinds --write",
            "date": date.isoformat(),
            "data": digests(wordings.FILES),
            "rows": dict(refit.rows),
            "accuracy": {
                part: {teller: round(share, 3) for teller, share in shares.items()}
                for part, shares in refit.accuracy.items()
            },
        },
        "words": sorted(model.words), "intercepts": model.intercepts, "weights": model.weights,
        "vectors": model.vectors,
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
