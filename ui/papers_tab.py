"""The tabs of the papers and of their map: components, and what happens when they are used."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag import RagError
from ui import exports
from ui.events import asked_only
from ui.layout import CLICKS, HIDDEN, Parts
from ui.map_svg import chart
from ui.page import Page
from ui.paper_html import escape, report
from ui.papers import FILE_BYTES, TYPES, filters
from ui.session import Session, shown_ids

COPY = '(act) => { if (act.startsWith("copy:")) navigator.clipboard.writeText(act.slice(5)); }'


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
            results = gr.HTML(elem_id="found", js_on_load=CLICKS)
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
            outcome = gr.HTML(elem_id="done")
            gr.Markdown("### Statistics")
            statistics = gr.HTML(elem_id="counted", max_height=600)
    act = gr.Textbox(visible="hidden")
    return {
        "words": words, "first": first, "last": last, "source": source, "author": author,
        "venue": venue, "results": results, "files": files, "outcome": outcome,
        "statistics": statistics, "act": act,
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


def wire_papers(page: Page, state: Any, parts: Parts, chosen: Any, tab: Any) -> None:
    """Searching, adding and removing papers; `chosen` shows which paper alone is asked."""
    fields = [parts[name] for name in ("words", "first", "last", "source", "author", "venue")]

    def search(session: Session, words: str, *given: Any) -> str:
        try:
            return page.papers.search(session.owner, words, filters(*given))
        except RagError as error:
            return f'<p role="alert">{escape(str(error))}</p>'

    def added(session: Session, files: list[str] | None, bar: gr.Progress = _BAR) -> Any:
        if not files:
            return gr.skip(), gr.skip(), gr.skip()

        def progress(stage: str, done: int, total: int) -> None:
            bar((done, max(total, 1)), desc=stage, unit="papers")

        try:
            outcome = report(page.papers.add(session.owner, files, progress))
        except RagError as error:
            outcome = f'<p role="alert">{escape(str(error))}</p>'
        return outcome, page.papers.statistics(session.owner), None

    def clicked(session: Session, event: gr.EventData) -> Any:
        return act_on(page, session, event._data or {})

    def opened(session: Session, *given: Any) -> Any:
        return search(session, *given), page.papers.statistics(session.owner)

    inputs, instant = [state, *fields], {**HIDDEN, "trigger_mode": "always_last"}
    tab.select(opened, inputs, [parts["results"], parts["statistics"]], **HIDDEN)
    for field in fields:
        field.change(search, inputs, parts["results"], **instant)
    uploaded = parts["files"].upload(
        added, [state, parts["files"]], [parts["outcome"], parts["statistics"], parts["files"]],
        show_progress_on=parts["outcome"], concurrency_limit=2,
    )  # fmt: skip
    uploaded.then(search, inputs, parts["results"], **HIDDEN)
    shown = [parts["results"], parts["act"], chosen, parts["statistics"]]
    acted = parts["results"].select(clicked, state, shown, **HIDDEN)
    acted.then(None, parts["act"], None, js=COPY)


def wire_map(page: Page, state: Any, parts: Parts, chosen: Any, tab: Any) -> None:
    """Drawing the map when its tab is opened, and opening papers and topics from it."""

    def draw(session: Session) -> str:
        return chart(page.papers.topic_map(session.owner), shown_ids(session))

    def clicked(session: Session, event: gr.EventData) -> Any:
        data = event._data or {}
        if data.get("act") == "topic":
            return page.papers.topic(session.owner, str(data.get("paper"))), "", gr.skip()
        if data.get("act") == "open":
            return page.papers.card(session.owner, str(data.get("paper"))), "", gr.skip()
        return act_on(page, session, data)[:3]

    tab.select(draw, state, parts["map"], show_progress_on=parts["map"])
    for panel in (parts["map"], parts["spot"]):
        acted = panel.select(clicked, state, [parts["spot"], parts["act"], chosen], **HIDDEN)
        acted.then(None, parts["act"], None, js=COPY)


def act_on(page: Page, session: Session, data: dict[str, Any]) -> Any:
    """What a card's button does: the panel, what is copied, who alone is asked, the statistics."""
    act, paper = data.get("act"), page.papers.paper(session.owner, str(data.get("paper", "")))
    if paper is None:
        return gr.skip(), "", gr.skip(), gr.skip()
    if act == "bibtex":
        return gr.skip(), f"copy:{exports.bibtex([paper])}", gr.skip(), gr.skip()
    if act == "only":
        session.only = (paper.id,)
        gr.Info("Your next questions are asked of this paper only.", duration=4)
        return gr.skip(), "", asked_only(paper), gr.skip()
    if act == "remove":
        try:
            page.papers.remove(session.owner, paper.id)
        except RagError as error:
            raise gr.Error(escape(str(error)), duration=None, print_exception=False) from None
        listed = page.papers.search(session.owner, "")
        return listed, "", gr.skip(), page.papers.statistics(session.owner)
    return page.papers.card(session.owner, paper.id), "", gr.skip(), gr.skip()


_BAR = gr.Progress()
