"""The plan by a language model: one structured call, for questions that words alone do not settle.

It makes a follow-up stand alone, translates it, and names kind, facets, queries, length and form.
A question that plainly stands alone and is simple is spared the call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.llm import RunContext, ask_helper, prompts
from rag.plan.followup import latest
from rag.text import visible
from rag.types import KINDS, Plan, Turn

if TYPE_CHECKING:
    from rag.llm import LanguageModel

SETTLED = 0.6
"""How likely the kind of a question is at least, that a model need not be asked for it."""
LONG = 25
"""Words beyond which a question may ask for several things."""
MOST_QUERIES = 3
_FORMS = ("text", "list", "table")


def is_simple(plan: Plan, history: Sequence[Turn]) -> bool:
    """Whether a question plainly stands alone, in English, and asks for one thing of one paper."""
    return (
        not history
        and plan.language == "en"
        and plan.kind not in ("list", "overview", "comparison")
        and max(plan.likely.values(), default=1.0) >= SETTLED
        and len(plan.query.split()) <= LONG
    )


def written_plan(
    plan: Plan,
    question: str,
    history: Sequence[Turn],
    model: LanguageModel,
    context: RunContext,
) -> Plan:
    """The plan with what a model says of it; as it was when that fails, which is noted."""
    request = prompts.plan(question, latest(history, model) if history else [], KINDS)
    reply = ask_helper(model, request, context) or ""
    context.clock.lap("plan")
    said = _object(reply)
    text = _line(said.get("question"), 10 * max(len(question), 60))
    if not text:
        return plan
    kind = next((known for known in KINDS if known == said.get("kind")), plan.kind)
    words = said.get("words")
    queries = [q for q in map(_line, _strings(said.get("queries"))) if q][:MOST_QUERIES]
    return replace(
        plan,
        kind=kind,
        query=text,
        queries=tuple(dict.fromkeys((text, *queries))),
        facets=tuple(f for f in map(_line, _strings(said.get("facets"))) if f)[:6],
        words=words if isinstance(words, int) and 10 <= words <= 600 else plan.words,
        form=said["form"] if said.get("form") in _FORMS else plan.form,
        likely={},
    )


_BRACKETS = 60


def _object(reply: str) -> dict[str, Any]:
    """The JSON object in a reply, whatever stands around it; {} when there is none."""
    match = re.search(r"\{.*\}", reply, re.DOTALL)
    # A plan holds lists of words and nothing deeper: "[[[[…" is not even parsed.
    if match is None or len(re.findall(r"[\[{]", match.group())) > _BRACKETS:
        return {}
    try:
        said = json.loads(match.group())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _line(value: object, most: int = 300) -> str:
    """One line that can be shown and encoded; "" for what is no text, or too long to be meant."""
    seen = visible(value).encode("utf-8", "ignore").decode() if isinstance(value, str) else ""
    text = " ".join(seen.split()).strip(' "')
    return text if len(text) <= most else ""
