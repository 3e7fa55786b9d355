"""Whether the abstracts that a sentence cites support it: no language model, no torch."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.claims import Statement, read_statement, strip_citations
from rag.alignment import (
    Alignment,
    Similarity,
    Source,
    align,
    best_pair,
    is_verbatim,
    proximity,
    read_source,
)
from rag.facts import Finding, exchanged_name, find_links, find_names, find_numbers
from rag.polarity import Conflict, direction_conflict, negation_conflict, swapped
from rag.types import Support
from rag.wordlists import ABSOLUTES, HEDGES, NEGATORS, UNDIRECTED



@dataclass(frozen=True, slots=True)
class Evidence:
    """A cited paper."""

    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far a sentence is supported by what it cites."""

    support: Support
    score: float
    """Degree of support, from 0 to 1."""
    why: str
    """Empty when supported; else one short clause naming what is missing or contradicted."""
    contradicted: bool = False


SUPPORTED = 0.6
"""From this score on a sentence counts as supported."""
PARTIAL = 0.35

# Log-odds for each feature, fitted by eval/fit_verify.py.
PLAIN: Mapping[str, float] = {"": -5.0, "cover_all": 1.6, "cover_best": 1.5, "cover_pair": 3.0,
                              "numbers": -1.2, "names": -0.4, "negation": -1.0, "against": -3.5,
                              "swapped": -3.0}
WITH_SIMILARITY = PLAIN


def check(
    claim: str,
    evidence: Sequence[Evidence],
    *,
    similarity: Similarity | None = None,
    idf: Callable[[str], float] | None = None,
) -> Verdict:
    """Decides whether the cited papers support one sentence of an answer.

    Citation markers in the sentence are ignored. `similarity(claim, sentences)` gives the cosine
    similarity of the claim to each sentence; `idf` the rarity of a stemmed word. A sentence that
    cites nothing, or that says nothing checkable ("Here is what they say:"), is unsupported:
    its `why` tells that apart from a false one.
    """
    if not evidence:
        return Verdict("unsupported", 0.0, "cites nothing")
    statement = read_statement(strip_citations(claim))
    if not any(word.weight > 0.3 for word in statement.words) and not statement.numbers:
        return Verdict("unsupported", 0.0, "nothing to check")
    sources = [read_source(paper.title, paper.abstract) for paper in evidence]
    if any(is_verbatim(statement, source) for source in sources):
        return Verdict("supported", 1.0, "")
    comparison = compare(statement, sources, similarity=similarity, idf=idf)
    weights = PLAIN if similarity is None else WITH_SIMILARITY
    return _judge(comparison, _probability(comparison.features, weights))


