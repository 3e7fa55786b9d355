"""Judges against human labels: the built-in check, a model, and counting shared words beside them.

The claims are JSON Lines with `claim`, the text (`reference`, or `evidence`, a list) with perhaps
a `title`, and a `label`: SUPPORT, CONTRADICT or NOT_ENOUGH_INFO, or what EXPERTS maps to these. The
lexical floor's threshold is chosen on one half of the claims, by a hash of the claim (the built-in
check was fitted on that half of SciFact's); all figures are those of the other half.

A judge is a measuring instrument. One that was never checked, or that does worse than counting
shared words, may be used, but not without its figures saying so: what was found is kept in the
cache folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from eval.statistics import roc_areas
from rag.atomic import replace_text
from rag.errors import CorpusError, ModelError
from rag.settings import Settings
from rag.text import STOP_WORDS, tokens
from rag.types import Paper
from rag.verify import Checker, Source, offline_checker
from rag.verify import Claim as Cited

LABELS = ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO")
EXPERTS = {"complete": "SUPPORT", "partial": "NOT_ENOUGH_INFO", "incomplete": "NOT_ENOUGH_INFO",
           "missing": "NOT_ENOUGH_INFO"}  # fmt: skip
FLOOR = "shared words"


class Claim(NamedTuple):
    """A claim, what it cites, and what people say of it."""

    text: str
    title: str
    evidence: str
    label: str

    @property
    def digest(self) -> bytes:
        return hashlib.md5(self.text.encode(), usedforsecurity=False).digest()

    @property
    def tune(self) -> bool:
        """Whether it is in the half that is fitted on; claims of one text are in the same half."""
        return self.digest[-1] % 2 == 0


class Scored(NamedTuple):
    """What a judge says of a claim: whether it is supported, how surely; None undetermined."""

    supported: bool | None
    score: float | None


class Row(NamedTuple):
    """How a judge agrees with people, on the held-out half."""

    name: str
    auc_rest: tuple[float, float, float]
    """Of support against the rest, with its 95 % interval."""
    auc_contradiction: float
    """Of support against contradiction; NaN when there is none."""
    kappa: float
    macro_f1: float
    n: int
    undetermined: int


class Calibration(NamedTuple):
    """What is known of a judge: how it did on labelled claims."""

    name: str
    auc: float
    floor: float
    """Of lexical containment on the same claims."""
    kappa: float
    n: int


Scorer = Callable[[Claim], Scored]


def read(path: Path, limit: int | None = None) -> list[Claim]:
    """The labelled claims; those whose label is none of ours are left out.

    Raises `CorpusError` for a malformed line.
    """
    claims: list[Claim] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                raw = json.loads(line)
                label = str(raw["label"] if "label" in raw else raw["support"])
                label = EXPERTS.get(label.lower(), label)
                texts = raw["reference"] if "reference" in raw else "\n\n".join(raw["evidence"])
                claim = Claim(raw["claim"], raw.get("title") or "", texts, label)
            except (ValueError, KeyError, TypeError) as error:
                raise CorpusError(f"{path}:{number}: {type(error).__name__}: {error}") from error
            if claim.label in LABELS and claim.evidence.strip():
                claims.append(claim)
    return claims if limit is None else sorted(claims, key=lambda claim: claim.digest)[:limit]


def built_in(checker: Checker) -> Scorer:
    """A check that the sentences of an answer pass through."""

    def score(claim: Claim) -> Scored:
        cited = Cited(claim.text, (Source(claim.title, claim.evidence),))
        (verdict,) = checker.check([cited])
        return Scored(verdict.support == "supported", verdict.score)

    return score


def offline(settings: Settings) -> Checker:
    """The offline check, with the embedder of the settings."""
    from rag.embed import CachedEmbedder, embedder_for

    return offline_checker(CachedEmbedder(embedder_for(settings)))


def by_model(judge: Any) -> Scorer:
    """A language model's verdicts; a claim that it does not answer on is undetermined."""

    def score(claim: Claim) -> Scored:
        try:
            verdict, sure = judge.support(claim.text, Paper("1", claim.title, claim.evidence))
        except ModelError as error:
            if error.kind in ("key", "model", "quota", "connection"):
                raise
            return Scored(None, None)
        if sure is None and verdict is not None:
            sure = float(verdict == "supported")
        return Scored(None if verdict is None else verdict == "supported", sure)

    return score


def containment(claim: Claim) -> float:
    """Share of a claim's words that stand in its evidence: the floor for every judge."""
    words = {token for token in tokens(claim.text) if token not in STOP_WORDS}
    evidence = set(tokens(f"{claim.title} {claim.evidence}"))
    return len(words & evidence) / len(words) if words else 0.0


