"""Fit the two small models of the assistant to the training part of our questions.

`python -m eval.fit decide` prints the coefficients of `rag/decide.py`, `python -m eval.fit extract`
those of `rag/extract.py`, each with how well they do on both parts. Paste what is printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from eval.cases import Case, facts_found, load
from eval.logistic import Array, Fit, auc, fit
from rag import Assistant, decide, extract
from rag.evidence import Evidence, gather
from rag.followup import standalone
from rag.question import analyse

PRECISION = 0.9
"""The refusal threshold is the highest at which this share of refusals is right."""


def gather_all(assistant: Assistant, cases: Sequence[Case]) -> list[Evidence]:
    """The evidence that the assistant would look at for each question."""
    found = []
    for case in cases:
        query = standalone(case.question, case.history)
        hits = assistant.search(query, k=assistant.settings.k)
        asked = analyse(case.question, query)
        found.append(gather(asked, hits, assistant.embedder, assistant.retriever.idf))
    return found


def fit_decide(cases: Sequence[Case], evidence: Sequence[Evidence]) -> None:
    features = np.array([decide.features(one) for one in evidence])
    labels = np.array([float(case.answerable) for case in cases])
    train = np.array([case.split == "train" for case in cases])
    model = fit(features[train], labels[train])
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
    (fit_decide if chosen == "decide" else fit_extract)(cases, evidence)


if __name__ == "__main__":
    main()
