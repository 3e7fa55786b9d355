"""The commands that ask: one question, one a line, or a conversation."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from rag.assistant import Assistant
from rag.cli import answers, console
from rag.errors import RagError, UsageError
from rag.types import KINDS, Answer, Filters, Turn, Usage, plan_changes

if TYPE_CHECKING:
    from rag.settings import Settings


def ask(
    settings: Settings,
    question: str,
    *,
    as_json: bool,
    filters: Filters,
    changes: Mapping[str, Any] | None = None,
) -> bool:
    """Answer one question, or each line of standard input; whether all were answered.

    `changes` correct how each is understood. Raises `UsageError` for those that no plan has.
    """
    plan_changes(changes)  # before anything is loaded
    if question == "-" and changes and "query" in changes:
        raise UsageError("--as is one question's, and - reads many; leave one of them out.")
    with Assistant(settings).open() as assistant:
        if question == "-":
            answered = True
            for line in sys.stdin:
                if line.strip():
                    answer = assistant.ask(line.strip(), filters=filters, plan=changes)
                    print(console.as_json(answer.to_dict()), flush=True)
                    answered &= answer.status != "refused"
            return answered
        if as_json:
            answer = assistant.ask(question, filters=filters, plan=changes)
            print(console.as_json(answer.to_dict(), indent=2))
        else:
            with closing(assistant.stream(question, filters=filters, plan=changes)) as growing:
                answer = answers.follow(growing)
            answers.show_answer(answer)
        return answer.status != "refused"


def chat(settings: Settings) -> None:
    """A conversation. Ctrl-C ends an answer; at the prompt, it ends the conversation."""
    with Assistant(settings).open() as assistant:
        talk = _Conversation(assistant)
        console.talk("Ask; /plan and /as KIND tell and correct how; an empty line ends it.")
        while typed := console.prompt():
            talk.take(typed)
    if talk.total.calls or talk.total.cached:
        console.talk(f"In all: {talk.total.in_full()}.")


class _Conversation:
    """What was asked and answered so far, and what it took."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.answered: list[Answer] = []
        self.changes: Mapping[str, Any] = {}
        """What was changed of the last question's plan."""
        self.total = Usage()

    def take(self, typed: str) -> None:
        """Do what was typed: a question, `/plan`, or `/as KIND [QUESTION]`."""
        command, _, rest = typed.partition(" ")
        if command not in ("/plan", "/as"):
            self._ask(typed)
        elif not self.answered:
            console.talk(f"rag: {command} is about an answer; ask first.")
        elif command == "/plan":
            plan = self.answered[-1].plan
            if plan is not None:
                answers.show_plan(plan)
        else:
            self._ask_again(*rest.split(maxsplit=1))

    def _ask_again(self, kind: str = "", text: str = "") -> None:
        """Ask the last question as one of a kind; the new answer stands for the old one."""
        if kind not in KINDS:
            console.talk(f"rag: /as takes one of: {', '.join(KINDS)}.")
            return
        last = self.answered.pop()
        changes = {**self.changes, "kind": kind} | ({"query": text} if text else {})
        if not self._ask(last.question, changes):
            self.answered.append(last)

    def _ask(self, question: str, changes: Mapping[str, Any] | None = None) -> bool:
        """Ask, and show the answer; whether there is one."""
        answer = _turn(self.assistant, question, self._history(), changes)
        if answer is None:
            return False
        self.total += answer.usage
        self.answered.append(answer)
        self.changes = changes or {}
        return True

    def _history(self) -> list[Turn]:
        return [
            turn
            for answer in self.answered
            for turn in (Turn("user", answer.question), Turn("assistant", answer.text))
        ]


def _turn(
    assistant: Assistant,
    question: str,
    history: list[Turn],
    changes: Mapping[str, Any] | None,
) -> Answer | None:
    """One answer, shown; None when it was stopped, or failed with what the user can mend."""
    try:
        with closing(assistant.stream(question, history=history, plan=changes)) as growing:
            answer = answers.follow(growing)
    except answers.Interrupted as stopped:
        for text in stopped.args:
            console.talk(text)
        console.talk("(stopped)")
        return None
    except RagError as error:
        console.talk(f"rag: {error}")
        return None
    if answer.query != answer.question:
        console.talk(f"(searched for: {answer.query})")
    answers.show_answer(answer)
    return answer
