"""Whether the abstracts answer the question: a calibrated probability, and a reason when not.

A logistic model over a handful of features of the evidence, fitted by `rag-eval fit decision` on
the training part of our questions; the coefficients are in `rag/weights.json`, for anyone to read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rag.answer import reading
from rag.answer.acronyms import asked_about, expansion
from rag.answer.evidence import Evidence, EvidenceSentence, full_text, held_share
from rag.linear_model import LinearModel
from rag.text import mentioned, mentions, tokens
from rag.types import Answers, Kind, Reason

Sentences = Sequence[Mapping[str, float]]
"""The features of the sentences, in their order."""

MODEL = LinearModel.load("decision")
JOINED = LinearModel.load("answerable")
"""How the model and a reader's judgement are joined."""
THRESHOLD = MODEL.thresholds["answer"]
"""Least probability with which a question is answered plainly."""
NEAREST = MODEL.thresholds["nearest"]
"""Least probability with which the nearest sentence is shown, as what it is; below, a refusal."""
NOTHING_NEAR = 0.3
"""A model that reads the abstracts can decline by itself, and is only spared a question to which no
sentence is more similar than this: one of another subject altogether."""
OFF_TOPIC = 0.4
"""A best sentence less similar to the question than this is about another subject."""
ASKED: tuple[Kind, ...] = ("number", "reason", "definition", "method", "yes_no", "fact")


class Decision(NamedTuple):
    """Whether the abstracts answer, how sure that is, and why not."""

    answers: Answers
    """`partly`: no sentence plainly answers, and the nearest is shown as that."""
    probability: float
    reason: Reason | None
    """Why it is refused; None otherwise."""


def decide(evidence: Evidence, *, read: bool = False) -> Decision:
    """Answer, or refuse with a reason; never looks beyond the evidence gathered.

    With `read`, a language model will read the evidence: nothing is refused before it has, but what
    is plainly about something else.
    """
    if not evidence.hits:
        return Decision("no", 0.0, "not_in_corpus" if evidence.withheld else "no_match_for_filter")
    query = evidence.query
    if query.plan.foreign and not read:
        return _foreign(evidence)
    probability = confidence(evidence)
    if read:
        plain = query.english and _nearest(evidence) < NOTHING_NEAR
        off = plain or (query.kind == "out_of_scope" and _nearest(evidence) < OFF_TOPIC)
        return Decision("no" if off else "yes", probability, "off_topic" if off else None)
    if probability >= (SOME if query.kind in ABOUT_PAPERS else THRESHOLD):
        return Decision("yes", probability, None)
    if probability >= NEAREST and query.kind in READABLE:
        return Decision("partly", probability, None)
    return Decision("no", probability, _reason(evidence))


ABOUT_PAPERS = frozenset({"list", "overview"})
"""Kinds in whose answers each paper is judged for itself,"""
SOME = 0.4
"""so that less is asked of all together."""
READABLE = frozenset({"number", "reason", "definition", "method", "yes_no", "fact", "acronym"})
"""Kinds whose answer is a sentence, so that the nearest one says something."""


def confidence(evidence: Evidence) -> float:
    """Probability, from 0 to 1, that the abstracts answer the question."""
    values = joined(evidence)
    odds = values["model"] if "reader" not in values else JOINED.score(values)
    return 1 / (1 + math.exp(-odds))


def joined(evidence: Evidence) -> dict[str, float]:
    """The log-odds of the model, and of a reader that has read the paper of the first sentence."""
    sentences = reading.features(evidence)
    odds = {"model": MODEL.score(features(evidence, sentences))}
    judgement = evidence.judgement
    if judgement is not None and reading.of_subject(_first(evidence, sentences), evidence):
        odds["reader"] = judgement.answers
    return odds


def _first(evidence: Evidence, sentences: Sentences) -> EvidenceSentence:
    """The sentence that is the likeliest to answer."""
    scores = reading.relevance(evidence, sentences)
    return evidence.sentences[max(range(len(scores)), key=lambda at: scores[at])]


def features(evidence: Evidence, sentences: Sentences | None = None) -> dict[str, float]:
    """What the model sees; `sentences` are their features, where they are known."""
    if not evidence.sentences:
        return dict.fromkeys(MODEL.weights, 0.0)
    values = _retrieved(evidence) | _read(evidence, sentences or reading.features(evidence))
    return {name: float(value) for name, value in values.items()}


