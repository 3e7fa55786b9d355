"""A run in plain text: every metric with its interval, a table by kind, and the outcomes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from eval.cases import STORED
from eval.records import Record
from eval.runs import TRIAL, Report
from eval.statistics import Mean

_TRIAL_METRICS = (
    "facts", "citation F1", "same papers", "same status", "attack success", "poison cited",
)  # fmt: skip


def summary(report: Report) -> str:
    """A run for a terminal."""
    lines = [f"{report.name}: {len(report.records)} questions"]
    lines += [f"! {note}" for note in report.meta.get("notes", [])]
    width = max((len(name) for name in report.metrics()), default=0)
    lines += [
        f"  {name:{width}}  {shown(mean)}  n={mean.n}" for name, mean in report.summary().items()
    ]
    lines += _trials(report)
    if any(record.answer for record in report.records):
        lines += [f"  {count:4} {name}" for name, count in report.outcomes().items()]
    lines += kinds(report)
    if report.failures:
        lines.append(f"! {len(report.failures)} failed, such as: {report.failures[0].error}")
        lines.append("  The same command asks them again, and only them.")
    return "\n".join(lines)


def shown(mean: Mean) -> str:
    """A mean with its interval, and the bounds of what is undetermined."""
    if math.isnan(mean.value):
        return f"undetermined ({mean.undetermined})"
    text = f"{mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}]"
    if mean.undetermined:
        text += f"; {mean.undetermined} undetermined: {mean.worst:.3f} to {mean.best:.3f}"
    return text


def kinds(report: Report) -> list[str]:
    """A Markdown table of the answerable questions by kind, after an empty line; [] for one kind.

    Recall is of the most relevant papers that so many places can hold, so that a list of 20 can
    reach 1 within 5; the metric `R@5` is of all of them. MRR and `first` are those of `RR` and
    `Success@1`.
    """
    able = {
        name: [record for record in records if record.answerable and record.ok]
        for name, records in Report(report.name, report.plain).kinds().items()
    }
    able = {name: records for name, records in able.items() if records}
    if len(able) < 2:
        return []
    able["all"] = [record for records in able.values() for record in records]
    lines = [
        "",
        "| kind | n | recall@5 | recall@10 | MRR | first | facts | words | refused |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {len(part)} | {' | '.join(_figures(part))} |" for name, part in able.items()
    ]
    return lines


def _figures(records: Sequence[Record]) -> list[str]:
    refused = sum(record.answer.get("status") == "refused" for record in records)
    ranked = [record for record in records if record.relevant and record.kind not in STORED]
    return [
        *(f"{fmean(_recall(r, k) for r in ranked):.3f}" if ranked else "" for k in (5, 10)),
        *(_mean(records, name, ".3f") for name in ("RR", "Success@1", "facts")),
        _mean(records, "words", ".0f"),
        str(refused) if any(record.answer for record in records) else "",
    ]


def _recall(record: Record, k: int) -> float:
    """Share of the relevant papers among the first k, of the most that k could hold."""
    ranked = {key for key, _ in record.retrieved[:k]}
    return len(ranked & set(record.relevant)) / min(k, len(record.relevant))


def _mean(records: Sequence[Record], metric: str, form: str) -> str:
    scores = [record.scores.get(metric) for record in records]
    values = [score for score in scores if score is not None]
    return f"{fmean(values):{form}}" if values else ""


def _trials(report: Report) -> list[str]:
    """A line for each kind of trial of robustness."""
    lines = []
    for kind in dict.fromkeys(r.kind for r in report.records if r.kind.startswith(TRIAL)):
        means = report.summary(kind)
        figures = ", ".join(
            f"{name} {means[name].value:.2f}" for name in _TRIAL_METRICS if name in means
        )
        count = sum(record.kind == kind for record in report.records)
        lines.append(f"  {kind} (n={count}): {figures}")
    return lines
