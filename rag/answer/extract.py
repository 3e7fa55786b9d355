"""The answerer without a model: picks and orders sentences of the abstracts, and adds no word.

A small logistic model, fitted by `rag-eval fit extraction` on the training part of our questions,
says how likely a sentence holds what was asked. The likeliest fill the answer's length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer.citations import AnswerBlock, AnswerBuilder, AnswerSentence, Checks
from rag.answer.evidence import Evidence, EvidenceSentence
from rag.answer.refusals import unmentioned
from rag.linear_model import LinearModel
from rag.llm import RunContext
from rag.text import readable, short_title, squash
from rag.types import Answer, Hit, Paper, Quote

LIST_FLOOR = 0.62
"""A paper belongs to a list when its score is at least this share of the best one's."""
MARKER = 1
"""Words that a citation marker counts for."""

_PERCENT = re.compile(r"\d\s?(?:%|×|x\b|percent|points?|B\b|M\b|K\b|k\b|times|fold)")
_CAUSE = re.compile(
    r"\b(?:because|due to|since|caused?|attribut\w+|stems?|reason|leads?|hence|thus|owing)\b"
)
_PROPOSAL = re.compile(
    r"\b(?:[Ww]e|[Tt]his (?:paper|work)) (?:\w+ )?"
    r"(?:propose|introduce|present|develop|design|build|release|construct)"
    r"|\b(?:called|termed|named|dubbed)\b|\bis an?\b"
)  # fmt: skip
_RESULT = re.compile(
    r"\b(?:results?|experiments?|show|demonstrate|outperform|achiev|find|found|reveal|observe|"
    r"improv|surpass|reduc|state-of-the-art)",
    re.IGNORECASE,
)
_BACKGROUND = re.compile(
    r"\b(?:recent|recently|however|existing|remains?|challenge|despite|widely|typically|often)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://|\b[Cc]ode (?:is|and|will)|available at|publicly")


FEATURES = (
    "cosine", "score_gap", "first_paper", "second_paper", "place", "opening", "closing", "overlap",
    "number_asked", "proposal", "proposal_asked", "result_asked", "cause_asked", "background",
    "link_unasked", "link_asked", "length",
)  # fmt: skip
MODEL = LinearModel.load("extraction")


def features(sentence: EvidenceSentence, evidence: Evidence) -> list[float]:
    """What the model sees of a sentence, in the order of `FEATURES`."""
    query = evidence.query
    score = evidence.hits[sentence.rank].score
    number = query.kind == "number" and bool(_PERCENT.search(sentence.text))
    proposal = bool(_PROPOSAL.search(sentence.text))
    link = bool(_LINK.search(sentence.text))
    return [
        sentence.cosine,
        score - evidence.hits[0].score,
        float(sentence.rank == 0),
        float(sentence.rank == 1),
        sentence.place / max(1, sentence.of - 1),
        float(sentence.place == 0),
        float(sentence.place == sentence.of - 1),
        sentence.overlap,
        float(number),
        float(proposal),
        float(proposal and (query.method or query.kind == "definition")),
        float(query.finding and bool(_RESULT.search(sentence.text))),
        float(query.kind == "reason" and bool(_CAUSE.search(sentence.text))),
        float(bool(_BACKGROUND.search(sentence.text))),
        float(link and not query.link),
        float(link and query.link),
        math.log(len(sentence.text.split())),
    ]


def relevance(sentence: EvidenceSentence, evidence: Evidence) -> float:
    """Log-odds, up to a constant, that the sentence holds what was asked."""
    return MODEL.score(dict(zip(FEATURES, features(sentence, evidence), strict=True)))


class ExtractiveAnswerer:
    """Answers questions with sentences of the abstracts."""

    def __init__(self, words: int, checks: Checks, context: RunContext) -> None:
        """`words` is the most that an answer has."""
        self._words = words
        self._checks = checks
        self._context = context

    def answers(self, answer: Answer, evidence: Evidence) -> Iterator[Answer]:
        """The answer block by block; the last one is checked and complete."""
        blocks = choose_blocks(evidence, words=self._words)
        self._context.clock.lap("answer")
        for count in range(1, len(blocks)):
            growing = AnswerBuilder()
            growing.add_blocks(blocks[:count])
            yield growing.put_into(replace(answer, stage="write"))
        builder = AnswerBuilder(self._checks)
        builder.add_blocks(blocks)
        answer = completed(answer, builder, evidence)
        self._context.clock.lap("verify")
        yield self._context.finish(builder.put_into(answer))


