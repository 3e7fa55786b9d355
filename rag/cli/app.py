"""The command line. Standard output is the result, standard error is the talk."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from rag.errors import RagError, UsageError
from rag.types import FORMS, KINDS, Filters, Paper

EXIT_ERROR, EXIT_USAGE, EXIT_REFUSED, EXIT_INTERRUPTED = 1, 2, 3, 130

app = typer.Typer(
    name="rag",
    help="Questions answered from paper abstracts, every sentence cited and checked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_FIELDS = [name for name in Paper.__dataclass_fields__ if name not in ("id", "sources")]
_KINDS = ", ".join(KINDS)

NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Ask the model anew, whatever it said before.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Count = Annotated[int, typer.Option("-k", min=1, max=1000, help="How many papers.")]
Source = Annotated[str | None, typer.Option(help="Part of a source file's path.")]


def _filters(
    year_from: Annotated[int | None, typer.Option("--from", help="First year.")] = None,
    year_to: Annotated[int | None, typer.Option("--to", help="Last year.")] = None,
    source: Source = None,
    author: Annotated[str | None, typer.Option(help="Part of an author's name.")] = None,
    venue: Annotated[str | None, typer.Option(help="Part of the venue's name.")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="FIELD=TEXT: papers whose field holds the text.")
    ] = None,
) -> Filters:
    """The options that say which papers. Raises `UsageError` for a malformed --where."""
    conditions: dict[str, str] = {}
    for condition in where or ():
        name, equals, text = condition.partition("=")
        if not equals or name not in _FIELDS:
            raise UsageError(f"--where takes FIELD=TEXT with a field of: {', '.join(_FIELDS)}.")
        if name in conditions:
            raise UsageError(f"--where names {name} twice; give it once.")
        conditions[name] = _utf8(text)
    return Filters(
        year_from=year_from,
        year_to=year_to,
        source=source and _utf8(source),
        author=author and _utf8(author),
        venue=venue and _utf8(venue),
        where=conditions,
    )


def with_filters(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of `_filters` in the place of its parameter `filters`.

    Typer reads options from a function's signature and has no groups of them.
    """
    options = inspect.signature(_filters, eval_str=True).parameters
    signature = inspect.signature(command, eval_str=True)
    others = [p for name, p in signature.parameters.items() if name != "filters"]

    @wraps(command)
    def filtered(**given: Any) -> None:
        filters = _filters(**{name: given.pop(name) for name in options})
        command(**given, filters=filters)

    filtered.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*others, *options.values()]
    )
    return filtered


@app.callback()
def main_options(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder of the library (else RAG_HOME).")
    ] = None,
    embedding: Annotated[
        str | None, typer.Option(help="Embedding model (else RAG_EMBEDDING).")
    ] = None,
    llm: Annotated[str | None, typer.Option(help="What answers (else RAG_LLM).")] = None,
) -> None:
    """Options of every command."""
    context.obj = {"home": home, "embedding": embedding, "llm": llm}


