"""The check without a language model: modest, and nearly always right in what it does say.

A claim is laid beside every sentence of what it cites. A small network reads both, or, for other
embedders than MiniLM, a logistic model weighs the words that they share; from a probability on at
which few false claims pass, the claim is supported. Rules look at what rules are good at: a number,
a unit or a name that the abstract has otherwise contradicts the claim, one that it lacks keeps it
from being supported. Of the rest, and of sentences in another language than the abstract's, the
check says that it cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.linear_model import LinearModel
from rag.text import language_of, readable, tokens
from rag.types import Quote
from rag.verify.alignment import (
    Alignment,
    ParsedSource,
    Similarity,
    align,
    best_pair,
    is_verbatim,
    read_source,
)
from rag.verify.claims import read_statement, strip_citations
from rag.verify.facts import Finding, exchanged_name, find_links, find_names, find_numbers
from rag.verify.parts import split_claim
from rag.verify.protocol import Claim, Verdict

Reading = Callable[[str, Sequence[str]], float | None]
"""Of a claim and the sentences that it rests on, the log-odds that they bear it out."""

# Fitted by `rag-eval fit support` on the tune half of `eval/data/support/pairs.jsonl`.
READ = LinearModel.load("support.read")
"""What a reading says, as a probability."""
WORDS = LinearModel.load("support.words")
"""The same from shared words, where no reading is to be had."""
VERSION = 2
"""Goes up when verdicts change."""
FOREIGN = "written in another language than the abstract"
CANNOT_TELL = "the check cannot tell whether the abstract says this"
NOTHING = "nothing to check"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A claim laid beside its evidence."""

    alignment: Alignment
    features: Mapping[str, float]
    """What the models weigh: `read` alone, or what words are shared."""
    findings: tuple[Finding, ...]
    """What is missing or otherwise in the evidence, most telling first."""

    @property
    def probability(self) -> float:
        """That the evidence bears out the claim, the rules left aside."""
        return self._model.probability(self.features)

    @property
    def enough(self) -> bool:
        """Whether that is enough to call it supported; what shares no word never is."""
        name = "read" if self._model is READ else "words"
        shares = self.alignment.coverage[self.alignment.best] > 0
        return shares and not self.findings and self.probability >= self._model.thresholds[name]

    @property
    def _model(self) -> LinearModel:
        return READ if "read" in self.features else WORDS


class OfflineChecker:
    """Judges each claim by itself; one may be used from several threads at once."""

    def __init__(
        self, similarity: Similarity | None = None, reading: Reading | None = None,
        *, embedder: str = "", prepare: Callable[[Sequence[str]], object] | None = None,
    ) -> None:  # fmt: skip
        """`similarity(claim, sentences)` gives the cosine of the claim to each, in order; both
        come from the embedder of that name. `prepare` is told of all texts beforehand, for it is
        quicker to read them together."""
        self.name = f"offline/{VERSION} {embedder}".strip()
        self._similarity = similarity
        self._reading = reading
        self._prepare = prepare

    def check(self, claims: Sequence[Claim]) -> list[Verdict]:
        """A verdict for each claim, in order."""
        if self._prepare is not None:
            sources = dict.fromkeys(source for claim in claims for source in claim.sources)
            read = [read_source(source.title, source.abstract) for source in sources]
            lines = [statement.text for source in read for statement in source.sentences]
            self._prepare([*(strip_citations(claim.text) for claim in claims), *lines])
        return [self._verdict(claim) for claim in claims]

    def _verdict(self, claim: Claim) -> Verdict:
        if not claim.sources:
            return Verdict("uncited", 0.0, "cites nothing")
        text = strip_citations(claim.text)
        statement = read_statement(text)
        if not statement.numbers and not any(word.weight > 0.3 for word in statement.words):
            return Verdict("unverified", 0.0, NOTHING)
        sources = [read_source(source.title, source.abstract) for source in claim.sources]
        if not any(source.sentences for source in sources):
            return Verdict("unverified", 0.0, "the cited abstract is empty")
        as_written = read_statement(readable(claim.text))  # "[52]" may be the abstract's own
        forms = dict.fromkeys((statement, as_written))
        whole = self._compared(text, sources)
        if any(is_verbatim(form, source) for form in forms for source in sources):
            return _found(whole, 1.0)
        wrong = next((finding for finding in whole.findings if finding.wrong), None)
        if wrong is not None:
            return Verdict("contradicted", 0.0, wrong.why, *_place(whole.alignment, wrong.at))
        if language_of(text) != "en":
            return Verdict("unverified", 0.0, FOREIGN)
        if whole.enough:
            return _found(whole, whole.probability)
        return self._by_parts(split_claim(text), whole, sources)

    def _by_parts(
        self, parts: Sequence[str], whole: Comparison, sources: Sequence[ParsedSource]
    ) -> Verdict:
        """The verdict on a claim that is not borne out as a whole."""
        why = whole.findings[0].why if whole.findings else CANNOT_TELL
        read = [self._compared(part, sources) for part in parts] if len(parts) > 1 else []
        sound = [each for each in read if each.enough]
        if not sound:
            return Verdict("unverified", whole.probability, why)
        missed = next((part for part, each in zip(parts, read, strict=True) if not each.enough), "")
        if not missed:
            return _found(whole, min(each.probability for each in read))
        why = whole.findings[0].why if whole.findings else f"not found in it: “{missed}”"
        quote, source = _place(sound[0].alignment, sound[0].alignment.best)
        return Verdict("partial", whole.probability, why, quote, source)

    def _compared(self, text: str, sources: Sequence[ParsedSource]) -> Comparison:
        return compare(text, sources, self._similarity, self._reading)


