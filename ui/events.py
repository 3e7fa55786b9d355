"""What happens when the components of the page are used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from rag import Paper, RagError
from ui import exports
from ui.layout import Parts
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


def wire_chat(page: Page, session: Any, chat: Parts, sidebar: Parts) -> None:
    """Asking, stopping and asking again."""

    async def answered(question: str, own: Session, fresh: bool = False) -> Any:
        try:
            async for messages, panel, next_ones in page.ask(question, own, fresh=fresh):
                yield messages, gr.skip() if panel is None else panel, _choices(next_ones)
        except RagError as error:
            own.pending = None
            raise gr.Error(escape(str(error)), duration=None, print_exception=False) from None

    async def again(own: Session, event: gr.RetryData) -> Any:
        question = page.cut(own, _number(event.index))
        async for state in answered(question, own, fresh=True):
            yield state

    def picked(event: gr.SelectData) -> Any:
        return _busy(str(event.value["text"]))

    def idle(own: Session) -> Any:
        choices = gr.update(choices=page.listed(own), value=own.conversation)
        return gr.update(visible=True), gr.update(visible=False), choices, own.conversation or ""

    def stopped(own: Session) -> Any:
        page.stop(own)
        return page.messages(own), page.panel(own)

    quiet: Parts = {"show_progress": "hidden"}
    asked = gr.State("")
    box, bot, next_ones = chat["question"], chat["chatbot"], chat["suggestions"]
    shown = [bot, chat["evidence"], next_ones]
    taken = [asked, box, chat["send"], chat["stop"]]
    begun = [
        box.submit(_busy, box, taken, queue=False, **quiet),
        chat["send"].click(_busy, box, taken, queue=False, **quiet),
        next_ones.input(_busy, next_ones, taken, queue=False, **quiet),
        bot.example_select(picked, None, taken, queue=False, **quiet),
    ]
    events = [event.then(answered, [asked, session], shown, **quiet) for event in begun]
    events.append(bot.retry(again, session, shown, **quiet))
    rest = [chat["send"], chat["stop"], sidebar["list"], sidebar["current"]]
    for event in events:
        event.then(idle, session, rest, **quiet)
    halt = chat["stop"].click(stopped, session, shown[:2], cancels=events, queue=False)
    halt.then(idle, session, rest, **quiet)


def wire_answers(page: Page, session: Any, chat: Parts) -> None:
    """What is done with answers: edited questions, ratings, citations, cards of papers."""

    def edit(own: Session, event: gr.UndoData) -> Any:
        question = page.cut(own, _number(event.index))
        return page.messages(own), page.panel(own), question

    def liked(own: Session, event: gr.LikeData) -> Any:
        good = event.liked == "Like" if isinstance(event.liked, str) else bool(event.liked)
        page.rate(own, _number(event.index), liked=good)
        return gr.update(visible=True, value="")

    def commented(text: str, own: Session) -> Any:
        page.comment(own, text)
        return gr.update(visible=False)

    def clicked(own: Session, event: gr.EventData) -> Any:
        return card(page, own, event._data or {})

    def focused(act: str, own: Session) -> str:
        return _focused(page, act, own)

    def everywhere(own: Session) -> str:
        own.only = ()
        return ""

    chat["chatbot"].undo(edit, session, [chat["chatbot"], chat["evidence"], chat["question"]])
    chat["chatbot"].like(liked, session, chat["comment"])
    chat["comment"].submit(commented, [chat["comment"], session], chat["comment"])
    chat["only"].select(everywhere, session, chat["only"])
    opened = chat["evidence"].select(clicked, session, [chat["act"], chat["only"]])
    opened.then(focused, [chat["act"], session], chat["evidence"]).then(
        None, [chat["evidence"], chat["act"]], None, js=_SHOW
    )


def wire_sidebar(page: Page, session: Any, chat: Parts, sidebar: Parts) -> None:
    """Opening, finding, renaming, deleting and exporting conversations."""
    listed, name = sidebar["list"], sidebar["name"]
    shown = [chat["chatbot"], chat["evidence"], chat["suggestions"], name, sidebar["current"]]

    def everything(own: Session) -> Any:
        next_ones = follow_ups(own.answers[-1]) if own.answers else []
        titles = {key: title for title, key in page.listed(own)}
        return (
            page.messages(own), page.panel(own),
            _choices(next_ones),
            titles.get(own.conversation or "", ""), own.conversation or "",
        )  # fmt: skip

    def opened(conversation: str | None, own: Session) -> Any:
        page.open(own, conversation)
        return everything(own)

    def new(own: Session) -> Any:
        own.start()
        return *everything(own), gr.update(value=None), ""

    def renamed(text: str, own: Session) -> Any:
        page.conversations.rename(own.owner, own.conversation, text)
        return gr.update(choices=page.listed(own), value=own.conversation)

    def deleted(own: Session) -> Any:
        page.conversations.delete(own.owner, own.conversation)
        own.start()
        return *everything(own), gr.update(choices=page.listed(own), value=None)

    listed.input(opened, [listed, session], shown)
    chat["chatbot"].clear(new, session, [*shown, listed, chat["only"]])
    sidebar["new"].click(new, session, [*shown, listed, chat["only"]])
    sidebar["find"].change(
        lambda text, own: gr.update(choices=page.listed(own, text)),
        [sidebar["find"], session], listed, show_progress="hidden",
    )  # fmt: skip
    name.submit(renamed, [name, session], listed)
    sidebar["delete"].click(deleted, session, [*shown, listed])
    for kind in ("md", "bib", "ris", "json"):
        made = sidebar[kind].click(_exporter(page, kind), session, sidebar["file"])
        made.success(None, sidebar["file"], None, js=_SAVE)


def wire_settings(page: Page, session: Any, parts: Parts) -> None:
    """Settings are checked when they are applied, and hold for this visitor alone."""
    names = (
        "llm", "key", "address", "repair", "k", "words", "style", "language", "price_in",
        "price_out", "first", "last", "source",
    )  # fmt: skip

    def applied(own: Session, *values: Any) -> Any:
        given = dict(zip(names, values, strict=True))
        try:
            model = page.change(own, given)
        except RagError as error:
            return f"**Not applied.** {escape(str(error))}", ""
        told = f"Applied: {escape(model)} answers your questions now."
        asked = given["repair"] or given["language"].strip() or given["style"] != "concise"
        if model == "extractive" and asked:
            told += " Style, language and mending do nothing until a model is set."
        return told, ""

    parts["apply"].click(
        applied, [session, *(parts[name] for name in names)], [parts["told"], parts["key"]]
    )


def card(page: Page, own: Session, data: dict[str, Any]) -> Any:
    """What was clicked in an answer or a card: what the page is to do, and who alone is asked."""
    act, key = str(data.get("act")), str(data.get("paper", ""))
    if act == "cite":
        return str(data.get("target", "")), gr.skip()
    one = page.papers.one(own.owner, key)
    if one is None:
        return "", gr.skip()
    if act == "bibtex":
        return f"copy:{exports.bibtex([one])}", gr.skip()
    if act == "only":
        own.only = (key,)
        return "", only(one)
    return f"more:{key}", gr.skip()


def _focused(page: Page, act: str, own: Session) -> str:
    """The panel with the citation `cite-TURN-NUMBER-SENTENCE` open, or with papers like another."""
    parts = act.split("-")
    if parts[0] == "cite" and all(part.isdigit() for part in parts[1:]) and len(parts) == 4:
        return page.panel(own, *(int(part) for part in parts[1:]))
    if act.startswith("more:"):
        one = page.papers.one(own.owner, act[5:])
        return page.papers.alike(own.owner, one) if one else page.panel(own)
    return page.panel(own)


def only(one: Paper) -> str:
    """Says which paper alone is asked."""
    again = '<button type="button" class="act" data-act="all">Ask all papers</button>'
    return f'<p class="note">Asking only: {escape(one.title)} {again}</p>'


def _exporter(page: Page, kind: str) -> Callable[[Session], Any]:
    def exported(own: Session) -> Any:
        text = page.export(own, kind)
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