@app.command()
def add(
    context: typer.Context,
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

    commands.add(
        _settings(context), paths, format=format, strict=strict, sync=sync, quiet=quiet, ray=ray
    )


@app.command()
@with_filters
def ask(
    context: typer.Context,
    filters: Filters,
    question: Annotated[str, typer.Argument(help="The question, or - for one a line on stdin.")],
    json: Json = False,
    no_cache: NoCache = False,
    k: Annotated[int | None, typer.Option("-k", min=1, max=100, help="Papers to read.")] = None,
    kind: Annotated[str | None, typer.Option(help=f"What is asked for: {_KINDS}.")] = None,
    as_: Annotated[str | None, typer.Option("--as", help="The question, standing alone.")] = None,
    facet: Annotated[
        list[str] | None, typer.Option(help="What must hold of a paper; “not …” when it must not.")
    ] = None,
    form: Annotated[str | None, typer.Option(help=f"Of the answer: {', '.join(FORMS)}.")] = None,
    words: Annotated[int | None, typer.Option(help="Words in the answer, at most.")] = None,
) -> None:
    """Answer a question, with citations. Exit code 3 when the abstracts hold no answer.

    How a question is understood is said before its answer; --kind to --words correct it.
    """
    from rag.cli import ask as asking

    given = {
        "kind": kind, "query": as_ and _utf8(as_), "form": form, "words": words,
        "facets": [_utf8(text) for text in facet] if facet else None,
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value is not None}
    settings = _settings(context, k=k, answer_cache=False if no_cache else None)
    if not asking.ask(settings, question, as_json=json, filters=filters, changes=changes):
        raise typer.Exit(EXIT_REFUSED)


@app.command()
@with_filters
def search(
    context: typer.Context,
    filters: Filters,
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Count = 10,
    json: Json = False,
) -> None:
    """Find papers; no model is asked."""
    from rag.cli import commands

    commands.search(_settings(context), question, k=k, as_json=json, filters=filters)


@app.command()
def chat(context: typer.Context, no_cache: NoCache = False) -> None:
    """Ask in turns; follow-up questions are understood. Ctrl-C stops an answer.

    /plan shows how the last question was understood; /as KIND [QUESTION] asks it again,
    understood as that. An empty line or Ctrl-D ends the conversation.
    """
    from rag.cli import ask as asking

    asking.chat(_settings(context, answer_cache=False if no_cache else None))


@app.command()
def check(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="LaTeX, Markdown or plain text; - for stdin.")],
    bib: Annotated[list[str] | None, typer.Option(help="A .bib file that it cites from.")] = None,
    format: Annotated[str, typer.Option(help="text, json, html, md or sarif.")] = "text",
    out: Annotated[Path | None, typer.Option(help="File to write instead of printing.")] = None,
    fail_on: Annotated[
        str, typer.Option(help="contradicted, unsupported, unverified or nothing.")
    ] = "unsupported",
    all: Annotated[bool, typer.Option("--all", help="Show what is not verified, too.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Judge anew what was judged.")] = False,
) -> None:
    """Check a manuscript, or another tool's answer, against the papers that it cites.

    Each cited sentence is read against the cited papers of the library. Exit code 3 when one is
    contradicted, or supported only in part; see --fail-on.
    """
    from rag.cli import checking

    if not checking.check(
        _settings(context), file, bib or [], format=format, out=out, fail_on=fail_on, all=all,
        fresh=fresh,
    ):  # fmt: skip
        raise typer.Exit(EXIT_REFUSED)


@app.command("list")
@with_filters
def list_papers(
    context: typer.Context,
    filters: Filters,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """List papers by title."""
    from rag.cli import commands

    commands.list_papers(_settings(context), limit=limit, as_json=json, filters=filters)


@app.command()
def show(
    context: typer.Context,
    paper: Annotated[str, typer.Argument(help="Id of a paper, or its beginning.")],
    json: Json = False,
) -> None:
    """Show a paper with its abstract and sources."""
    from rag.cli import commands

    commands.show(_settings(context), paper, as_json=json)


@app.command()
def remove(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of papers.")] = None,
    source: Source = None,
    query: Annotated[str | None, typer.Option(help="Papers whose title holds this text.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove papers by id, by source or by words of the title."""
    from rag.cli import commands

    source, query = source and _utf8(source), query and _utf8(query)
    commands.remove(_settings(context), ids or [], source=source, query=query, yes=yes)


@app.command()
def status(
    context: typer.Context,
    json: Json = False,
    check: Annotated[bool, typer.Option("--check", help="Call each model once.")] = False,
) -> None:
    """Say what the library holds and which models are set. Exit code 1 when one does not work."""
    from rag.cli import commands

    if not commands.status(_settings(context), as_json=json, check=check):
        raise typer.Exit(EXIT_ERROR)


@app.command()
def doctor(context: typer.Context) -> None:
    """Compare the library with its indexes. Exit code 1 when something is wrong."""
    from rag.cli import commands

    if not commands.doctor(_settings(context)):
        raise typer.Exit(EXIT_ERROR)


@app.command()
def rebuild(context: typer.Context) -> None:
    """Build the indexes anew from the library; the old ones answer until the new are ready."""
    from rag.cli import commands

    commands.rebuild(_settings(context))


def _settings(context: typer.Context, **given: Any) -> Any:
    """The settings of a command, which begins to log as they say."""
    from rag import log
    from rag.settings import Settings

    settings = Settings.load(**context.obj, **given)
    log.configure(settings.log)
    return settings


def _utf8(text: str) -> str:
    """An argument of the command line may hold bytes that are no text."""
    return text.encode(errors="replace").decode()


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
