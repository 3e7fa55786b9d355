"""The check by a natural language inference model, as an ONNX file; the rules stay beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.embed import load_cross_encoder
from rag.errors import ConfigError
from rag.text import readable, without_suspects
from rag.types import Quote
from rag.verify.alignment import spans_of
from rag.verify.claims import strip_citations
from rag.verify.offline import CANNOT_TELL, FOREIGN, NOTHING, OfflineChecker
from rag.verify.protocol import Claim, Verdict

Entailment = Callable[[str, Sequence[str]], Sequence[tuple[float, float]]]
"""Of a claim and some premises, for each how probably it entails and contradicts the claim."""
SURE = 0.5
"""From this probability on a premise decides, where it is the greater one."""
ENTAILS = ("entail", "consistent", "support")
"""Beginnings of the labels of a claim that follows; no label of one that does not begins so."""


def load_entailment(name: str, threads: int | None = None) -> Entailment:
    """The model `onnx/REPOSITORY-OR-FOLDER` as a judge of (premise, claim) pairs.

    It must have a label for entailment; one without a label for contradiction, such as a model of
    factual consistency, contradicts nothing. Neither entails nor contradicts what is too long to be
    read whole. Raises `ConfigError` when it cannot be had or is another kind of model.
    """
    model = load_cross_encoder(name, "RAG_CHECK", threads)
    labels = [label.lower() for label in model.labels]
    entails = [place for place, label in enumerate(labels) if label.startswith(ENTAILS)]
    refutes = [place for place, label in enumerate(labels) if label.startswith("contradict")]
    if len(labels) < 2 or len(entails) != 1:
        raise ConfigError(f"{name} is no NLI model: its labels are {', '.join(model.labels)}.")

    def entailment(claim: str, premises: Sequence[str]) -> list[tuple[float, float]]:
        import numpy as np

        if not model.fits(claim):
            return [(0.0, 0.0)] * len(premises)
        logits = model.logits(claim, premises, passage_first=True)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return [(float(row[entails[0]]), float(row[refutes].sum())) for row in shares]

    return entailment


class EntailmentChecker:
    """Judges each claim by the premises that it cites: every abstract, whole and by sentence."""

    def __init__(self, name: str, entailment: Entailment, offline: OfflineChecker) -> None:
        self.name = name
        self._entailment = entailment
        self._offline = offline

    def check(self, claims: Sequence[Claim]) -> list[Verdict]:
        """A verdict for each claim, in order."""
        ruled = self._offline.check(claims)
        return [self._verdict(claim, rule) for claim, rule in zip(claims, ruled, strict=True)]

    def _verdict(self, claim: Claim, rule: Verdict) -> Verdict:
        """The model's, unless a rule has decided."""
        premises = list(_premises(claim))
        if not premises or rule.support == "contradicted" or rule.score == 1 or rule.why == NOTHING:
            return rule
        text = strip_citations(claim.text)
        judged = self._entailment(text, [readable(quote.text) for quote, _ in premises])
        entailed, refuted = (max(range(len(judged)), key=lambda at: judged[at][n]) for n in (0, 1))
        sure, against = judged[entailed][0], judged[refuted][1]
        if against >= SURE and against > sure:
            quote, source = premises[refuted]
            return Verdict("contradicted", sure, "the abstract says otherwise", quote, source)
        if sure < SURE:
            return Verdict("unverified", sure, CANNOT_TELL)
        if rule.support == "unverified" and rule.why not in (CANNOT_TELL, FOREIGN):
            return rule  # a number or a name is missing
        quote, source = premises[entailed]
        return Verdict("supported", sure, "", quote, source)


def _premises(claim: Claim) -> list[tuple[Quote, int]]:
    """Spans of the abstracts, each with which source it is of; sentences before whole abstracts."""
    spans = []
    for number, source in enumerate(claim.sources):
        found = spans_of(source.abstract)
        found += [Quote(without_suspects(source.abstract), 0, len(source.abstract))] * bool(found)
        spans += [(quote, number) for quote in found]
    return spans
