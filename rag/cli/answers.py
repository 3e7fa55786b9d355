"""How answers look on a terminal: while they grow, and when they are complete."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rag.cli import console
from rag.plan import LABELS
from rag.types import ROWS, Answer, Plan, Support, Table, wording

if TYPE_CHECKING:
    from rich.text import Text

_COLOURS: dict[Support, str] = {
    "supported": "green", "partial": "yellow", "unverified": "dim", "contradicted": "red",
    "uncited": "yellow",
}  # fmt: skip
_ITEM = "- "


def show_answer(answer: Answer) -> None:
    """An answer with its marks and numbered sources, or a refusal with what is near."""
    from rich.text import Text

    if answer.understood:
        console.talk(answer.understood, style="dim")
    out = console.console_for()
    if answer.status == "refused":
        out.print(Text(answer.text, style="yellow"))
        if answer.hits:
            out.print("\nNearest papers:")
            for hit in answer.nearest:
                out.print(f"  {wording.title(hit.paper)}  ({hit.paper.id})")
    else:
        _show_text(answer)
    for note in answer.notes:
        console.talk(f"({note})")
    if answer.usage.calls or answer.usage.cached:
        console.talk(f"({answer.usage.model}: {answer.usage.in_full()})")


def _show_text(answer: Answer) -> None:
    """What is answered, with its table, its sources and how well it is supported."""
    from rich.text import Text

    out = console.console_for()
    if answer.headline:
        out.print(Text(answer.headline, style="dim"), end="\n\n")
    for line in _lines(answer):
        out.print(line)
    if answer.shown_table is not None:
        _show_table(answer.shown_table)
    if answer.citations:
        out.print("\nSources")
    for citation in answer.citations:
        source = f"[{citation.number}] {wording.short_reference(citation.paper)}"
        out.print(Text(source, style="bold"))
        if citation.quotes:
            out.print(Text(f"    {wording.quoted(citation)}", style="dim"))
    if answer.plan is None or answer.plan.kind != "chat":
        _show_support(answer)


def _lines(answer: Answer) -> Iterator[Text]:
    """The marked text line by line; on a terminal, items of lists are indented where they wrap."""
    from rich.text import Text

    out = console.console_for()
    for line in _marked(answer).split("\n", allow_blank=True):
        if out.is_terminal and line.plain.startswith(_ITEM):
            first, *more = line[len(_ITEM) :].wrap(out, max(20, out.width - len(_ITEM)))
            for before, part in [(_ITEM, first), *((" " * len(_ITEM), rest) for rest in more)]:
                part.rstrip()
                yield Text(before) + part
        else:
            yield line


def _show_table(table: Table) -> None:
    """The first rows of a table: ruled on a terminal, tab separated where it is piped."""
    from rich.table import Table as Ruled
    from rich.text import Text

    out = console.console_for()
    out.print()
    if not out.is_terminal:
        out.file.write(table.to_text(ROWS) + "\n")  # `print` makes spaces of its tabs
        return
    ruled = Ruled(*table.columns)
    for row in table.texts(ROWS):
        ruled.add_row(*map(Text, row))
    out.print(ruled)
    if more := table.more(ROWS):
        out.print(f"… {more}")


def _marked(answer: Answer) -> Text:
    """The answer's text with a support mark after each sentence's citation, headings bold."""
    from rich.text import Text

    text = Text()
    for run, number in answer.runs():
        if number is None:
            _add_heading(text, run)
            continue
        sentence = answer.sentences[number]
        cite = run.rfind(" [") if sentence.attached else len(run)
        text.append(run[:cite]).append(run[cite:], style="dim")
        support = sentence.support
        if mark := wording.MARKS[support]:
            text.append(f" {mark}", style=_COLOURS[support])
    return text


def _add_heading(text: Text, run: str) -> None:
    """What stands before a sentence; the title of a paper that its line begins with is bold."""
    before, newline, line = run.rpartition("\n")
    at_start = bool(newline) or not text.plain
    text.append(before + newline)
    is_heading = at_start and line.endswith(": ")
    mark = _ITEM if is_heading and line.startswith(_ITEM) else ""
    text.append(mark)
    text.append(line[len(mark) :], style="bold" if is_heading else "")


def _show_support(answer: Answer) -> None:
    """What the check finds fault with, how likely the answer is right, and how long it took."""
    from rich.text import Text

    out = console.console_for()
    if answer.told:
        out.print()
    for sentence in answer.sentences:
        if sentence.told:
            line = Text(sentence.told)
            line.stylize(_COLOURS[sentence.support], 0, 1)
            out.print(line)
    seconds = sum(answer.usage.seconds.values())
    out.print(f"\nconfidence {answer.confidence:.2f}; {seconds:.2f} s")


def show_plan(plan: Plan) -> None:
    """All of how a question was understood, a line for each thing that is set."""
    rows = {
        "kind": f"{plan.kind} ({LABELS[plan.kind]})",
        "question": plan.query,
        "conditions": wording.conditions(plan.filters),
        "facets": " + ".join(plan.facets),
        "topic": plan.topic,
        "fields": ", ".join(plan.fields),
        "counted by": plan.by or "",
        "order": plan.order or "",
        "form": plan.form,
        "words": str(plan.words),
        "language": plan.language,
        "missing": "; ".join((*plan.missing, *plan.unheld)),
        "likely": ", ".join(f"{kind} {share:.2f}" for kind, share in _likely(plan)),
    }
    for name, value in rows.items():
        if value:
            console.console_for().print(f"{name:<10}  {console.one_line(value)}")


def _likely(plan: Plan) -> list[tuple[str, float]]:
    """The three likeliest kinds, where a classifier told."""
    ranked = sorted(plan.likely.items(), key=lambda each: -each[1])
    return [(kind, share) for kind, share in ranked[:3] if share >= 0.01]


# -- what grows ------------------------------------------------------------------------------------


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while an answer grew; what had arrived is `args[0]`."""


def follow(growing: Iterable[Answer]) -> Answer:
    """Show an answer while it grows, on a terminal; the complete one.

    Raises `Interrupted` on Ctrl-C.
    """
    try:
        if sys.stdout.isatty():
            return _live(growing)
        *_, answer = growing
        return answer
    except KeyboardInterrupt as error:
        raise Interrupted(*error.args) from None


def _live(growing: Iterable[Answer]) -> Answer:
    from rich.live import Live

    answer: Answer | None = None
    try:
        with Live(
            console=console.console_for(),
            transient=True,
            vertical_overflow="visible",
            refresh_per_second=20,
        ) as live:
            for answer in growing:
                live.update(growing_text(answer))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(answer.text if answer else "") from None
    if answer is None:
        raise ValueError("an answer that grows has at least one state")
    return answer


def growing_text(answer: Answer) -> Text:
    """An answer that is not complete: how it was understood, what there is, what is being done."""
    from rich.text import Text

    # That it is being written can be seen.
    stage = "" if answer.stage == "write" else answer.progress().lower()
    understood = console.one_line(answer.understood)
    text = Text()
    text.append(understood + "\n" * bool(understood), style="dim")
    text.append(answer.text)
    return text.append("\n" * bool(answer.text) + stage, style="dim")
