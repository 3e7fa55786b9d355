"""Which words each citation covers: its sentence, or its clause where another has its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.manuscript.document import MARK, Block, CitedSentence, Mark, unshielded
from rag.text import Span, sentences, visible

WORDS = 3
"""Words that a sentence has at least to say something: "See [1]." does not."""
_CLAUSE_WORDS = 4
_AFTER_STOP = re.compile(rf"(?<=[.!?]){MARK}+")
_LEADING = re.compile(rf"(?:{MARK}\s*)+")
_BREAK = re.compile(
    r"\s*(?:[,;:]\s+(?:and|but|while|whereas|although|though|yet|so)\b|;)\s+"
    # "… in mathematics [1], and for code [2]" goes on with the same verb.
    r"(?!(?:and|as|at|by|for|from|in|of|on|or|to|with)\b)"
)
_EMPTY_BRACKETS = re.compile(
    rf"\s*[(\[](?:\s|{MARK}|[,;]|see also|see|e\.g\.|i\.e\.|cf\.|and|in|also)*[)\]]"
)
_WORD = re.compile(r"[^\W_]+")


class _Part(NamedTuple):
    """A stretch of a block's text, and the citations that cover it."""

    start: int
    end: int
    marks: tuple[Mark, ...]


def cited_sentences(block: Block) -> Iterator[CitedSentence]:
    """The sentences of a block that cite something, in order."""
    marks = iter(block.marks)
    for span in _spans(block.text):
        text = block.text[span.start : span.end]
        own = [(m.start() + span.start, next(marks)) for m in re.finditer(MARK, text)]
        for part in _parts(block.text, span, own):
            shown = _shown(block.text[part.start : part.end])
            if part.marks and len(_WORD.findall(shown)) >= WORDS:
                keys = dict.fromkeys(key for mark in part.marks for key in mark.keys)
                place = block.source.place(block.starts[part.start], block.ends[part.end - 1])
                yield CitedSentence(shown, tuple(keys), place)


def _spans(text: str) -> list[Span]:
    """The sentences with their citations; one after the full stop is the sentence's before it."""
    split = _AFTER_STOP.sub(lambda match: ")" * len(match[0]), text)
    spans = sentences(split)
    for number, span in enumerate(spans):
        leading = _LEADING.match(text, span.start, span.end)
        if number and leading and not _goes_on(text, leading.end()):
            spans[number - 1] = Span(spans[number - 1].start, leading.end())
            spans[number] = Span(leading.end(), span.end)
    return [_trimmed(text, span) for span in spans if text[span.start : span.end].strip()]


def _goes_on(text: str, at: int) -> bool:
    """Whether a sentence that begins with a citation goes on after it: "[1] shows that …"."""
    return text[at : at + 1].islower() or text[at : at + 2].startswith(("'s", "’s"))


def _trimmed(text: str, span: Span) -> Span:
    kept = text[span.start : span.end].rstrip()
    return Span(span.start, span.start + len(kept))


def _parts(text: str, span: Span, marks: list[tuple[int, Mark]]) -> list[_Part]:
    """The clauses of a sentence where each has citations of its own, else the whole."""
    parts: list[_Part] = []
    start, held = span.start, list[Mark]()
    for (at, mark), following in zip(marks, [*marks[1:], None], strict=False):
        held.append(mark)
        cut = _cut(text, at, mark, following) if following else None
        if cut is None or not (_says(text[start : cut[0]]) and _says(text[cut[1] : span.end])):
            continue
        parts.append(_Part(start, cut[0], tuple(held)))
        start, held = cut[1], []
    return [*parts, _Part(start, span.end, tuple(held))]


def _cut(text: str, at: int, mark: Mark, following: tuple[int, Mark]) -> tuple[int, int] | None:
    """Where the clause of a citation ends and that of the following one begins."""
    place, other = following
    if not mark.narrative and not other.narrative:
        found = _BREAK.match(text, at + 1, place)
    else:
        found = next(iter([*_BREAK.finditer(text, at + 1, place)][::-1]), None)
    if found is None or not (other.narrative or _says(text[found.end() : place])):
        return None
    return found.span()


def _says(text: str) -> bool:
    return len(_WORD.findall(text.replace(MARK, ""))) >= _CLAUSE_WORDS


def _shown(text: str) -> str:
    """A sentence without its citations, and without what they leave behind."""
    text = _EMPTY_BRACKETS.sub(lambda m: "" if MARK in m[0] else m[0], visible(text))
    text = re.sub(rf"\s*{MARK}", "", text)
    text = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))
    return unshielded(text.lstrip(",;: "))
