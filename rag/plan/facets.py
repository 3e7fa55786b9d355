"""What must hold of a paper for it to belong to a list: the conditions that a question states."""

from __future__ import annotations

import re

from rag.text import STOP_WORDS, distinctive, words

_FORM = re.compile(
    r"[,;(]?\s*\b(?:(?:as|in) a (?:\w+ )?(?:table|list)|in (?:one|two|three|a few) (?:sentences?|"
    r"words)|briefly|please|pls|only (?:the )?(?:names|titles)|(?:just|only) the (?:names|titles)|"
    r"one per line|with (?:a )?(?:one|short)[- ]line\w*(?: \w+){0,3}|thanks?)\b[).,!?]*",
    re.IGNORECASE,
)
# "… and what gains do they report?" asks something of the papers and is no condition.
ASIDE = re.compile(
    r"(?:,|;|\band\b|\?)\s*(?:what|which|how|why|by how much|with what|on what|where)\b"
    r"(?=[^?]*\b(?:they|each|it|their|do|does|did|are|is|much|many|well|gains?|results?)\b)[^?]*\??\s*$",
    re.IGNORECASE,
)
_CARRIER = re.compile(
    r"\b(?:which|what|any|all|other|some|are there|is there|do you (?:have|know)(?: of)?|have you "
    r"got|"
    r"find|show|give|list|name|enumerate|collect|gather|search|looking|look|need|want|recommend|"
    r"tell|know|get|me|us|i|we|my|thesis|survey|review|there|please|can|could|you|everything|"
    r"anything|something|library|collection|corpus|ones?|ok(?:ay)?|rel(?:y|ies) on|based on|"
    r"papers?|articles?|abstracts?|publications?|references?|literature|"
    r"authors?|researchers?|people|that|who|whose|deal(?:s|ing)? with|dealing|"
    r"(?:is|are) about|about|concern(?:s|ing)?|"
    r"address(?:es)?|describe[sd]?|present(?:s|ed)?|propose[sd]?|introduce[sd]?|discuss(?:es)?|"
    r"investigat\w+|exist(?:s|ing)?|tr(?:y|ies) to|aims? (?:to|at)|manage|mention(?:s|ed)?|"
    r"use[sd]? for)\b",
    re.IGNORECASE,
)
# Carriers too, where no word of theirs stands before: "which models", not "language models".
_NOUNS = frozenset(
    """work works study studies method methods approach approaches model models technique techniques
    system systems algorithm algorithms""".split()
)
_NEGATION = re.compile(
    r"\b(?:but not|not|no|without|instead of|rather than|except(?: for)?|excluding|other than|"
    r"apart from|leav(?:e|ing)(?: out)?|and not|never|neither|nor|nothing (?:with|about|on|like)|"
    r"(?:is|are|do|does)n['’]?t)\b",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"[,;:?!()]|\b(?:and|but|for|on|in|with|to|by|via|using|from|into|at|of|under|during|through|over|"
    r"that|which|while|when|where|as|than|between|within|across|against)\b",
    re.IGNORECASE,
)
MOST = 6
"""Facets at most; more come of questions that are no lists."""


def aside(question: str) -> str:
    """What a list question asks of each paper besides: "what gains do they report"; or ""."""
    match = ASIDE.search(question)
    said = match.group().strip(" ,;?") if match and match.start() > 0 else ""
    return said.removeprefix("and ")


def stated_facets(question: str) -> tuple[str, ...]:
    """The conditions, in the question's own words; a negated one begins with "not "."""
    text = _FORM.sub(" ", question)
    text = ASIDE.sub(" ", text) if aside(text) else text
    found: dict[str, None] = {}
    negated = False
    position = 0
    for match in _NEGATION.finditer(text):
        for facet in _phrases(text[position : match.start()], negated):
            found.setdefault(facet)
        # "no retraining" and "without labels" are what the papers say themselves.
        negated = True
        position = match.end()
    for facet in _phrases(text[position:], negated):
        found.setdefault(facet)
    return tuple(found)[:MOST]


def _phrases(text: str, negated: bool) -> list[str]:
    """The phrases between small words; only the first after a negation is negated."""
    phrases: list[str] = []
    for part in _SPLIT.split(_CARRIER.sub(" , ", text)):
        kept = [word for word in part.split() if not _is_small(word)]
        # "methods that merge" are any; "model merging" is a subject.
        while kept and kept[0].lower() in _NOUNS and (len(kept) == 1 or kept[0][-1] in "sS"):
            del kept[0]
        if not kept:
            continue
        phrase = " ".join(kept).strip(" .\"'“”")
        if phrase:
            first = negated and not phrases
            phrases.append(f"not {phrase}" if first else phrase)
    return phrases


def _is_small(word: str) -> bool:
    bare = words(word)
    return not distinctive(word) and all(piece in STOP_WORDS for piece in bare)
