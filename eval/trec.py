"""TREC run files: QUERY Q0 DOCUMENT RANK SCORE NAME."""

from __future__ import annotations

from pathlib import Path

from eval.runs import Report


def write(report: Report, path: Path) -> None:
    """What a run retrieved, for trec_eval and its kin."""
    name = report.name.replace(" ", "_") or "run"
    lines = [
        f"{record.id.replace(' ', '_')} Q0 {key} {rank} {score:.6f} {name}\n"
        for record in report.records
        for rank, (key, score) in enumerate(record.retrieved, 1)
    ]
    path.write_text("".join(lines), encoding="utf-8")