def judge_check(claims: Sequence[Claim], judges: dict[str, Scorer]) -> list[Row]:
    """The floor first, then each judge. Raises `ModelError` when a judge cannot be reached."""
    tune = [claim for claim in claims if claim.tune]
    held = [claim for claim in claims if not claim.tune]
    limit = _threshold(tune)
    rows = [
        _row(FLOOR, held, [Scored(containment(c) >= limit, containment(c)) for c in held]),
    ]
    for name, score in judges.items():
        rows.append(_row(name, held, [score(claim) for claim in held]))
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown; who is below the floor is said so."""
    lines = [
        "| judge | AUC, support against the rest | … against contradiction | kappa | macro-F1 "
        "| n | undetermined |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        value, low, high = row.auc_rest
        below = " **below the floor**" if value <= rows[0].auc_rest[0] and row != rows[0] else ""
        lines.append(
            f"| {row.name}{below} | {value:.3f} [{low:.3f}, {high:.3f}] "
            f"| {row.auc_contradiction:.3f} | {row.kappa:.3f} | {row.macro_f1:.3f} | {row.n} "
            f"| {row.undetermined} |"
        )
    return "\n".join(lines)


def calibration(row: Row, floor: Row) -> Calibration:
    """What is to be remembered of a judge's row, beside the floor's."""
    return Calibration(row.name, row.auc_rest[0], floor.auc_rest[0], row.kappa, row.n)


def keep(judge: Calibration, cache: Path) -> None:
    """Remember a judge, in `eval/judges.json` of the cache folder."""
    path = _judges(cache)
    entries = _calibrations(path) | {judge.name: judge._asdict()}
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, json.dumps(entries, indent=1))


def calibration_notes(name: str, cache: Path) -> list[str]:
    """What is to be said of a judge beside its figures; nothing when it was found fit."""
    entry = _calibrations(_judges(cache)).get(name)
    if entry is None:
        return [
            f"The judge {name} was never checked against human labels: run rag-eval judge-check."
        ]
    judge = Calibration(**entry)
    if judge.auc > judge.floor:
        return []
    return [
        f"The judge {name} is worse than counting shared words (AUC {judge.auc:.3f} against "
        f"{judge.floor:.3f} on {judge.n} labelled claims): do not rely on its figures."
    ]


def _judges(cache: Path) -> Path:
    return cache / "eval" / "judges.json"


def _calibrations(path: Path) -> dict[str, Any]:
    try:
        entries: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return entries
    except (OSError, ValueError):
        return {}


def _row(name: str, claims: Sequence[Claim], verdicts: Sequence[Scored]) -> Row:
    from sklearn.metrics import cohen_kappa_score, f1_score

    truth = np.array([claim.label == "SUPPORT" for claim in claims])
    known = np.array([verdict.score is not None for verdict in verdicts])
    scores = np.array([np.nan if v.score is None else v.score for v in verdicts])
    against = np.array([claim.label == "CONTRADICT" for claim in claims])
    decided = np.array([verdict.supported is not None for verdict in verdicts])
    labels = truth[decided].tolist()
    judged = [bool(v.supported) for v in verdicts if v.supported is not None]
    both = known & (truth | against)
    return Row(
        name,
        _auc_interval(scores[known], truth[known]),
        _auc(scores[both], truth[both]),
        float(cohen_kappa_score(labels, judged)) if len(set(labels)) > 1 else float("nan"),
        float(f1_score(labels, judged, average="macro")) if labels else float("nan"),
        len(claims),
        int((~decided).sum()),
    )


def _auc(scores: Any, truth: Any) -> float:
    from sklearn.metrics import roc_auc_score

    if len(set(truth.tolist())) < 2:
        return float("nan")
    return float(roc_auc_score(truth, scores))


def _auc_interval(scores: Any, truth: Any, resamples: int = 1000) -> tuple[float, float, float]:
    """The area with its percentile bootstrap interval over claims."""
    if len(set(truth.tolist())) < 2:
        return float("nan"), float("nan"), float("nan")
    draw = np.random.default_rng(0)
    rows = np.array([draw.integers(0, len(truth), len(truth)) for _ in range(resamples)])
    positive = truth[rows]
    both = positive.any(axis=1) & ~positive.all(axis=1)
    low, high = np.quantile(roc_areas(scores[rows][both], positive[both]), [0.025, 0.975])
    return _auc(scores, truth), float(low), float(high)


def _threshold(claims: Sequence[Claim]) -> float:
    """Where the floor decides best, by macro-F1."""
    from sklearn.metrics import f1_score

    truth = [claim.label == "SUPPORT" for claim in claims]
    scores = [containment(claim) for claim in claims]
    return max(
        sorted(set(scores)) or [0.5],
        key=lambda t: f1_score(truth, [s >= t for s in scores], average="macro"),
    )
