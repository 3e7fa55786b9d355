"""From drafted sentences or a model's text to a numbered, quoted and checked answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rag.text import Span, readable, sentences, short_title
from rag.types import Answer, Citation, Paper, Quote, Sentence, Table
from rag.verify import Entailment, Similarity, Source, check, nearest

NEAR = "Near, but not it:"
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


class AnswerSentence(NamedTuple):
    """A sentence of an answer before numbering: what it says and where that stands."""

    text: str
    paper: Paper
    quote: Quote
    verbatim: bool = True
    """Whether it is the quote itself, as it reads: shown as a quotation, and no claim of ours."""


class AnswerBlock(NamedTuple):
    """Sentences that belong together, on one line of the answer."""

    sentences: tuple[AnswerSentence, ...]
    heading: str = ""
    """A paper's title, for comparisons and lists."""
    also: tuple[Paper, ...] = ()
    """Further papers that belong here, named after the sentences."""


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer without a model before it is numbered: quotations, and lines of our own words."""

    blocks: tuple[AnswerBlock, ...]
    lead: str = ""
    """Said first: how many papers fit."""
    near: tuple[AnswerBlock, ...] = ()
    """Papers that miss a condition."""
    tail: str = ""
    """Said last."""
    lacking: str = ""
    """What of the question is not answered; said last, too."""
    itemised: bool = False
    """Whether the blocks are a list."""
    table: Table | None = None


class Checks(NamedTuple):
    """What the support of a sentence is judged by, beside the rules."""

    similarity: Similarity | None = None
    entailment: Entailment | None = None


def says_nothing(sentence: str) -> bool:
    """Whether a sentence without a citation only says that the abstracts do not say something."""
    return bool(_SAYS_NOTHING.search(sentence))


class AnswerBuilder:
    """An answer as it is put together: its text, the numbers of its papers, what is checked."""

    def __init__(self, checks: Checks | None = None) -> None:
        self.text = ""
        self._checks = checks or Checks()
        self._numbers: dict[str, int] = {}
        self._papers: list[Paper] = []
        self._quotes: list[list[Quote]] = []
        self._sentences: list[Sentence] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The papers cited so far."""
        quoted = enumerate(zip(self._papers, self._quotes, strict=True), start=1)
        return tuple(Citation(number, paper, tuple(quotes)) for number, (paper, quotes) in quoted)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences so far, checked."""
        return tuple(self._sentences)

    @property
    def unsupported(self) -> list[Sentence]:
        """Those that what they cite does not support."""
        return [sentence for sentence in self._sentences if sentence.support == "unsupported"]

    def put_into(self, answer: Answer) -> Answer:
        """The answer with what was put together so far."""
        return replace(answer, text=self.text, citations=self.citations, sentences=self.sentences)

    def add_composed(self, composed: Composed) -> None:
        """An answer without a model."""
        if composed.lead:
            self.add_line(composed.lead)
        self._add_blocks(composed.blocks, composed.itemised)
        if composed.near:
            self.add_line(NEAR)
            self._add_blocks(composed.near, itemised=True)
        lacking = composed.lacking if composed.lacking != composed.lead else ""
        for line in filter(None, (composed.tail, lacking)):
            self.add_line(line)

    def _add_blocks(self, blocks: Sequence[AnswerBlock], itemised: bool) -> None:
        for block in blocks:
            self._break("\n")
            marked = itemised and (bool(block.heading) or not block.sentences)
            colon = ": " if block.sentences else ""
            self.text += "- " * marked + (f"{block.heading}{colon}" if block.heading else "")
            for number, sentence in enumerate(block.sentences):
                self.text += " " * (number > 0)
                self._add_sentence(sentence)
            if block.also:
                named = (f"{short_title(p.title)} [{self._number(p)}]" for p in block.also)
                self.text += f" Also {', '.join(named)}."

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
            claim = _MARKERS.sub("", written).strip()
            if not numbers and says_nothing(claim):
                absent.append(claim)
                continue
            cited = [papers[n] for n in numbers if n in papers]
            for paper in cited:
                self._add_quote(paper, _best_quote(claim, paper, self._checks.similarity))
            self._check(claim, cited, at + span.start, at + span.end)
        return absent

    def add_line(self, text: str) -> None:
        """A paragraph of our own words; it is not checked."""
        self._break("\n\n")
        self.text += text

    def _break(self, gap: str) -> None:
        if self.text:
            self.text += gap

    def _add_sentence(self, sentence: AnswerSentence) -> None:
        self._add_quote(sentence.paper, sentence.quote)
        start = len(self.text)
        shown = f"“{sentence.text}”" if sentence.verbatim else sentence.text
        number = self._number(sentence.paper)
        self.text += f"{shown} [{number}]"
        end = len(self.text)
        if sentence.verbatim:
            quoted = Sentence(sentence.text, (number,), "quoted", 1.0, "", start, end)
            self._sentences.append(quoted)
        else:
            self._check(sentence.text, [sentence.paper], start, end)

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
            similarity=self._checks.similarity,
            entailment=self._checks.entailment,
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
