"""Answer quality on our own questions, in a table: python -m eval.quick [--split test]."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from eval.cases import Case, facts_found, load, recall, reciprocal_rank, said
from rag import Answer, Assistant
from rag.retrieve import standalone

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Row:
    """What one question got."""

    case: Case
    ranked: tuple[str, ...]
    answer: Answer


def measure(assistant: Assistant, cases: Sequence[Case]) -> list[Row]:
    """Search for and ask every question."""
    rows = []
    for case in cases:
        query = standalone(case.question, case.history)
        ranked = tuple(hit.paper.id for hit in assistant.search(query, k=DEPTH))
        rows.append(Row(case, ranked, assistant.ask(case.question, history=case.history)))
    return rows


def table(rows: Sequence[Row]) -> list[str]:
    """A Markdown table by kind of question, and the refusals."""
    answerable = [row for row in rows if row.case.answerable]
    lines = [
        "| kind | n | recall@5 | recall@10 | MRR | first | facts | words | refused |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind in [*dict.fromkeys(row.case.kind for row in answerable), "all"]:
        some = [row for row in answerable if kind in (row.case.kind, "all")]
        lines.append(f"| {kind} | {len(some)} | " + " | ".join(_figures(some)) + " |")
    refused = [row for row in rows if row.answer.status == "refused"]
    rightly = [row for row in refused if not row.case.answerable]
    unanswerable = [row for row in rows if not row.case.answerable]
    lines.append("")
    lines.append(
        f"refusals: precision {len(rightly) / max(1, len(refused)):.3f} "
        f"({len(rightly)} of {len(refused)}), "
        f"recall {len(rightly) / max(1, len(unanswerable)):.3f} "
        f"({len(rightly)} of {len(unanswerable)})"
    )
    support = [s.support for row in rows for s in row.answer.sentences]
    lines.append(f"sentences: {len(support)}, supported {support.count('supported')}")
    return lines


def _figures(rows: Sequence[Row]) -> list[str]:
    words = [len(said(row.answer).split()) for row in rows if row.answer.status != "refused"]
    return [
        f"{fmean(recall(row.case, row.ranked, 5) for row in rows):.3f}",
        f"{fmean(recall(row.case, row.ranked, 10) for row in rows):.3f}",
        f"{fmean(reciprocal_rank(row.case, row.ranked) for row in rows):.3f}",
        f"{fmean(float(row.ranked[0] in row.case.relevant) for row in rows):.3f}",
        f"{fmean(facts_found(row.case, said(row.answer)) for row in rows):.3f}",
        f"{fmean(words) if words else 0:.0f}",
        f"{sum(row.answer.status == 'refused' for row in rows)}",
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=("train", "test"), help="one part of the questions")
    parser.add_argument("--misses", action="store_true", help="list what went wrong")
    options = parser.parse_args(arguments)
    with Assistant() as assistant:
        cases = [c for c in load(assistant.library) if options.split in (None, c.split)]
        rows = measure(assistant, cases)
    print("\n".join(table(rows)))
    if options.misses:
        for row in rows:
            if (row.answer.status == "refused") == row.case.answerable:
                what = "refused" if row.case.answerable else "answered"
                print(f"{what} {row.answer.confidence:.2f} {row.case.id}: {row.case.question}")


if __name__ == "__main__":
    main()
