"""What happens when the components of the page are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from rag import Paper, RagError
from ui import exports
from ui.layout import HIDDEN, Parts
from ui.page import Page
from ui.paper_html import escape
from ui.session import Session, follow_ups

_SHOW = """
(html, act) => {
  if (act.startsWith("copy:")) navigator.clipboard.writeText(act.slice(5));
  const card = document.getElementById(act.split("-").slice(0, 3).join("-"));
  if (card) {
    card.open = true;
    document.querySelectorAll(".paper.lit").forEach((other) => other.classList.remove("lit"));
    card.classList.add("lit");
    (card.querySelector("mark.lit") || card).scrollIntoView({ block: "center" });
  }
}
"""

_SAVE = """
(file) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.text], { type: "text/plain" }));
  link.download = file.name;
  link.click();
  URL.revokeObjectURL(link.href);
}
"""
"""Saves a file that is never stored on the server, so never served to anybody else."""


def wire_chat(page: Page, state: Any, chat: Parts, sidebar: Parts) -> None:
    """Asking, stopping and asking again."""

    def idle(session: Session) -> Any:
        choices = gr.update(choices=page.listed(session), value=session.conversation)
        conversation = session.conversation or ""
        return gr.update(visible=True), gr.update(visible=False), choices, conversation

    def shown_again(session: Session) -> Any:
        return page.messages(session), page.panel(session)

    events = _wire_questions(page, state, chat)
    rest = [chat["send"], chat["stop"], sidebar["list"], sidebar["current"]]
    for event in events:
        show_plan(event.then(idle, state, rest, **HIDDEN), state, chat)
    shown = [chat["chatbot"], chat["evidence"]]
    halt = chat["stop"].click(page.stop, state, None, cancels=events, queue=False)
    # In the queue, so that no part of the answer that is on its way comes after it.
    halt = halt.then(shown_again, state, shown, **HIDDEN)
    show_plan(halt.then(idle, state, rest, **HIDDEN), state, chat)


def show_plan(event: Any, state: Any, chat: Parts) -> None:
    """After an event, show how the last question was understood, or nothing without one."""

    def understood(session: Session) -> Any:
        plan = session.answers[-1].plan if session.answers else None
        if plan is None:
            return gr.update(visible=False), gr.update(), ""
        return gr.update(visible=True), gr.update(value=plan.kind), session.standalone()

    event.then(understood, state, [chat["plan"], chat["kind"], chat["standalone"]], **HIDDEN)


def _wire_questions(page: Page, state: Any, chat: Parts) -> list[Any]:
    """The ways to ask; the events that answer."""

    async def answered(question: str, session: Session, **given: Any) -> Any:
        with _told(session):
            async for messages, panel, questions in page.ask(question, session, **given):
                yield messages, gr.skip() if panel is None else panel, _choices(questions)

    async def again(session: Session, event: gr.RetryData) -> Any:
        question = page.cut(session, _number(event.index))
        async for update in answered(question, session, fresh=True):
            yield update

    async def corrected(kind: str, text: str, session: Session) -> Any:
        with _told(session):
            question, plan = page.corrected(session, kind, text)
        async for update in answered(question, session, plan=plan):
            yield update

    def picked(event: gr.SelectData) -> Any:
        return _busy(str(event.value["text"]))

    question = gr.State("")
    box, chatbot, suggestions = chat["question"], chat["chatbot"], chat["suggestions"]
    shown = [chatbot, chat["evidence"], suggestions]
    taken = [question, box, chat["send"], chat["stop"]]
    begun = [
        box.submit(_busy, box, taken, queue=False, **HIDDEN),
        chat["send"].click(_busy, box, taken, queue=False, **HIDDEN),
        suggestions.input(_busy, suggestions, taken, queue=False, **HIDDEN),
        chatbot.example_select(picked, None, taken, queue=False, **HIDDEN),
    ]
    events = [event.then(answered, [question, state], shown, **HIDDEN) for event in begun]
    so = chat["again"].click(corrected, [chat["kind"], chat["standalone"], state], shown, **HIDDEN)
    return [*events, chatbot.retry(again, state, shown, **HIDDEN), so]


@contextmanager
def _told(session: Session) -> Iterator[None]:
    """Tells the visitor what they can mend; no answer is being written any more."""
    try:
        yield
    except RagError as error:
        session.pending = None
        raise gr.Error(escape(str(error)), duration=None, print_exception=False) from None


def wire_answers(page: Page, state: Any, chat: Parts) -> None:
    """What is done with answers: edited questions, ratings, citations, cards of papers."""

    def edit(session: Session, event: gr.UndoData) -> Any:
        question = page.cut(session, _number(event.index))
        return page.messages(session), page.panel(session), question

    def liked(session: Session, event: gr.LikeData) -> Any:
        good = event.liked == "Like" if isinstance(event.liked, str) else bool(event.liked)
        page.rate(session, _number(event.index), liked=good)
        return gr.update(visible=True, value="")

    def commented(text: str, session: Session) -> Any:
        page.comment(session, text)
        return gr.update(visible=False)

    def clicked(session: Session, event: gr.EventData) -> Any:
        return card(page, session, event._data or {})

    def focused(act: str, session: Session) -> str:
        return _focused(page, act, session)

    def everywhere(session: Session) -> str:
        session.only = ()
        return ""

    given_back = [chat["chatbot"], chat["evidence"], chat["question"]]
    show_plan(chat["chatbot"].undo(edit, state, given_back), state, chat)
    chat["chatbot"].like(liked, state, chat["comment"])
    chat["comment"].submit(commented, [chat["comment"], state], chat["comment"])
    chat["only"].select(everywhere, state, chat["only"])
    opened = chat["evidence"].select(clicked, state, [chat["act"], chat["only"]])
    opened.then(focused, [chat["act"], state], chat["evidence"]).then(
        None, [chat["evidence"], chat["act"]], None, js=_SHOW
    )


def wire_sidebar(page: Page, state: Any, chat: Parts, sidebar: Parts) -> None:
    """Opening, finding, renaming, deleting and exporting conversations."""
    listed, name = sidebar["list"], sidebar["name"]
    shown = [chat["chatbot"], chat["evidence"], chat["suggestions"], name, sidebar["current"]]

    def opened(conversation: str | None, session: Session) -> Any:
        page.open(session, conversation)
        return _everything(page, session)

    def new(session: Session) -> Any:
        session.start()
        return *_everything(page, session), gr.update(value=None), ""

    def renamed(text: str, session: Session) -> Any:
        page.conversations.rename(session.owner, session.conversation, text)
        return gr.update(choices=page.listed(session), value=session.conversation)

    def deleted(session: Session) -> Any:
        page.conversations.delete(session.owner, session.conversation)
        session.start()
        choices = gr.update(choices=page.listed(session), value=None)
        return *_everything(page, session), choices

    show_plan(listed.input(opened, [listed, state], shown), state, chat)
    for begun in (chat["chatbot"].clear, sidebar["new"].click):
        show_plan(begun(new, state, [*shown, listed, chat["only"]]), state, chat)
    sidebar["find"].change(
        lambda text, session: gr.update(choices=page.listed(session, text)),
        [sidebar["find"], state], listed, show_progress="hidden",
    )  # fmt: skip
    name.submit(renamed, [name, state], listed)
    show_plan(sidebar["delete"].click(deleted, state, [*shown, listed]), state, chat)
    for kind in ("md", "bib", "ris", "json"):
        made = sidebar[kind].click(_exporter(page, kind), state, sidebar["file"])
        made.success(None, sidebar["file"], None, js=_SAVE)


def _everything(page: Page, session: Session) -> tuple[Any, ...]:
    """The open conversation: messages, panel, suggestions, its title and its id."""
    questions = follow_ups(session.answers[-1]) if session.answers else []
    titles = {key: title for title, key in page.listed(session)}
    conversation = session.conversation or ""
    return (
        page.messages(session), page.panel(session), _choices(questions),
        titles.get(conversation, ""), conversation,
    )  # fmt: skip


def wire_settings(page: Page, state: Any, parts: Parts) -> None:
    """Settings are checked when they are applied, and hold for this visitor alone."""
    names = (
        "llm", "key", "address", "repair", "k", "words", "style", "language", "price_in",
        "price_out", "first", "last", "source",
    )  # fmt: skip

    def applied(session: Session, *values: Any) -> Any:
        given = dict(zip(names, values, strict=True))
        try:
            model = page.change(session, given)
        except RagError as error:
            return f"**Not applied.** {escape(str(error))}", ""
        outcome = f"Applied: {escape(model)} answers your questions now."
        written = given["repair"] or given["language"].strip() or given["style"] != "concise"
        if model == "extractive" and written:
            outcome += " Style, language and mending do nothing until a model is set."
        return outcome, ""

    parts["apply"].click(
        applied, [state, *(parts[name] for name in names)], [parts["outcome"], parts["key"]]
    )


def card(page: Page, session: Session, data: dict[str, Any]) -> Any:
    """What was clicked in an answer or a card: what the page is to do, and who alone is asked."""
    act, key = str(data.get("act")), str(data.get("paper", ""))
    if act == "cite":
        return str(data.get("target", "")), gr.skip()
    paper = page.papers.paper(session.owner, key)
    if paper is None:
        return "", gr.skip()
    if act == "bibtex":
        return f"copy:{exports.bibtex([paper])}", gr.skip()
    if act == "only":
        session.only = (key,)
        return "", asked_only(paper)
    return f"more:{key}", gr.skip()


def _focused(page: Page, act: str, session: Session) -> str:
    """The panel with the citation `cite-TURN-NUMBER-SENTENCE` open, or with papers like another."""
    parts = act.split("-")
    if parts[0] == "cite" and all(part.isdigit() for part in parts[1:]) and len(parts) == 4:
        return page.panel(session, *(int(part) for part in parts[1:]))
    if act.startswith("more:"):
        paper = page.papers.paper(session.owner, act[5:])
        return page.papers.alike(session.owner, paper) if paper else page.panel(session)
    return page.panel(session)


def asked_only(paper: Paper) -> str:
    """Says which paper alone is asked."""
    again = '<button type="button" class="act" data-act="all">Ask all papers</button>'
    return f'<p class="note">Asking only: {escape(paper.title)} {again}</p>'


def _exporter(page: Page, kind: str) -> Callable[[Session], Any]:
    def exported(session: Session) -> Any:
        text = page.export(session, kind)
        if text is None:
            raise gr.Error(
                "There is no answer in this conversation yet.", duration=5, print_exception=False
            )
        return {"name": f"conversation.{kind}", "text": text}

    return exported


def _busy(question: str) -> Any:
    """The question taken out of its box, and Stop in the place of Ask."""
    return question, "", gr.update(visible=False), gr.update(visible=True)


def _choices(questions: list[str]) -> Any:
    return gr.update(choices=questions, value=None, visible=bool(questions))


def _number(index: Any) -> int:
    """Which answer a message of the chatbot belongs to."""
    first = index[0] if isinstance(index, (list, tuple)) else index
    return int(first) // 2
