"""Comparisons: what each of the compared papers says of the aspect that is asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.citations import AnswerBlock, Composed
from rag.answer.edits import alone
from rag.answer.evidence import Evidence, EvidenceSentence
from rag.answer.quoting import quoted
from rag.answer.reading import relevance
from rag.text import mentions, short_title, squash
from rag.types import Cell, Paper, Row, Table

MOST = 5
"""Papers compared at most."""
_RESULT = re.compile(
    r"\d[\d.,]*\s?(?:%|×|x\b|times|points?|[BMK]\b|hours?|GPUs?)|outperform|surpass|compared (?:to|"
    r"with)",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"\b(?:we|this (?:paper|work)) (?:\w+ )?(?:propose|introduce|present|develop|show)|\bis an?\b|"
    r"\bwhich\b|, an?\b",
    re.IGNORECASE,
)


def comparison(evidence: Evidence) -> Composed | None:
    """The papers side by side; None when there are not two to compare."""
    papers = compared(evidence)
    if len(papers) < 2 and not (papers and evidence.absent):
        return None
    scores = dict(zip(map(_key, evidence.sentences), relevance(evidence), strict=True))
    rows = [(paper, _chosen(paper, evidence, scores, len(papers))) for paper in papers]
    both = _both(evidence, scores)
    lead = (AnswerBlock((quoted(both, evidence),)),) if both else ()
    blocks = [
        AnswerBlock(
            tuple(quoted(s, evidence) for s in chosen if s is not both),
            label_of(paper, evidence),
        )
        for paper, chosen in rows
    ]
    blocks = [block for block in blocks if block.sentences]
    return Composed((*lead, *blocks), itemised=len(blocks) > 1, table=_table(rows, evidence))


def compared(evidence: Evidence) -> list[Paper]:
    """The papers that a comparison is between: those named, or else the best two."""
    papers: dict[str, Paper] = {}
    found = [hit.paper for hit in evidence.hits]
    names = (*evidence.query.names, *evidence.query.proper)
    for name in names:
        for holds in (_titled, _defined):
            owner = next((paper for paper in found if holds(paper, name)), None)
            if owner is not None:
                papers.setdefault(owner.id, owner)
                break
    if len(papers) < 2 and not (papers and (evidence.absent or _both_in_one(evidence))):
        for paper in found[:2]:
            papers.setdefault(paper.id, paper)
    return list(papers.values())[:MOST]


def label_of(paper: Paper, evidence: Evidence) -> str:
    """How the question calls a paper, else its short title."""
    for name in (*evidence.query.names, *evidence.query.proper):
        if mentions(paper.title, name):
            return name
    return short_title(paper.title)


def _titled(paper: Paper, name: str) -> bool:
    return len(squash(name)) > 1 and mentions(paper.title, name)


def _defined(paper: Paper, name: str) -> bool:
    """Whether the abstract brings the name up as its own: "we propose NAME", "called NAME"."""
    own = (
        r"(?:propos\w+|introduc\w+|present\w*|call(?:ed)?|termed|named|dubbed)"
        rf"[^.]{{0,60}}\b{re.escape(name)}\b"
    )
    return bool(re.search(own, paper.abstract))


def _both_in_one(evidence: Evidence) -> bool:
    names = evidence.query.names + evidence.query.proper
    return len(names) > 1 and any(
        all(mentions(s.text, name) for name in names) for s in evidence.sentences
    )


def _both(evidence: Evidence, scores: dict[tuple[str, int], float]) -> EvidenceSentence | None:
    """A sentence that speaks of all that is compared: it comes first."""
    names = evidence.query.names + evidence.query.proper
    if len(names) != 2:
        return None
    holding = [s for s in evidence.sentences if all(mentions(s.text, name) for name in names)]
    return max(holding, key=lambda s: scores[_key(s)], default=None)


def _chosen(
    paper: Paper, evidence: Evidence, scores: dict[tuple[str, int], float], papers: int
) -> list[EvidenceSentence]:
    """What it is or says of the aspect, then a result, in reading order."""
    own = [s for s in evidence.sentences if s.paper.id == paper.id]
    if not own:
        return []
    first = max(own, key=lambda s: scores[_key(s)])
    rest = [s for s in own if s is not first]
    wanted = _RESULT if not _RESULT.search(first.text) else _WHAT
    fitting = [s for s in rest if wanted.search(s.text)]
    chosen = [first]
    if fitting and papers < 4:
        chosen.append(max(fitting, key=lambda s: scores[_key(s)]))
    return sorted(chosen, key=lambda s: s.place)


def _table(rows: Sequence[tuple[Paper, Sequence[EvidenceSentence]]], evidence: Evidence) -> Table:
    """A row a paper: what it is, and what it reports."""
    made = []
    for paper, _ in rows:
        own = [s for s in evidence.sentences if s.paper.id == paper.id]
        what = next((s for s in own if _WHAT.search(s.text)), None)
        result = next((s for s in own[::-1] if _RESULT.search(s.text) and s is not what), None)
        cells = [Cell(label_of(paper, evidence))]
        for s in (what, result):
            cells.append(Cell(alone(s.text, paper), s.quote, "quoted") if s else Cell("not stated"))
        made.append(Row(tuple(cells), paper))
    return Table(("Paper", "What it does", "What it reports"), tuple(made))


def _key(sentence: EvidenceSentence) -> tuple[str, int]:
    return sentence.paper.id, sentence.place
