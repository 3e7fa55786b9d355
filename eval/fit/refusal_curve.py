"""How well the probability that decides about refusing holds, here and on other corpora.

`rag-eval fit refusal-curve`: our own questions; with the folder of public data also PubMedQA's,
each asked of the library with and without its abstract, and SciFact's claims, of which some have
evidence and some have not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.cases import OURS, load
from eval.datasets import corpus_assistant
from eval.fit.answer_models import NOT_READ, evidence_for
from eval.report import plots
from eval.statistics import calibration, risk_coverage
from rag import Assistant
from rag.answer import confidence, decision
from rag.settings import Settings


class Judged(NamedTuple):
    """The probability given to a question, and whether the abstracts do answer it."""

    probability: float
    answerable: bool


def ours(assistant: Assistant, split: str) -> Iterator[Judged]:
    """Our questions of one part that abstracts are read for, in the language of the library."""
    for case in load(assistant, *OURS):
        if case.split == split and case.kind not in NOT_READ and case.language == "en":
            evidence = evidence_for(assistant, case.question, case.history)
            yield Judged(confidence(evidence), case.answerable)


def pubmedqa(folder: Path) -> Iterator[Judged]:
    """Each question twice: with its abstract, and without it."""
    with corpus_assistant(folder / "corpus.jsonl", Settings.load()) as assistant:
        for raw in _rows(folder / "answers.jsonl"):
            question, answering = raw["question"], raw["id"].removeprefix("q")
            for without in ((), (answering,)):
                evidence = evidence_for(assistant, question, absent=without)
                yield Judged(confidence(evidence), not without)


def scifact(corpus: Path, pairs: Path) -> Iterator[Judged]:
    """Claims; those without evidence in any abstract that was read for them are unanswerable."""
    labels: dict[str, set[str]] = {}
    for raw in _rows(pairs):
        labels.setdefault(raw["claim"], set()).add(raw["label"])
    with corpus_assistant(corpus, Settings.load()) as assistant:
        for claim, verdicts in labels.items():
            answerable = verdicts != {"NOT_ENOUGH_INFO"}
            yield Judged(confidence(evidence_for(assistant, claim)), answerable)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def row(name: str, judged: Sequence[Judged]) -> str:
    """A row of the table."""
    from sklearn.metrics import roc_auc_score

    given = np.array([question.probability for question in judged])
    truth = np.array([question.answerable for question in judged])
    refused = given < decision.NEAREST
    right = refused & ~truth
    area = risk_coverage(given.tolist(), truth.tolist())[2]
    error = calibration(given.tolist(), truth.tolist())[1]
    figures = (
        roc_auc_score(truth, given),
        right.sum() / max(1, refused.sum()),
        right.sum() / max(1, (~truth).sum()),
        (refused & truth).sum() / max(1, truth.sum()),
        area,
        1 - truth.mean(),
        error,
    )
    counts = f"{truth.sum()} / {(~truth).sum()}"
    return f"| {name} | {counts} | " + " | ".join(f"{value:.3f}" for value in figures) + " |"


HEAD = (
    "| questions | with / without an answer | AUC | refusals: precision | recall |"
    " wrongly refused | area under risk and coverage | of random order | calibration error |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def plot(judged: Mapping[str, Sequence[Judged]]) -> str:
    """Risk against coverage as an SVG that stands alone."""
    series = []
    for name, questions in judged.items():
        coverage, risk, _ = risk_coverage(
            [question.probability for question in questions],
            [question.answerable for question in questions],
        )
        step = max(1, len(coverage) // 60)
        points = list(zip(coverage.tolist()[::step], risk.tolist()[::step], strict=True))
        series.append(plots.Line(name, points))
    title = "Unanswerable among those answered"
    return plots.alone(
        plots.lines(title, series, "share of questions answered", "risk", span_x=(0, 1))
    )


def measure(assistant: Assistant, bench: Path | None) -> dict[str, list[Judged]]:
    """Every set of questions by name; those of others only with the folder of public data."""
    judged = {f"ours, {split}": list(ours(assistant, split)) for split in ("train", "test")}
    if bench is not None:
        judged["PubMedQA"] = list(pubmedqa(bench / "pubmedqa_dev"))
        pairs = bench / "support" / "scifact_train.jsonl"
        judged["SciFact claims"] = list(scifact(bench / "scifact" / "corpus.jsonl", pairs))
    return judged


def table(judged: Mapping[str, Sequence[Judged]]) -> str:
    """One row a set, in Markdown."""
    return "\n".join([HEAD, *(row(name, questions) for name, questions in judged.items())])
