"""The tabs of the papers and of their map: components, and what happens when they are used."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag import RagError
from ui import exports
from ui.events import only
from ui.layout import CLICKS, Parts
from ui.map_svg import chart
from ui.page import Page
from ui.paper_html import escape, report
from ui.papers import FILE_BYTES, TYPES, filters, told
from ui.session import Session

COPY = '(act) => { if (act.startsWith("copy:")) navigator.clipboard.writeText(act.slice(5)); }'
_HIDDEN: Parts = {"show_progress": "hidden"}


def papers_tab(private: bool) -> Parts:
    """Search, filters, upload and statistics."""
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            words = gr.Textbox(
                label="Search the papers", placeholder="words, names, topics", elem_id="words"
            )
            with gr.Accordion("Filters", open=False):
                with gr.Row():
                    first = gr.Textbox(label="From year", min_width=100)
                    last = gr.Textbox(label="To year", min_width=100)
                    source = gr.Textbox(label="File", min_width=120)
                    author = gr.Textbox(label="Author", min_width=120)
                    venue = gr.Textbox(label="Venue", min_width=120)
            found = gr.HTML(elem_id="found", js_on_load=CLICKS)
        with gr.Column(scale=2, min_width=320):
            whose = "Only you see what you add." if private else "What you add joins the library."
            gr.Markdown(
                f"### Add papers\nBibTeX, RIS, PubMed, arXiv, JSON Lines, CSV and more, gzip or "
                f"not; up to {FILE_BYTES >> 20} MB a file. {whose}"
            )
            files = gr.File(
                file_count="multiple", file_types=TYPES, label="Files of papers", elem_id="files",
                height=140,
            )  # fmt: skip
            done = gr.HTML(elem_id="done")
            gr.Markdown("### Statistics")
            counted = gr.HTML(elem_id="counted", max_height=600)
    act = gr.Textbox(visible="hidden")
    return {
        "words": words, "first": first, "last": last, "source": source, "author": author,
        "venue": venue, "found": found, "files": files, "done": done, "counted": counted,
        "act": act,
    }  # fmt: skip


def map_tab() -> Parts:
    """The map, and beside it the paper that was clicked."""
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            drawn = gr.HTML(elem_id="map", js_on_load=CLICKS, min_height=300)
        with gr.Column(scale=2, min_width=320):
            spot = gr.HTML(
                '<p class="empty">The paper that you click appears here.</p>', elem_id="spot",
                js_on_load=CLICKS, max_height=720,
            )  # fmt: skip
            act = gr.Textbox(visible="hidden")
    return {"map": drawn, "spot": spot, "act": act}


def wire_papers(page: Page, session: Any, parts: Parts, chosen: Any, tab: Any) -> None:
    """Searching, adding and removing papers; `chosen` shows which paper alone is asked."""
    fields = [parts[name] for name in ("words", "first", "last", "source", "author", "venue")]

    def search(own: Session, words: str, *given: Any) -> str:
        try:
            return page.papers.search(own.owner, words, filters(*given))
        except RagError as error:
            return f'<p role="alert">{escape(str(error))}</p>'

    def added(own: Session, files: list[str] | None, bar: gr.Progress = _BAR) -> Any:
        if not files:
            return gr.skip(), gr.skip(), gr.skip()

        def progress(stage: str, done: int, total: int) -> None:
            bar((done, max(total, 1)), desc=stage, unit="papers")

        try:
            told = report(page.papers.add(own.owner, files, progress))
        except RagError as error:
            told = f'<p role="alert">{escape(str(error))}</p>'
        return told, page.papers.statistics(own.owner), None

    def clicked(own: Session, event: gr.EventData) -> Any:
        return act_on(page, own, event._data or {})

    def opened(own: Session, *given: Any) -> Any:
        return search(own, *given), page.papers.statistics(own.owner)

    asked, instant = [session, *fields], {**_HIDDEN, "trigger_mode": "always_last"}
    tab.select(opened, asked, [parts["found"], parts["counted"]], **_HIDDEN)
    for field in fields:
        field.change(search, asked, parts["found"], **instant)
    uploaded = parts["files"].upload(
        added, [session, parts["files"]], [parts["done"], parts["counted"], parts["files"]],
        show_progress_on=parts["done"], concurrency_limit=2,
    )  # fmt: skip
    uploaded.then(search, asked, parts["found"], **_HIDDEN)
    shown = [parts["found"], parts["act"], chosen, parts["counted"]]
    acted = parts["found"].select(clicked, session, shown, **_HIDDEN)
    acted.then(None, parts["act"], None, js=COPY)


def wire_map(page: Page, session: Any, parts: Parts, chosen: Any, tab: Any) -> None:
    """Drawing the map when its tab is opened, and opening papers and topics from it."""

    def draw(own: Session) -> str:
        return chart(page.papers.atlas(own.owner), told(own))

    def clicked(own: Session, event: gr.EventData) -> Any:
        data = event._data or {}
        if data.get("act") == "topic":
            return page.papers.topic(own.owner, str(data.get("paper"))), "", gr.skip()
        if data.get("act") == "open":
            return page.papers.card(own.owner, str(data.get("paper"))), "", gr.skip()
        return act_on(page, own, data)[:3]

    tab.select(draw, session, parts["map"], show_progress_on=parts["map"])
    for panel in (parts["map"], parts["spot"]):
        acted = panel.select(clicked, session, [parts["spot"], parts["act"], chosen], **_HIDDEN)
        acted.then(None, parts["act"], None, js=COPY)


def act_on(page: Page, own: Session, data: dict[str, Any]) -> Any:
    """What a card's button does: the panel, what is copied, who alone is asked, the statistics."""
    act, one = data.get("act"), page.papers.one(own.owner, str(data.get("paper", "")))
    if one is None:
        return gr.skip(), "", gr.skip(), gr.skip()
    if act == "bibtex":
        return gr.skip(), f"copy:{exports.bibtex([one])}", gr.skip(), gr.skip()
    if act == "only":
        own.only = (one.id,)
        gr.Info("Your next questions are asked of this paper only.", duration=4)
        return gr.skip(), "", only(one), gr.skip()
    if act == "remove":
        try:
            page.papers.remove(own.owner, one.id)
        except RagError as error:
            raise gr.Error(escape(str(error)), duration=None, print_exception=False) from None
        listed = page.papers.search(own.owner, "")
        return listed, "", gr.skip(), page.papers.statistics(own.owner)
    return page.papers.card(own.owner, one.id), "", gr.skip(), gr.skip()


_BAR = gr.Progress()
