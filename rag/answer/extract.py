"""The answerer without a model: picks and orders sentences of the abstracts, and adds no word.

A small logistic model, fitted by `eval/fit/answer_models.py` on the training part of our questions, says
how likely a sentence holds what was asked. The likeliest fill the answer's length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.answer.evidence import Evidence, EvidenceSentence
from rag.text import readable, short_title, squash
from rag.types import Hit, Paper, Quote

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


class Draft(NamedTuple):
    """A sentence of an answer before numbering: what it says and where that stands."""

    text: str
    paper: Paper
    quote: Quote


class Block(NamedTuple):
    """Drafts that belong together, on one line of the answer."""

    drafts: tuple[Draft, ...]
    heading: str = ""
    """A paper's title, for comparisons and lists."""


FEATURES = (
    "cosine", "score_gap", "first_paper", "second_paper", "place", "opening", "closing", "overlap",
    "number_asked", "proposal", "proposal_asked", "result_asked", "cause_asked", "background",
    "link_unasked", "link_asked", "length",
)  # fmt: skip
# Fitted by `python -m eval.fit.answer_models extract` on the training part of our questions.
WEIGHTS: dict[str, float] = {
    "cosine": 3.072, "score_gap": 5.913, "first_paper": 2.240, "second_paper": 1.012,
    "place": 1.181, "opening": -0.961, "closing": -0.563, "overlap": 1.757, "number_asked": 1.298,
    "proposal": 0.305, "proposal_asked": 1.141, "result_asked": 0.178, "cause_asked": 0.729,
    "background": -0.345, "link_unasked": -0.665, "link_asked": -1.249, "length": 0.656,
}  # fmt: skip


def features(line: EvidenceSentence, evidence: Evidence) -> list[float]:
    """What the model sees of a sentence, in the order of `FEATURES`."""
    question = evidence.question
    score = evidence.hits[line.rank].score
    number = question.kind == "number" and bool(_PERCENT.search(line.text))
    proposal = bool(_PROPOSAL.search(line.text))
    link = bool(_LINK.search(line.text))
    return [
        line.cosine,
        score - evidence.hits[0].score,
        float(line.rank == 0),
        float(line.rank == 1),
        line.place / max(1, line.of - 1),
        float(line.place == 0),
        float(line.place == line.of - 1),
        line.overlap,
        float(number),
        float(proposal),
        float(proposal and (question.method or question.kind == "definition")),
        float(question.finding and bool(_RESULT.search(line.text))),
        float(question.kind == "reason" and bool(_CAUSE.search(line.text))),
        float(bool(_BACKGROUND.search(line.text))),
        float(link and not question.link),
        float(link and question.link),
        math.log(len(line.text.split())),
    ]


def relevance(line: EvidenceSentence, evidence: Evidence) -> float:
    """Log-odds, up to a constant, that the sentence holds what was asked."""
    values = features(line, evidence)
    return sum(WEIGHTS[name] * value for name, value in zip(FEATURES, values, strict=True))


def answer(evidence: Evidence, *, words: int) -> list[Block]:
    """The blocks of an answer of at most `words` words; [] when nothing was retrieved."""
    if not evidence.lines:
        return []
    if evidence.question.kind == "list":
        return _list(evidence, words)
    if evidence.question.kind == "comparison":
        papers = compared(evidence)
        if len(papers) > 1 or evidence.absent:
            return _comparison(evidence, papers, words)
    return _passage(evidence, words)


def _passage(evidence: Evidence, words: int) -> list[Block]:
    """The best sentences, by paper in order of retrieval, in reading order within a paper."""
    chosen = _choose(evidence.lines, evidence, words)
    chosen.sort(key=lambda line: (line.rank, line.place))
    return [Block(tuple(_draft(line) for line in chosen))]


def _list(evidence: Evidence, words: int) -> list[Block]:
    """One line a paper: its title, resting on its best sentence."""
    best = evidence.hits[0].score
    blocks: list[Block] = []
    used = 0
    for hit in evidence.hits:
        title = readable(hit.paper.title)
        used += len(title.split()) + MARKER
        if hit.score < LIST_FLOOR * best or used > words and blocks:
            break
        blocks.append(Block((Draft(title, hit.paper, _ground(hit, evidence)),)))
    return blocks


def _comparison(evidence: Evidence, papers: Sequence[Paper], words: int) -> list[Block]:
    """One block a paper, the length shared out evenly."""
    blocks: list[Block] = []
    for paper in papers:
        heading = short_title(paper.title)
        lines = [line for line in evidence.lines if line.paper.id == paper.id]
        chosen = _choose(lines, evidence, words // len(papers) - len(heading.split()))
        chosen.sort(key=lambda line: line.place)
        blocks.append(Block(tuple(_draft(line) for line in chosen), heading=heading))
    return [block for block in blocks if block.drafts]


def compared(evidence: Evidence) -> list[Paper]:
    """The papers that a comparison is between: those named, or else the two best."""
    found: dict[str, Paper] = {}
    read = {line.paper.id: line.paper for line in evidence.lines}
    for name in evidence.question.names:
        for paper in read.values():
            if squash(name) in squash(paper.title) and len(squash(name)) > 2:
                found.setdefault(paper.id, paper)
                break
        else:
            for paper in read.values():
                if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", paper.abstract):
                    found.setdefault(paper.id, paper)
                    break
    if len(found) < 2 and not (found and evidence.absent):
        found.update(list(read.items())[:2])
    return list(found.values())[:4]


def _choose(
    lines: Sequence[EvidenceSentence], evidence: Evidence, words: int
) -> list[EvidenceSentence]:
    """The most worthwhile sentences that fit; one at least, and none twice."""
    chosen: list[EvidenceSentence] = []
    seen: set[str] = set()
    left = words
    for line in sorted(lines, key=lambda line: (-relevance(line, evidence), line.rank, line.place)):
        length = len(line.text.split()) + MARKER
        if squash(line.text) in seen or (length > left and chosen):
            continue
        chosen.append(line)
        seen.add(squash(line.text))
        left -= length
    return chosen


def _ground(hit: Hit, evidence: Evidence) -> Quote:
    """The sentence that best shows why a paper is in the list."""
    lines = [line for line in evidence.lines if line.paper.id == hit.paper.id]
    if lines:
        return max(lines, key=lambda line: line.cosine).quote
    return Quote(hit.passage.text, hit.passage.start, hit.passage.end)


def _draft(line: EvidenceSentence) -> Draft:
    return Draft(line.text, line.paper, line.quote)
