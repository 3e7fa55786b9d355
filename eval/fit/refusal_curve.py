"""How well the probability that decides about refusing holds, here and on other corpora.

`python -m eval.fit.refusal_curve [--bench FOLDER] [--plot FILE.svg]`: our own questions; with the folder of
public data also PubMedQA's, each asked of the library with and without its abstract, and SciFact's
claims, of which some have evidence and some have not.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.cases import load
from eval.datasets import corpus_assistant
from eval.fit.answer_models import evidence_for
from eval.fit.logistic import auc
from eval.report import plots
from eval.statistics import calibration, risk_coverage
from rag import Assistant
from rag.answer import THRESHOLD, confidence
from rag.retrieve import standalone
from rag.settings import Settings


class Judged(NamedTuple):
    """The probability given to a question, and whether the abstracts do answer it."""

    probability: float
    answerable: bool


def ours(split: str) -> Iterator[Judged]:
    with Assistant() as assistant:
        for case in load(assistant.library):
            if case.split == split:
                query = standalone(case.question, case.history)
                evidence = evidence_for(assistant, case.question, query)
                yield Judged(confidence(evidence), case.answerable)


def pubmedqa(folder: Path) -> Iterator[Judged]:
    """Each question twice: with its abstract, and without it."""
    with corpus_assistant(folder / "corpus.jsonl", Settings.load()) as assistant:
        for row in _rows(folder / "answers.jsonl"):
            question, own = row["question"], row["id"].removeprefix("q")
            for without in ((), (own,)):
                evidence = evidence_for(assistant, question, question, without)
                yield Judged(confidence(evidence), not without)


def scifact(corpus: Path, pairs: Path) -> Iterator[Judged]:
    """Claims; those without evidence in any abstract that was read for them are unanswerable."""
    labels: dict[str, set[str]] = {}
    for row in _rows(pairs):
        labels.setdefault(row["claim"], set()).add(row["label"])
    with corpus_assistant(corpus, Settings.load()) as assistant:
        for claim, found in labels.items():
            answerable = found != {"NOT_ENOUGH_INFO"}
            yield Judged(confidence(evidence_for(assistant, claim, claim)), answerable)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def line(name: str, judged: Sequence[Judged]) -> str:
    """A row of the table."""
    given = np.array([one.probability for one in judged])
    truth = np.array([one.answerable for one in judged])
    refused = given < THRESHOLD
    right = refused & ~truth
    area = risk_coverage(given.tolist(), truth.tolist())[2]
    error = calibration(given.tolist(), truth.tolist())[1]
    figures = (
        auc(given, truth.astype(float)),
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


def plot(found: dict[str, list[Judged]]) -> str:
    """Risk against coverage as an SVG that stands alone."""
    series = []
    for name, judged in found.items():
        given, truth = [one.probability for one in judged], [one.answerable for one in judged]
        coverage, risk, _ = risk_coverage(given, truth)
        step = max(1, len(coverage) // 60)
        points = list(zip(coverage.tolist()[::step], risk.tolist()[::step], strict=True))
        series.append(plots.Line(name, points))
    title = "Unanswerable among those answered"
    return plots.alone(
        plots.lines(title, series, "share of questions answered", "risk", span_x=(0, 1))
    )


def main(arguments: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", type=Path, help="folder with pubmedqa_dev, scifact and support")
    parser.add_argument("--plot", type=Path, help="where to write the curves, as SVG")
    given = parser.parse_args(None if arguments is None else list(arguments))
    found = {f"ours, {split}": list(ours(split)) for split in ("train", "test")}
    if given.bench:
        found["PubMedQA"] = list(pubmedqa(given.bench / "pubmedqa_dev"))
        pairs = given.bench / "support" / "scifact_train.jsonl"
        found["SciFact claims"] = list(scifact(given.bench / "scifact" / "corpus.jsonl", pairs))
    print(HEAD)
    for name, judged in found.items():
        print(line(name, judged))
    if given.plot:
        given.plot.write_text(plot(found), encoding="utf-8")


if __name__ == "__main__":
    main()
