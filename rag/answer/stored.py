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
from rag.text import tokens
from rag.types import Answer, Filters, Hit, Plan

Find = Callable[[str, Filters], list[Hit]]
"""From a topic and conditions to papers, best first."""
SHARES = (0.55, 0.75)
"""A paper is about a topic of up to three words, or of more, when its score is at least this share
of the best one's. With these, F1 is 0.87 on nine topics of an invented library of 60 papers (its
keywords, 0.77 with the other share) and 0.68 on the 17 lists of our questions' training part (0.65
for the first five papers of each)."""
FLOOR = 0.25
"""… and at least this: what a library holds nothing of scores below 0.2 at best."""
WORDLESS = 0.5
"""What the best one scores at least when no paper holds a word of the topic: in another language,
vectors are near to anything."""
_SEVERAL = re.compile(
    r"\b(?:papers|articles|studies|publications|works|everyone|all|co-?authors?|with whom)\b"
    r"|\bauthors? writes?\b|\bwho (?:works?|writes?|published|has published|has written|wrote)"
    r" (?:on|about)"
    r"|\bhow many (?:authors|people|researchers) (?:wrote|write|work|have|published)\b"
    r"|\b(?:different|distinct) (?:authors|venues|journals|people)\b",
    re.IGNORECASE,
)


def by_score(find: Find) -> Find:
    """Which of the papers found are about a topic, by their scores; `find` gives `DEEP` papers."""

    def about(topic: str, filters: Filters) -> list[Hit]:
        hits = find(topic, filters)
        chosen = [h for h in hits if h.score >= max(FLOOR, share(topic) * hits[0].score)]
        asked = set(tokens(topic))
        held = any(asked & set(tokens(f"{h.paper.title} {h.paper.abstract}")) for h in chosen)
        return chosen if held or (chosen and chosen[0].score >= WORDLESS) else []

    return about


def share(topic: str) -> float:
    """The share of the best score that a paper on a topic has at least."""
    return SHARES[len(topic.split()) > 3]


def how_by_score(topic: str) -> str:
    """What is said of papers that `by_score` chose."""
    return (
        f"A search told which: of the first {DEEP} papers, those that score at least "
        f"{share(topic):.0%} of the best one's score, and {FLOOR}."
    )


def is_stored(plan: Plan) -> bool:
    """Whether stored fields answer a question: counts, look-ups, lists by conditions alone."""
    conditions = plan.filters or plan.missing
    return plan.kind in ("count", "lookup") or (
        plan.kind in ("list", "overview") and bool(conditions) and not plan.topic
    )


def stored_answer(
    answer: Answer, plan: Plan, catalogue: Catalogue, find: Find, about: Find, *, how: str = ""
) -> Answer:
    """The answer to a question of which `is_stored` holds, complete but for its usage.

    `answer` brings the question. `plan.filters` are all conditions, the user's own included. `find`
    gives papers for a description, best first; `about` those that are about a topic, and `how`
    says in a sentence how it told; without it, `about` is `by_score(find)`.
    """
    answer = replace(answer, plan=plan, confidence=1.0, hits=())
    stored = ManyPapers(answer, plan, catalogue, how or how_by_score(plan.topic))
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
