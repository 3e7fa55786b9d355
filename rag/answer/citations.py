"""From drafted sentences or a model's text to a numbered, quoted and checked answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rag.answer.nothing_said import says_nothing
from rag.answer.reply import ReplySentence, read_reply
from rag.text import readable, sentences, short_title
from rag.types import Answer, Citation, Paper, Quote, Sentence, Support, Table
from rag.verify import Checker, Claim, OfflineChecker, Similarity, Source, Verdict, nearest

NEAR = "Near, but not it:"


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
    """What the sentences of an answer are checked by, and likened to abstracts by."""

    checker: Checker
    similarity: Similarity | None = None
    offline: Checker | None = None
    """What attaches sentences to papers; `checker` when not given."""


class _Pending(NamedTuple):
    """A claim that is to be checked."""

    place: int
    """Which of the sentences it is."""
    text: str
    papers: tuple[Paper, ...]


class AnswerBuilder:
    """An answer as it is put together: its text, its papers' numbers, what is to be checked."""

    def __init__(self, checks: Checks | None = None) -> None:
        """`checks` are needed for a reply's sentences alone, and by `check`."""
        self.text = ""
        self._checks = checks or Checks(OfflineChecker())
        self._numbers: dict[str, int] = {}
        self._papers: list[Paper] = []
        self._quotes: list[list[Quote]] = []
        self._sentences: list[Sentence] = []
        self._pending: list[_Pending] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The papers cited so far."""
        quoted = enumerate(zip(self._papers, self._quotes, strict=True), start=1)
        return tuple(Citation(number, paper, tuple(quotes)) for number, (paper, quotes) in quoted)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences so far; of those that are not checked yet nothing is known."""
        return tuple(self._sentences)

    @property
    def faults(self) -> list[Sentence]:
        """Those that what they cite does not support, as far as that is known."""
        wrong = ("partial", "contradicted", "uncited")
        return [sentence for sentence in self._sentences if sentence.support in wrong]

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

        A sentence without a marker is attached to the paper that supports it, of those cited:
        the one cited next in its paragraph first. Returns the sentences that only say what the
        abstracts do not; these are not checked.
        """
        self._break("\n\n")
        for number in sorted(papers):
            if self._number(papers[number]) != number:
                raise ValueError("a reply's citations are numbered from 1 before any other")
        absent: list[str] = []
        end = 0
        for each in read_reply(text):
            if says_nothing(each.text) and not each.numbers:
                absent.append(each.text)
                continue
            self.text += text[end : each.span.start]
            start, end = len(self.text), each.span.end
            numbers = tuple(n for n in each.numbers if n in papers)
            attached = None if each.numbers else self._attached(each, papers)
            self.text += text[each.span.start : end]
            if attached is not None:
                numbers = (attached,)
                self.text += f" [{attached}]"
            cited = [papers[n] for n in numbers]
            self._add_claim(each.text, cited, start, attached=attached is not None)
        self.text += text[end:]
        return absent

    def _attached(self, sentence: ReplySentence, papers: Mapping[int, Paper]) -> int | None:
        """The paper that a sentence without a citation rests on; None where none surely does."""
        order = dict.fromkeys((*sentence.paragraph_end, *papers))
        sources = [Source(papers[n].title, papers[n].abstract) for n in order]
        checker = self._checks.offline or self._checks.checker
        verdicts = checker.check([Claim(sentence.text, (source,)) for source in sources])
        found = zip(order, verdicts, strict=True)
        return next((n for n, verdict in found if verdict.support == "supported"), None)

    def add_line(self, text: str) -> None:
        """A paragraph of our own words; it is not checked."""
        self._break("\n\n")
        self.text += text

    def check(self) -> None:
        """Judge the claims that were added since."""
        pending, self._pending = self._pending, []
        claims = [
            Claim(each.text, tuple(Source(p.title, p.abstract) for p in each.papers))
            for each in pending
        ]
        verdicts = self._checks.checker.check(claims) if claims else []
        for each, verdict in zip(pending, verdicts, strict=True):
            self._judge(each, verdict)

    def _judge(self, claim: _Pending, verdict: Verdict) -> None:
        """What a claim's verdict says, and which words of each paper it rests on."""
        decided = claim.papers[verdict.source] if verdict.quote is not None else None
        for paper in claim.papers:
            known = verdict.quote if paper is decided else None
            self._add_quote(paper, known or self._best_quote(claim.text, paper))
        self._sentences[claim.place] = replace(
            self._sentences[claim.place],
            support=verdict.support, score=verdict.score, why=verdict.why, quote=verdict.quote,
            source=self._number(decided) if decided is not None else 0,
        )  # fmt: skip

    def _best_quote(self, claim: str, paper: Paper) -> Quote:
        """The sentence of an abstract that bears most on a claim, verbatim."""
        quotes = [Quote(paper.abstract[a:b], a, b) for a, b in sentences(paper.abstract)]
        if not quotes:
            return Quote(paper.abstract, 0, len(paper.abstract))
        texts = [readable(quote.text) for quote in quotes]
        return quotes[nearest(claim, texts, similarity=self._checks.similarity)]

    def _break(self, gap: str) -> None:
        if self.text:
            self.text += gap

    def _add_sentence(self, sentence: AnswerSentence) -> None:
        start = len(self.text)
        shown = f"“{sentence.text}”" if sentence.verbatim else sentence.text
        number = self._number(sentence.paper)
        self.text += f"{shown} [{number}]"
        self._add_quote(sentence.paper, sentence.quote)
        # What is said in our own words follows by rule from the words that it is said of.
        support: Support = "quoted" if sentence.verbatim else "supported"
        self._sentences.append(
            Sentence(
                sentence.text, (number,), support, 1.0, "", start, len(self.text),
                sentence.quote, number,
            )
        )  # fmt: skip

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

    def _add_claim(
        self, text: str, papers: Sequence[Paper], start: int, *, attached: bool = False
    ) -> None:
        """A sentence that ends where the text does, to be checked."""
        numbers = tuple(self._number(paper) for paper in papers)
        self._pending.append(_Pending(len(self._sentences), text, tuple(papers)))
        self._sentences.append(
            Sentence(text, numbers, "unverified", 0.0, "", start, len(self.text), attached=attached)
        )
