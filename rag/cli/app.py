"""The command line. Standard output is the result, standard error is the talk."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from rag.errors import RagError, UsageError

EXIT_ERROR, EXIT_USAGE, EXIT_REFUSED, EXIT_INTERRUPTED = 1, 2, 3, 130

app = typer.Typer(
    name="rag",
    help="Questions answered from paper abstracts, every sentence cited and checked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_HOME: dict[str, Any] = {}

NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Ask the model anew, whatever it said before.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Count = Annotated[int, typer.Option("-k", min=1, max=1000, help="How many papers.")]
YearFrom = Annotated[int | None, typer.Option("--from", help="First year.")]
YearTo = Annotated[int | None, typer.Option("--to", help="Last year.")]
Source = Annotated[str | None, typer.Option(help="Part of a source file's path.")]
Author = Annotated[str | None, typer.Option(help="Part of an author's name.")]
Venue = Annotated[str | None, typer.Option(help="Part of the venue's name.")]
Where = Annotated[
    list[str] | None, typer.Option(help="FIELD=TEXT: papers whose field holds the text.")
]


@app.callback()
def main_options(
    home: Annotated[
        Path | None, typer.Option(help="Folder of the library (else RAG_HOME).")
    ] = None,
    embedding: Annotated[
        str | None, typer.Option(help="Embedding model (else RAG_EMBEDDING).")
    ] = None,
    llm: Annotated[str | None, typer.Option(help="What answers (else RAG_LLM).")] = None,
) -> None:
    """Options of every command."""
    _HOME.update(home=home, embedding=embedding, llm=llm)


@app.command()
def add(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, or - for standard input.")],
    format: Annotated[str | None, typer.Option(help="Format, when the content misleads.")] = None,
    strict: Annotated[bool, typer.Option(help="Stop at the first bad record.")] = False,
    sync: Annotated[bool, typer.Option(help="Remove what vanished from these sources.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")] = False,
    ray: Annotated[
        str | None, typer.Option(help="Spread the work over a Ray cluster: its address, or auto.")
    ] = None,
) -> None:
    """Add papers from files; run again, it takes in only what changed."""
    from rag.cli import commands

    commands.add(_settings(), paths, format=format, strict=strict, sync=sync, quiet=quiet, ray=ray)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, or - for one a line on stdin.")],
    json: Json = False,
    no_cache: NoCache = False,
    k: Annotated[int | None, typer.Option("-k", min=1, max=100, help="Papers to read.")] = None,
    year_from: YearFrom = None,
    year_to: YearTo = None,
    source: Source = None,
    author: Author = None,
    venue: Venue = None,
    where: Where = None,
) -> None:
    """Answer a question, with citations. Exit code 3 when the abstracts hold no answer."""
    from rag.cli import ask as asking
    from rag.cli import commands

    filters = commands.filters(year_from, year_to, source, author, venue, where)
    settings = _settings(k=k, answer_cache=False if no_cache else None)
    answered = asking.ask(settings, question, as_json=json, filters=filters)
    if not answered:
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Count = 10,
    json: Json = False,
    year_from: YearFrom = None,
    year_to: YearTo = None,
    source: Source = None,
    author: Author = None,
    venue: Venue = None,
    where: Where = None,
) -> None:
    """Find papers; no model is asked."""
    from rag.cli import commands

    filters = commands.filters(year_from, year_to, source, author, venue, where)
    commands.search(_settings(), question, k=k, as_json=json, filters=filters)


@app.command()
def chat(no_cache: NoCache = False) -> None:
    """Ask in turns; follow-up questions are understood. Ctrl-C stops an answer.

    An empty line or Ctrl-D ends the conversation.
    """
    from rag.cli import ask as asking

    asking.chat(_settings(answer_cache=False if no_cache else None))


@app.command("list")
def list_papers(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    json: Json = False,
    year_from: YearFrom = None,
    year_to: YearTo = None,
    source: Source = None,
    author: Author = None,
    venue: Venue = None,
    where: Where = None,
) -> None:
    """List papers by title."""
    from rag.cli import commands

    filters = commands.filters(year_from, year_to, source, author, venue, where)
    commands.list_papers(_settings(), limit=limit, as_json=json, filters=filters)


@app.command()
def show(
    paper: Annotated[str, typer.Argument(help="Id of a paper, or its beginning.")],
    json: Json = False,
) -> None:
    """Show a paper with its abstract and sources."""
    from rag.cli import commands

    commands.show(_settings(), paper, as_json=json)


@app.command()
def remove(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of papers.")] = None,
    source: Source = None,
    query: Annotated[str | None, typer.Option(help="Papers whose title holds this text.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove papers by id, by source or by words of the title."""
    from rag.cli import commands

    commands.remove(_settings(), ids or [], source=source, query=query, yes=yes)


@app.command()
def status(
    json: Json = False,
    check: Annotated[bool, typer.Option("--check", help="Call each model once.")] = False,
) -> None:
    """Say what the library holds and which models are set. Exit code 1 when one does not work."""
    from rag.cli import status as overview

    if not overview.status(_settings(), as_json=json, check=check):
        raise typer.Exit(EXIT_ERROR)


@app.command()
def doctor() -> None:
    """Compare the library with its indexes. Exit code 1 when something is wrong."""
    from rag.cli import commands

    if not commands.doctor(_settings()):
        raise typer.Exit(EXIT_ERROR)


@app.command()
def rebuild() -> None:
    """Build the indexes anew from the library; the old ones answer until the new are ready."""
    from rag.cli import commands

    commands.rebuild(_settings())


def _settings(**given: Any) -> Any:
    from rag.settings import Settings

    return Settings.load(**_HOME, **given)


@contextmanager
def _reported() -> Iterator[None]:
    """Turn this package's errors into one sentence and exit code 1, or 2 for wrong usage."""
    try:
        yield
    except RagError as error:
        _fail(str(error), EXIT_USAGE if isinstance(error, UsageError) else EXIT_ERROR)
    except OSError as error:
        place = f": {error.filename}" if error.filename is not None else ""
        _fail(f"{error.strerror or error}{place}.")
    except SystemExit as stop:
        if stop.code == EXIT_INTERRUPTED:  # what Typer makes of Ctrl-C
            print("rag: stopped; the same command continues where it was.", file=sys.stderr)
        raise


def _fail(sentence: str, code: int = EXIT_ERROR) -> NoReturn:
    from rag.text import visible

    print("rag: " + " ".join(visible(sentence).split()), file=sys.stderr)
    sys.exit(code)


def main() -> None:
    """Run the command line."""
    if sys.stdin is None:  # started with its standard input closed
        sys.stdin = open(os.devnull, encoding="utf-8")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what it cannot say or read becomes a "?"
            stream.reconfigure(errors="replace")
    with _reported():
        app()


if __name__ == "__main__":
    main()
