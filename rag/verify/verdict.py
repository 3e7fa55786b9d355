"""Whether the abstracts that a sentence cites support it: no language model, no torch.

A claim is laid beside every sentence of what it cites. Two small logistic models, multiplied, say
how likely the evidence is about it at all and how likely it agrees; then rules forbid support
where a number, name, link, negation, direction or comparison is plainly missing or otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.linear_model import LinearModel
from rag.text import readable, sentences
from rag.types import Support
from rag.verify.alignment import (
    Alignment,
    ParsedSource,
    Similarity,
    align,
    best_pair,
    is_verbatim,
    read_source,
)
from rag.verify.claims import Statement, read_statement, strip_citations
from rag.verify.comparisons import swapped
from rag.verify.facts import Finding, exchanged_name, find_links, find_names, find_numbers
from rag.verify.polarity import Conflict, compare_directions, negation_conflict, parity
from rag.verify.protocol import Source
from rag.verify.wordlists import lists

# Fitted by `rag-eval fit support` on the tune half of SciFact's training claims.
ABOUT = LinearModel.load("support.about")
ABOUT_BY_SIMILARITY = LinearModel.load("support.about_by_similarity")
"""The same where the similarity of sentence embeddings is known."""
AGREES = LinearModel.load("support.agrees")

SUPPORTED = AGREES.thresholds["supported"]
"""From this score on a sentence counts as supported."""
PARTIAL = AGREES.thresholds["partial"]
"""From this score on it counts as partly supported."""
NEGATION_LIMIT = 0.35
DIRECTION_LIMIT = 0.3
OPPOSED_FROM = 0.5
"""Below this coverage the best sentence need not be about the same thing."""


Entailment = Callable[[str, Sequence[str]], Sequence[tuple[float, float]]]
"""Of a claim and some premises, for each how probably it entails and contradicts the claim."""
REFUTED = 0.5
"""From this probability on a premise contradicts, if none entails more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far a sentence is supported by what it cites."""

    support: Support
    score: float
    """Degree of support, from 0 to 1."""
    why: str
    """Empty when supported; else one short clause naming what is missing or contradicted."""
    contradicted: bool = False


def check(
    claim: str,
    evidence: Sequence[Source],
    *,
    similarity: Similarity | None = None,
    entailment: Entailment | None = None,
) -> Verdict:
    """Decides whether the cited papers support one sentence of an answer.

    Citation markers in the sentence are ignored. `similarity(claim, sentences)` gives the cosine
    similarity of the claim to each sentence, in order; `entailment`, when given, judges in place of
    the two models, and the rules stay. Text that stands in the evidence word for
    word is supported with a score of 1. A sentence that cites nothing, or that says nothing
    checkable ("Here is what they say:"), is unsupported; its `why` tells that from a false one.
    """
    if not evidence:
        return Verdict("unsupported", 0.0, "cites nothing")
    statement = read_statement(strip_citations(claim))
    if not statement.numbers and not any(word.weight > 0.3 for word in statement.words):
        return Verdict("unsupported", 0.0, "nothing to check")
    sources = [read_source(paper.title, paper.abstract) for paper in evidence]
    if not any(source.sentences for source in sources):
        return Verdict("unsupported", 0.0, "the cited abstract is empty")
    as_written = read_statement(readable(claim))  # "[52]" may be the abstract's own reference
    if any(is_verbatim(form, source) for form in (statement, as_written) for source in sources):
        return Verdict("supported", 1.0, "")
    comparison = compare(statement, sources, similarity=similarity)
    if entailment is None:
        return _judge(comparison.probability, comparison.findings)
    judged = list(entailment(strip_citations(claim), list(_premises(evidence))))
    entailed, refuted = (max(pair[n] for pair in judged) for n in (0, 1))
    if refuted >= REFUTED and refuted > entailed:
        return Verdict("unsupported", PARTIAL * entailed, "the abstract says otherwise", True)
    return _judge(entailed, comparison.findings)


def _premises(evidence: Sequence[Source]) -> Iterator[str]:
    """Every abstract, whole and by sentence."""
    for paper in evidence:
        yield readable(paper.abstract)
        yield from (readable(paper.abstract[a:b]) for a, b in sentences(paper.abstract))


def nearest(claim: str, texts: Sequence[str], *, similarity: Similarity | None = None) -> int:
    """Which of some sentences bears most on a claim; the first when none does."""
    sources = [read_source("", text) for text in texts]
    alignment = align(read_statement(strip_citations(claim)), sources, similarity)
    owners = [number for number, source in enumerate(sources) for _ in source.sentences]
    fit = [a + b for a, b in zip(alignment.coverage, alignment.similarity, strict=True)]
    return owners[max(range(len(fit)), key=fit.__getitem__)] if fit else 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A claim laid beside its evidence."""

    features: Mapping[str, float]
    """What the models weigh."""
    findings: tuple[Finding, ...]
    """What is missing or otherwise in the evidence, most telling first."""

    @property
    def probability(self) -> float:
        """That the evidence is about the claim, times that it then agrees."""
        about = ABOUT_BY_SIMILARITY if "similar" in self.features else ABOUT
        return about.probability(self.features) * AGREES.probability(self.features)


