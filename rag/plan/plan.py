"""A question made into a `Plan`: what it asks for, in words that people can check and correct."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import replace

from rag.embed import CachedEmbedder
from rag.plan import kinds
from rag.plan.constraints import read_constraints
from rag.plan.facets import stated_facets
from rag.plan.form import shape
from rag.store import Catalogue
from rag.text import STOP_WORDS, distinctive, language_of
from rag.text import words as words_of
from rag.types import Filters, Kind, Plan, wording

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
APART = 0.5
"""How likely a message is no question of papers, when it is taken out of its conversation."""
NOT_SEARCHED = frozenset({"chat", "out_of_scope"})


def make_plan(
    question: str,
    *,
    standalone: str | None = None,
    wanted: str | None = None,
    filters: Filters | None = None,
    embedder: CachedEmbedder | None = None,
) -> Plan:
    """How a question is understood, without a model.

    `standalone` is its standalone form, when it is a follow-up, and `wanted` what is searched.
    `filters` are the user's own. With an `embedder` its kind is told better. Conditions on stored
    fields are not read yet: see `with_conditions`.
    """
    text = standalone or question
    # "And on MATH?" asks what was asked before.
    bare = sum(word not in STOP_WORDS for word in words_of(question)) < 3
    asked = text if bare else question
    likely = likely_kinds(asked, embedder)
    kind = kind_of(asked, likely)
    form, words = shape(question, kind)
    return Plan(
        kind=kind,
        query=text,
        filters=filters or Filters(),
        queries=(wanted or text,),
        words=words,
        form=form,
        language=language_of(question),
        subjects=tuple(distinctive(text)),
        likely=likely,
    )


def with_kind(plan: Plan, kind: Kind) -> Plan:
    """The plan as if the question were of that kind."""
    form, words = shape(plan.query, kind)
    wanted = stated_facets(plan.query) if kind in ABOUT_PAPERS else ()
    return replace(plan, kind=kind, form=form, words=words, facets=wanted, likely={})


def with_conditions(plan: Plan, catalogue: Catalogue) -> Plan:
    """The plan with the conditions on stored fields that the question states, and in words."""
    if plan.kind not in NOT_SEARCHED:
        plan = _conditioned(plan, catalogue)
    if plan.kind in ABOUT_PAPERS and not plan.facets:
        plan = replace(plan, facets=stated_facets(plan.query))
    return replace(plan, understood=in_words(plan))


def _conditioned(plan: Plan, catalogue: Catalogue) -> Plan:
    """Where one paper's content is asked about, conditions only narrow: those that no paper meets
    are taken for a part of the content.
    """
    read = read_constraints(plan.query, catalogue, now_year=datetime.date.today().year)
    if plan.kind not in (*ABOUT_PAPERS, "lookup"):
        narrow = read.filters and catalogue.count(plan.filters.also(read.filters))
        return replace(plan, filters=plan.filters.also(read.filters)) if narrow else plan
    plan = read.put_into(plan)
    if plan.likely and not _asks_of_stored(plan):
        return with_kind(plan, "number" if plan.kind == "count" else "fact")
    if plan.kind in ("list", "overview") and read.filters and read.rest:
        plan = replace(plan, query=read.rest, queries=(read.rest, *plan.queries[1:]))
    return plan


def likely_kinds(question: str, embedder: CachedEmbedder | None = None) -> dict[Kind, float]:
    """How likely a question is of each kind; by its words alone without MiniLM's vector."""
    known = embedder is not None and embedder.name.startswith(kinds.EMBEDDER)
    vector = embedder.embed([question])[0] if embedder is not None and known else None
    return kinds.model().probabilities(question, vector)


def apart(question: str, embedder: CachedEmbedder | None = None) -> bool:
    """Whether a message by itself is small talk or about something else than papers.

    Every turn is judged on the user's own words, whatever was talked about before.
    """
    likely = likely_kinds(question, embedder)
    kind = kind_of(question, likely)
    return _asks_nothing(question) or (kind in NOT_SEARCHED and likely[kind] > APART)


_WORKS = (
    r"(?:papers?|articles?|stud(?:y|ies)|publications?|works?|abstracts?|authors?|journals?|venues?|"
    r"entries|records|documents?|preprints?|arbeiten|aufsätze|veröffentlich\w+|studien|études|"
    r"travaux|trabajos|artículos|estudios|artikel)"
)
_PAPERS = re.compile(rf"\b{_WORKS}\b|论文|文章|论文|stat(?:ья|ьи|ей)", re.IGNORECASE)
_COUNTED = re.compile(
    r"\b(?:how many|number of|count|combien d|wie ?viele|cuánt[oa]s|share of|percentage of|"
    rf"proportion of)\W+(?:[\w'’-]+\W+){{0,3}}{_WORKS}\b|\b{_WORKS}\b.*\b(?:how many|"
    r"count|how much|per (?:year|venue|author|journal))\b|\b(?:how (?:big|large)|size)\b.*"
    r"\b(?:library|collection|corpus|database)\b|多少篇|几篇|(?:论文|文章).*多少",
    re.IGNORECASE,
)


def _asks_of_stored(plan: Plan) -> bool:
    """Whether a count is one of papers, and a look-up one of stored fields: "how many people took
    part?" and "what does it need?" are about what a paper says."""
    named = bool(_PAPERS.search(plan.query))
    fields = plan.fields or plan.filters or plan.by or plan.order or plan.missing or plan.unheld
    if plan.kind == "count":
        return bool(_COUNTED.search(plan.query) or plan.by)
    return plan.kind != "lookup" or bool(fields) or named


def kind_of(question: str, likely: dict[Kind, float]) -> Kind:
    """The likeliest kind; commands and what has no word in it are no questions."""
    return "chat" if _asks_nothing(question) else max(likely, key=lambda kind: likely[kind])


def _asks_nothing(message: str) -> bool:
    return message.startswith("/") or not re.search(r"\w{2}", message)


def in_words(plan: Plan) -> str:
    """The plan in one line: "papers that fit: diffusion models + 1 bit; from 2020 on; a table"."""
    parts = [LABELS[plan.kind]]
    if plan.facets:
        parts[0] += ": " + " + ".join(plan.facets)
    elif plan.subjects and plan.kind not in NOT_SEARCHED:
        parts[0] += ", of " + _joined(plan.subjects)
    parts += [wording.conditions(plan.filters)] if plan.filters else []
    if plan.form == "table":
        parts.append("as a table")
    return "; ".join(parts)


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"
