"""Which questions and answers a metric is over.

Each takes a case and `records.brief(answer)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.cases import Case
from rag.types import KINDS


def always(case: Case, answer: Mapping[str, Any]) -> bool:
    return True


# -- by the question -------------------------------------------------------------------------------


def unanswerable(case: Case, answer: Mapping[str, Any]) -> bool:
    return not case.answerable


def unanswerable_twin(case: Case, answer: Mapping[str, Any]) -> bool:
    return bool(case.twin) and not case.answerable


def ranked(case: Case, answer: Mapping[str, Any]) -> bool:
    return case.ranked


def named(case: Case, answer: Mapping[str, Any]) -> bool:
    return case.named and case.ranked


def asks_papers(case: Case, answer: Mapping[str, Any]) -> bool:
    return case.asks_papers


def has_facts(case: Case, answer: Mapping[str, Any]) -> bool:
    return bool(case.facts)


def has_kind(case: Case, answer: Mapping[str, Any]) -> bool:
    return case.kind_asked in KINDS


# -- by the answer ---------------------------------------------------------------------------------


def refused(case: Case, answer: Mapping[str, Any]) -> bool:
    return bool(answer["status"] == "refused")


def given(case: Case, answer: Mapping[str, Any]) -> bool:
    """Whether there is an answer, be it to a part."""
    return not refused(case, answer)


def has_sentences(case: Case, answer: Mapping[str, Any]) -> bool:
    return given(case, answer) and bool(answer["sentences"])


def claims(answer: Mapping[str, Any]) -> list[Any]:
    """The sentences in words of their own: a quoted one is true to its source by its form."""
    return [sentence for sentence in answer["sentences"] if sentence["support"] != "quoted"]


def has_claims(case: Case, answer: Mapping[str, Any]) -> bool:
    return given(case, answer) and bool(claims(answer))


def has_quotes(case: Case, answer: Mapping[str, Any]) -> bool:
    return given(case, answer) and any(c["quotes"] for c in answer["citations"])


# -- by both ---------------------------------------------------------------------------------------


def ranked_and_given(case: Case, answer: Mapping[str, Any]) -> bool:
    return case.ranked and given(case, answer)


def refused_twin(case: Case, answer: Mapping[str, Any]) -> bool:
    return bool(case.twin) and refused(case, answer)


def lists_papers(case: Case, answer: Mapping[str, Any]) -> bool:
    return case.asks_papers and given(case, answer) and bool(answer["listed"])


def lists_beside_near(case: Case, answer: Mapping[str, Any]) -> bool:
    return bool(case.near) and lists_papers(case, answer)
