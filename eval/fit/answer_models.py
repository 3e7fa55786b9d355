"""Fit the two small models of the assistant to the training part of our questions.

`python -m eval.fit.answer_models decide` prints the coefficients of `rag/answer/decision.py`, `python -m eval.fit.answer_models extract`
those of `rag/answer/extract.py`, each with how well they do on both parts. Paste what is printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence

import numpy as np

from eval.cases import Case, facts_found, load
from eval.fit.logistic import Array, Fit, auc, fit
from rag import Assistant
from rag.answer import Evidence, extract, gather
from rag.answer import decision as decide
from rag.retrieve import make_query, standalone

ABSENT = 1 / 8
"""How much an answerable question counts when asked without the papers that answer it. With more
the probability orders other corpora's questions better, and ours worse; docs/answers.md."""
PENALTY = 5.0
PRECISION = 0.9
"""The refusal threshold is the highest at which this share of refusals is right."""


def evidence_for(
    assistant: Assistant, question: str, query: str, absent: Collection[str] = ()
) -> Evidence:
    """What the assistant would look at, if its library had none of the papers `absent`."""
    k = assistant.settings.k
    asked = make_query(question, assistant.vocabulary(), standalone=query)
    hits = assistant.retriever.search(asked, k=k + len(absent))
    remaining = [hit for hit in hits if hit.paper.id not in absent][:k]
    return gather(asked, remaining, assistant.sentences)


def gather_all(
    assistant: Assistant, cases: Sequence[Case], *, without_relevant: bool = False
) -> list[Evidence]:
    """The evidence for each question; of papers that do not answer it, with `without_relevant`."""
    return [
        evidence_for(
            assistant,
            case.question,
            standalone(case.question, case.history),
            case.relevant if without_relevant else (),
        )
        for case in cases
    ]


def fit_decide(
    cases: Sequence[Case], evidence: Sequence[Evidence], absent: Sequence[Evidence]
) -> None:
    """`absent` is what the answerable training questions find where no paper answers them."""
    features = np.array([decide.features(one) for one in evidence])
    labels = np.array([float(case.answerable) for case in cases])
    train = np.array([case.split == "train" for case in cases])
    without = np.array([decide.features(one) for one in absent])
    model = fit(
        np.vstack([features[train], without]),
        np.concatenate([labels[train], np.zeros(len(without))]),
        counts=np.concatenate([np.ones(train.sum()), np.full(len(without), ABSENT)]),
        penalty=PENALTY,
    )
    _print_model(decide.FEATURES, model)
    probability = model.probability(features)
    for part, mask in (("train", train), ("test", ~train)):
        print(f"{part}: AUC {auc(probability[mask], labels[mask]):.3f}")
        for wanted in (0.95, PRECISION, 0.8, 0.7):
            bound, recall = _threshold(probability[mask], labels[mask], wanted)
            print(f"  refusals: recall {recall:.2f} at precision {wanted} (below {bound:.2f})")


def _threshold(probability: Array, labels: Array, precision: float) -> tuple[float, float]:
    """The threshold with the best refusal recall at this precision, and that recall."""
    best = (0.0, 0.0)
    for bound in np.unique(probability):
        refused = probability <= bound
        right = (refused & (labels == 0)).sum()
        if right / refused.sum() >= precision:
            best = max(best, (float(bound), float(right / (labels == 0).sum())), key=lambda b: b[1])
    return best


def fit_extract(cases: Sequence[Case], evidence: Sequence[Evidence]) -> None:
    rows: list[list[float]] = []
    labels: list[float] = []
    train: list[bool] = []
    for case, one in zip(cases, evidence, strict=True):
        if not case.answerable or one.question.kind == "list":
            continue
        for line in one.lines:
            rows.append(extract.features(line, one))
            holds = line.paper.id in case.relevant and facts_found(case, line.text) > 0
            labels.append(float(holds))
            train.append(case.split == "train")
    features, target, mask = np.array(rows), np.array(labels), np.array(train)
    model = fit(features[mask], target[mask])
    _print_model(extract.FEATURES, model)
    for part, some in (("train", mask), ("test", ~mask)):
        print(f"{part}: AUC {auc(model.probability(features[some]), target[some]):.3f}")


def _print_model(names: Sequence[str], model: Fit) -> None:
    print(f"INTERCEPT = {model.intercept:.3f}")
    for name, weight in zip(names, model.weights, strict=True):
        print(f'    "{name}": {weight:.3f},')


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=("decide", "extract"))
    chosen = parser.parse_args(arguments).model
    with Assistant() as assistant:
        cases = load(assistant.library)
        evidence = gather_all(assistant, cases)
        known = [case for case in cases if case.answerable and case.split == "train"]
        absent = gather_all(assistant, known, without_relevant=True) if chosen == "decide" else []
    if chosen == "decide":
        fit_decide(cases, evidence, absent)
    else:
        fit_extract(cases, evidence)


if __name__ == "__main__":
    main()
