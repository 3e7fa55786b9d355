"""How a reader's judgement is joined with the linear models: two weights each, fitted after it.

`rag-eval fit answerable` is whether an abstract answers a question, on papers that the reader was
not trained on; `members` whether a paper belongs to a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.cases import Case
from eval.fit.answer_models import DATA, LISTS, Asked, asked, evidence_for, labelled
from eval.fit.labels import kept_back
from eval.fit.refit import HELD_OUT, TRAIN, Refit, areas
from eval.fit.regression import fit_logistic
from rag import Assistant
from rag.answer import closely_read, decision, judged_alone, membership


class _Row(NamedTuple):
    values: Mapping[str, float]
    right: bool
    train: bool


def refit_answerable(assistant: Assistant, cases: Sequence[Case]) -> Refit:
    """Whether an abstract answers, from the linear model's odds and the reader's."""
    rows = list(_answerable(assistant, cases))
    return _refit("answerable", rows, DATA, "the linear model alone")


def _answerable(assistant: Assistant, cases: Sequence[Case]) -> Iterator[_Row]:
    own: list[Asked] = [*asked(assistant, cases, without=False)]
    own += labelled(assistant, every=1, only=kept_back)
    for each in own:
        values = decision.joined(each.evidence)
        if "reader" in values:
            yield _Row(values, each.answerable, each.train)


def refit_members(shelves: Sequence[tuple[Assistant, Sequence[Case]]]) -> Refit:
    """Whether a paper belongs to a list, from the linear model's odds and the reader's."""
    rows = [row for shelf in shelves for row in _members(*shelf)]
    return _refit("members", rows, LISTS, "the linear model alone")


def _members(assistant: Assistant, cases: Sequence[Case]) -> Iterator[_Row]:
    for case in cases:
        if case.kind != "list" or not case.relevant or case.history or case.language != "en":
            continue
        evidence = evidence_for(assistant, case.question, kind="list")
        for each in judged_alone(evidence, assistant.sentences):
            read = closely_read(each, evidence, assistant.sentences)
            if read is not None:
                right = each.hit.paper.id in case.relevant
                yield _Row(read[1], right, case.split == TRAIN)


def _refit(task: str, rows: Sequence[_Row], data: Mapping[str, Path], rival: str) -> Refit:
    truth = np.array([row.right for row in rows])
    train = np.array([row.train for row in rows])
    values = [row.values for row in rows]
    chosen = [row.values for row in rows if row.train]
    model = fit_logistic(chosen, truth[train].astype(float))
    used = {"answerable": decision.JOINED, "members": membership.JOINED}[task]
    return Refit(
        task, {"": model}, 3, data, {TRAIN: int(train.sum()), HELD_OUT: int((~train).sum())},
        auc=areas([model.score(row) for row in values], truth, train),
        auc_in_use=areas([used.score(row) for row in values], truth, train),
        rival=rival,
        rival_auc=areas([row["model"] for row in values], truth, train),
    )  # fmt: skip