def completed(answer: Answer, builder: AnswerBuilder, evidence: Evidence) -> Answer:
    """An extractive answer that says what it could not compare."""
    missing = unmentioned(evidence)
    if not missing:
        return answer
    builder.add_line(missing)
    return replace(answer, status="partial", reason="not_stated")


def choose_blocks(evidence: Evidence, *, words: int) -> list[AnswerBlock]:
    """The blocks of an answer of at most `words` words; [] when nothing was retrieved."""
    if not evidence.sentences:
        return []
    if evidence.query.kind == "list":
        return _list(evidence, words)
    if evidence.query.kind == "comparison":
        papers = compared(evidence)
        if len(papers) > 1 or evidence.absent:
            return _comparison(evidence, papers, words)
    return _passage(evidence, words)


def _passage(evidence: Evidence, words: int) -> list[AnswerBlock]:
    """The best sentences, by paper in order of retrieval, in reading order within a paper."""
    chosen = _choose(evidence.sentences, evidence, words)
    chosen.sort(key=lambda sentence: (sentence.rank, sentence.place))
    return [AnswerBlock(tuple(map(_as_written, chosen)))]


def _list(evidence: Evidence, words: int) -> list[AnswerBlock]:
    """One line a paper: its title, resting on its best sentence."""
    best = evidence.hits[0].score
    blocks: list[AnswerBlock] = []
    used = 0
    for hit in evidence.hits:
        title = readable(hit.paper.title)
        used += len(title.split()) + MARKER
        if hit.score < LIST_FLOOR * best or used > words and blocks:
            break
        blocks.append(AnswerBlock((AnswerSentence(title, hit.paper, _ground(hit, evidence)),)))
    return blocks


def _comparison(evidence: Evidence, papers: Sequence[Paper], words: int) -> list[AnswerBlock]:
    """One block a paper, the length shared out evenly."""
    blocks: list[AnswerBlock] = []
    for paper in papers:
        heading = short_title(paper.title)
        sentences = [s for s in evidence.sentences if s.paper.id == paper.id]
        chosen = _choose(sentences, evidence, words // len(papers) - len(heading.split()))
        chosen.sort(key=lambda sentence: sentence.place)
        blocks.append(AnswerBlock(tuple(map(_as_written, chosen)), heading=heading))
    return [block for block in blocks if block.sentences]


def compared(evidence: Evidence) -> list[Paper]:
    """The papers that a comparison is between: those named, or else the two best."""
    papers: dict[str, Paper] = {}
    read = {sentence.paper.id: sentence.paper for sentence in evidence.sentences}
    for name in evidence.query.names:
        for paper in read.values():
            if squash(name) in squash(paper.title) and len(squash(name)) > 2:
                papers.setdefault(paper.id, paper)
                break
        else:
            for paper in read.values():
                if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", paper.abstract):
                    papers.setdefault(paper.id, paper)
                    break
    if len(papers) < 2 and not (papers and evidence.absent):
        papers.update(list(read.items())[:2])
    return list(papers.values())[:4]


def _choose(
    sentences: Sequence[EvidenceSentence], evidence: Evidence, words: int
) -> list[EvidenceSentence]:
    """The most relevant sentences that fit; one at least, and none twice."""
    chosen: list[EvidenceSentence] = []
    seen: set[str] = set()
    left = words
    for sentence in sorted(sentences, key=lambda s: (-relevance(s, evidence), s.rank, s.place)):
        length = len(sentence.text.split()) + MARKER
        if squash(sentence.text) in seen or (length > left and chosen):
            continue
        chosen.append(sentence)
        seen.add(squash(sentence.text))
        left -= length
    return chosen


def _ground(hit: Hit, evidence: Evidence) -> Quote:
    """The sentence that best shows why a paper is in the list."""
    sentences = [s for s in evidence.sentences if s.paper.id == hit.paper.id]
    if sentences:
        return max(sentences, key=lambda sentence: sentence.cosine).quote
    return Quote(hit.passage.text, hit.passage.start, hit.passage.end)


def _as_written(sentence: EvidenceSentence) -> AnswerSentence:
    return AnswerSentence(sentence.text, sentence.paper, sentence.quote)
