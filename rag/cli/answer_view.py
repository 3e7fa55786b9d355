"""How an answer looks on a terminal: while it grows, and when it is complete."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rag.cli.console import console_for, reference, talk
from rag.text import readable
from rag.types import Answer, Usage

MARKS = {"supported": "✓", "partial": "~", "unsupported": "✗"}
STAGES = {
    "search": "searching…",
    "read": "reading {papers} papers…",
    "write": "",
    "check": "checking citations…",
    "repair": "mending what is not supported…",
    "done": "",
}
_COLOURS = {"supported": "green", "partial": "yellow", "unsupported": "red"}
_QUOTE_WIDTH = 300


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while an answer grew; what had arrived is `args[0]`."""


def follow(growing: Iterable[Answer]) -> Answer:
    """Show an answer while it grows, on a terminal; the complete one.

    Raises `Interrupted` on Ctrl-C.
    """
    try:
        if sys.stdout.isatty():
            return _live(growing)
        *_, last = growing
        return last
    except KeyboardInterrupt as error:
        raise Interrupted(*error.args) from None


def _live(growing: Iterable[Answer]) -> Answer:
    from rich.live import Live
    from rich.text import Text

    state: Answer | None = None
    try:
        with Live(
            console=console_for(),
            transient=True,
            vertical_overflow="visible",
            refresh_per_second=20,
        ) as live:
            for state in growing:
                stage = STAGES[state.stage].format(papers=len(state.hits))
                live.update(Text(state.text).append("\n" * bool(state.text) + stage, style="dim"))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(state.text if state else "") from None
    if state is None:
        raise ValueError("an answer that grows has at least one state")
    return state


def answer(found: Answer) -> None:
    """An answer with its support marks and numbered sources, or a refusal with what is near."""
    from rich.text import Text

    console = console_for()
    if found.status == "refused":
        console.print(Text(found.text, style="yellow"))
        if found.hits:
            console.print("\nNearest papers:")
            for hit in found.hits[:3]:
                console.print(f"  {readable(hit.paper.title)}  ({hit.paper.id})")
        _aside(found)
        return
    console.print(_marked(found))
    console.print("\nSources")
    for citation in found.citations:
        console.print(Text(f"[{citation.number}] {reference(citation.paper)}", style="bold"))
        for quote in citation.quotes[:1]:
            text = readable(quote.text)
            if len(text) > _QUOTE_WIDTH:
                text = text[:_QUOTE_WIDTH].rsplit(" ", 1)[0] + " …"
            console.print(Text(f"    “{text}”", style="dim"))
    weak = [s for s in found.sentences if s.support != "supported"]
    total = len(found.sentences)
    console.print(
        f"\n{total - len(weak)} of {total} sentences supported by what they cite; "
        f"confidence {found.confidence:.2f}; {sum(found.usage.seconds.values()):.2f} s"
    )
    for sentence in weak:
        console.print(f"  {MARKS[sentence.support]} {sentence.why}: {sentence.text}")
    _aside(found)


def _aside(found: Answer) -> None:
    """What is said beside an answer: what went wrong, what was left out, what it cost."""
    if found.notice:
        talk(f"({found.notice})")
    if found.fallback:
        talk("(The answer above was made without the model.)")
    if found.dropped:
        talk(f"(The model cited {found.dropped} sources that do not exist; they were left out.)")
    if found.usage.calls or found.usage.cached:
        talk(f"({found.usage.model}: {spent(found.usage)})")


def spent(usage: Usage) -> str:
    """Calls, tokens and dollars in words."""
    cost = "cost unknown" if usage.cost is None else f"${usage.cost:.4f}"
    kept = f", {usage.cached} from the cache" if usage.cached else ""
    calls = "1 call" if usage.calls == 1 else f"{usage.calls} calls"
    return f"{calls}{kept}, {usage.tokens_in:,} tokens in, {usage.tokens_out:,} out, {cost}"


def _marked(found: Answer) -> Any:
    """The answer's text with a support mark after each sentence's citation."""
    from rich.text import Text

    text = Text()
    at = 0
    for sentence in found.sentences:
        text.append(found.text[at : sentence.end])
        text.append(" " + MARKS[sentence.support], style=_COLOURS[sentence.support])
        at = sentence.end
    text.append(found.text[at:])
    return text
