"""A question made into a `Plan`: what it asks for, in words that people can check and correct."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.plan import kinds
from rag.plan.facets import facets
from rag.plan.form import shape
from rag.plan.language import language_of
from rag.text import distinctive
from rag.types import Filters, Kind, Plan

LABELS: dict[Kind, str] = {
    "definition": "what it is",
    "number": "a number",
    "acronym": "what an abbreviation stands for",
    "yes_no": "yes or no",
    "reason": "a reason",
    "method": "how it works",
    "fact": "a detail",
    "list": "papers that fit",
    "comparison": "a comparison",
    "overview": "an overview",
    "count": "how many papers",
    "lookup": "what is stored of papers",
    "chat": "small talk",
    "out_of_scope": "nothing that papers answer",
}
"""Each kind in words, for people."""
ABOUT_PAPERS = frozenset({"list", "overview", "count"})
"""Kinds that are about papers which meet conditions."""


def make_plan(question: str, *, standalone: str | None = None, plan: Plan | None = None) -> Plan:
    """How a question is understood, without a model.

    `standalone` is its standalone form, when it is a follow-up. `plan` is one that the user
    corrected: its kind, filters, facets and form hold.
    """
    text = standalone or question
    likely = kinds.model().probabilities(question)
    kind = plan.kind if plan else kind_of(question, likely)
    form, words, _ = shape(question, kind)
    made = Plan(
        kind=kind,
        query=text,
        facets=facets(text) if kind in ABOUT_PAPERS else (),
        queries=(text,),
        words=words,
        form=form,
        language=language_of(question),
        subjects=tuple(distinctive(text)),
        likely=likely,
    )
    if plan is not None:
        made = replace(
            made, filters=plan.filters, facets=plan.facets or made.facets, form=plan.form
        )
    return replace(made, understood=in_words(made))


def kind_of(question: str, likely: dict[Kind, float]) -> Kind:
    """The likeliest kind; commands and what has no word in it are no questions."""
    if question.startswith("/") or not re.search(r"\w{2}", question):
        return "chat"
    return max(likely, key=lambda kind: likely[kind])


def in_words(plan: Plan) -> str:
    """The plan in one line: "papers that fit: diffusion models + 1 bit; from 2020 on; a table"."""
    parts = [LABELS[plan.kind]]
    if plan.facets:
        parts[0] += ": " + " + ".join(plan.facets)
    elif plan.subjects and plan.kind not in ("chat", "out_of_scope"):
        parts[0] += ", of " + _joined(plan.subjects)
    parts += said(plan.filters)
    if plan.form == "table":
        parts.append("as a table")
    if plan.unclear:
        parts.append(f"not understood: {plan.unclear}")
    return "; ".join(parts)


def said(filters: Filters) -> list[str]:
    """Conditions on stored fields, each in words."""
    first, last = filters.year_from, filters.year_to
    words = []
    if first is not None and first == last:
        words.append(f"of {first}")
    elif first is not None and last is not None:
        words.append(f"from {first} to {last}")
    elif first is not None:
        words.append(f"from {first} on")
    elif last is not None:
        words.append(f"up to {last}")
    words += [f"by {filters.author}"] if filters.author else []
    words += [f"in {filters.venue}"] if filters.venue else []
    words += [f"from the source {filters.source}"] if filters.source else []
    words += [f"{name}: {value}" for name, value in filters.where.items()]
    return words


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"
