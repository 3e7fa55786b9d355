"""TREC run files, in and out: QUERY Q0 DOCUMENT RANK SCORE NAME."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.cases import Case
from eval.records import Record
from eval.run import Report
from eval.score import metrics
from rag.errors import CorpusError


def write(report: Report, path: Path) -> None:
    """What a run retrieved, for trec_eval and its kin."""
    name = report.name.replace(" ", "_") or "run"
    lines = [
        f"{record.id.replace(' ', '_')} Q0 {key} {rank} {score:.6f} {name}\n"
        for record in report.records
        for rank, (key, score) in enumerate(record.retrieved, 1)
    ]
    path.write_text("".join(lines), encoding="utf-8")


def read(path: Path, cases: Sequence[Case]) -> Report:
    """Someone else's run, scored on the cases. Raises `CorpusError` for a malformed line."""
    found: dict[str, list[tuple[float, str]]] = {}
    name = path.stem
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                query, _, key, _, score, name = line.split()
                found.setdefault(query, []).append((float(score), key))
            except ValueError:
                raise CorpusError(f"{path}:{number}: not a line of a TREC run.") from None
    records = []
    for case in cases:
        ranked = sorted(found.get(case.id.replace(" ", "_"), ()), key=lambda item: -item[0])
        retrieved = tuple((key, score) for score, key in ranked)
        records.append(
            Record(
                case.id, case.kind, case.question, tuple(sorted(case.relevant)), retrieved,
                scores=metrics.retrieval(case, retrieved),
            )
        )  # fmt: skip
    return Report(name, records, {"name": name})
