"""The models of the assistant, fitted on the training part of our questions.

`rag-eval fit extraction` is which sentence answers, `decision` whether one does, `lists` which
papers belong to a list. Papers are split: none that a training question is about has a held-out
one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.cases import OURS, QUESTIONS, Case, facts_found
from eval.fit.labels import ALSO, SECOND
from eval.fit.refit import HELD_OUT, TRAIN, Refit, areas
from eval.fit.regression import Array, Flags, Rows, fit_conditional, fit_logistic
from rag import Assistant
from rag.answer import Candidates, Evidence, decision, gather, membership, reading
from rag.linear_model import LinearModel
from rag.plan import apart, make_plan, searched, standalone, with_conditions, with_kind
from rag.retrieve import MANY, make_query
from rag.types import Kind, Turn

_DATA = QUESTIONS.parent
SENTENCES = _DATA / "sentences.jsonl"
ECOMED = _DATA / "ecomed"
"""A library with questions of its own, among them lists."""
DATA = {f"eval/data/{path.name}": path for path in (*OURS, SENTENCES)}
LISTS = {f"eval/data/{path.name}": path for path in OURS} | {
    f"eval/data/ecomed/{name}": ECOMED / name for name in ("papers.jsonl", "questions.jsonl")
}
"""What the models are fitted on, by the names that are written down."""
ANSWERED, UNANSWERED, ABSENT = 0.35, 0.6, 0.15
"""How much a question of the labelled sentences counts in the decision, and an answerable one
without the papers that answer it; others count 1. There are many of the former, and they are easier
to answer than what users ask."""
EVERY = 3
"""Of the labelled questions so many make one that is fitted on; more of them change nothing."""
PENALTY = 33.0
NOT_READ = frozenset({"list", "overview", "count", "lookup", "chat"})
"""Kinds that are not answered by one sentence."""
ABOUT_MANY = frozenset({"list", "overview"})
COMPARISONS = frozenset({"compare", "comparison"})
BOUNDS = (0.2, 0.3, 0.4, 0.5, 0.6)
"""Thresholds of which it is told what they would part."""
UNANSWERABLE = frozenset({"not_stated", "not_in_corpus", "off_topic"})


class Asked(NamedTuple):
    """A question with the evidence for it, and what is known of its answer."""

    evidence: Evidence
    right: Array
    """How much each sentence is the answer."""
    answerable: bool
    train: bool
    weight: float = 1.0


def evidence_for(
    assistant: Assistant,
    question: str,
    history: Sequence[Turn] = (),
    *,
    absent: Collection[str] = (),
    kind: Kind | None = None,
) -> Evidence:
    """What the assistant would look at, if its library had none of the papers `absent`.

    With a `kind`, as if the question were of that kind.
    """
    embedder = assistant.sentences
    history = () if apart(question, embedder) else history
    plan = make_plan(
        question, standalone=standalone(question, history), wanted=searched(question, history),
        embedder=embedder,
    )  # fmt: skip
    if kind is not None:
        plan = with_kind(plan, kind)
    plan = with_conditions(plan, assistant.pipeline.catalogue())
    query = make_query(
        question, assistant.vocabulary(), standalone=plan.query, filters=plan.filters or None,
        plan=plan,
    )  # fmt: skip
    k = MANY if plan.kind in ABOUT_MANY else assistant.settings.k
    hits = assistant.retriever.search(query, k=k + len(absent))
    return gather(query, [h for h in hits if h.paper.id not in absent][:k], embedder)


def asked(assistant: Assistant, cases: Sequence[Case], *, without: bool) -> Iterator[Asked]:
    """The questions that one sentence answers; `without` their papers, too, when fitted on."""
    for case in cases:
        if case.kind in NOT_READ or case.language != "en":
            continue
        train = case.split == TRAIN
        answerable = bool(case.relevant) and case.why not in UNANSWERABLE
        evidence = evidence_for(assistant, case.question, case.history)
        if not evidence.sentences:
            continue
        known = answerable and bool(case.facts)
        right = [
            facts_found(case, s.text) if known and s.paper.id in case.relevant else 0.0
            for s in evidence.sentences
        ]
        yield Asked(evidence, np.array(right), answerable, train)
        if without and train and answerable and not case.why and case.kind not in COMPARISONS:
            rest = evidence_for(assistant, case.question, case.history, absent=case.relevant)
            if rest.sentences:
                yield Asked(rest, np.zeros(len(rest.sentences)), False, True, ABSENT)


def labelled(
    assistant: Assistant,
    path: Path = SENTENCES,
    *,
    every: int | None = None,
    only: Callable[[str], bool] = lambda _: True,
) -> Iterator[Asked]:
    """The questions whose answering sentence is known, on `only` some papers; all of training."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row in (row for row in rows[:: every or EVERY] if only(row["paper"])):
        evidence = evidence_for(assistant, row["question"])
        if not evidence.sentences:
            continue
        right = [
            _share(row, s.place) if s.paper.id == row["paper"] else 0.0 for s in evidence.sentences
        ]
        best = bool(row["best"])
        yield Asked(evidence, np.array(right), best, True, ANSWERED if best else UNANSWERED)


def _share(row: Mapping[str, list[int]], place: int) -> float:
    if place in row["best"]:
        return 1.0 if place == row["best"][0] else SECOND
    return ALSO if place in row["also"] else 0.0


