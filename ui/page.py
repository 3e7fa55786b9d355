"""What the events of the page do, apart from Gradio."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from rag import Answer, Assistant, ConfigError
from rag.types import plan_changes
from ui import chat_html, exports
from ui.history import Conversations, turns
from ui.papers import Papers, year
from ui.session import Session, follow_ups

KEYS = (
    "llm_api_key", "openai_api_key", "azure_openai_api_key", "anthropic_api_key",
    "gemini_api_key", "mistral_api_key",
)  # fmt: skip
BEAT = 0.1
"""Seconds between two states of a growing answer that are sent to the page, at least."""
SHARE = 4
"""Sending them may take one part in so many of the time; under load they become rarer."""


class Page:
    """What the events of the page do; every method takes the visitor's session first."""

    def __init__(
        self, assistant: Assistant, conversations: Conversations, *, private: bool = False
    ) -> None:
        self.assistant = assistant
        self.conversations = conversations
        self.papers = Papers(assistant, private=private)

    def messages(self, session: Session) -> list[dict[str, str]]:
        """The conversation as the chatbot takes it, with the answer that is being written."""
        messages: list[dict[str, str]] = []
        total = self.papers.total(session.owner)
        for number, answer in enumerate(session.all_answers()):
            messages.append({"role": "user", "content": chat_html.question(answer.question)})
            html = chat_html.answer(answer, number, total)
            messages.append({"role": "assistant", "content": html})
        return messages

    def panel(self, session: Session, number: int = -1, focus: int = 0, sentence: int = 0) -> str:
        """The evidence of an answer, the last one unless told otherwise.

        `focus` opens the citation of that number, at what the given sentence rests on.
        """
        answers = session.all_answers()
        if not answers:
            return chat_html.evidence(None, 0)
        number = number if 0 <= number < len(answers) else len(answers) - 1
        return chat_html.evidence(answers[number], number, focus, sentence)

    async def ask(
        self,
        question: str,
        session: Session,
        *,
        plan: Mapping[str, Any] | None = None,
        fresh: bool = False,
    ) -> AsyncGenerator[tuple[Any, ...], None]:
        """Messages, panel (None: as before) and suggestions while an answer grows.

        `plan` is what to change of how the question is understood.
        """
        if not question.strip() or session.pending is not None:
            return
        session.check()
        sent, beat, seen = 0.0, BEAT, None
        assistant = session.chosen(self.papers.assistant(session.owner))
        history = turns(session.answers)
        growing = assistant.astream(
            question, history=history, filters=session.filters(), plan=plan, fresh=fresh
        )
        session.rewritten = (plan or {}).get("query", "")
        try:
            async for answer in growing:
                if sent and session.pending is None:
                    return  # the question was taken back, or stopped
                last: Answer | None = session.pending
                told = last is not None and (last.stage, last.plan) == (answer.stage, answer.plan)
                session.pending = answer
                now = time.monotonic()
                if not told or now - sent > beat:
                    evidence = answer.query, answer.hits, answer.citations
                    panel = None if evidence == seen else self.panel(session)
                    yield self.messages(session), panel, []
                    sent, seen = time.monotonic(), evidence
                    beat = max(BEAT, SHARE * (sent - now))
        finally:
            await growing.aclose()
        self.finish(session)
        yield self.messages(session), self.panel(session), follow_ups(session.answers[-1])

    def finish(self, session: Session) -> None:
        """Store the answer that is complete."""
        if session.pending is not None:
            answer, session.pending = session.pending, None
            session.answers.append(answer)
            session.conversation = self.conversations.add(
                session.owner, session.conversation, answer
            )

    def stop(self, session: Session) -> None:
        """Keep what there is of an answer that the visitor stopped."""
        if session.pending is not None:
            notice = "Stopped before its end; its sentences are not checked."
            session.pending = replace(
                session.pending, stage="done", status="partial", notice=notice
            )
            self.finish(session)

    def rate(self, session: Session, number: int, *, liked: bool) -> None:
        """Keep whether an answer was good; a comment may follow."""
        session.rated = number
        self.conversations.rate(
            session.owner, session.conversation, number, liked=liked, comment=""
        )

    def comment(self, session: Session, text: str) -> None:
        """Keep what the visitor says of the answer that they rated last."""
        ratings = self.conversations.ratings(session.owner, session.conversation)
        if 0 <= session.rated < len(ratings):
            liked, _ = ratings[session.rated]
            self.conversations.rate(
                session.owner, session.conversation, session.rated, liked=liked, comment=text
            )

    def cut(self, session: Session, number: int) -> str:
        """Forget the answers from a number on; the question that the first of them was given."""
        answers = session.all_answers()
        number = min(number, len(answers) - 1)
        if number < 0:
            return ""
        self.conversations.cut(session.owner, session.conversation, number)
        del session.answers[number:]
        session.pending, session.rewritten = None, ""
        return answers[number].question

    def corrected(self, session: Session, kind: str, text: str) -> tuple[str, dict[str, str]]:
        """The last question, its answer forgotten, and what to change of its plan: its kind, and
        the text for it to stand alone, where that is another one; "" when there is none.

        Raises `UsageError` for no kind.
        """
        if session.pending is not None or not session.answers:
            return "", {}
        query = text.strip()
        changes = {"kind": kind}
        if query and query != session.answers[-1].question:
            changes["query"] = query
        plan_changes(changes)
        return self.cut(session, len(session.answers) - 1), changes

    def change(self, session: Session, given: Mapping[str, Any]) -> str:
        """Apply a visitor's settings to their own questions; the model that answers from now on.

        Raises `ConfigError` for wrong ones, and leaves the old.
        """
        address, key = given["address"].strip(), given["key"].strip()
        years = year(given["first"]), year(given["last"])
        changes: dict[str, Any] = {
            "llm": given["llm"].strip() or "extractive",
            "repair": given["repair"],
            "k": int(given["k"]),
            "words": int(given["words"]),
            "style": given["style"],
            "language": given["language"].strip(),
            "price_in": _price(given["price_in"]),
            "price_out": _price(given["price_out"]),
        }
        if address:
            # What this server's owner pays for must not be sent to where a visitor says.
            changes |= {name: SecretStr("") for name in KEYS}
            changes["llm_base_url"] = address
        if key:
            changes["llm_api_key"] = SecretStr(key)
        elif changes["llm"] == session.changes.get("llm") and not address:
            changes |= {k: v for k, v in session.changes.items() if k == "llm_api_key"}
        session.assistant = self.papers.assistant(session.owner).adjusted(**changes)
        session.changes = changes
        session.years = years
        session.source = given["source"].strip()
        return str(changes["llm"])

    def open(self, session: Session, conversation: str | None) -> None:
        """Leave the open conversation for another one of the visitor's, or for a new one."""
        session.start()
        session.answers = self.conversations.answers(session.owner, conversation)
        session.conversation = conversation if session.answers else None

    def listed(self, session: Session, containing: str = "") -> list[tuple[str, str]]:
        """The visitor's conversations as choices: their titles and ids."""
        entries = self.conversations.entries(session.owner, containing.strip())
        return [(entry.title, entry.id) for entry in entries]

    def export(self, session: Session, kind: str) -> str | None:
        """The open conversation as a file's text; None when there is no answer in it."""
        if not session.answers:
            return None
        title = session.answers[0].question
        papers = exports.cited(session.answers)
        texts: dict[str, Callable[[], str]] = {
            "md": lambda: exports.markdown(session.answers, title),
            "json": lambda: exports.data(session.answers, title),
            "bib": lambda: exports.bibtex(papers),
            "ris": lambda: exports.ris(papers),
        }
        return texts[kind]()


def _price(text: str) -> float | None:
    """A price as it was typed. Raises `ConfigError` for what is no number."""
    try:
        return float(text) if text.strip() else None
    except ValueError:
        raise ConfigError("A price is a number of US dollars, such as 0.15.") from None
