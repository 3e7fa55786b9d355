"""One HTML file of a run, or of two side by side: no network, opens from disk, light and dark.

Everything that a paper, a model or a judge said reaches the page as JSON and is shown with
`textContent`, so none of it is markup.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path

from eval.cases import STORED
from eval.compare import Comparison, compare_runs
from eval.report import plots
from eval.report.text import shown
from eval.runs import Report
from eval.score.metrics import METRICS, lower_is_better
from eval.statistics import Mean, calibration, mean, risk_coverage
from rag.atomic import replace_text

ASSETS = Path(__file__).parent / "assets"
_DEPTHS = (1, 2, 3, 5, 8, 10, 15, 20)


def html(report: Report, other: Report | None = None) -> str:
    """The report on a run; with another, that one is the one before, shown beside it."""
    runs = [report] if other is None else [other, report]
    comparison = compare_runs(other, report) if other is not None else None
    data = {
        "runs": [{"name": r.name, "records": [asdict(x) for x in r.records]} for r in runs],
        "lower": sorted(m.name for m in METRICS.values() if m.lower_is_better),
    }
    # "</script>" and "<!--" in the data must not end the element that holds it.
    safe = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", " ")
    title = " against ".join(run.name for run in reversed(runs))
    sections = [
        _notes(report),
        _headline(runs),
        _compared(comparison),
        _outcomes(runs),
        f'<div class="plots">{"".join(figures(runs))}</div>',
        _kinds(report),
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_asset('report.css')}{plots.style()}</style>"
        f"<main><h1>{escape(title)}</h1>{_about(report)}{''.join(sections)}"
        f"{_asset('questions.html')}</main>"
        f'<script type="application/json" id="data">{safe}</script>'
        f"<script>{_asset('report.js')}</script></html>"
    )


def write(report: Report, path: Path, other: Report | None = None) -> None:
    """Write the report; a kill leaves the old one."""
    replace_text(path, html(report, other))


def figures(runs: Sequence[Report]) -> list[str]:
    """The plots: recall by depth, risk by coverage, calibration, seconds, cost against quality."""
    drawings = [
        plots.lines(
            "Recall by depth", [_recall(run) for run in runs], "papers read", "recall",
            span_x=(0, 20),
        ),
    ]  # fmt: skip
    risks, calibrated = [], []
    for run in runs:
        confidence, right = _confidence(run)
        if not confidence:
            continue
        coverage, risk, area = risk_coverage(confidence, right)
        points = list(zip(coverage.tolist(), risk.tolist(), strict=True))
        risks.append(plots.Line(f"{run.name} (area {area:.3f})", points))
        answerable = [r.answerable for r in run.records if r.ok and r.answer]
        bins, error = calibration(confidence, answerable)
        calibrated.append(
            plots.Line(f"{run.name} (error {error:.3f})", [(p, t) for p, t, _ in bins])
        )
    drawings.append(plots.lines("Risk by coverage", risks, "share answered", "share wrong"))
    drawings.append(
        plots.lines(
            "Calibration: can the abstracts answer it?", calibrated,
            "confidence", "share that they can",
            span_x=(0, 1), diagonal=True,
        )
    )  # fmt: skip
    seconds = [s for s in runs[-1].values("seconds").values() if s is not None]
    drawings.append(plots.histogram("Seconds an answer", seconds, "seconds"))
    drawings.append(cost_quality(runs))
    return [figure for figure in drawings if figure]


def cost_quality(runs: Sequence[Report]) -> str:
    """Facts found against dollars a question, one dot a run; nothing when no run cost anything."""
    dots = []
    for run in runs:
        costs = [c for c in run.values("cost").values() if c is not None]
        quality = run.summary().get("facts") or run.summary().get("citation F1")
        if costs and quality is not None:
            dots.append(plots.Line(run.name, [(1000 * sum(costs) / len(costs), quality.value)]))
    if not any(dot.points[0][0] for dot in dots):
        return ""
    top = 1.1 * max(dot.points[0][0] for dot in dots)
    return plots.lines(
        "Cost against quality", dots, "$ for 1,000 questions", "facts found", span_x=(0, top),
        dots=True,
    )  # fmt: skip


# -- inside ----------------------------------------------------------------------------------------


def _confidence(run: Report) -> tuple[list[float], list[bool]]:
    records = [record for record in run.records if record.ok and record.answer]
    right = [record.outcome in ("right", "facts missing") for record in records]
    return [float(record.answer["confidence"]) for record in records], right


def _recall(run: Report) -> plots.Line:
    judged = [r for r in run.records if r.relevant and r.ok and r.kind not in STORED]
    points, band = [], []
    for depth in _DEPTHS if judged else ():
        values: list[float | None] = [
            len(set(r.relevant) & {key for key, _ in r.retrieved[:depth]}) / len(r.relevant)
            for r in judged
        ]
        share = mean(values)
        points.append((float(depth), share.value))
        band.append((share.low, share.high))
    return plots.Line(run.name, points, band)


def _about(report: Report) -> str:
    meta = {
        k: v for k, v in report.meta.items() if k not in ("name", "notes") and v not in ("", None)
    }
    facts = "; ".join(f"{escape(str(k))} {escape(str(v))}" for k, v in meta.items())
    return f'<p class="about">{len(report.records)} questions. {facts}</p>'


def _notes(report: Report) -> str:
    notes = list(report.meta.get("notes", []))
    if report.failures:
        first = report.failures[0].error
        notes.append(f"{len(report.failures)} questions failed ({first}); run again to ask them.")
    return "".join(f'<p class="warn">{escape(note)}</p>' for note in notes)


def _headline(runs: Sequence[Report]) -> str:
    summaries = [run.summary() for run in runs]
    names = list(dict.fromkeys(name for summary in summaries for name in summary))
    head = "".join(f"<th>{escape(run.name)}</th>" for run in runs)
    rows = "".join(
        f"<tr><td>{escape(name)}{' ↓' if lower_is_better(name) else ''}</td>"
        + "".join(_bar(summary.get(name)) for summary in summaries)
        + "</tr>"
        for name in names
    )
    return (
        "<h2>Means, with 95 % intervals</h2>"
        f"<table><tr><th>metric</th>{head}</tr>{rows}</table>"
    )  # fmt: skip


def _bar(figure: Mean | None) -> str:
    if figure is None:
        return "<td></td>"
    if math.isnan(figure.value) or not 0 <= figure.low <= figure.high <= 1:
        return f"<td>{escape(shown(figure))} <small>n {figure.n}</small></td>"
    return (
        f"<td>{escape(shown(figure))} <small>n {figure.n}</small>"
        '<svg class="bar" viewBox="0 0 100 8"><path class="track" d="M0,4H100"/>'
        f'<path class="range" d="M{100 * figure.low:.1f},4H{100 * figure.high:.1f}"/>'
        f'<circle cx="{100 * figure.value:.1f}" cy="4" r="2.5"/></svg></td>'
    )


def _compared(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    rows = "".join(
        f"<tr class='{ {True: 'better', False: 'worse', None: ''}[row.better] }'>"
        f"<td>{escape(row.metric)}</td><td>{row.difference.value:+.3f}</td>"
        f"<td>{row.difference.low:+.3f} … {row.difference.high:+.3f}</td><td>{row.p:.3f}</td>"
        f"<td>±{row.difference.seen:.3f}</td><td>{row.difference.n}</td></tr>"
        for row in comparison.rows
    )
    any_difference = any(row.better is not None for row in comparison.rows)
    note = (
        ""
        if any_difference
        else "<p>No difference that this many questions can tell from chance.</p>"
    )
    return (
        "<h2>Differences, paired</h2><table><tr><th>metric</th><th>difference</th>"
        "<th>95 % interval</th><th>p (Holm)</th><th>can show</th><th>n</th></tr>"
        f"{rows}</table>{note}"
    )


def _outcomes(runs: Sequence[Report]) -> str:
    if not any(record.answer for run in runs for record in run.records):
        return ""
    counts = [run.outcomes() for run in runs]
    names = list(dict.fromkeys(name for count in counts for name in count))
    head = "".join(f"<th>{escape(run.name)}</th>" for run in runs)
    rows = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(f"<td>{count.get(name, 0)}</td>" for count in counts)
        + "</tr>"
        for name in names
    )
    return f"<h2>What became of the questions</h2><table><tr><th></th>{head}</tr>{rows}</table>"


def _kinds(report: Report) -> str:
    kinds = report.kinds()
    if len(kinds) < 2:
        return ""
    names = [
        name
        for name in ("R@5", "R@10", "nDCG@10", "facts", "citation F1", "refusal correct")
        if name in report.metrics()
    ]
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = []
    for kind in kinds:
        summary = report.summary(kind)
        cells = "".join(
            f"<td>{f'{summary[name].value:.3f}' if name in summary else ''}</td>" for name in names
        )
        rows.append(f"<tr><td>{escape(kind)}</td><td>{len(kinds[kind])}</td>{cells}</tr>")
    return (
        f"<h2>By kind of question</h2><table><tr><th>kind</th><th>n</th>{head}</tr>"
        f"{''.join(rows)}</table>"
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