def refit_extraction(assistant: Assistant, cases: Sequence[Case]) -> Refit:
    """Which sentence answers: a conditional logit over those of the first papers."""
    everything = [*asked(assistant, cases, without=False), *labelled(assistant)]
    questions = [q for q in everything if q.right.any()]
    groups = [reading.features(q.evidence) for q in questions]
    train = np.array([q.train for q in questions])
    model = fit_conditional(
        [(group, q.right) for group, q in zip(groups, questions, strict=True) if q.train]
    )
    rows = [row for group in groups for row in group]
    truth = np.array([share > ALSO for q in questions for share in q.right])
    mask = np.array([q.train for q in questions for _ in q.right])
    return Refit(
        "extraction", {"": model}, 3, DATA, _counts(train),
        auc=areas([model.score(row) for row in rows], truth, mask),
        auc_in_use=_in_use(reading.MODEL, rows, truth, mask),
        rival="similarity to the question",
        rival_auc=areas([row["cosine"] for row in rows], truth, mask),
        notes=[*_firsts(model, groups, questions, "refitted"),
               *_firsts(reading.MODEL, groups, questions, "in use")],
    )  # fmt: skip


def _firsts(
    model: LinearModel, groups: Sequence[Rows], questions: Sequence[Asked], name: str
) -> Iterator[str]:
    """How often the likeliest sentence is a right one, by part."""
    if not _fits(model, groups[0]):
        return
    first = np.array(
        [
            q.right[int(np.argmax([model.score(row) for row in group]))] > ALSO
            for group, q in zip(groups, questions, strict=True)
        ]
    )
    train = np.array([q.train for q in questions])
    ours = np.array([q.weight == 1.0 for q in questions])
    parts = {f"{TRAIN}, labelled": train & ~ours, f"{TRAIN}, ours": train & ours, HELD_OUT: ~train}
    for part, chosen in parts.items():
        if chosen.any():
            right = f"{first[chosen].mean():.3f}"
            yield f"{name}, {part}: of {chosen.sum()} first sentences {right} are right ones"


def refit_decision(assistant: Assistant, cases: Sequence[Case]) -> Refit:
    """Whether the abstracts answer a question; to be fitted after the choice of sentences."""
    questions = [*asked(assistant, cases, without=True), *labelled(assistant)]
    rows = [decision.features(q.evidence) for q in questions]
    labels = np.array([q.answerable for q in questions])
    train = np.array([q.train for q in questions])
    model = fit_logistic(
        _chosen(rows, train), labels[train].astype(float), penalty=PENALTY,
        counts=np.array([q.weight for q in questions if q.train]),
    )  # fmt: skip
    return Refit(
        "decision", {"": model}, 3, DATA, _counts(train),
        auc=areas([model.score(row) for row in rows], labels, train),
        auc_in_use=_in_use(decision.MODEL, rows, labels, train),
        rival="similarity to the question",
        rival_auc=areas([row["cosine"] for row in rows], labels, train),
        notes=[*_below(np.array([model.probability(row) for row in rows]), labels, train)],
    )  # fmt: skip


def _below(likely: Array, labels: Flags, train: Flags) -> Iterator[str]:
    """What a threshold would part, by part."""
    for part, mask in ((TRAIN, train), (HELD_OUT, ~train)):
        for bound in BOUNDS:
            right = (likely[mask & ~labels] < bound).mean()
            wrong = (likely[mask & labels] < bound).mean()
            yield (
                f"{part}: below {bound:.2f} there are {right:.1%} of the unanswerable and "
                f"{wrong:.1%} of the answerable questions"
            )


class Listed(NamedTuple):
    """A paper that was found for a list or a topic, and whether it belongs there."""

    features: Mapping[str, float]
    belongs: bool
    train: bool


def listed(assistant: Assistant, cases: Sequence[Case]) -> Iterator[Listed]:
    """The papers found for lists and topics whose papers are known."""
    for case in cases:
        if case.kind not in ABOUT_MANY or not case.relevant or case.history:
            continue
        kind: Kind = "list" if case.kind == "list" else "overview"
        evidence = evidence_for(assistant, case.question, kind=kind)
        if evidence.hits:
            candidates = Candidates(evidence, assistant.sentences)
            for hit, row in zip(evidence.hits, candidates.features(), strict=True):
                yield Listed(row, hit.paper.id in case.relevant, case.split == TRAIN)


def refit_lists(shelves: Sequence[tuple[Assistant, Sequence[Case]]]) -> Refit:
    """Which papers belong to a list or a topic; from several libraries with questions on each."""
    found = [each for shelf in shelves for each in listed(*shelf)]
    rows = [each.features for each in found]
    truth = np.array([each.belongs for each in found])
    train = np.array([each.train for each in found])
    model = fit_logistic(_chosen(rows, train), truth[train].astype(float))
    return Refit(
        "lists", {"": model}, 3, LISTS, _counts(train),
        auc=areas([model.score(row) for row in rows], truth, train),
        auc_in_use=_in_use(membership.MODEL, rows, truth, train),
        rival="score of the paper",
        rival_auc=areas([row["score"] for row in rows], truth, train),
    )  # fmt: skip


def _in_use(model: LinearModel, rows: Rows, truth: Flags, train: Flags) -> dict[str, float]:
    """The areas of the model in use; unknown where it needs what is not looked at any more."""
    if not _fits(model, rows):
        return dict.fromkeys((TRAIN, HELD_OUT), float("nan"))
    return areas([model.score(row) for row in rows], truth, train)


def _fits(model: LinearModel, rows: Rows) -> bool:
    return model.weights.keys() <= rows[0].keys()


def _chosen(rows: Rows, mask: Flags) -> Rows:
    return [row for row, counts in zip(rows, mask, strict=True) if counts]


def _counts(train: Flags) -> dict[str, int]:
    return {TRAIN: int(train.sum()), HELD_OUT: int((~train).sum())}
