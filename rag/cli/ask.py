"""The commands that ask: one question, one a line, or a conversation."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

from rag.assistant import Assistant
from rag.cli import console
from rag.errors import RagError
from rag.types import Answer, Filters, Turn, Usage

if TYPE_CHECKING:
    from rag.settings import Settings


def ask(settings: Settings, question: str, *, as_json: bool, filters: Filters) -> bool:
    """Answer one question, or each line of standard input; whether all were answered."""
    with Assistant(settings).open() as assistant:
        if question == "-":
            answered = True
            for line in sys.stdin:
                if line.strip():
                    answer = assistant.ask(line.strip(), filters=filters)
                    print(console.as_json(answer.to_dict()), flush=True)
                    answered &= answer.status != "refused"
            return answered
        if as_json:
            answer = assistant.ask(question, filters=filters)
            print(console.as_json(answer.to_dict(), indent=2))
        else:
            with closing(assistant.stream(question, filters=filters)) as growing:
                answer = console.follow(growing)
            console.show_answer(answer)
        return answer.status != "refused"


def chat(settings: Settings) -> None:
    """A conversation. Ctrl-C ends an answer; at the prompt, it ends the conversation."""
    history: list[Turn] = []
    total = Usage()
    with Assistant(settings).open() as assistant:
        console.talk("Ask; an empty line ends the conversation.")
        while question := console.prompt():
            answer = _turn(assistant, question, history)
            if answer is not None:
                total += answer.usage
                history += [Turn("user", question), Turn("assistant", answer.text)]
    if total.calls or total.cached:
        console.talk(f"In all: {total.in_full()}.")


def _turn(assistant: Assistant, question: str, history: list[Turn]) -> Answer | None:
    """One answer, shown; None when it was stopped, or failed with what the user can mend."""
    try:
        with closing(assistant.stream(question, history=history)) as growing:
            answer = console.follow(growing)
    except console.Interrupted as stopped:
        for text in stopped.args:
            console.talk(text)
        console.talk("(stopped)")
        return None
    except RagError as error:
        console.talk(f"rag: {error}")
        return None
    if answer.query != answer.question:
        console.talk(f"(searched for: {answer.query})")
    console.show_answer(answer)
    return answer
