"""Papers that disagree: sentences that say the same of the same thing but for a number, a negation
or a direction; of near-copies of one abstract also but for a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from rag.answer.citations import AnswerBlock, AnswerBuilder, AnswerSentence, Composed
from rag.answer.edits import alone, name_of
from rag.answer.evidence import Evidence, quotes_of
from rag.text import capitalised, mentions, readable, sentences, squash, stem, words
from rag.types import Paper, Quote, wording

DISAGREE = "These papers disagree; another says:"
SAME = 0.75
"""Share of the words that two versions of one sentence have in common, in their order;"""
SAME_APART = 0.8
"""and sentences of papers that are no copies."""
LONG = 6
"""Words that such a sentence has at least."""
MOST = 3
"""Other versions that are shown."""
_NEGATORS = frozenset("no not never without cannot neither nor none hardly fails fail".split())
_OPPOSED = (
    ("increase rise raise grow gain more higher greater larger above up improve better".split()),
    ("decrease fall drop decline reduce less fewer lower smaller below down worsen worse".split()),
    ("faster outperform exceed best most largest highest strengthen".split()),
    ("slower underperform trail worst least smallest lowest weaken".split()),
)
_SIDES = {stem(word): side for side, said in enumerate(_OPPOSED) for word in said}


class Other(NamedTuple):
    """What another paper says instead of a sentence that is quoted."""

    instead_of: Paper
    paper: Paper
    quote: Quote


def add_disagreements(builder: AnswerBuilder, evidence: Evidence) -> list[str]:
    """Show what other papers say instead of what is quoted; the warnings that belong to it."""
    cited = [
        (citation.paper, quote.text[start:end])
        for citation in builder.citations
        for quote in citation.quotes
        for start, end in sentences(quote.text)
    ]
    others = list(_others(cited, evidence)) if evidence.query.kind not in _MANY else []
    shown = {squash(other.quote.text): other for other in reversed(others)}
    lines = [
        AnswerBlock((AnswerSentence(alone(readable(o.quote.text), o.paper), o.paper, o.quote),))
        for o in list(shown.values())[::-1][:MOST]
    ]
    if lines:
        builder.add_composed(Composed(tuple(lines), lead=DISAGREE))
    titles = [(wording.title(o.instead_of), wording.title(o.paper)) for o in shown.values()]
    told = [f"These papers disagree: “{one}” and “{other}”." for one, other in titles[::-1][:MOST]]
    return [*told, *_copied(builder, evidence)]


_MANY = frozenset({"list", "overview", "count"})


def _copied(builder: AnswerBuilder, evidence: Evidence) -> Iterator[str]:
    """Which papers were taken for one."""
    for citation in builder.citations:
        copies = evidence.copies.get(citation.paper.id, ())
        if copies:
            named = "”, “".join(wording.title(paper) for paper in copies[:MOST])
            more = f" and {len(copies) - MOST} more" if len(copies) > MOST else ""
            title = wording.title(citation.paper)
            yield f"“{title}” counts once; nearly the same text: “{named}”{more}."


def _others(cited: Sequence[tuple[Paper, str]], evidence: Evidence) -> Iterator[Other]:
    for paper, text in cited:
        for copy in evidence.copies.get(paper.id, ()):
            for other in quotes_of(copy):
                if conflict(text, other.text, copies=True):
                    yield Other(paper, copy, other)
        for sentence in evidence.sentences:
            if sentence.paper.id != paper.id and _same_subject(paper, sentence.paper, evidence):
                if conflict(text, sentence.quote.text):
                    yield Other(paper, sentence.paper, sentence.quote)


def _same_subject(one: Paper, other: Paper, evidence: Evidence) -> bool:
    """Whether two papers have the name that is asked about in what they are called."""
    if name_of(one) and squash(name_of(one)) == squash(name_of(other)):
        return True
    names = (*evidence.query.names, *evidence.query.proper)
    return any(mentions(one.title, name) and mentions(other.title, name) for name in names)


def conflict(one: str, other: str, *, copies: bool = False) -> bool:
    """Whether two sentences say the same but for a number, a negation or a direction.

    Of `copies`, a name may differ, too.
    """
    first, second = words(one), words(other)
    if min(len(first), len(second)) < LONG or first == second:
        return False
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    if same < (SAME if copies else SAME_APART) * max(len(first), len(second)):
        return False
    changed = [
        (first[a:b], second[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
    ]
    names = [set(map(squash, capitalised(text))) for text in (one, other)]
    return any(
        _numbers_differ(a, b)
        or _negated(a, b)
        or _opposed(a, b)
        or (copies and _named(a, names[0] - names[1]) and _named(b, names[1] - names[0]))
        for a, b in changed
    )


def _numbers_differ(one: Sequence[str], other: Sequence[str]) -> bool:
    numbers = [{word for word in side if any(map(str.isdigit, word))} for side in (one, other)]
    return bool(numbers[0] and numbers[1] and numbers[0] != numbers[1])


def _negated(one: Sequence[str], other: Sequence[str]) -> bool:
    return bool(_NEGATORS & set(one)) != bool(_NEGATORS & set(other))


def _opposed(one: Sequence[str], other: Sequence[str]) -> bool:
    sides = [{_SIDES.get(stem(word)) for word in side} - {None} for side in (one, other)]
    return any(a is not None and (a ^ 1) in sides[1] for a in sides[0] if a not in sides[1])


def _named(changed: Sequence[str], names: set[str]) -> bool:
    return any(squash(word) in names for word in changed)
