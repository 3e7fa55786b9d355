"""Comparisons: what each of the compared papers says of the aspect that is asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.answer.aspects import GENERAL, Aspect, aspects
from rag.answer.citations import AnswerBlock, Composed
from rag.answer.closely import NOT_STATED, Closely, ask
from rag.answer.edits import alone, name_of
from rag.answer.evidence import Evidence, EvidenceSentence
from rag.answer.quoting import all_quoted, quoted
from rag.embed import CachedEmbedder
from rag.text import mentions, short_title, squash
from rag.types import Cell, Paper, Row, Table

MOST = 5
"""Papers compared at most."""
_SIDE_BY_SIDE = re.compile(
    r"\b(?:each|both|versus|vs|compar\w+|differ\w*|than|between|apart|changed|fits? with|"
    r"relates? to|agree|contrast|respectively|one or the other)\b",
    re.IGNORECASE,
)
NEITHER = -1.5
"""Log-odds that every paper stays below of what none of them says plainly."""
NEITHER_SAYS = "I found no sentence that plainly answers this; what stands nearest:"
ALSO = 0.3
"""Of a lone aspect a second sentence is told that is at least this likely, beside the first."""


class Told(NamedTuple):
    """What a paper says of an aspect, the sentence that tells it best first; nothing, if empty."""

    aspect: Aspect
    sentences: tuple[EvidenceSentence, ...]
    answers: float = NOT_STATED
    """The log-odds that it says anything of it."""


def comparison(evidence: Evidence, embedder: CachedEmbedder) -> Composed | None:
    """The papers side by side, aspect by aspect; None when there are not two to compare."""
    papers = compared(evidence)
    if len(papers) < 2 and not (papers and evidence.absent):
        return None
    names = (*evidence.query.names, *evidence.query.proper)
    wanted = aspects(evidence.query.text, names)
    both = _both(evidence, embedder)
    rows = [(paper, _all_told(wanted, paper, both, evidence, embedder)) for paper in papers]
    joint = (AnswerBlock((quoted(both, evidence),)),) if both else ()
    blocks = [_block(paper, told, evidence) for paper, told in rows]
    blocks = [block for block in blocks if block.sentences]
    said = wanted == GENERAL or any(t.answers >= NEITHER for _, told in rows for t in told)
    lead = "" if said or joint else NEITHER_SAYS
    return Composed(
        (*joint, *blocks), lead=lead, lacking=lead, itemised=len(blocks) > 1,
        table=_table(rows, evidence),
    )  # fmt: skip


def _all_told(
    wanted: Sequence[Aspect],
    paper: Paper,
    both: EvidenceSentence | None,
    evidence: Evidence,
    embedder: CachedEmbedder,
) -> list[Told]:
    """What a paper says of each aspect, besides the sentence on `both`."""
    told: list[Told] = []
    for aspect in wanted:
        question = aspect.question.replace("{}", label_of(paper, evidence))
        found = ask(question, paper, evidence, embedder)
        lone = len(wanted) == 1
        general = aspect in GENERAL
        if found is None or (not lone and not general and found.answers < NOT_STATED):
            told.append(Told(aspect, ()))
            continue
        # What a work does and what it reports are two things; one sentence may tell two aspects.
        used = {both, *(s for each in told for s in each.sentences if general)}
        pairs = [p for p in zip(found.sentences, found.shares, strict=True) if p[0] not in used]
        chosen = [s for s, share in pairs if share >= ALSO * pairs[0][1]][: 2 if lone else 1]
        told.append(Told(aspect, tuple(chosen), found.answers))
    return told


def _block(paper: Paper, told: Sequence[Told], evidence: Evidence) -> AnswerBlock:
    """What a paper says, each sentence once, in the order of the aspects."""
    said = all_quoted((s for each in told for s in each.sentences), evidence)
    return AnswerBlock(said, label_of(paper, evidence))


def between_two(evidence: Evidence) -> bool:
    """Whether a question that was not taken for a comparison sets two papers side by side."""
    if not _SIDE_BY_SIDE.search(evidence.query.question):
        return False
    found = [hit.paper for hit in evidence.hits]
    named = {
        next((paper.id for paper in found if _titled(paper, name)), name)
        for name in (*evidence.query.names, *evidence.query.proper)
        if any(_titled(paper, name) for paper in found)
    }
    return len(named) > 1


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
    """How the question calls a paper, else what its work is called, else its short title."""
    head = short_title(paper.title)
    for name in evidence.query.names:
        if mentions(head, name):
            return head
        if mentions(paper.title, name) or _defined(paper, name):
            return name
    return name_of(paper) or head


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


def _both(evidence: Evidence, embedder: CachedEmbedder) -> EvidenceSentence | None:
    """The sentence that speaks of both that are compared, and answers: it comes first."""
    names = evidence.query.names + evidence.query.proper
    if len(names) != 2:
        return None
    holding = [s for s in evidence.sentences if all(mentions(s.text, name) for name in names)]
    for paper in dict.fromkeys(s.paper for s in holding):
        found = ask(evidence.query.text, paper, evidence, embedder)
        if found is not None:
            return max(holding, key=lambda s: _share(s, found))
    return None


def _share(sentence: EvidenceSentence, found: Closely) -> float:
    pairs = zip(found.sentences, found.shares, strict=True)
    return next((share for s, share in pairs if s is sentence), 0.0)


def _table(rows: Sequence[tuple[Paper, Sequence[Told]]], evidence: Evidence) -> Table:
    """A row a paper, a column an aspect."""
    made = []
    for paper, told in rows:
        cells = [Cell(label_of(paper, evidence))]
        for each in told:
            first = next(iter(each.sentences), None)
            cells.append(
                Cell(alone(first.text, paper), first.quote, "quoted")
                if first is not None
                else Cell("not stated")
            )
        made.append(Row(tuple(cells), paper))
    columns = ("Paper", *(_heading(each.aspect) for each in rows[0][1]))
    return Table(columns, tuple(made))


def _heading(aspect: Aspect) -> str:
    return aspect.name[:1].upper() + aspect.name[1:]
