"""The page, built and served. Only this file, `layout.py` and `events.py` speak Gradio."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from rag import Assistant
from ui import events, layout, tools
from ui import papers_tab as tabs
from ui.history import Conversations
from ui.page import Page
from ui.papers import FILE_BYTES
from ui.security import SecurityHeaders
from ui.session import Session

SESSIONS = 150
"""Visitors whose pages are kept in memory; who has not been seen for longest has to reload."""
ASSETS = Path(__file__).parent / "assets"


def build_app(
    assistant: Assistant, conversations: Conversations, *, private: bool = False
) -> gr.Blocks:
    """The page over an assistant, with conversations kept by `conversations`.

    `private` says whether visitors log in, and see their uploads alone.
    """
    page = Page(assistant, conversations, private=private)
    app: gr.Blocks
    with gr.Blocks(
        title="Paper RAG", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
    ) as app:
        endpoints = _fill(app, page)
    for function in app.fns.values():
        # What the page's own components call is no interface for programs.
        function.api_visibility = "public" if function.api_name in endpoints else "private"
    return app


def _fill(app: gr.Blocks, page: Page) -> set[str]:
    """Lay the components out and wire them; names of the functions that programs may call."""
    state = gr.State(Session())
    browser = gr.BrowserState("", storage_key="paper-rag-visitor")
    current = gr.BrowserState("", storage_key="paper-rag-conversation")
    with gr.Sidebar(width=300):
        sidebar = {**layout.sidebar(), "current": current}
    with gr.Tab("Chat"):
        chat = layout.chat(page)
    with gr.Tab("Papers") as papers_tab:
        papers = tabs.papers_tab(page.papers.private)
    with gr.Tab("Map") as map_tab:
        topic_map = tabs.map_tab()
    with gr.Tab("Settings"):
        settings = layout.settings(page.assistant.settings, private=page.papers.private)
    events.wire_chat(page, state, chat, sidebar)
    events.wire_answers(page, state, chat)
    events.wire_sidebar(page, state, chat, sidebar)
    events.wire_settings(page, state, settings)
    tabs.wire_papers(page, state, papers, chat["only"], papers_tab)
    tabs.wire_map(page, state, topic_map, chat["only"], map_tab)
    endpoints = tools.expose(page)

    def welcome(session: Session, token: str, last: str, request: gr.Request) -> Any:
        """Who came, and what they asked before."""
        token = token or secrets.token_urlsafe(24)
        session.owner = f"user:{request.username}" if request.username else f"browser:{token}"
        page.open(session, last)
        choices = gr.update(choices=page.listed(session), value=session.conversation)
        return session, token, choices, page.messages(session), page.panel(session)

    loaded = app.load(
        welcome, [state, browser, current],
        [state, browser, sidebar["list"], chat["chatbot"], chat["evidence"]],
        show_progress="hidden",
    )  # fmt: skip
    events.show_plan(loaded, state, chat)
    return endpoints


def launch(app: gr.Blocks, *, mcp: bool = False, **given: Any) -> str:
    """Serve the page with our style, and nothing from anywhere else; where it is."""
    _, address, _ = app.queue(default_concurrency_limit=64, api_open=False).launch(
        theme=_theme(),
        css=(ASSETS / "page.css").read_text(encoding="utf-8"),
        js=(ASSETS / "page.js").read_text(encoding="utf-8"),
        footer_links=["api", "settings"],
        show_error=True,
        quiet=True,
        prevent_thread_lock=True,
        mcp_server=mcp,
        state_session_capacity=SESSIONS,
        max_file_size=FILE_BYTES,
        app_kwargs={"middleware": [Middleware(SecurityHeaders)]},
        **given,
    )
    return str(address)


def _theme() -> Any:
    fonts = ["system-ui", "sans-serif"], ["ui-monospace", "monospace"]
    return gr.themes.Default(
        primary_hue="indigo", neutral_hue="slate", font=fonts[0], font_mono=fonts[1]
    ).set(
        # Gradio's own shades are too pale to read by WCAG's measure.
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        block_label_text_color="*neutral_600",
        block_title_text_color="*neutral_600",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
    )
