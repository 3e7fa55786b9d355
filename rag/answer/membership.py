"""Whether a paper belongs to a list or a topic: each one judged against every facet of the plan.

A logistic model over what the paper's title and sentences say of the facets, over how it stands
beside the other candidates, and over how near it is to the first ones (pseudo-relevance feedback).
Fitted by `rag-eval fit lists`; the weights are in `rag/weights.json`. Of a list, those that may
belong are read closely, where the embedder has a reader, which has the last word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.answer.closely import Closely, ask
from rag.answer.evidence import Evidence, EvidenceSentence, full_text, held_share, share
from rag.answer.prose import is_question
from rag.answer.reading import CUES
from rag.embed import CachedEmbedder
from rag.linear_model import LinearModel
from rag.text import readable, tokens
from rag.types import Hit, Paper

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MODEL = LinearModel.load("lists")
FITS = MODEL.thresholds["fits"]
DESPITE = MODEL.thresholds["despite"]
NEAR = MODEL.thresholds["near"]
"""Least probabilities with which a paper is listed, with which it is although nothing in it shows
one of the facets, and with which it is named as near."""
JOINED = LinearModel.load("members")
"""How that is joined with what a reader says, with thresholds of its own."""
READ = frozenset({"list", "count"})
"""Kinds of which the candidates are read closely:"""
CLOSELY = 16
"""so many at most,"""
WORTH = 0.03
"""if they belong with this probability at least;"""
SENTENCES = 6
"""and of each the sentences nearest to the question."""
NOT = "not "
"""How a facet begins that a paper must not have."""
HELD = 0.7
"""Share of a facet's rare words with which a paper meets it; or"""
PARTLY, LIKE = 0.35, 0.6
"""this share, with a sentence at least so similar to it; or"""
ALIKE = 0.68
"""a sentence so similar, whatever its words."""
FEEDBACK = 5
"""First papers to which others are likened."""
_NEGATORS = re.compile(
    r"\b(?:without|no|not|non|free|avoid\w*|eliminat\w*|instead|rather|unlike|require[sd]? no|"
    r"obviat\w*|bypass\w*|never|cannot)\b",
    re.IGNORECASE,
)


class Judged(NamedTuple):
    """A candidate and what was found of it."""

    hit: Hit
    probability: float
    """That it meets what was asked."""
    missing: tuple[str, ...]
    """The facets that nothing in it shows."""
    best: EvidenceSentence | None
    """The sentence that shows most of them."""
    fits: bool
    """Whether it is listed."""


def judge(evidence: Evidence, embedder: CachedEmbedder) -> list[Judged]:
    """Every paper retrieved, the likeliest first."""
    judged = judged_alone(evidence, embedder)
    if evidence.query.kind in READ and embedder.reader is not None:
        judged = [*closely(judged, evidence, embedder), *judged[CLOSELY:]]
        judged.sort(key=lambda each: (-each.fits, -each.probability))
    return judged


def judged_alone(evidence: Evidence, embedder: CachedEmbedder) -> list[Judged]:
    """The same without reading any closely."""
    if not evidence.hits:
        return []
    candidates = Candidates(evidence, embedder)
    judged = [
        _judged(hit, MODEL.probability(values), candidates)
        for hit, values in zip(evidence.hits, candidates.features(), strict=True)
    ]
    return sorted(judged, key=lambda each: -each.probability)


def _judged(hit: Hit, probability: float, candidates: Candidates) -> Judged:
    missing = candidates.missing(hit)
    return Judged(hit, probability, missing, candidates.best(hit), fits(probability, missing))


def fits(probability: float, missing: Sequence[str]) -> bool:
    """Whether a paper that was not read closely is listed."""
    enough = DESPITE if missing else FITS
    return probability >= enough and not _excluded(missing)


def _excluded(missing: Sequence[str]) -> bool:
    """Whether a paper speaks of what the question leaves out."""
    return any(facet.startswith(NOT) for facet in missing)


def threshold(embedder: CachedEmbedder) -> float:
    """The least probability with which a paper is said to be about a topic."""
    return JOINED.thresholds["fits"] if embedder.reader is not None else FITS


def closely(judged: Sequence[Judged], evidence: Evidence, embedder: CachedEmbedder) -> list[Judged]:
    """The first candidates, those that may belong judged again by a reader."""
    again = []
    for each in judged[:CLOSELY]:
        values = closely_read(each, evidence, embedder)
        if values is None:
            again.append(each._replace(fits=False))
            continue
        found, probability = values[0], JOINED.probability(values[1])
        listed = probability >= JOINED.thresholds["fits"] and not _excluded(each.missing)
        again.append(each._replace(probability=probability, best=found.sentences[0], fits=listed))
    return again


def closely_read(
    each: Judged, evidence: Evidence, embedder: CachedEmbedder
) -> tuple[Closely, dict[str, float]] | None:
    """What a reader finds in a candidate, and what is joined of it; None if it is not worth it."""
    if each.probability < WORTH:
        return None
    found = ask(evidence.query.text, each.hit.paper, evidence, embedder, most=SENTENCES)
    if found is None:
        return None
    odds = math.log(each.probability / (1 - each.probability))
    return found, {"model": odds, "reader": found.answers, "missing": float(len(each.missing))}


