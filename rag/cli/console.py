"""How results look on a terminal: Rich there, plain text where it is piped.

Papers are untrusted text: control characters are dropped, and markup is never interpreted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rag.text import readable, suspect_spans, visible
from rag.types import Hit, Paper, wording

if TYPE_CHECKING:
    from rich.console import Console


SUSPECTS = 20
"""Papers with text that addresses a reader that are listed,"""
BEGINS = 80
"""and characters of that text that are shown."""


@lru_cache(maxsize=2)
def console_for(stderr: bool = False) -> Console:
    """Standard output, or standard error; untrusted text is printed as it stands."""
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    console.soft_wrap = not console.is_terminal  # what is piped keeps its lines
    return console


def talk(message: str, *, style: str | None = None) -> None:
    """Say something beside the result, in one line; it may name files, so no repairs."""
    console_for(stderr=True).print(one_line(message), style=style)


def prompt() -> str:
    """The next question; empty at the end of input."""
    return _asked("> ")


def confirm(titles: Sequence[str]) -> bool:
    """Whether the user agrees to remove these papers."""
    for title in titles[:10]:
        talk(f"  {readable(title)}")
    if len(titles) > 10:
        talk(f"  … and {len(titles) - 10} more")
    return _asked(f"Remove {len(titles)} papers? [y/N] ").lower() in ("y", "yes")


def _asked(question: str) -> str:
    """What the user types; empty at the end of input. Standard output stays the result's."""
    try:
        return console_for(stderr=True).input(question, markup=False).strip()
    except EOFError:
        return ""


# -- results ---------------------------------------------------------------------------------------


def show_hits(hits: Sequence[Hit]) -> None:
    """What a search found, best first."""
    if not hits:
        talk("No paper passes the filters.")
    for rank, hit in enumerate(hits, 1):
        line = f"{rank:>3}. {hit.score:.3f}  {wording.short_reference(hit.paper)}  ({hit.paper.id})"
        console_for().print(line)


def show_papers(papers: Sequence[Paper], *, total: int) -> None:
    """Papers, a line each; what is left out of `total` is said beside."""
    if not papers:
        talk("No paper passes the filters.")
    for paper in papers:
        console_for().print(f"{paper.id}  {wording.short_reference(paper)}")
    if total > len(papers):
        talk(f"… {total - len(papers)} more; see --limit.")


def show_paper(paper: Paper) -> None:
    """All that is known of a paper."""
    console = console_for()
    console.print(readable(paper.title))
    for name in ("authors", "year", "venue", "doi", "arxiv_id", "url", "keywords"):
        value = getattr(paper, name)
        if value:
            text = "; ".join(value) if isinstance(value, tuple) else str(value)
            exact = name in ("doi", "arxiv_id", "url")  # to be copied: repairs would break them
            console.print(f"{name}: {one_line(text) if exact else readable(text)}")
    console.print("\n" + readable(paper.abstract) + "\n")
    console.print(f"id: {paper.id}")
    for source in paper.sources:
        console.print(f"source: {one_line(source)}")


def show_status(status: Mapping[str, Any]) -> None:
    """What the library holds, and which models are set."""
    console = console_for()
    counts = ("papers", "records", "passages", "rejected", "suspect")
    for name in ("home", *counts, "embedding", "index"):
        console.print(f"{name:<10} {one_line(str(status[name]))}")
    for model in status["models"]:
        parts = [
            f"{model['provider']}/{model['model']}" if model["model"] else model["provider"],
            f"at {model['endpoint']}" if model["endpoint"] else "",
            model["key"],
            "answers" if model["checked"] and not model["problem"] else "",
            model["problem"],
        ]
        console.print(f"{model['role']:<10} {one_line('; '.join(filter(None, parts)))}")
    for source in status["sources"]:
        console.print(f"{'source':<10} {one_line(source)}")


def show_finding(finding: str) -> None:
    """One thing that is wrong with a library."""
    console_for().print(one_line(finding))


def show_suspects(papers: Sequence[Paper]) -> None:
    """The papers that hold text which addresses a reader or a machine, and how it begins."""
    for paper in papers[:SUSPECTS]:
        said = [paper.abstract[start:end] for start, end in suspect_spans(paper.abstract)]
        begins = f": “{one_line(wording.shortened(said[0], BEGINS))}”" if said else ""
        console_for().print(
            f"“{one_line(wording.title(paper))}” ({paper.id}) holds text that addresses a reader "
            f"or a machine, left out of answers{begins}"
        )
    if len(papers) > SUSPECTS:
        console_for().print(f"… and {len(papers) - SUSPECTS} more such papers")


# -- progress --------------------------------------------------------------------------------------


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar with rate and time left, on standard error; nothing when that is piped.

    When quiet, it vanishes at the end.
    """
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
    )  # fmt: skip
    bar = Progress(*columns, console=console_for(stderr=True), transient=quiet)
    tasks: dict[str, Any] = {}

    def update(stage: str, done: int, total: int) -> None:
        bar.start()  # Only now: where there is nothing to do, nothing is shown.
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage, total=total, rate="")
        speed = next(task.speed for task in bar.tasks if task.id == tasks[stage])
        rate = f"{speed:.0f}/s" if speed else ""
        bar.update(tasks[stage], completed=done, total=total, rate=rate)

    try:
        yield update
    finally:
        if tasks:
            bar.stop()


# -- text ------------------------------------------------------------------------------------------


def as_json(data: Any, indent: int | None = None) -> str:
    """JSON with letters as they are; what could steer a terminal or reorder text is escaped."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    if visible(text) == text:
        return text
    return "".join(char if visible(char) else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return json.dumps(char)[1:-1].replace("\x7f", "\\u007f")  # the one that it leaves


def one_line(text: str) -> str:
    """The text as one harmless line; file names may hold anything."""
    return visible(text).replace("\n", " ")
