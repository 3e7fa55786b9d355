"""What is said instead of an answer, or of a part of it."""

from __future__ import annotations

from dataclasses import replace

from rag.answer.evidence import Evidence
from rag.text import readable
from rag.types import Answer, Paper, Reason

REFUSALS: dict[Reason, str] = {
    "off_topic": "The abstracts in this library are about something else.",
    "not_in_corpus": "No abstract in this library answers this.",
    "not_stated": "I found no sentence in its abstract that answers this.",
    "language": (
        "The abstracts are in English, and without a language model I can only match names. Ask in "
        "English, or name the method; with a model (RAG_LLM) any language will do."
    ),
    "no_match_for_filter": "No paper in this library passes the filters.",
    "no_such_field": "No paper in this library carries that.",
    "model_failed": "The model failed.",
}


def refused(answer: Answer, reason: Reason, evidence: Evidence) -> Answer:
    """The answer as a refusal, with what is said instead."""
    text = refusal(reason, evidence.subject)
    return replace(answer, text=text, status="refused", reason=reason)


def refusal(reason: Reason, subject: Paper | None) -> str:
    """What is said instead of an answer."""
    if reason == "not_stated":
        if subject is None:
            return REFUSALS["not_in_corpus"]
        return f"“{readable(subject.title)}” is in this library, but {REFUSALS[reason]}"
    return REFUSALS[reason]


def unmentioned(evidence: Evidence) -> str:
    """Which names of a comparison no paper found mentions; "" when there are none."""
    names = " or ".join(evidence.absent)
    return f"None of the papers found mentions {names}." if names else ""
