"""The sentences of a model's reply: which say something that has to rest on a paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.text import Span, is_name, sentences

MARKERS = re.compile(r"\s*\[\d+\](?:\s*\[\d+\])*")
_LEADING = re.compile(r"(?:\[\d+\]\s*)+")
_LIST_MARK = re.compile(r"\s*(?:[-*•]\s+|\d{1,2}[.)]\s+)?")
_HEADING = re.compile(r"\s*(?:#{1,6}\s+(?P<head>.*?)|\*\*(?P<bold>[^*]+)\*\*):?\s*$")
_RULE = re.compile(r"[\s|:=_*-]*$")
LABEL = 8
"""Words that a heading has at most; a longer one says something."""
_SAYS = re.compile(
    r"\b(?:is|are|was|were|has|have|can|does|do|needs?|requires?|uses?|makes?|gains?|loses?|beats?|"
    r"\w+(?:forms|duces|creases|proves|passes|ceeds|celerates|ables|lows|hieves|grades|tains))\b"
)
_ABSENT_VERB = (
    r"(?:state|mention|report|say|specify|give|provide|discuss|answer|contain|describe|address|"
    r"include|offer|cover|explain|indicate|name|tell|reveal|detail|define|note|disclose|list)"
)
_TOLD = r"(?:abstracts?|passages?|sources?|excerpts?|texts?|context|documents?|papers?|information)"
# Said of the abstracts, not of what stands in them; there is nothing to cite for it.
_SAYS_NOTHING = re.compile(
    rf"\b{_TOLD}\b[^.;]{{0,40}}\b(?:do(?:es)? not|did not|(?:don|doesn|didn)['’]t|cannot|never) "
    rf"(?:\w+ ){{0,2}}{_ABSENT_VERB}"
    rf"|\b{_TOLD}\b[^.;]{{0,30}}\b(?:is|are) (?:silent|unclear|not (?:clear|enough|sufficient))"
    rf"|\b(?:no|none|neither|nothing)\b[^.;]{{0,40}}\b{_TOLD}\b"
    rf"|\b{_TOLD}\b[^.;]{{0,30}}\b(?:no|nothing|lacks?|without)\b[^.;]{{0,20}}"
    r"\b(?:information|mention|detail|answer|evidence|about|on this)"
    r"|\b(?:is|are|was|were)(?: not|n['’]t) (?:explicitly |directly )?"
    r"(?:stated|specified|mentioned|reported|given|provided|answered|discussed|described|disclosed|"
    r"available|covered|addressed|included)\b"
    r"|\bI(?:['’]m| am)(?: very)? (?:sorry|afraid|unable|not able)\b"
    r"|\bI (?:cannot|could not|do not|did not|was unable to|(?:can|couldn|don|didn)['’]t) "
    r"(?:answer|find|know|have|say|determine|see|tell|help|locate|provide)\b"
    r"|\b(?:not enough|insufficient|no) (?:information|evidence|mention|details?|data)\b"
    r"|\b(?:cannot|could not|(?:can|couldn)['’]t) be (?:answered|determined|found|inferred)\b"
    r"|\bunable to (?:answer|find|determine|locate|say)\b",
    re.IGNORECASE,
)


class ReplySentence(NamedTuple):
    """A sentence of a reply that says something."""

    text: str
    """Without markers."""
    numbers: tuple[int, ...]
    """The citations in it."""
    span: Span
    """Where it stands in the reply, with its markers."""
    paragraph_end: tuple[int, ...] = ()
    """The citations of the first sentence after it, in its paragraph, that has some."""


def says_nothing(sentence: str) -> bool:
    """Whether a sentence only says that the abstracts do not say something."""
    return bool(_SAYS_NOTHING.search(sentence))


def read_reply(text: str) -> list[ReplySentence]:
    """The sentences of a reply, with rows of tables, items of lists, and headings that say more
    than what follows is about."""
    found: list[ReplySentence] = []
    at = 0
    for paragraph in re.split(r"(\n\s*\n)", text):
        own = [
            ReplySentence(claim, _cited(paragraph[span.start : span.end]), _moved(span, at))
            for span in _spans(paragraph)
            if (claim := _plain(paragraph[span.start : span.end]))
        ]
        for place, each in enumerate(own):
            after = next((other.numbers for other in own[place + 1 :] if other.numbers), ())
            found.append(each._replace(paragraph_end=() if each.numbers else after))
        at += len(paragraph)
    return found


def is_label(line: str) -> bool:
    """Whether a heading only names what follows: short, without a number and a verb."""
    words = [word.strip(":*#.") for word in line.split()]
    digits = any(char.isdigit() for word in words if not is_name(word) for char in word)
    return len(words) <= LABEL and not digits and not _SAYS.search(line)


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _cited(written: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(n) for n in re.findall(r"\[(\d+)\]", written)))


def _plain(written: str) -> str:
    """A sentence without markers, bars of a table and marks of emphasis."""
    text = MARKERS.sub("", written)
    if text.count("|") > 1:
        text = ", ".join(filter(None, map(str.strip, text.strip("| ").split("|"))))
    return re.sub(r"\*\*|__|`", "", text).strip("# ").strip()


def _spans(text: str) -> Iterator[Span]:
    """The sentences of a paragraph, each with the markers after it."""
    at = 0
    lines = text.split("\n")
    for place, line in enumerate(lines):
        for span in _in_line(line, lines[place + 1] if place + 1 < len(lines) else ""):
            if any(char.isalnum() for char in MARKERS.sub("", line[span.start : span.end])):
                yield Span(at + span.start, at + span.end)
        at += len(line) + 1


def _in_line(line: str, following: str) -> list[Span]:
    heading = _HEADING.match(line)
    if heading and not MARKERS.search(line):
        head = heading["head"] or heading["bold"]
        return [] if is_label(head) else [Span(0, len(line))]
    if line.count("|") > 1:
        is_head = "|" in following and _RULE.match(following)
        return [] if is_head or _RULE.match(line) else [Span(0, len(line.rstrip()))]
    begin = len(_LIST_MARK.match(line)[0])  # type: ignore[index]
    spans = [Span(s.start + begin, s.end + begin) for s in sentences(line[begin:])]
    for number, span in enumerate(spans):
        leading = _LEADING.match(line, span.start, span.end)
        if number and leading:  # "It does so. [1] Then" cites for what stands before
            spans[number - 1] = Span(spans[number - 1].start, len(line[: leading.end()].rstrip()))
            spans[number] = Span(leading.end(), span.end)
    return spans
