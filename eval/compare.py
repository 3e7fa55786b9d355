"""Two runs beside each other, and a gate that only a real regression closes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from eval.records import Record
from eval.runs import Report
from eval.score.metrics import lower_is_better
from eval.statistics import Difference, compare, holm
from rag.atomic import replace_text
from rag.errors import ConfigError

ALPHA = 0.05
GATED = {
    "nDCG@10": 0.01, "R@5": 0.01, "citation F1": 0.02, "facts": 0.02, "refusal correct": 0.02,
    "sentences supported": 0.01,
}  # fmt: skip
"""Metrics that the gate looks at, and how much of each may be lost."""
DIGITS = 4
NOT_COMPARED = frozenset({"seconds", "cost", "confidence"})


class Row(NamedTuple):
    """One metric of two runs."""

    metric: str
    difference: Difference
    p: float
    """Corrected for the number of metrics compared (Holm)."""
    undetermined: int
    """Questions that one of the runs could not score; they are left out on both sides."""

    @property
    def better(self) -> bool | None:
        """Whether B is better; None when that cannot be told."""
        if self.p >= ALPHA or not self.difference.value:
            return None
        return (self.difference.value > 0) != lower_is_better(self.metric)


class Change(NamedTuple):
    """A question that got better or worse in some metric."""

    id: str
    question: str
    metric: str
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """B beside A, on the questions that both have."""

    a: str
    b: str
    rows: tuple[Row, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    only_a: int
    only_b: int

    def markdown(self) -> str:
        """A table, what it can show, and the questions that moved."""
        lines = [
            f"`{self.a}` → `{self.b}`",
            "",
            "| metric | n | before | after | difference | 95 % interval | p (Holm) | can show |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for row in self.rows:
            d = row.difference
            mark = {True: " ▲", False: " ▼", None: ""}[row.better]
            left_out = f" (+{row.undetermined} undetermined)" if row.undetermined else ""
            lines.append(
                f"| {row.metric} | {d.n}{left_out} | {d.a:.3f} | {d.b:.3f} | {d.value:+.3f}{mark} "
                f"| {d.low:+.3f} … {d.high:+.3f} | {row.p:.3f} | ±{d.seen:.3f} |"
            )
        if not any(row.better is not None for row in self.rows):
            lines += ["", "No difference that this many questions can tell from chance."]
        for name, changes in (("Worse", self.worse), ("Better", self.better)):
            if changes:
                lines += ["", f"{name} ({len(changes)}):", ""]
                lines += [
                    f"- {m.id} {m.metric} {m.a:.2f} → {m.b:.2f}: {m.question}" for m in changes[:30]
                ]
        if self.only_a or self.only_b:
            lines += [
                "",
                f"Left out: {self.only_a} questions only before, {self.only_b} only after.",
            ]
        return "\n".join(lines)


class Verdict(NamedTuple):
    """What the gate says: passed when there are no reasons against."""

    reasons: tuple[str, ...]
    comparison: Comparison

    def markdown(self) -> str:
        result = "passed" if not self.reasons else "failed: " + "; ".join(self.reasons)
        return f"### Gate {result}\n\n{self.comparison.markdown()}\n"


def compare_runs(
    a: Report, b: Report, metrics: Sequence[str] | None = None, *, seed: int = 0
) -> Comparison:
    """Paired randomisation tests on the questions that both runs have.

    Raises `ConfigError` when they have none in common.
    """
    asked = {record.id: record for record in b.records}
    shared = [record.id for record in a.records if record.id in asked]
    if not shared:
        raise ConfigError(f"{a.name} and {b.name} have no question in common.")
    names = metrics or [name for name in a.metrics() if name not in NOT_COMPARED]
    pairs = {name: _paired(a.values(name), b.values(name), shared) for name in names}
    pairs = {name: paired for name, paired in pairs.items() if paired.scores}
    differences = {
        name: compare(
            [before for before, _ in paired.scores.values()],
            [after for _, after in paired.scores.values()],
            seed=seed,
        )
        for name, paired in pairs.items()
    }
    corrected = holm([difference.p for difference in differences.values()])
    rows = tuple(
        Row(name, difference, p, pairs[name].undetermined)
        for (name, difference), p in zip(differences.items(), corrected, strict=True)
    )
    changes = [
        Change(key, asked[key].question, name, before, after)
        for name, paired in pairs.items()
        if name in GATED
        for key, (before, after) in paired.scores.items()
        if before != after
    ]
    changes.sort(key=lambda change: -abs(change.b - change.a))
    return Comparison(
        a.name, b.name, rows,
        better=tuple(change for change in changes if change.b > change.a),
        worse=tuple(change for change in changes if change.b < change.a),
        only_a=len({record.id for record in a.records}) - len(shared),
        only_b=len(asked) - len(shared),
    )  # fmt: skip


class _Paired(NamedTuple):
    """A metric of two runs, on the questions that both could score."""

    scores: dict[str, tuple[float, float]]
    undetermined: int


def _paired(
    a: Mapping[str, float | None], b: Mapping[str, float | None], shared: Sequence[str]
) -> _Paired:
    both = {key: (a[key], b[key]) for key in shared if key in a and key in b}
    # A baseline is kept with so many digits; what it rounded off is no difference.
    scores = {
        key: (round(before, DIGITS), round(after, DIGITS))
        for key, (before, after) in both.items()
        if before is not None and after is not None
    }
    return _Paired(scores, len(both) - len(scores))


def gate(
    baseline: Report, now: Report, thresholds: Mapping[str, float] | None = None, *, seed: int = 0
) -> Verdict:
    """Whether something really got worse: the corrected test says so, the interval excludes zero,
    and more than the threshold was lost; or a question that must pass got worse or failed.

    Questions of the baseline that were not asked count against it, too: a gate that is passed by
    leaving out what fails is none.
    """
    limits = dict(GATED if thresholds is None else thresholds)
    comparison = compare_runs(baseline, now, list(limits), seed=seed)
    reasons = []
    for row in comparison.rows:
        d = row.difference
        sign = -1 if lower_is_better(row.metric) else 1
        high = max(sign * d.low, sign * d.high)
        if row.p < ALPHA and high < 0 and -sign * d.value > limits[row.metric]:
            reasons.append(f"{row.metric} {d.a:.3f} → {d.b:.3f} (p = {row.p:.3f})")
    reasons += _must_pass(baseline, now, limits)
    failures = {r.id for r in now.failures} - {r.id for r in baseline.failures}
    if failures:
        reasons.append(f"{len(failures)} questions failed, such as {sorted(failures)[0]}")
    if comparison.only_a:
        reasons.append(f"{comparison.only_a} questions of the baseline were not asked")
    return Verdict(tuple(reasons), comparison)


def _must_pass(baseline: Report, now: Report, limits: Mapping[str, float]) -> list[str]:
    before = {record.id: record for record in baseline.records}
    reasons = []
    for record in now.records:
        old = before.get(record.id)
        if old is None or not (old.must_pass or record.must_pass):
            continue
        for metric in limits:
            was, is_now = old.scores.get(metric), record.scores.get(metric)
            sign = -1 if lower_is_better(metric) else 1
            lost = math.inf if is_now is None or was is None else sign * (was - is_now)
            if was is not None and lost > 10**-DIGITS:
                shown = "undetermined" if is_now is None else f"{is_now:.2f}"
                reasons.append(f"must-pass {record.id}: {metric} {was:.2f} → {shown}")
    return reasons


def save_baseline(report: Report, path: Path, metrics: Sequence[str] | None = None) -> None:
    """A run as the small file that the gate takes: its scores by question, rounded."""
    names = list(metrics or GATED)
    rows = {
        record.id: {
            "kind": record.kind,
            **({"must_pass": True} if record.must_pass else {}),
            **({"error": record.error} if record.error else {}),
            "scores": {
                name: None
                if record.scores[name] is None
                else round(float(record.scores[name]), DIGITS)  # type: ignore[arg-type]
                for name in names
                if name in record.scores
            },
        }
        for record in report.records
    }
    baselines = _baselines(path) if path.exists() else {}
    baselines[report.name] = {"model": report.meta.get("model", ""), "questions": rows}
    lines = [
        json.dumps(name) + ": {" + f'"model": {json.dumps(run["model"])}, "questions": {{\n'
        + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in run["questions"].items())
        + "\n}}"
        for name, run in baselines.items()
    ]  # fmt: skip
    replace_text(path, "{" + ",\n".join(lines) + "}\n")


def load_baseline(path: Path, name: str) -> Report:
    """The baseline of that name. Raises `ConfigError` when the file does not hold it."""
    known = _baselines(path)
    if name not in known:
        raise ConfigError(
            f"{path} holds no baseline {name!r} (it has: {', '.join(known) or 'none'}); "
            "rag-eval keep makes a run one."
        )
    records = [
        Record(
            key, row["kind"], "", scores=row["scores"], must_pass=row.get("must_pass", False),
            error=row.get("error", ""),
        )
        for key, row in known[name]["questions"].items()
    ]  # fmt: skip
    return Report(name, records, {"model": known[name]["model"]})


def _baselines(path: Path) -> dict[str, Any]:
    try:
        baselines: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return baselines
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigError(f"{path} is not a baseline: {error}.") from error
