"""The page, built and served. Only this file, `layout.py` and `events.py` speak Gradio."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import gradio as gr

from rag import Assistant
from ui import events, layout
from ui.history import Conversations
from ui.page import Page
from ui.session import Session

ASSETS = Path(__file__).parent / "assets"


def build_app(assistant: Assistant, conversations: Conversations) -> gr.Blocks:
    """The page over an assistant, with conversations kept by `conversations`."""
    page = Page(assistant, conversations)
    app: gr.Blocks
    with gr.Blocks(title="Paper RAG", analytics_enabled=False, fill_width=True) as app:
        session = gr.State(Session())
        browser = gr.BrowserState("", storage_key="paper-rag-visitor")
        current = gr.BrowserState("", storage_key="paper-rag-conversation")
        with gr.Sidebar(width=300):
            sidebar = {**layout.sidebar(), "current": current}
        with gr.Tab("Chat"):
            chat = layout.chat(assistant)
        with gr.Tab("Papers"):
            words = gr.Textbox(
                label="Search the papers", placeholder="words, names, topics", elem_id="words"
            )
            found = gr.HTML(elem_id="found", js_on_load=layout.LISTEN)
        with gr.Tab("Settings"):
            settings = layout.settings(assistant)
        events.wire_chat(page, session, chat, sidebar)
        events.wire_answers(page, session, chat)
        events.wire_sidebar(page, session, chat, sidebar)
        events.wire_settings(page, session, settings)
        words.change(page.search, words, found, show_progress="hidden", trigger_mode="always_last")

        def welcome(own: Session, token: str, last: str, request: gr.Request) -> Any:
            """Who came, what they asked before, and the first papers."""
            token = token or secrets.token_urlsafe(24)
            own.owner = f"user:{request.username}" if request.username else f"browser:{token}"
            page.open(own, last)
            choices = gr.update(choices=page.listed(own), value=own.conversation)
            return own, token, choices, page.search(""), page.messages(own), page.panel(own)

        def clicked(own: Session, event: gr.EventData) -> Any:
            return events.card(page, own, event._data or {})

        found.select(clicked, session, [chat["act"], chat["only"]])
        app.load(
            welcome, [session, browser, current],
            [session, browser, sidebar["list"], found, chat["chatbot"], chat["evidence"]],
            show_progress="hidden",
        )  # fmt: skip
    return app


def launch(app: gr.Blocks, **given: Any) -> str:
    """Serve the page with our style, and nothing from anywhere else; where it is."""
    fonts = ["system-ui", "sans-serif"], ["ui-monospace", "monospace"]
    theme = gr.themes.Default(font=fonts[0], font_mono=fonts[1])
    _, address, _ = app.queue(default_concurrency_limit=64, api_open=False).launch(
        theme=theme,
        css=(ASSETS / "page.css").read_text(encoding="utf-8"),
        js=(ASSETS / "page.js").read_text(encoding="utf-8"),
        footer_links=["api", "settings"],
        show_error=True,
        quiet=True,
        prevent_thread_lock=True,
        **given,
    )
    return str(address)