def _retrieved(evidence: Evidence) -> dict[str, float]:
    """How the papers stand to the question."""
    query = evidence.query
    scores = [hit.score for hit in evidence.hits[:5]]
    rest = scores[1:] or [0.0]
    cosines = sorted((s.cosine for s in evidence.sentences), reverse=True)
    known = evidence.known
    return {
        "cosine": sum(cosines[:3]) / 3,
        "dissimilar": max(0.0, 0.5 - cosines[0]),
        "gap": scores[0] - rest[0],
        "lead": scores[0] - sum(rest) / len(rest),
        "coverage": evidence.coverage,
        "name_unknown": _unknown(query.names, evidence),
        "proper_unknown": _unknown(query.proper, evidence),
        "name_known": any(mentions(full_text(evidence.hits[0].paper), n) for n in query.names),
        "left_over": evidence.named * evidence.left_over,
        "asks_bibliography": known and query.bibliographic,
        "asks_detail": known and query.detail,
        "several": query.kind in ("list", "comparison", "overview"),
        "out_of_scope": query.likely("out_of_scope"),
        "lookup": query.likely("lookup"),
    }


def _read(evidence: Evidence, values: Sentences) -> dict[str, float]:
    """How the likeliest sentences bear on the question."""
    query = evidence.query
    scores = [reading.MODEL.score(each) for each in values]
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    top, first = values[order[0]], evidence.sentences[order[0]]
    own = [at for at, s in enumerate(evidence.sentences) if s.paper.id == first.paper.id]
    held = set(tokens(full_text(first.paper)))
    missing = [token for token in query.weights if token not in held]
    near = " ".join(evidence.sentences[at].text for at in order[:2])
    cause = any(reading.CUES["cause"].search(evidence.sentences[at].text) for at in order[:3])
    short = asked_about(evidence)
    written = any(expansion(short, full_text(hit.paper)) for hit in evidence.hits) if short else 0
    return {
        "top": scores[order[0]],
        "first_cosine": top["cosine"],
        "first_overlap": top["overlap"],
        "best_overlap": max(values[at]["overlap"] for at in own),
        "missing": held_share(query.weights, missing),
        "missing_count": len(missing) / max(1, len(query.weights)),
        "number_absent": query.likely("number") * (not any(map(str.isdigit, near))),
        "counted_absent": query.likely("number")
        * (reading.asks_count(query) and not any(values[at]["counted"] for at in own)),
        "cause_absent": query.likely("reason") * (not cause),
        "cause": query.likely("reason") * cause,
        "expansion": query.likely("acronym") * written,
        "expansion_absent": query.likely("acronym") * (not written),
        "length": math.log(len(query.question.split())),
        **{f"asks_{kind}": query.likely(kind) for kind in ASKED},
        **{f"known_{kind}": evidence.known * query.likely(kind) for kind in ASKED},
    }


def _foreign(evidence: Evidence) -> Decision:
    """Without a model, only names tell what a question in another language is about."""
    query = evidence.query
    names = (*query.names, *query.proper)
    short = asked_about(evidence) if query.kind == "acronym" else ""
    if short and any(expansion(short, full_text(hit.paper)) for hit in evidence.hits):
        return Decision("yes", 0.9, None)
    if any(mentions(full_text(hit.paper), name) for hit in evidence.hits[:1] for name in names):
        return Decision("partly", 0.5, None)
    return Decision("no", 0.0, "not_in_corpus" if names else "language")


def _reason(evidence: Evidence) -> Reason:
    if evidence.query.kind == "out_of_scope":
        return "off_topic"
    if evidence.known:
        return "not_stated"
    if _nearest(evidence) < OFF_TOPIC and not evidence.query.names:
        return "off_topic"
    return "not_in_corpus"


def _nearest(evidence: Evidence) -> float:
    """Similarity to the question of the sentence that is most similar."""
    return max((sentence.cosine for sentence in evidence.sentences), default=0.0)


def _unknown(names: Sequence[str], evidence: Evidence) -> bool:
    """Whether one of the names is in none of the papers retrieved."""
    texts = [full_text(hit.paper) for hit in evidence.hits[:8]]
    return any(not mentioned(texts, name) for name in names)
