"""Answers from stored fields: counts, look-ups and lists, without reading an abstract.

Every figure is SQL over the whole library. Only what papers are about is told by a search, and the
text says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from rag.answer.many import DEEP, ManyPapers
from rag.answer.single import single_answer
from rag.store import Catalogue
from rag.types import Answer, Filters, Hit, Plan

Find = Callable[[str, Filters], list[Hit]]
"""From a topic and conditions to papers, best first."""
SHARE = 0.62
"""A paper is about a topic when its score is at least this share of the best one's: the share with
which lists are made, see `LIST_FLOOR` of `rag.answer.extract`."""
HOW = (
    f"A search told which: of the first {DEEP} papers, those whose score is at least {SHARE:.0%} of "
    "the best one's."
)
"""What is said of papers that `by_score` chose."""
_SEVERAL = re.compile(
    r"\b(?:papers|articles|studies|publications|works|everyone|all|co-?authors?|with whom)\b"
    r"|\bauthors? writes?\b|\bwho (?:works?|writes?|published|has published|has written)"
    r" (?:on|about)"
    r"|\b(?:different|distinct) (?:authors|venues|journals|people)\b",
    re.IGNORECASE,
)


def by_score(find: Find) -> Find:
    """Which of the papers found are about a topic, by their scores; `find` gives `DEEP` papers."""

    def about(topic: str, filters: Filters) -> list[Hit]:
        hits = find(topic, filters)
        return [hit for hit in hits if hit.score >= SHARE * hits[0].score]

    return about


def is_stored(plan: Plan) -> bool:
    """Whether stored fields answer a question: counts, look-ups, lists by conditions alone."""
    conditions = plan.filters or plan.missing
    return plan.kind in ("count", "lookup") or (
        plan.kind in ("list", "overview") and bool(conditions) and not plan.topic
    )


def stored_answer(
    answer: Answer, plan: Plan, catalogue: Catalogue, find: Find, about: Find, *, how: str = HOW
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


def _is_one(question: str, plan: Plan) -> bool:
    """Whether one paper is asked about: fields of it in the singular, or the paper itself."""
    if plan.by or plan.order:
        return False
    if plan.fields:
        return not _SEVERAL.search(question)
    return plan.kind == "lookup" and not plan.filters and not _SEVERAL.search(question)
