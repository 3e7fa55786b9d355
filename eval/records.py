"""What each question got, as JSON Lines: written as it comes, read back to go on or to compare."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from eval.cases import Case
from rag.atomic import replace_text
from rag.errors import CorpusError
from rag.types import Answer


@dataclass(frozen=True, slots=True)
class Record:
    """One question, what was retrieved and answered, and how it was scored."""

    id: str
    kind: str
    question: str
    relevant: tuple[str, ...] = ()
    retrieved: tuple[tuple[str, float], ...] = ()
    """Ids of papers with scores, best first; ranks are places, from 1."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Titles of the papers retrieved and cited, for reading."""
    answer: Mapping[str, Any] = field(default_factory=dict)
    """`brief(answer)`; empty when there is none."""
    scores: Mapping[str, float | None] = field(default_factory=dict)
    """By metric; None is undetermined, and a metric that does not apply is not there."""
    outcome: str = ""
    verdicts: Mapping[str, Any] = field(default_factory=dict)
    """What a judge said, with its explanation."""
    error: str = ""
    """Why there is no answer; such a question is asked again when a run is continued."""
    prompt: str = ""
    """Digest of everything that the answer depends on besides the model's mood."""
    must_pass: bool = False
    answerable: bool = True
    source: str = ""
    """Name of the set that the question is from."""

    @property
    def ok(self) -> bool:
        return not self.error

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Record:
        raw = json.loads(line)
        raw["relevant"] = tuple(raw["relevant"])
        raw["retrieved"] = tuple((key, score) for key, score in raw["retrieved"])
        # Runs that were kept before this was told apart.
        raw.setdefault("answerable", bool(raw["relevant"]))
        return cls(**raw)


def brief(answer: Answer) -> dict[str, Any]:
    """What of an answer is kept: all but the abstracts, which the library holds."""
    usage, rows = answer.usage, answer.table.rows if answer.table is not None else ()
    return {
        "text": answer.text, "query": answer.query, "status": answer.status,
        "reason": answer.reason, "confidence": round(answer.confidence, 4),
        "notice": answer.notice, "dropped": answer.dropped, "shown": answer.to_text(),
        "kind": answer.plan.kind if answer.plan is not None else None,
        "rows": len(rows), "listed": _listed(answer),
        "citations": [
            {
                "number": c.number, "paper": c.paper.id,
                "quotes": [
                    {"text": q.text, "verbatim": c.paper.abstract[q.start : q.end] == q.text}
                    for q in c.quotes
                ],
            }
            for c in answer.citations
        ],
        "sentences": [
            {"text": s.text, "citations": list(s.citations), "support": s.support,
             "score": round(s.score, 4), "why": s.why, "attached": s.attached}
            for s in answer.sentences
        ],
        "model": usage.model, "calls": usage.calls, "cached": usage.cached,
        "tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out, "cost": usage.cost,
        "seconds": round(sum(usage.seconds.values()), 4),
        "check_calls": usage.check_calls, "check_tokens": usage.check_tokens,
        "check_cost": usage.check_cost,
    }  # fmt: skip


def _listed(answer: Answer) -> list[str]:
    """Ids of the papers that an answer gives as meeting what was asked, in its order.

    Those of its table, without the near ones; where it has none of papers, those that it cites.
    """
    rows = answer.table.rows if answer.table is not None else ()
    papers = [row.paper.id for row in rows if row.paper and row.verdict in ("", "meets")]
    if not any(row.paper for row in rows):
        papers = [citation.paper.id for citation in answer.citations]
    return list(dict.fromkeys(papers))


def begun(case: Case, **given: Any) -> Record:
    """The record of a question, with what is known of it before it is scored."""
    return Record(
        case.id, case.kind, case.question, tuple(sorted(case.relevant)), must_pass=case.must_pass,
        answerable=case.answerable, source=case.source, **given,
    )  # fmt: skip


def failed(case: Case, error: str) -> Record:
    """The record of a question that could not be answered."""
    return begun(case, error=error)


class Journal:
    """A file of records that is added to; what was written before a kill stays."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def read(self) -> dict[str, Record]:
        """The latest record of each question; a last line that was cut off is passed over."""
        records: dict[str, Record] = {}
        if not self.path.exists():
            return records
        lines = self.path.read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            try:
                record = Record.from_json(line)
            except (ValueError, KeyError, TypeError) as error:
                if number == len(lines):
                    continue
                raise CorpusError(f"{self.path}:{number} is damaged ({error}).") from error
            records[record.id] = record
        return records

    def append(self, record: Record) -> None:
        """Write a record at once, on a line of its own even after a line that was cut off."""
        with self._lock, self.path.open("a+b") as file:
            if file.tell():
                file.seek(-1, 2)
                torn = file.read(1) != b"\n"
                file.seek(0, 2)
                if torn:
                    # What a kill cut off is not a record; it must not spoil the next one.
                    data = self.path.read_bytes()
                    file.truncate(data.rfind(b"\n") + 1)
            file.write(record.to_json().encode() + b"\n")

    def rewrite(self, records: Iterable[Record]) -> None:
        """The records in the order given, and nothing else; a kill leaves the old file."""
        replace_text(self.path, "".join(record.to_json() + "\n" for record in records))
