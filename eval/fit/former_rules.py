"""What 0.1.0 told of a question by its wording: the rules that the fitted kinds are held against.

Copied as they stood; not in use any more.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from rag.text import distinctive
from rag.types import Kind

_WORKS = (
    "(?:papers|works|methods|approaches|studies|models|techniques|systems|articles|abstracts|"
    "datasets|data sets|benchmarks|publications)"
)
_ONE_WORK = "(?:paper|method|model|study|work|technique|approach|system|dataset|data set|benchmark)"


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_LIST = _any_of(
    r"^(?:list|name|enumerate|collect|gather)\b",
    r"^(?:give me (?:all|a list|the papers)|show me (?:all|the))\b",
    r"\b(?:which|what|any|all|other|find|show|list|are there|do you (?:have|know))"
    rf"(?: [\w/-]+){{0,3}} {_WORKS}\b",
    r"\b(?:papers|works|studies|everything|anything) (?:on|about|that|which|dealing|using)\b",
    r"^who (?:has|have)\b",
    r"\boverview of\b",
    r"\bwhat is there on\b",
    r"\bliterature on\b",
    r"\b(?:all|any|other) (?:the )?(?:work|studies|papers|models|methods)\b",
    r"\bwhich are there\b",
    r"\bhave (?:people|researchers|others) \w+",
    r"\balternatives\b",
    r"\bpapers\b",
    r"^[\w\s/-]*\b(?:models|methods|works?|approaches|techniques|systems)"
    r" (?:for|on|that|of)\b[^?]*$",
)
_ONE_PAPER = _any_of(
    r"\b(?:the|this|that) (?:paper|study|work|method|model)\b", rf"\b(?:which|what) {_ONE_WORK}\b"
)
_COMPARISON = _any_of(
    r"\b(?:vs\.?|versus|against|compared? (?:to|with)|compare|comparison|contrast)\b",
    r"\b(?:differ(?:s|ed|ence|ences|ent)?|as opposed to|in common)\b",
    r"\bor\b[^?]*\?\s*$",
    r"\bboth\b.*\band\b",
    r"\bhow (?:do|does) .*\band\b",
)
_BETWEEN = _any_of(r"\b(?:vs\.?|versus|differ\w*|compare[ds]?|contrast|in common)\b")
_NUMBER = _any_of(
    r"\bhow (?:many|much|often|large|big|long|fast|far|small|few|quick)",
    r"\b(?:what|which)(?: \w+){0,2} (?:percentage|share|fraction|proportion|number|score)\b",
    r"\b(?:what|which)(?: \w+){0,2} (?:accuracy|rate|speed\w*|size|factor)\b",
    r"\bby how|\bper ?cent|\bfigures?\b|\bnumbers?\b|\bfps\b",
    r"\b(?:quicker|faster|smaller|larger|cheaper)\b",
)
_MEASURED = _any_of(
    r"\b(?:what|which) (?:\w+ ){0,2}(?:percentage|share|fraction|number|score|accuracy|rate)\b",
    r"^how (?:many|much)\b",
)
_REASON = _any_of(r"\b(?:why|reasons?|causes?|explain\w*|what makes)\b")
_DEFINITION = _any_of(
    r"\bwhat(?:'s| is| are| does)\b",
    r"\bdefin\w+|\bcalled\b|\bname\b|\bmean(?:t|ing|s)?\b",
    r"\bwhich (?:paper|method|model|framework|work)\b",
    r"^(?:tell me about|describe|explain)\b",
)
_BIBLIOGRAPHIC = _any_of(
    r"\bauthors?\b",
    r"\bwho (?:wrote|published|invented|proposed|developed|made|created|are the)\b",
    r"\b(?:affiliation|universit\w+|institution\w*|lab|venue|conference|journal|citations?)\b",
    r"\b(?:published|publication|publish|appear(?:ed)?|accepted|presented at|doi|page numbers?)\b",
    r"\b(?:what|which) year\b|\bwhen was\b",
    r"\bhow (?:often|many times) (?:has|have|was|is).{0,40}cited",
)
_COVERS: dict[str, frozenset[Kind]] = {
    "comparison": frozenset({"comparison"}),
    "list": frozenset({"list", "overview"}),
    "number": frozenset({"number", "count"}),
    "reason": frozenset({"reason"}),
    "definition": frozenset({"definition", "acronym"}),
    "general": frozenset({"fact", "method", "yes_no", "lookup", "chat", "out_of_scope"}),
}
"""The kinds of today for which each of the six former kinds may pass."""


def allowed(question: str) -> Collection[Kind]:
    """All the kinds for which what the rules said of a question may pass: as kind as can be."""
    covered = _COVERS[_kind(question)]
    return covered | {"lookup"} if _BIBLIOGRAPHIC.search(question) else covered


def _kind(text: str) -> str:
    if _BETWEEN.search(text):
        return "comparison"
    if _LIST.search(text) and not _ONE_PAPER.search(text) and not _MEASURED.search(text):
        return "list"
    if _COMPARISON.search(text) and len(distinctive(text)) > 1:
        return "comparison"
    if _NUMBER.search(text):
        return "number"
    if _REASON.search(text):
        return "reason"
    return "definition" if _DEFINITION.search(text) else "general"
