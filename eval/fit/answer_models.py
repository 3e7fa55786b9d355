"""The two models of the assistant, fitted on the training part of our questions.

`rag-eval fit decision` is whether to answer, `rag-eval fit extraction` which sentences.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from eval.cases import QUESTIONS, Case, facts_found
from eval.fit.refit import HELD_OUT, TRAIN, Refit, areas
from eval.fit.regression import Array, Flags, fit_logistic
from rag import Assistant
from rag.answer import Evidence, decision, extract, gather
from rag.plan import standalone
from rag.retrieve import make_query

ABSENT = 1 / 8
"""How much an answerable question counts when asked without the papers that answer it. With more
the probability orders other corpora's questions better, and ours worse; docs/answers.md."""
PENALTY = 5.0
PRECISIONS = (0.95, 0.9, 0.8, 0.7)
"""Shares of refusals that are right, for which the threshold is told; 0.9 is the one in use."""
DATA = {"eval/data/questions.jsonl": QUESTIONS}


def evidence_for(
    assistant: Assistant, question: str, query: str, absent: Collection[str] = ()
) -> Evidence:
    """What the assistant would look at, if its library had none of the papers `absent`."""
    k = assistant.settings.k
    analysed = make_query(question, assistant.vocabulary(), standalone=query)
    hits = assistant.retriever.search(analysed, k=k + len(absent))
    present = [hit for hit in hits if hit.paper.id not in absent][:k]
    return gather(analysed, present, assistant.sentences)


def evidence_of(assistant: Assistant, case: Case, *, without_relevant: bool = False) -> Evidence:
    """The evidence for a case; with `without_relevant` of papers that do not answer it."""
    query = standalone(case.question, case.history)
    absent = case.relevant if without_relevant else ()
    return evidence_for(assistant, case.question, query, absent)


def refit_decision(assistant: Assistant, cases: Sequence[Case]) -> Refit:
    """Whether the abstracts answer a question.

    Each answerable training question is fitted on twice: as it is, and for an eighth without the
    papers that answer it, since our unanswerable ones are all near misses.
    """
    evidence = [evidence_of(assistant, case) for case in cases]
    rows = [_decision_row(papers) for papers in evidence]
    labels = np.array([case.answerable for case in cases])
    train = np.array([case.split == "train" for case in cases])
    without = [
        _decision_row(evidence_of(assistant, case, without_relevant=True))
        for case in cases
        if case.answerable and case.split == "train"
    ]
    model = fit_logistic(
        [*(row for row, t in zip(rows, train, strict=True) if t), *without],
        np.concatenate([labels[train].astype(float), np.zeros(len(without))]),
        counts=np.concatenate([np.ones(train.sum()), np.full(len(without), ABSENT)]),
        penalty=PENALTY,
    )
    fitted = np.array([model.probability(row) for row in rows])
    return Refit(
        "decision", {"": model}, 3, DATA, _counts(train),
        auc=areas(fitted, labels, train),
        auc_in_use=areas([decision.MODEL.score(row) for row in rows], labels, train),
        rival="score of the first paper",
        rival_auc=areas([papers.hits[0].score for papers in evidence], labels, train),
        notes=[
            f"{part}: refusals below {bound:.2f} have recall {recall:.2f} at precision {precision}"
            for part, mask in ((TRAIN, train), (HELD_OUT, ~train))
            for precision in PRECISIONS
            for bound, recall in [threshold(fitted[mask], labels[mask], precision)]
        ],
    )  # fmt: skip


def refit_extraction(assistant: Assistant, cases: Sequence[Case]) -> Refit:
    """Whether a sentence holds what was asked: it states a fact, in a relevant paper."""
    rows: list[Mapping[str, float]] = []
    labels: list[bool] = []
    train: list[bool] = []
    for case in cases:
        if not case.answerable:
            continue
        evidence = evidence_of(assistant, case)
        if evidence.query.kind == "list":
            continue
        for sentence in evidence.sentences:
            values = extract.features(sentence, evidence)
            rows.append(dict(zip(extract.FEATURES, values, strict=True)))
            stated = bool(case.facts) and facts_found(case, sentence.text) > 0
            labels.append(sentence.paper.id in case.relevant and stated)
            train.append(case.split == "train")
    truth, mask = np.array(labels), np.array(train)
    model = fit_logistic(
        [row for row, t in zip(rows, train, strict=True) if t], truth[mask].astype(float)
    )
    return Refit(
        "extraction", {"": model}, 3, DATA, _counts(mask),
        auc=areas([model.score(row) for row in rows], truth, mask),
        auc_in_use=areas([extract.MODEL.score(row) for row in rows], truth, mask),
        rival="similarity to the question",
        rival_auc=areas([row["cosine"] for row in rows], truth, mask),
    )  # fmt: skip


def threshold(probability: Array, labels: Flags, precision: float) -> tuple[float, float]:
    """The threshold with the best refusal recall at this precision, and that recall."""
    best = (0.0, 0.0)
    for bound in np.unique(probability):
        refused = probability <= bound
        right = (refused & (labels == 0)).sum()
        if right / refused.sum() >= precision:
            recall = float(right / (labels == 0).sum())
            best = max(best, (float(bound), recall), key=lambda pair: pair[1])
    return best


def _decision_row(evidence: Evidence) -> dict[str, float]:
    return dict(zip(decision.FEATURES, decision.features(evidence), strict=True))


def _counts(train: Flags) -> dict[str, int]:
    return {TRAIN: int(train.sum()), HELD_OUT: int((~train).sum())}
