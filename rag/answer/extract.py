"""The answerer without a model: picks sentences of the abstracts, and adds no claim of its own.

The sentence that answers stands first; another one follows only while it adds something that was
asked (see `rag.answer.reading`). Lists, comparisons and overviews have their own modules.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answer.acronyms import asked_about, expansion
from rag.answer.citations import AnswerBlock, AnswerBuilder, AnswerSentence, Checks, Composed
from rag.answer.comparison import between_two, comparison
from rag.answer.decision import READABLE
from rag.answer.disagreement import add_disagreements
from rag.answer.evidence import Evidence, EvidenceSentence, held_share
from rag.answer.in_parts import in_parts
from rag.answer.lists import listed
from rag.answer.membership import judge
from rag.answer.overview import overview
from rag.answer.quoting import all_quoted, quoted
from rag.answer.reading import READER, of_subject, relevance
from rag.answer.refusals import unmentioned
from rag.embed import CachedEmbedder
from rag.llm import RunContext
from rag.text import readable, squash, tokens
from rag.types import Answer, Answers, Kind, Quote

BELONGS = 0.2
"""Least probability with which a paper belongs to an overview."""
ADDS = 0.3
"""A further sentence is at least this likely to answer, beside the first."""
COMPLETES = 0.12
"""Or this, when it holds rare words of the question that no sentence before it does."""
NEW = 0.12
"""The share of the question's rare words that a sentence must bring to complete the answer."""
MOST: dict[Kind, int] = {"method": 3, "reason": 2, "acronym": 1}
"""Sentences at most; of other kinds two."""


class ExtractiveAnswerer:
    """Answers questions with sentences of the abstracts."""

    def __init__(self, checks: Checks, embedder: CachedEmbedder, context: RunContext) -> None:
        self._embedder = embedder
        self._checks = checks
        self._context = context

    def answers(
        self, answer: Answer, evidence: Evidence, answers: Answers = "yes"
    ) -> Iterator[Answer]:
        """The answer block by block; the last one is checked and complete.

        `answers` says whether the papers answer, or only come near.
        """
        composed = compose(evidence, self._embedder, answers)
        self._context.clock.lap("answer")
        for count in range(1, len(composed.blocks)):
            growing = AnswerBuilder()
            growing.add_composed(replace(composed, blocks=composed.blocks[:count]))
            yield growing.put_into(replace(answer, stage="write"))
        builder = AnswerBuilder(self._checks)
        builder.add_composed(composed)
        builder.check()
        warnings = add_disagreements(builder, evidence)
        answer = replace(answer, table=composed.table, warnings=tuple(warnings))
        answer = completed(with_lack(answer, composed, answers), builder, evidence)
        self._context.clock.lap("verify")
        yield self._context.finish(builder.put_into(answer))


def with_lack(answer: Answer, composed: Composed, answers: Answers) -> Answer:
    """An answer that is partial where something of what was asked is lacking."""
    lacking = composed.lead if answers == "partly" else composed.lacking
    if not lacking:
        return answer
    return replace(answer, status="partial", reason="not_stated", lacking=lacking)


def completed(answer: Answer, builder: AnswerBuilder, evidence: Evidence) -> Answer:
    """An extractive answer that says what it could not compare."""
    missing = unmentioned(evidence)
    if not missing:
        return answer
    builder.add_line(missing)
    return replace(answer, status="partial", reason="not_stated", lacking=missing)


NEAREST = "I found no sentence that plainly answers this; the nearest is:"
FOREIGN = (
    "The abstracts are in English, and without a language model I could only match the {}. "
    "Its abstract says:"
)


def compose(evidence: Evidence, embedder: CachedEmbedder, answers: Answers = "yes") -> Composed:
    """The answer that the sentences of the papers give; empty when nothing was retrieved."""
    if not evidence.sentences:
        return Composed(())
    if answers == "partly":
        return _nearest(evidence)
    kind = evidence.query.kind
    if kind == "list":
        return listed(evidence, embedder)
    if kind == "overview":
        judged = [each for each in judge(evidence, embedder) if each.probability >= BELONGS]
        if len(judged) > 1:
            return overview(judged, evidence, embedder)
    compares = kind == "comparison" or (kind in READABLE and between_two(evidence))
    if compares and (compared := comparison(evidence, embedder)):
        return compared
    if kind == "acronym" and (written_out := _acronym(evidence)):
        return written_out
    if kind in READABLE and (told := in_parts(evidence, embedder)):
        return told
    return Composed((AnswerBlock(all_quoted(choose(evidence), evidence)),))


def choose(evidence: Evidence) -> list[EvidenceSentence]:
    """The sentence that answers first, then what completes it, of the same paper, in its order."""
    sentences = evidence.sentences
    scores = relevance(evidence)
    order = sorted(range(len(sentences)), key=lambda at: -scores[at])
    first = sentences[order[0]]
    chosen = [first]
    seen = {squash(first.text)}
    plan = evidence.query.plan
    left = plan.words - len(first.text.split())
    # A reader's judgement is added to the model's, so that differences are as many times as large.
    judged = evidence.judgement is not None and of_subject(first, evidence)
    scale = 1 + READER * judged
    for at in order[1:]:
        sentence = sentences[at]
        length = len(sentence.text.split())
        odds = math.exp((scores[at] - scores[order[0]]) / scale)
        adds = odds >= ADDS or (odds >= COMPLETES and _brings(sentence, chosen, evidence) >= NEW)
        same = sentence.paper.id == first.paper.id and squash(sentence.text) not in seen
        if same and adds and length <= left and len(chosen) < MOST.get(plan.kind, 2):
            chosen.append(sentence)
            seen.add(squash(sentence.text))
            left -= length
    return [first, *sorted(chosen[1:], key=lambda sentence: sentence.place)]


def _brings(
    sentence: EvidenceSentence, chosen: Sequence[EvidenceSentence], evidence: Evidence
) -> float:
    """The share of the question's rare words that only this sentence holds."""
    held = set(tokens(" ".join(s.text for s in chosen))) | set(tokens(sentence.paper.title))
    return held_share(evidence.query.weights, set(tokens(sentence.text)) - held)


def _acronym(evidence: Evidence) -> Composed | None:
    """What the abbreviation stands for, where a paper found writes it out."""
    short = asked_about(evidence)
    if not short:
        return None
    for paper in dict.fromkeys(
        ([evidence.subject] if evidence.subject else []) + [hit.paper for hit in evidence.hits]
    ):
        for source in (paper.abstract, paper.title):
            found = expansion(short, source)
            if found is None:
                continue
            text = f"{short} stands for “{readable(found.long)}”."
            spot = found if source is paper.abstract else None
            quote = (
                Quote(paper.abstract[spot.start : spot.end], spot.start, spot.end)
                if spot
                else Quote("", 0, 0)
            )
            return Composed((AnswerBlock((AnswerSentence(text, paper, quote, verbatim=False),)),))
    return None


def _nearest(evidence: Evidence) -> Composed:
    """The likeliest sentence alone, and that it is no plain answer."""
    query = evidence.query
    lead = NEAREST
    if query.plan.foreign:
        names = (*query.names, *query.proper)
        lead = FOREIGN.format(f"name{'s' * (len(names) > 1)} {' and '.join(names)}")
    return Composed((AnswerBlock((quoted(choose(evidence)[0], evidence),)),), lead=lead)
