"""What the commands of `rag-eval fit` do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from eval.cases import Case
from eval.datasets import open_dataset
from eval.fit import kinds as kinds_model
from eval.fit import refusal_curve as curve
from eval.fit.answer_models import ECOMED, refit_decision, refit_extraction, refit_lists
from eval.fit.joined import refit_answerable, refit_members
from eval.fit.refit import WEIGHTS, Refit, write
from eval.fit.support_model import refit_support
from eval.fit.wordings import training_papers
from eval.support import cited_papers
from rag import Assistant
from rag.errors import missing_extra
from rag.settings import Settings


def decision(keep: bool) -> int:
    """Fit the model that decides whether to answer."""
    return _on_questions(refit_decision, keep)


def extraction(keep: bool) -> int:
    """Fit the model that chooses sentences."""
    return _on_questions(refit_extraction, keep)


def lists(keep: bool) -> int:
    """Fit the model that decides which papers belong to a list, on both of our libraries."""
    ours, other = (open_dataset(name, Settings.load()) for name in (None, str(ECOMED)))
    with ours.assistant, other.assistant:
        return _told(refit_lists([(each.assistant, each.cases) for each in (ours, other)]), keep)


def answerable(keep: bool) -> int:
    """Fit how a reader and the model that decides are joined."""
    return _on_questions(refit_answerable, keep)


def members(keep: bool) -> int:
    """Fit how a reader and the model of lists are joined, on both of our libraries."""
    ours, other = (open_dataset(name, Settings.load()) for name in (None, str(ECOMED)))
    with ours.assistant, other.assistant:
        return _told(refit_members([(each.assistant, each.cases) for each in (ours, other)]), keep)


def reader(keep: bool) -> int:
    """Train the reader; needs PyTorch. Raises `ConfigError` without it."""
    try:
        from eval.fit.reader import READER, fit_reader
    except ModuleNotFoundError as error:
        raise missing_extra("Training the reader", "train") from error
    with Assistant(Settings.load()) as assistant:
        papers = {paper.id: paper for paper in assistant.papers(training_papers())}
    for line in fit_reader(papers, READER if keep else None):
        print(line, flush=True)
    return 0


def kinds(keep: bool) -> int:
    """Fit the model that tells what kind a question is."""
    with Assistant(Settings.load()) as assistant:
        refit = kinds_model.refit_kinds(assistant)
    print(refit.markdown())
    if keep:
        kinds_model.write(refit)
        print(f"\n{kinds_model.KINDS}")
    return 0


def support(keep: bool) -> int:
    """Fit the models of the offline check."""
    with Assistant(Settings.load()) as assistant:
        papers = cited_papers(assistant)
        return _told(refit_support(papers, assistant.sentences), keep)


def verifier(keep: bool) -> int:
    """Train the verifier; needs PyTorch. Raises `ConfigError` without it."""
    try:
        from eval.fit.verifier import VERIFIER, fit_verifier
    except ModuleNotFoundError as error:
        raise missing_extra("Training the verifier", "train") from error
    with Assistant(Settings.load()) as assistant:
        papers = cited_papers(assistant)
    for line in fit_verifier(papers, VERIFIER if keep else None):
        print(line, flush=True)
    return 0


def refusal_curve(bench: Path | None, plot: Path | None) -> int:
    """How well the probability that decides about refusing holds; as a table, and drawn."""
    with open_dataset(None, Settings.load()).assistant as assistant:
        judged = curve.measure(assistant, bench)
    print(curve.table(judged))
    if plot is not None:
        plot.write_text(curve.plot(judged), encoding="utf-8")
    return 0


def _on_questions(refit: Callable[[Assistant, Sequence[Case]], Refit], keep: bool) -> int:
    data = open_dataset(None, Settings.load())
    with data.assistant:
        return _told(refit(data.assistant, data.cases), keep)


def _told(refit: Refit, keep: bool) -> int:
    """Print a model beside the one in use, and put it into its place to keep it."""
    print(refit.markdown())
    if keep:
        write(refit)
        print(f"\n{WEIGHTS}")
    return 0
