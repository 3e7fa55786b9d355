"""The command line of `rag-eval fit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

fit = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Fit the small models of the assistant again."
)
Write = Annotated[bool, typer.Option("--write", help="Put the weights into rag/weights.json.")]


@fit.command()
def decision(write: Write = False) -> None:
    """Whether to answer: a probability, on the training part of our questions."""
    from eval.fit import commands

    raise typer.Exit(commands.decision(write))


@fit.command()
def extraction(write: Write = False) -> None:
    """Which sentences to answer with, on the training part of our questions."""
    from eval.fit import commands

    raise typer.Exit(commands.extraction(write))


@fit.command()
def lists(write: Write = False) -> None:
    """Which papers belong to a list or a topic, on the training part of our questions."""
    from eval.fit import commands

    raise typer.Exit(commands.lists(write))


@fit.command()
def answerable(write: Write = False) -> None:
    """How that and the reader's judgement are joined, on papers the reader was not trained on."""
    from eval.fit import commands

    raise typer.Exit(commands.answerable(write))


@fit.command()
def members(write: Write = False) -> None:
    """How the model of lists and the reader's judgement are joined."""
    from eval.fit import commands

    raise typer.Exit(commands.members(write))


@fit.command()
def reader(
    write: Annotated[
        bool, typer.Option("--write", help="Put it into rag/embed/minilm_reader.npz.")
    ] = False,
) -> None:
    """Which sentence answers, read closely: train the reader (an hour; needs paper-rag[train])."""
    from eval.fit import commands

    raise typer.Exit(commands.reader(write))


@fit.command()
def kinds(
    write: Annotated[
        bool, typer.Option("--write", help="Put the model into rag/plan/kinds.json.")
    ] = False,
) -> None:
    """What kind a question is, on questions and wordings of each kind."""
    from eval.fit import commands

    raise typer.Exit(commands.kinds(write))


@fit.command()
def support(write: Write = False) -> None:
    """Whether an abstract supports a sentence, on one half of our pairs of true and false ones."""
    from eval.fit import commands

    raise typer.Exit(commands.support(write))


@fit.command()
def verifier(
    write: Annotated[
        bool, typer.Option("--write", help="Put it into rag/embed/minilm_verifier.npz.")
    ] = False,
) -> None:
    """What bears out a claim, word by word: train the verifier (needs paper-rag[train])."""
    from eval.fit import commands

    raise typer.Exit(commands.verifier(write))


@fit.command("refusal-curve")
def refusal_curve(
    bench: Annotated[
        Path | None, typer.Option(help="Folder with pubmedqa_dev, scifact and support.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Where to draw the curves, as SVG.")] = None,
) -> None:
    """Measure the probability that decides about refusing, here and on other corpora."""
    from eval.fit import commands

    raise typer.Exit(commands.refusal_curve(bench, plot))