def compare(
    claim: Statement, sources: Sequence[ParsedSource], *, similarity: Similarity | None = None
) -> Comparison:
    """Measures a claim against the papers that it cites."""
    alignment = align(claim, sources, similarity)
    numbers = find_numbers(alignment)
    names = list(find_names(claim, sources))
    ways = compare_directions(alignment)
    features = {
        "cover_all": alignment.joint(range(len(alignment.places))),
        "cover_best": max(alignment.coverage),
        "cover_pair": best_pair(alignment),
        "numbers": sum(1 - finding.credit for finding in numbers),
        "names": sum(1 - finding.credit for finding in names),
        "parity": parity(alignment),
        "net": ways.net,
        "opposed": ways.opposed,
    }
    if similarity is not None:
        nearest = sorted(alignment.similarity, reverse=True)[:3]
        features |= {"similar": nearest[0], "similar_3": sum(nearest) / len(nearest)}
    links = find_links(claim, sources)
    findings = [
        *_oppositions(alignment, ways.conflict),
        *(finding for finding in (*numbers, *names, *links) if finding.why),
    ]
    return Comparison(features, tuple(sorted(findings, key=lambda f: (not f.wrong, f.credit))))


def _oppositions(alignment: Alignment, direction: Conflict) -> Iterator[Finding]:
    """What the evidence says the other way round, strongly enough to forbid support."""
    if exchanged := exchanged_name(alignment):
        yield Finding(0.0, exchanged, True)
    if swapped(alignment):
        yield Finding(0.0, "the abstract compares them the other way round", True)
    if max(alignment.coverage) >= OPPOSED_FROM:
        negation = negation_conflict(alignment)
        for conflict, limit in ((negation, NEGATION_LIMIT), (direction, DIRECTION_LIMIT)):
            if conflict.strength >= limit:
                yield Finding(0.0, f'the abstract says the opposite: "{conflict.words}"', True)
    if _overstates(alignment):
        yield Finding(0.5, "the abstract is less certain", False)


def _overstates(alignment: Alignment) -> bool:
    """Whether a claim says "always" or "proves" where its best sentence says "often" or "may"."""
    near = set(alignment.statement(alignment.best).tokens)
    absolutes, hedges = lists().absolutes, lists().hedges
    return bool(
        absolutes.intersection(alignment.claim.tokens) and hedges & near and not absolutes & near
    )


def _judge(score: float, findings: Sequence[Finding]) -> Verdict:
    """The verdict: the models' score, squeezed below a threshold when a finding forbids it."""
    if findings and (findings[0].wrong or findings[0].credit == 0):
        first = findings[0]
        return Verdict("unsupported", PARTIAL * score, first.why, contradicted=first.wrong)
    if findings:
        score = min(score, PARTIAL + (SUPPORTED - PARTIAL) * score)
    if score >= SUPPORTED:
        return Verdict("supported", score, "")
    why = findings[0].why if findings else "the abstract does not say it in these words"
    if score >= PARTIAL:
        return Verdict("partial", score, why)
    return Verdict("unsupported", score, why if findings else "the abstract does not say this")
