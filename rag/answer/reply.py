"""The sentences of a model's reply: which say something that has to rest on a paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.answer.nothing_said import LONGEST, refuses
from rag.text import Span, is_name, sentences

MARKERS = re.compile(r"\s*\[\d+\](?:\s*\[\d+\])*")
_LEADING = re.compile(r"(?:\[\d+\]\s*)+")
_LIST_MARK = re.compile(r"\s*(?:>\s*)*(?:[-*•·‣–—+]\s+|\(?(?:\d{1,3}|[a-z])[.)]\s+)?")
_HEADING = re.compile(
    r"\s*(?:#{1,6}\s+(?P<head>.*?)|(?P<mark>\*{1,3}|_{1,3})(?P<bold>[^*_]+)(?P=mark)):?\s*#*\s*$"
)
_LEAD_IN = re.compile(r".*[:：]\W*$")
_RULE = re.compile(r"[\s|:=_*-]*$")
_UNDERLINE = re.compile(r"\s*(?:={2,}|-{2,})\s*$")
_FENCE = re.compile(r"\s*(?:```|~~~)\s*\w*\s*$")
LABEL = 8
"""Words that a heading has at most; a longer one says something."""
_FUNCTION = (
    r"(?:the|an?|its|their|of|for|with|in|on|at|by|and|or|to|from|all|more|most|key|main|under"
    r"|across|between|per|over|used)"
)
_SAYS = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|cannot|may|will|does|do|did|not|no|never"
    # A word in -s or -ed between two others is a verb, unless it is a usual noun or in a phrase.
    rf"|(?!{_FUNCTION}\b)[\w-]+ (?!\w*(?:ss|us|is|ics|ings) )"
    r"(?!\w*(?:method|model|result|layer|dataset|paper|task|metric|benefit|approache)s )"
    rf"(?:\w{{2,}}s|\w{{2,}}ed|made|led|kept) (?!{_FUNCTION}\b)[\w-]+)\b",
    re.IGNORECASE,
)
_LONG = 4
"""Words by which the same said three times is a loop, and no list of short entries."""
_ROUND = 12
"""Sentences that go round, at most."""


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
    line = line[len(_LIST_MARK.match(line)[0]) :]  # type: ignore[index]
    words = [word.strip(":*#.") for word in line.split()]
    digits = any(char.isdigit() for word in words if not is_name(word) for char in word)
    return len(words) <= LABEL and not digits and not _SAYS.search(line)


def is_refusal(text: str) -> bool:
    """Whether a whole reply only says that the abstracts do not answer."""
    if len(text) > LONGEST:
        return False
    return refuses([(each.text, bool(each.numbers)) for each in read_reply(text)])


def loop_end(text: str, *, final: bool) -> int | None:
    """Where a reply has said once what it then says twice more at once; None where it does not.

    What still grows is left aside unless it is `final`.
    """
    said = read_reply(text)
    said = said if final else said[:-1]
    each = [(sentence.text.rstrip(".!? ").lower(), sentence.numbers) for sentence in said]
    for end in range(3, len(each) + 1):
        for size in range(1, min(_ROUND, end // 3) + 1):
            once = each[end - size : end]
            if each[end - 3 * size : end] == 3 * once and _is_long(once):
                return said[end - 2 * size - 1].span.end
    return None


def _is_long(once: list[tuple[str, tuple[int, ...]]]) -> bool:
    return sum(len(text.split()) for text, _ in once) >= _LONG


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _cited(written: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(n) for n in re.findall(r"\[(\d+)\]", written)))


def _plain(written: str) -> str:
    """A sentence without markers, bars of a table and marks of emphasis."""
    text = MARKERS.sub("", written)
    if "|" in text.strip("| ") and text.count("|") > 1 or text.count("|") == 1:
        text = ", ".join(filter(None, map(str.strip, text.strip("| ").split("|"))))
    return re.sub(r"\*\*|__|`", "", text).strip("# ").strip()


def _spans(text: str) -> Iterator[Span]:
    """The sentences of a paragraph, each with the markers after it."""
    at = 0
    lines = text.split("\n")
    in_table = False
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else ""
        in_table = "|" in line and (in_table or _is_rule_of_table(following))
        for span in _in_line(line, following, in_table=in_table):
            if any(char.isalnum() for char in MARKERS.sub("", line[span.start : span.end])):
                yield Span(at + span.start, at + span.end)
        at += len(line) + 1


def _is_rule_of_table(line: str) -> bool:
    return "|" in line and "-" in line and bool(_RULE.match(line))


def _in_line(line: str, following: str, *, in_table: bool) -> list[Span]:
    if _FENCE.match(line) or (in_table and _is_rule_of_table(following)):
        return []
    if in_table or line.count("|") > 1:
        return [Span(0, len(line.rstrip()))]
    heading = _HEADING.match(line)
    head = heading and (heading["head"] or heading["bold"])
    if not head and (_LEAD_IN.match(line) or (following and _UNDERLINE.match(following))):
        head = line
    if head and not MARKERS.search(line) and is_label(head):
        return []
    begin = len(_LIST_MARK.match(line)[0])  # type: ignore[index]
    spans = [Span(s.start + begin, s.end + begin) for s in sentences(line[begin:])]
    for number, span in enumerate(spans):
        leading = _LEADING.match(line, span.start, span.end)
        if number and leading:  # "It does so. [1] Then" cites for what stands before
            spans[number - 1] = Span(spans[number - 1].start, len(line[: leading.end()].rstrip()))
            spans[number] = Span(leading.end(), span.end)
    return spans
