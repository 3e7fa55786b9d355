"""The models of the assistant, fitted on the training part of our questions.

`rag-eval fit extraction` is which sentence answers, `decision` whether one does, `lists` which papers
belong to a list. Papers are split: none that a training question is about has a held-out one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.cases import OURS, Case, facts_found
from eval.fit.refit import HELD_OUT, TRAIN, Refit, areas
from eval.fit.regression import Array, Flags, fit_conditional, fit_logistic
from rag import Assistant
from rag.answer import Candidates, Evidence, decision, gather, membership, reading
from rag.plan import make_plan, searched, standalone, with_kind
from rag.retrieve import MANY, make_query
from rag.types import Kind, Turn

SENTENCES = OURS[0].parent / "sentences.jsonl"
DATA = {f"eval/data/{path.name}": path for path in (*OURS, SENTENCES)}
SECOND, ALSO = 0.7, 0.15
"""How much a sentence is the right one that answers as well, or only completes the answer."""
ANSWERED, UNANSWERED, ABSENT = 0.35, 0.6, 0.15
"""How much a question of the labelled sentences counts in the decision, and an answerable one
without the papers that answer it; others count 1. There are many of the former, and they are easier
to answer than what users ask."""
PENALTY = 33.0
NOT_READ = frozenset({"list", "overview", "count", "lookup", "chat"})
"""Kinds that are not answered by one sentence."""
UNANSWERABLE = frozenset({"not_stated", "not_in_corpus", "off_topic"})


class Asked(NamedTuple):
    """A question with the evidence for it, and what is known of its answer."""

    evidence: Evidence
    right: Array
    """How much each sentence is the answer."""
    answerable: bool
    train: bool
    weight: float


def evidence_for(
    assistant: Assistant,
    question: str,
    history: Sequence[Turn] = (),
    *,
    absent: Collection[str] = (),
    kind: Kind | None = None,
) -> Evidence:
    """What the assistant would look at, if its library had none of the papers `absent`."""
    plan = make_plan(
        question, standalone=standalone(question, history), wanted=searched(question, history),
        embedder=assistant.sentences,
    )  # fmt: skip
    if kind is not None:
        plan = with_kind(plan, kind)
    k = MANY if plan.kind in ("list", "overview") else assistant.settings.k
    query = make_query(question, assistant.vocabulary(), standalone=plan.query, plan=plan)
    hits = assistant.retriever.search(query, k=k + len(absent))
    return gather(query, [h for h in hits if h.paper.id not in absent][:k], assistant.sentences)


def asked(assistant: Assistant, cases: Sequence[Case]) -> Iterator[Asked]:
    """The questions that one sentence answers, as they are and without their papers."""
    for case in cases:
        if case.kind in NOT_READ or case.language != "en":
            continue
        train = case.split == TRAIN
        evidence = evidence_for(assistant, case.question, case.history)
        right = np.array(
            [
                facts_found(case, s.text) if case.facts and s.paper.id in case.relevant else 0.0
                for s in evidence.sentences
            ]
        )
        answerable = bool(case.relevant) and case.why not in UNANSWERABLE
        yield Asked(evidence, right if answerable else right * 0, answerable, train, 1.0)
        if train and answerable:
            without = evidence_for(assistant, case.question, case.history, absent=case.relevant)
            yield Asked(without, np.zeros(len(without.sentences)), False, True, ABSENT)


def labelled(assistant: Assistant, path: Path = SENTENCES) -> Iterator[Asked]:
    """The questions whose answering sentence is known; all are of training papers."""
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        evidence = evidence_for(assistant, row["question"])
        right = np.array(
            [
                _share(row, s.place) if s.paper.id == row["paper"] else 0.0
                for s in evidence.sentences
            ]
        )
        best = bool(row["best"])
        yield Asked(evidence, right, best, True, ANSWERED if best else UNANSWERED)


def _share(row: Mapping[str, list[int]], place: int) -> float:
    if place in row["best"]:
        return 1.0 if place == row["best"][0] else SECOND
    return ALSO if place in row["also"] else 0.0


def refit_extraction(assistant: Assistant, cases: Sequence[Case]) -> Refit:
    """Which sentence answers: a conditional logit over those of the first papers."""
    questions = [q for q in (*asked(assistant, cases), *labelled(assistant)) if q.right.any()]
    rows = [reading.features(q.evidence) for q in questions]
    train = np.array([q.train for q in questions])
    model = fit_conditional([(r, q.right) for r, q in zip(rows, questions, strict=True) if q.train])
    truth = np.array([right > 0 for q in questions for right in q.right])
    mask = np.array([q.train for q in questions for _ in q.right])
    flat = [row for group in rows for row in group]
    return Refit(
        "extraction", {"": model}, 3, DATA, _counts(train),
        auc=areas([model.score(row) for row in flat], truth, mask),
        auc_in_use=areas([reading.MODEL.score(row) for row in flat], truth, mask),
        rival="similarity to the question",
        rival_auc=areas([row["cosine"] for row in flat], truth, mask),
        notes=[
            f"{part}: the first sentence is a right one for {first:.3f} of the questions"
            for part, chosen in ((TRAIN, train), (HELD_OUT, ~train))
            for first in [_first_right(model.score, rows, questions, chosen)]
        ],
    )  # fmt: skip


def _first_right(score, rows, questions, chosen) -> float:  # type: ignore[no-untyped-def]
    hits = [
        q.right[int(np.argmax([score(row) for row in group]))] > 0
        for group, q, counts in zip(rows, questions, chosen, strict=True)
        if counts
    ]
    return float(np.mean(hits))


def refit_decision(assistant: Assistant, cases: Sequence[Case]) -> Refit:
    """Whether the abstracts answer a question; fitted after the choice of sentences."""
    questions = [
        q for q in (*asked(assistant, cases), *labelled(assistant)) if q.evidence.sentences
    ]
    rows = [decision.features(q.evidence) for q in questions]
    labels = np.array([q.answerable for q in questions])
    train = np.array([q.train for q in questions])
    model = fit_logistic(
        [row for row, t in zip(rows, train, strict=True) if t],
        labels[train].astype(float),
        counts=np.array([q.weight for q in questions if q.train]),
        penalty=PENALTY,
    )
    fitted = np.array([model.probability(row) for row in rows])
    return Refit(
        "decision", {"": model}, 3, DATA, _counts(train),
        auc=areas(fitted, labels, train),
        auc_in_use=areas([decision.MODEL.score(row) for row in rows], labels, train),
        rival="similarity to the question",
        rival_auc=areas([row["cosine"] for row in rows], labels, train),
        notes=[
            f"{part}: below {bound:.2f} there are {right:.0%} of the unanswerable and "
            f"{wrong:.1%} of the answerable questions"
            for part, mask in ((TRAIN, train), (HELD_OUT, ~train))
            for bound in (0.2, 0.3, 0.4, 0.5, 0.6)
            for right in [float((fitted[mask & ~labels] < bound).mean())]
            for wrong in [float((fitted[mask & labels] < bound).mean())]
        ],
    )  # fmt: skip


def refit_lists(assistant: Assistant, cases: Sequence[Case]) -> Refit:
    """Which papers belong to a list or a topic."""
    rows: list[Mapping[str, float]] = []
    labels: list[bool] = []
    train: list[bool] = []
    for case in cases:
        if case.kind not in ("list", "overview") or not case.relevant or case.history:
            continue
        kind: Kind = "list" if case.kind == "list" else "overview"
        evidence = evidence_for(assistant, case.question, kind=kind)
        rows += Candidates(evidence, assistant.sentences).features()
        labels += [hit.paper.id in case.relevant for hit in evidence.hits]
        train += [case.split == TRAIN] * len(evidence.hits)
    truth, mask = np.array(labels), np.array(train)
    model = fit_logistic(
        [row for row, t in zip(rows, train, strict=True) if t],
        truth[mask].astype(float), penalty=10.0,
    )  # fmt: skip
    return Refit(
        "lists", {"": model}, 3, DATA, _counts(mask),
        auc=areas([model.score(row) for row in rows], truth, mask),
        auc_in_use=areas([membership.MODEL.score(row) for row in rows], truth, mask),
        rival="score of the paper",
        rival_auc=areas([row["score"] for row in rows], truth, mask),
    )  # fmt: skip


def _counts(train: Flags) -> dict[str, int]:
    return {TRAIN: int(train.sum()), HELD_OUT: int((~train).sum())}
