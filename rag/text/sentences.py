"""Where the sentences of a text begin and end."""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.text.links import URL


class Span(NamedTuple):
    """A range of characters, `text[start:end]`."""

    start: int
    end: int


_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|etc|vs|cf|resp|approx|w\.r\.t|Fig|Figs|Eq|Eqs|Sec|Tab|No|Dr|Prof|al|"
    r"St|i\.i\.d|a\.k\.a|incl|viz)|(?<![\w@&-])[A-Z])\.$"
)
_BOUNDARY = re.compile(
    r"[.!?]+[\"'”’)\]}]*(?:\s+\.(?=[A-Z][a-z])|(?=\s+[\"'“‘(\[{$\\]*[^\s]))"  # an end mark, a space
    # glued: "…the model.However, …", "… (D-RoI).Moreover, …"
    r"|(?:(?<=[a-z0-9)\]%]{2})|(?<=[A-Z]\)))[.!?](?=[A-Z][a-z]+[A-Za-z]*[\s,])"
    r"|\n\s*\n"
)


def sentences(text: str) -> list[Span]:
    """Spans of the sentences of a text, in order, without the white space around them.

    Does not split at abbreviations, initials, decimals, links or list marks such as "(1)"; does
    split where an exporter glued two sentences together.
    """
    addresses = [match.span() for match in URL.finditer(text)]
    spans: list[Span] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        end = match.end()
        if any(a <= match.start() and end < b for a, b in addresses):
            continue
        if not _ends_sentence(text, start, end):
            continue
        spans.append(Span(start, end))
        start = end
    spans.append(Span(start, len(text)))
    spans = _join_list_marks(text, spans)
    return [trimmed for span in spans if (trimmed := _trim(text, span)).start < trimmed.end]


def _ends_sentence(text: str, start: int, end: int) -> bool:
    before = text[start:end]
    if before.endswith(".") and _ABBREVIATION.search(before):
        # "et al." and "etc." may end a sentence; only a capitalised word after them says so.
        return bool(re.search(r"\b(?:etc|et al)\.$", before) and re.match(r"\s+[A-Z]", text[end:]))
    following = text[end:].lstrip()
    return (
        not following[:1].islower()
        or len(following.split(maxsplit=1)[0]) == 1
        or bool(re.match(r"[a-z]+[A-Z\d-]", following))
    )


def _join_list_marks(text: str, spans: list[Span]) -> list[Span]:
    """A span that is no more than a list mark ("3.") belongs to what follows it."""
    joined: list[Span] = []
    for span in reversed(spans):
        if not any(c.isalnum() for c in text[span.start : span.end]) and span.start:
            continue  # a stray mark; the sentence before is stretched over it below
        if joined and re.search(r"(?:^|[\s,;:])\(?\w\)?[.]$", text[span.start : span.end]):
            head = text[joined[-1].start : joined[-1].end].lstrip()[:1]
            if head.islower() or span.end - span.start < 6:
                joined[-1] = Span(span.start, joined[-1].end)
                continue
        joined.append(span)
    joined.reverse()
    ends = [span.start for span in joined[1:]] + [len(text)]
    return [Span(span.start, end) for span, end in zip(joined, ends, strict=True)]


def _trim(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
