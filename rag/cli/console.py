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

from rag.text import readable, visible
from rag.types import Hit, Paper

if TYPE_CHECKING:
    from rich.console import Console

    from rag.ingest import Report
    from rag.store import Stats


@lru_cache(maxsize=2)
def console_for(stderr: bool = False) -> Console:
    """Standard output, or standard error; untrusted text is printed as it stands."""
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    console.soft_wrap = not console.is_terminal  # what is piped keeps its lines
    return console


def talk(message: str) -> None:
    """Say something beside the result, in one line; it may name files, so no repairs."""
    console_for(stderr=True).print(line(message))


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


def hits(found: Sequence[Hit]) -> None:
    if not found:
        talk("No paper passes the filters.")
    for rank, hit in enumerate(found, 1):
        console_for().print(f"{rank:>3}. {hit.score:.3f}  {reference(hit.paper)}  ({hit.paper.id})")


def papers(found: Sequence[Paper], *, total: int) -> None:
    if not found:
        talk("No paper passes the filters.")
    for one in found:
        console_for().print(f"{one.id}  {reference(one)}")
    if total > len(found):
        talk(f"… {total - len(found)} more; see --limit.")


def paper(one: Paper) -> None:
    console = console_for()
    console.print(readable(one.title))
    for name in ("authors", "year", "venue", "doi", "arxiv_id", "url", "keywords"):
        value = getattr(one, name)
        if value:
            shown = "; ".join(value) if isinstance(value, tuple) else str(value)
            exact = name in ("doi", "arxiv_id", "url")  # to be copied: repairs would break them
            console.print(f"{name}: {line(shown) if exact else readable(shown)}")
    console.print("\n" + readable(one.abstract) + "\n")
    console.print(f"id: {one.id}")
    for source in one.sources:
        console.print(f"source: {line(source)}")


def status(data: Mapping[str, Any]) -> None:
    console = console_for()
    for name in ("home", "papers", "records", "passages", "rejected", "embedding", "index"):
        console.print(f"{name:<10} {line(str(data[name]))}")
    for one in data["models"]:
        parts = [f"{one['provider']}/{one['model']}" if one["model"] else one["provider"]]
        parts += [f"at {one['endpoint']}"] if one["endpoint"] else []
        parts += [one["key"]] if one["key"] else []
        parts += ["answers"] if one["checked"] and not one["problem"] else []
        parts += [one["problem"]] if one["problem"] else []
        console.print(f"{one['role']:<10} {line('; '.join(part for part in parts if part))}")
    for source in data["sources"]:
        console.print(f"{'source':<10} {line(source)}")


def summary(report: Report, stats: Stats) -> str:
    """What an add did, in one line."""
    parts = [f"{report.new} new", f"{report.changed} changed", f"{report.unchanged} unchanged"]
    for count, what in (
        (report.merged, "merged with another source"),
        (report.removed, "removed"),
        (len(report.rejected), "records rejected"),
        (report.skipped_files, "files unchanged"),
    ):
        if count:
            parts.append(f"{count} {what}")
    return f"{', '.join(parts)}. The library holds {stats.papers} papers."


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
    with Progress(*columns, console=console_for(stderr=True), transient=quiet) as bar:
        tasks: dict[str, Any] = {}

        def update(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total, rate="")
            speed = next(task.speed for task in bar.tasks if task.id == tasks[stage])
            rate = f"{speed:.0f}/s" if speed else ""
            bar.update(tasks[stage], completed=done, total=total, rate=rate)

        yield update


def finding(text: str) -> None:
    """One thing that is wrong with a library."""
    console_for().print(line(text))


def as_json(data: Any, indent: int | None = None) -> str:
    """JSON with letters as they are; what could steer a terminal or reorder text is escaped."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    if visible(text) == text:
        return text
    return "".join(char if visible(char) else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return json.dumps(char)[1:-1].replace("\x7f", "\\u007f")  # the one that it leaves


def line(text: str) -> str:
    """The text as one harmless line; file names may hold anything."""
    return visible(text).replace("\n", " ")


def reference(one: Paper) -> str:
    """A paper in one line."""
    parts = [readable(one.title)]
    if one.authors:
        parts.append(one.authors[0] + (" et al." if len(one.authors) > 1 else ""))
    parts += [str(value) for value in (one.venue, one.year) if value]
    return readable(". ".join(parts))
