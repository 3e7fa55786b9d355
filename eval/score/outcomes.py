"""What became of a question: one class each; for a wrong answer, the first thing that failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.cases import Case
from eval.records import Record

OUTCOMES = (
    "right", "not retrieved", "retrieved, not cited", "cited, unsupported", "contradicted",
    "refused wrongly", "answered wrongly", "facts missing", "refused rightly", "failed",
)  # fmt: skip
"""In the order in which they are shown."""


def outcome(case: Case, record: Record) -> str:
    """The one class that a question falls into; for a wrong answer, the first thing that failed."""
    if record.error:
        return "failed"
    retrieved = any(key in case.relevant for key, _ in record.retrieved)
    if record.answer["status"] == "refused":
        if not case.answerable:
            return "refused rightly"
        return "refused wrongly" if retrieved or not case.ranked else "not retrieved"
    if not case.answerable:
        return "answered wrongly"
    if not case.ranked:
        return "right" if _stored_right(case, record) else "facts missing"
    numbers = {c["number"] for c in record.answer["citations"] if c["paper"] in case.relevant}
    if not numbers:
        return "retrieved, not cited" if retrieved else "not retrieved"
    return _support(record.answer, numbers) or (
        "facts missing" if case.facts and not record.scores.get("facts") else "right"
    )


def _stored_right(case: Case, record: Record) -> bool:
    """Whether an answer that rests on no abstract holds a fact, or lists a paper, that is due."""
    if case.facts:
        return bool(record.scores.get("facts"))
    return not case.relevant or bool(case.relevant & set(record.answer.get("listed", ())))


def _support(answer: Mapping[str, Any], numbers: set[int]) -> str:
    """The class of an answer all of whose sentences on these citations are found wrong, or ""."""
    found = {s["support"] for s in answer["sentences"] if numbers & set(s["citations"])}
    if not found or not found <= {"contradicted", "uncited"}:
        return ""
    return "contradicted" if "contradicted" in found else "cited, unsupported"
