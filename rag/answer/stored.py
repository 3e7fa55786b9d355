"""Answers from stored fields: counts, look-ups and lists, without reading an abstract.

Every figure is SQL over the whole library. Only what papers are about is told by a search, and the
text says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from rag.answer.many import ManyPapers
from rag.answer.single import single_answer
from rag.store import Catalogue
from rag.types import Answer, Filters, Hit, Plan

Find = Callable[[str, Filters], list[Hit]]
"""From a topic and conditions to papers, best first."""
_SEVERAL = re.compile(
    r"\b(?:papers|articles|studies|publications|works|everyone|all|co-?authors?|with whom)\b"
    r"|\bauthors? writes?\b|\bwho (?:works?|writes?|published|has published|has written|wrote)"
    r" (?:on|about)"
    r"|\bhow many (?:authors|people|researchers) (?:wrote|write|work|have|published)\b"
    r"|\b(?:different|distinct) (?:authors|venues|journals|people)\b",
    re.IGNORECASE,
)


def is_stored(plan: Plan) -> bool:
    """Whether stored fields answer a question: counts, look-ups, lists by conditions alone."""
    conditions = plan.filters or plan.missing
    return plan.kind in ("count", "lookup") or (
        plan.kind in ("list", "overview") and bool(conditions) and not plan.topic
    )


def stored_answer(
    answer: Answer, plan: Plan, catalogue: Catalogue, find: Find, about: Find, *, how: str
) -> Answer:
    """The answer to a question of which `is_stored` holds, complete but for its usage.

    `answer` brings the question. `plan.filters` are all conditions, the user's own included. `find`
    gives papers for a description, best first; `about` those that are about a topic, and `how`
    says in a sentence how it told.
    """
    answer = replace(answer, plan=plan, confidence=1.0, hits=())
    stored = ManyPapers(answer, plan, catalogue, how)
    refusal = stored.refusal()
    if refusal is not None:
        return refusal
    if plan.topic and _is_one(answer.question, plan):
        return single_answer(answer, plan, catalogue, find)
    if plan.topic and not stored.narrow(about(plan.topic, plan.filters)):
        return stored.nothing()
    return stored.counted() if plan.kind == "count" else stored.looked_up()


def stored_refusal(answer: Answer, plan: Plan, catalogue: Catalogue) -> Answer | None:
    """A refusal where conditions cannot be met by any paper, whatever is asked; else None.

    No library holds what is asked for, no paper carries the field, or none has the value.
    """
    return ManyPapers(replace(answer, plan=plan, hits=()), plan, catalogue, "").refusal()


def _is_one(question: str, plan: Plan) -> bool:
    """Whether one paper is asked about: fields of it in the singular, or the paper itself."""
    if plan.by or plan.order:
        return False
    if plan.fields:
        return not _SEVERAL.search(question)
    return plan.kind == "lookup" and not plan.filters and not _SEVERAL.search(question)