def _probability(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    odds = weights[""] + sum(w * features[name] for name, w in weights.items() if name)
    return 1 / (1 + math.exp(-odds))


def _judge(comparison: Comparison, probability: float) -> Verdict:
    """The verdict: the probability, unless something plainly forbids it."""
    problems = comparison.problems
    wrong = [p for p in problems if p.wrong]
    if wrong:
        return Verdict("unsupported", PARTIAL * probability, wrong[0].why, contradicted=True)
    missing = [p for p in problems if p.credit == 0]
    if missing:
        return Verdict("unsupported", PARTIAL * probability, missing[0].why)
    if problems:
        score = min(probability, PARTIAL + (SUPPORTED - PARTIAL) * probability)
    else:
        score = probability
    if score >= SUPPORTED:
        return Verdict("supported", score, "")
    why = problems[0].why if problems else "little of it stands in the cited abstract"
    return Verdict("partial" if score >= PARTIAL else "unsupported", score, why)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A claim laid beside its evidence: features for the model, and what went wrong."""

    features: Mapping[str, float]
    problems: tuple[Finding, ...]


def compare(
    claim: Statement,
    sources: Sequence[Source],
    *,
    similarity: Similarity | None = None,
    idf: Callable[[str], float] | None = None,
) -> Comparison:
    """Measures a claim against its sources."""
    alignment = align(claim, sources, similarity, idf)
    numbers = find_numbers(alignment)
    names = list(find_names(claim, sources))
    top = alignment.top(2)
    negation = negation_conflict(alignment)
    agree, against, word, net, opp = direction_conflict(alignment)
    swap = swapped(alignment)
    best = alignment.best
    total = sum(alignment.weights) or 1.0
    features = {
        "cover_all": alignment.joint(range(len(alignment.places))),
        "cover_best": alignment.coverage[best],
        "cover_pair": best_pair(alignment),
        "proximity": max(proximity(alignment, i) for i in top),
        "numbers": sum(1 - f.credit for f in numbers),
        "names": sum(1 - f.credit for f in names),
        "negation": negation.strength,
        "negated": float(_negations(claim) > 0),
        "unanswered": float(_negations(claim) > 0 and not any(_negations(alignment.statement(i)) for i in top)),
        "unasked": float(_negations(claim) == 0 and _negations(alignment.statement(best)) > 0),
        "parity": _parity(claim, alignment),
        "agree": agree,
        "against": against,
        "net": net,
        "opposed": opp,
        "against_cover": against*alignment.coverage[best],
        "parity_cover": _parity(claim, alignment)*alignment.coverage[best],
        "swapped": float(swap),
        "absolute": float(_stronger(claim, alignment)),
        "length": math.log(1 + len(claim.words)),
    }
    if similarity is not None:
        values = sorted(alignment.similarity, reverse=True)
        features["similar"] = values[0]
        features["similar_2"] = sum(values[:3]) / len(values[:3])
    problems = [f for f in (*numbers, *names, *find_links(claim, sources)) if f.why]
    if exchanged := exchanged_name(alignment):
        problems.append(Finding(0.0, exchanged, True))
    problems += _oppositions(features["cover_best"], negation, Conflict(against, word), swap=swap)
    return Comparison(features, tuple(problems))


def _oppositions(
    cover: float, negation: Conflict, way: Conflict, *, swap: bool
) -> Iterator[Finding]:
    """What the evidence says the other way round, strongly enough to forbid support."""
    if negation.strength >= NEGATION_LIMIT and cover >= OPPOSED_FROM:
        yield Finding(0.0, f'the abstract says the opposite: "{negation.words}"', True)
    if way.strength >= DIRECTION_LIMIT and cover >= OPPOSED_FROM:
        yield Finding(0.0, f'the abstract says the opposite: "{way.words}"', True)
    if swap:
        yield Finding(0.0, "the abstract compares them the other way round", True)


NEGATION_LIMIT = 0.35
DIRECTION_LIMIT = 0.3
OPPOSED_FROM = 0.5
"""Below this coverage the best sentence need not be about the same thing."""


def _parity(claim, alignment):
    own = _sign(claim, None)
    tot = 0.0; n=0.0
    for i in alignment.top(3):
        k = set(alignment.index(i))
        cl = {key for w in claim.words for key in w.keys}
        tot += alignment.coverage[i]*(_sign(alignment.statement(i), cl) != own); n+=alignment.coverage[i]
    return tot/n if n else 0.0


def _sign(st, near):
    from rag.wordlists import direction
    sign = 1
    places=[w.place for w in st.words if near is None or any(k in near for k in w.keys)]
    def ok(p): return near is None or any(abs(p-q)<=3 for q in places)
    for w in st.words:
        d = direction(w.keys[-1])
        if d and d.sign<0 and w.text not in UNDIRECTED and ok(w.place): sign=-sign
    from rag.claims import is_negator
    for p in range(len(st.tokens)):
        if is_negator(st.tokens,p) and ok(p): sign=-sign
    return sign


def _negations(statement: Statement) -> int:
    return sum(t in NEGATORS for t in statement.tokens)


def _stronger(claim: Statement, alignment: Alignment) -> bool:
    near = alignment.statement(alignment.best).tokens
    return any(t in ABSOLUTES for t in claim.tokens) and not any(t in ABSOLUTES for t in near) and any(t in HEDGES for t in near)
