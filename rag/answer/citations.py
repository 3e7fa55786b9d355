"""From drafted sentences or a model's text to a numbered, quoted and checked answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rag.answer.extract import Block, Draft
from rag.text import Span, readable, sentences
from rag.types import Citation, Paper, Quote, Sentence
from rag.verify import Entailment, Source, check, nearest

Similarity = Callable[[str, Sequence[str]], Sequence[float]]

_MARKERS = re.compile(r"\s*\[\d+\](?:\s*\[\d+\])*")
_LEADING = re.compile(r"(?:\[\d+\]\s*)+")
_LIST_MARK = re.compile(r"\s*(?:[-*•]\s+|\d{1,2}[.)]\s+)?")
_HEADING = re.compile(r"\s*(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$)")
# Said of the abstracts, not of what stands in them; there is nothing to cite for it.
_SAYS_NOTHING = re.compile(
    r"\b(?:abstracts?|passages?|papers?|sources?|texts?|context|documents?)\b[^.]*\b"
    r"(?:do(?:es)? not|don't|doesn't|cannot|no|not|nothing|none|neither|lacks?)\b"
    r"|\b(?:no|none|nothing|neither)\b[^.]*\b(?:abstracts?|passages?|papers?|sources?|context)\b"
    r"|\b(?:is|are|was|were) not (?:stated|specified|mentioned|reported|given|provided|answered)\b"
    r"|\bI(?:'m| am) sorry\b|\bI (?:cannot|can't|could not|couldn't|do not|don't) "
    r"(?:answer|find|know|have|say|determine)\b"
    r"|\b(?:not enough|insufficient|no) (?:information|evidence|mention)\b",
    re.IGNORECASE,
)


class Cited(NamedTuple):
    """The text of an answer with its citations and checked sentences."""

    text: str
    citations: tuple[Citation, ...]
    sentences: tuple[Sentence, ...]


def says_nothing(sentence: str) -> bool:
    """Whether a sentence without a citation only says that the abstracts do not say something."""
    return bool(_SAYS_NOTHING.search(sentence))


class AnswerBuilder:
    """An answer as it is put together: its text, the numbers of its papers, what is checked."""

    def __init__(
        self, similarity: Similarity | None = None, entailment: Entailment | None = None
    ) -> None:
        self.text = ""
        self._similarity = similarity
        self._entailment = entailment
        self._numbers: dict[str, int] = {}
        self._papers: list[Paper] = []
        self._quotes: list[list[Quote]] = []
        self._sentences: list[Sentence] = []

    def cited(self) -> Cited:
        """What was put together so far."""
        citations = [
            Citation(number, paper, tuple(quotes))
            for number, (paper, quotes) in enumerate(
                zip(self._papers, self._quotes, strict=True), start=1
            )
        ]
        return Cited(self.text, tuple(citations), tuple(self._sentences))

    def add_blocks(self, blocks: Sequence[Block]) -> None:
        """Sentences that were drafted from one paper each."""
        for block in blocks:
            self._break("\n")
            itemised = len(blocks) > 1
            self.text += "- " * itemised + (f"{block.heading}: " if block.heading else "")
            for number, draft in enumerate(block.drafts):
                self.text += " " * (number > 0)
                self._add_draft(draft)

    def add_reply(self, text: str, papers: Mapping[int, Paper]) -> list[str]:
        """A model's text whose markers [n] stand for `papers`, numbered from 1 without gaps.

        Returns the sentences that only say what the abstracts do not; these are not checked.
        """
        self._break("\n\n")
        for number in sorted(papers):
            if self._number(papers[number]) != number:
                raise ValueError("a reply's citations are numbered from 1 before any other")
        at = len(self.text)
        self.text += text
        absent: list[str] = []
        for span in _spans(text):
            written = text[span.start : span.end]
            numbers = tuple(dict.fromkeys(int(n) for n in re.findall(r"\[(\d+)\]", written)))
            said = _MARKERS.sub("", written).strip()
            if not numbers and says_nothing(said):
                absent.append(said)
                continue
            cited = [papers[n] for n in numbers if n in papers]
            for paper in cited:
                self._add_quote(paper, _best_quote(said, paper, self._similarity))
            self._check(said, cited, at + span.start, at + span.end)
        return absent

    def add_line(self, text: str) -> None:
        """A paragraph of our own words; it is not checked."""
        self._break("\n\n")
        self.text += text

    def _break(self, gap: str) -> None:
        if self.text:
            self.text += gap

    def _add_draft(self, draft: Draft) -> None:
        self._add_quote(draft.paper, draft.quote)
        start = len(self.text)
        self.text += f"{draft.text} [{self._number(draft.paper)}]"
        self._check(draft.text, [draft.paper], start, len(self.text))

    def _number(self, paper: Paper) -> int:
        if paper.id not in self._numbers:
            self._numbers[paper.id] = len(self._numbers) + 1
            self._papers.append(paper)
            self._quotes.append([])
        return self._numbers[paper.id]

    def _add_quote(self, paper: Paper, quote: Quote) -> None:
        quotes = self._quotes[self._number(paper) - 1]
        if quote not in quotes:
            quotes.append(quote)

    def _check(self, text: str, papers: Sequence[Paper], start: int, end: int) -> None:
        verdict = check(
            text,
            [Source(p.title, p.abstract) for p in papers],
            similarity=self._similarity,
            entailment=self._entailment,
        )
        numbers = tuple(self._number(paper) for paper in papers)
        self._sentences.append(
            Sentence(
                text,
                numbers,
                verdict.support,
                verdict.score,
                verdict.why,
                start,
                end,
                verdict.contradicted,
            )  # fmt: skip
        )


def _spans(text: str) -> Iterator[Span]:
    """The sentences of a model's text, each with the markers after it; headings are none."""
    at = 0
    for line in text.split("\n"):
        begin = len(_LIST_MARK.match(line)[0])  # type: ignore[index]
        claims = [] if _HEADING.match(line) else sentences(line[begin:])
        spans = [Span(s.start + begin, s.end + begin) for s in claims]
        for number, span in enumerate(spans):
            leading = _LEADING.match(line, span.start, span.end)
            if number and leading:  # "It does so. [1] Then" cites for what stands before
                spans[number - 1] = Span(
                    spans[number - 1].start, len(line[: leading.end()].rstrip())
                )
                spans[number] = Span(leading.end(), span.end)
        for span in spans:
            if any(char.isalnum() for char in _MARKERS.sub("", line[span.start : span.end])):
                yield Span(at + span.start, at + span.end)
        at += len(line) + 1


def _best_quote(claim: str, paper: Paper, similarity: Similarity | None) -> Quote:
    """The sentence of an abstract that a claim rests on, verbatim."""
    quotes = [Quote(paper.abstract[a:b], a, b) for a, b in sentences(paper.abstract)]
    if not quotes:
        return Quote(paper.abstract, 0, len(paper.abstract))
    best = nearest(claim, [readable(quote.text) for quote in quotes], similarity=similarity)
    return quotes[best]