class Candidates:
    """The papers retrieved, side by side."""

    def __init__(self, evidence: Evidence, embedder: CachedEmbedder) -> None:
        import numpy as np

        self.evidence = evidence
        facets = evidence.query.plan.facets or (evidence.query.text,)
        self.wanted = [f for f in facets if not f.startswith(NOT)] or [evidence.query.text]
        self.unwanted = [f.removeprefix(NOT) for f in facets if f.startswith(NOT)]
        self.sentences: dict[str, list[EvidenceSentence]] = {h.paper.id: [] for h in evidence.hits}
        for sentence in evidence.sentences:
            self.sentences[sentence.paper.id].append(sentence)
        # Each text is taken apart once, though every facet is looked for in it.
        self._tokens = {h.paper.id: set(tokens(full_text(h.paper))) for h in evidence.hits}
        self.lines = {
            hit.paper.id: [
                readable(hit.paper.title),
                *(s.text for s in self.sentences[hit.paper.id]),
            ]
            for hit in evidence.hits
        }
        texts = list(dict.fromkeys(line for lines in self.lines.values() for line in lines))
        known = dict(zip(texts, embedder.embed(texts), strict=True))
        asked = embedder.embed_queries([evidence.query.text, *self.wanted])
        self._question, self._facets = asked[0], asked[1:]
        self._lines = {
            key: np.stack([known[line] for line in lines]) for key, lines in self.lines.items()
        }
        self._weights = [
            {token: evidence.query.weights.get(token, 1.0) for token in tokens(facet)}
            for facet in self.wanted
        ]

    def features(self) -> list[dict[str, float]]:
        """What the model sees of each paper, in order of retrieval."""
        import numpy as np

        hits = self.evidence.hits
        score = np.array([hit.score for hit in hits])
        cosine = np.array([float((self._lines[h.paper.id] @ self._question).max()) for h in hits])
        several = np.array([self._several(hit.paper.id) for hit in hits])
        held = np.array([self._held(self._tokens[hit.paper.id]) for hit in hits])
        titled = np.array([self._held(set(tokens(hit.paper.title))) for hit in hits])
        coverage = np.array(
            [held_share(self.evidence.query.weights, self._tokens[hit.paper.id]) for hit in hits]
        )
        mean = held.mean(axis=1)
        columns: dict[str, Array] = {
            "score": score,
            "gap": score - score[0],
            "score_beside": _beside(score),
            "rank": np.minimum(np.arange(len(hits)), 40) / 40,
            "held": mean,
            "least_held": held.min(axis=1),
            "held_beside": mean - mean.max(),
            "all_held": (mean > 0.99).astype(float),
            "titled": titled.mean(axis=1),
            "cosine": cosine,
            "cosine_beside": _beside(cosine),
            "several": several,
            "several_beside": _beside(several),
            "coverage": coverage,
            "coverage_beside": coverage / max(float(coverage.max()), 1e-9),
            "like_first": self._like_first(),
            "against": np.array([float(bool(self._against(hit.paper))) for hit in hits]),
            "missing": np.array([float(len(self.missing(hit))) for hit in hits]),
        }
        return [{name: float(c[row]) for name, c in columns.items()} for row in range(len(hits))]

    def missing(self, hit: Hit) -> tuple[str, ...]:
        """The facets that nothing in a paper shows, and those that it must not have and has."""
        like = (self._lines[hit.paper.id] @ self._facets.T).max(axis=0)
        text = self._tokens[hit.paper.id]
        held = self._held(text)
        lacking = [
            facet
            for facet, share_held, similar in zip(self.wanted, held, like, strict=True)
            if not _met(share_held, float(similar), _numbers(facet) <= text)
        ]
        return (*lacking, *(f"{NOT}{facet}" for facet in self._against(hit.paper)))

    def best(self, hit: Hit) -> EvidenceSentence | None:
        """The sentence that shows most of the facets."""

        def shows(sentence: EvidenceSentence) -> float:
            held = sum(self._held(set(tokens(sentence.text)))) / len(self.wanted)
            own = bool(
                CUES["proposal"].search(sentence.text) or CUES["result"].search(sentence.text)
            )
            background = bool(CUES["background"].search(sentence.text))
            asks = is_question(sentence.text)
            return sentence.cosine + 0.3 * held + 0.1 * own - 0.15 * background - asks

        return max(self.sentences[hit.paper.id], key=shows, default=None)

    def _held(self, held: Collection[str]) -> list[float]:
        """The share of each facet's words that are among these."""
        return [held_share(weights, held) for weights in self._weights]

    def _several(self, paper_id: str) -> float:
        """The mean similarity of the best three sentences to the question."""
        best = sorted((float(x) for x in self._lines[paper_id] @ self._question), reverse=True)[:3]
        return sum(best) / len(best)

    def _like_first(self) -> Array:
        """The similarity of each paper to the mean of the first ones."""
        import numpy as np

        means = np.stack([self._lines[hit.paper.id].mean(axis=0) for hit in self.evidence.hits])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        centre = means[:FEEDBACK].mean(axis=0)
        like: Array = means @ (centre / np.linalg.norm(centre))
        return like

    def _against(self, paper: Paper) -> list[str]:
        """What a paper must not have, and speaks of without saying that it has it not."""
        return [facet for facet in self.unwanted if _affirms(self.lines[paper.id], facet)]


def _met(held: float, similar: float, numbers: bool) -> bool:
    """Whether a facet is met; another number is another condition, however alike the words."""
    if held >= HELD or (held >= PARTLY and similar >= LIKE):
        return numbers or similar >= ALIKE
    return similar >= ALIKE


def _numbers(facet: str) -> set[str]:
    return {token for token in tokens(facet) if token.isdigit()}


def _affirms(lines: Sequence[str], facet: str) -> bool:
    weights = dict.fromkeys(tokens(facet), 1.0)
    holding = [line for line in lines if share(weights, line) > 0.5]
    return bool(holding) and not any(_NEGATORS.search(line) for line in holding)


def _beside(values: Array) -> Array:
    """Each value in standard deviations from the mean of all candidates."""
    centred: Array = (values - values.mean()) / (values.std() + 1e-9)
    return centred