def compare(
    text: str,
    sources: Sequence[ParsedSource],
    similarity: Similarity | None = None,
    reading: Reading | None = None,
) -> Comparison:
    """A claim, in its display form and without markers, laid beside what it cites."""
    claim = read_statement(text)
    alignment = align(claim, sources, similarity)
    lines = [sentence.text for source in sources for sentence in source.sentences]
    read = reading(text, lines) if reading is not None else None
    numbers = find_numbers(alignment)
    names = list(find_names(claim, sources))
    features = {"read": read} if read is not None else _shared(alignment, lines, numbers, names)
    findings = [*numbers, *names, *find_links(claim, sources)]
    if exchanged := exchanged_name(alignment):
        findings.append(Finding(0.0, exchanged, True, alignment.best))
    told = sorted((f for f in findings if f.why), key=lambda f: (not f.wrong, f.credit))
    return Comparison(alignment, features, tuple(told))


def _shared(
    alignment: Alignment, lines: Sequence[str], numbers: Sequence[Finding], names: Sequence[Finding]
) -> dict[str, float]:
    """What can be told from the words of a claim and of its evidence."""
    own = tokens(alignment.claim.text)
    held = set(tokens(" ".join(lines)))
    return {
        "shared": sum(token in held for token in own) / max(1, len(own)),
        "cover_pair": best_pair(alignment),
        "similar": max(alignment.similarity),
        "numbers": sum(1 - finding.credit for finding in numbers),
        "names": sum(1 - finding.credit for finding in names),
    }


def nearest(claim: str, texts: Sequence[str], *, similarity: Similarity | None = None) -> int:
    """Which of some sentences bears most on a claim; the first when none does."""
    sources = [read_source("", text) for text in texts]
    alignment = align(read_statement(strip_citations(claim)), sources, similarity)
    owners = [number for number, source in enumerate(sources) for _ in source.sentences]
    fit = [a + b for a, b in zip(alignment.coverage, alignment.similarity, strict=True)]
    return owners[max(range(len(fit)), key=fit.__getitem__)] if fit else 0


def _found(found: Comparison, score: float) -> Verdict:
    return Verdict("supported", score, "", *_place(found.alignment, found.alignment.best))


def _place(alignment: Alignment, at: int) -> tuple[Quote | None, int]:
    """The span of a sentence of the evidence, and which source it is of; a title has no span."""
    owner = alignment.places[at][0]
    whose = list(dict.fromkeys(id(source) for source, _ in alignment.places)).index(id(owner))
    return alignment.quote(at), whose
