"""The command line of the evaluation harness: `rag-eval`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from eval.fit.app import fit
from rag.errors import RagError

app = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Measure retrieval, grounding, refusals, robustness and answers, with error bars.",
)  # fmt: skip
app.add_typer(fit, name="fit")
Folder = Annotated[Path, typer.Argument(help="Folder of a run.")]


@app.command()
def run(
    dataset: Annotated[
        str | None, typer.Argument(help="A .jsonl file, or a folder with its papers (else ours).")
    ] = None,
    backend: Annotated[
        str | None, typer.Option(help="What answers, as RAG_LLM: extractive or PROVIDER/MODEL.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="One part of the questions.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many questions, drawn.")] = None,
    seed: Annotated[int, typer.Option(help="For everything that is drawn.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the run (else eval-runs/…).")] = None,
    parallel: Annotated[int | None, typer.Option(min=1, help="Questions at a time.")] = None,
    budget: Annotated[float | None, typer.Option(min=0, help="US dollars to spend.")] = None,
    retriever: Annotated[str, typer.Option(help="ours, bm25, dense or rrf.")] = "ours",
    judge: Annotated[
        bool, typer.Option("--judge", help="Let a model judge (RAG_LLM_JUDGE).")
    ] = False,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also typos, paraphrases, injections, poison.")
    ] = False,
    payloads: Annotated[
        Path | None, typer.Option(help="JSON Lines of injections, field text (else ours).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would take.")] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Do not go on with what is there.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Spend without a budget.")] = False,
) -> None:
    """Ask every question and write a report; a run that was broken off is gone on with."""
    from eval import commands

    options = commands.Options(
        dataset=dataset, backend=backend, split=split, limit=limit, seed=seed, out=out,
        parallel=parallel, budget=budget, retriever=retriever, judge=judge, robustness=robustness,
        payloads=payloads, dry_run=dry_run, fresh=fresh, yes=yes,
    )  # fmt: skip
    raise typer.Exit(commands.run(options))


@app.command()
def attack(
    dataset: Annotated[
        str | None, typer.Argument(help="A .jsonl file, or a folder with its papers (else ours).")
    ] = None,
    payloads: Annotated[
        Path | None, typer.Option(help="JSON Lines of injections, field text (else ours).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many questions, drawn.")] = 50,
    seed: Annotated[int, typer.Option(help="For what is drawn.")] = 0,
) -> None:
    """Measure how many answers are reached by planted orders and poisoned copies of papers."""
    from eval import commands

    raise typer.Exit(commands.attacked(dataset, payloads, limit, seed))


@app.command()
def compare(
    before: Folder,
    after: Folder,
    html: Annotated[Path | None, typer.Option(help="Also write both side by side.")] = None,
) -> None:
    """Compare two runs, question by question."""
    from eval import commands

    raise typer.Exit(commands.compared(before, after, html))


@app.command()
def gate(
    folder: Folder,
    baseline: Annotated[Path, typer.Option(help="The baseline's file.")] = Path(
        "eval/baseline.json"
    ),
    name: Annotated[str | None, typer.Option(help="Which baseline (else the run's name).")] = None,
    summary: Annotated[
        Path | None, typer.Option(help="Append the Markdown summary to this file.")
    ] = None,
) -> None:
    """Exit with 1 if the run is really worse than the baseline."""
    from eval import commands

    raise typer.Exit(commands.gated(folder, baseline, name, summary))


@app.command("keep")
def keep(
    folder: Folder,
    baseline: Annotated[Path, typer.Option(help="The baseline's file.")] = Path(
        "eval/baseline.json"
    ),
) -> None:
    """Make a run the baseline of its name."""
    from eval import commands

    raise typer.Exit(commands.keep_baseline(folder, baseline))


@app.command()
def report(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(help="Where to (else into the folder).")] = None,
    before: Annotated[Path | None, typer.Option(help="Another run, to be shown beside it.")] = None,
    trec: Annotated[Path | None, typer.Option(help="Also write a TREC run file.")] = None,
) -> None:
    """Write the HTML report of a run again."""
    from eval import commands

    raise typer.Exit(commands.reported(folder, out, before, trec))


@app.command()
def read(
    paths: Annotated[
        list[Path], typer.Argument(help="Folders of runs; with --score, readers' files.")
    ],
    score: Annotated[
        Path | None, typer.Option(metavar="KEY", help="Join readers' scores to this key.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="What the runs asked (else our questions).")
    ] = None,
    split: Annotated[str | None, typer.Option(help="One part of the questions.")] = "test",
    per_kind: Annotated[int, typer.Option(min=1, help="So many questions of each kind.")] = 5,
    seed: Annotated[int, typer.Option(help="For what is drawn.")] = 0,
    out: Annotated[Path, typer.Option(help="Where to: .jsonl, else Markdown.")] = Path(
        "reading.md"
    ),
) -> None:
    """Write answers without labels for people to read, or join their scores."""
    from eval import commands

    if score is not None:
        raise typer.Exit(commands.read_by(score, paths))
    raise typer.Exit(commands.to_read(paths, dataset, split, per_kind, seed, out))


@app.command("judge-check")
def judge_check(
    claims: Annotated[Path, typer.Argument(help="JSON Lines of labelled claims.")],
    limit: Annotated[int | None, typer.Option(min=2, help="So many claims, drawn.")] = None,
    model: Annotated[
        bool, typer.Option("--model", help="Also the model of RAG_LLM_JUDGE or RAG_LLM.")
    ] = False,
) -> None:
    """Measure judges against human labels; exit with 3 if one is below counting shared words."""
    from eval import commands

    raise typer.Exit(commands.judged(claims, limit, model))


@app.command()
def build(
    out: Annotated[Path, typer.Argument(help="Where the drafts go, as JSON Lines.")],
    count: Annotated[int, typer.Option(min=1, help="About how many.")] = 50,
    seed: Annotated[int, typer.Option(help="For what is drawn.")] = 0,
    model: Annotated[
        bool, typer.Option("--model", help="Let RAG_LLM_JUDGE or RAG_LLM draft them.")
    ] = False,
) -> None:
    """Draft questions from your own abstracts, checked, for you to read."""
    from eval import commands

    raise typer.Exit(commands.built(count, out, seed, model))


@app.command("check-data")
def check_data(
    dataset: Annotated[
        str | None, typer.Argument(help="A .jsonl file, or a folder with its papers (else ours).")
    ] = None,
    split: Annotated[str | None, typer.Option(help="One part of the questions.")] = None,
) -> None:
    """Find faults of a test set that would spoil its figures."""
    from eval import commands

    raise typer.Exit(commands.checked(dataset, split))


@app.command("support")
def claims(
    bench: Annotated[
        Path | None, typer.Option(help="Folder whose support/*.jsonl are judged, too.")
    ] = None,
    tune: Annotated[
        bool, typer.Option("--tune", help="The half that the check was fitted on.")
    ] = False,
) -> None:
    """What the check of claims is worth: true sentences and false twins judged by it.

    Exit code 3 when it falls below what a release has to keep.
    """
    from eval import support

    raise typer.Exit(support.told(bench, tune=tune))


def main() -> None:
    """Run the command; what the user can mend is one sentence on standard error, exit code 2."""
    try:
        app()
    except RagError as error:
        print(f"rag-eval: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("rag-eval: stopped; the same command goes on.", file=sys.stderr)
        sys.stdout.flush()
        os._exit(130)  # threads that wait for a model would keep the process alive


if __name__ == "__main__":
    main()
