"""The components of the page, laid out; what they do is in `events.py`."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rag.plan import LABELS
from rag.settings import Settings
from ui.chat_html import evidence as evidence_html
from ui.page import Page
from ui.session import SAMPLE, examples

CITES = """
document.addEventListener("click", (event) => {
  const cite = event.target.closest("a.cite");
  if (cite) {
    event.preventDefault();
    trigger("select", { act: "cite", target: cite.getAttribute("href").slice(1) });
  }
});
"""
"""Sends clicks on citations, wherever they are, to the server."""
CLICKS = """
element.addEventListener("click", (event) => {
  const target = event.target.closest("button.act, .point");
  if (!target) return;
  const act = target.dataset.act || "open";
  if (act === "remove" && !window.confirm("Remove this paper from the library?")) return;
  trigger("select", { act, paper: target.dataset.paper });
});
"""
"""Sends clicks on the buttons of cards and on the points of the map to the server."""

_WELCOME = """## Ask {papers:,} abstracts

Every sentence of an answer is cited, and checked against the abstract that it cites.
When the abstracts hold no answer, you are told so.
"""
Parts = dict[str, Any]
HIDDEN: Parts = {"show_progress": "hidden"}
"""For events that are over before a sign of progress could be read."""


def chat(page: Page) -> Parts:
    """The conversation, its input, and the evidence beside it."""
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            conversation = _conversation(page)
        with gr.Column(scale=2, min_width=320):
            gr.Markdown("### Evidence")
            evidence = gr.HTML(
                evidence_html(None, 0), elem_id="evidence", js_on_load=CITES + CLICKS,
                max_height=720,
            )  # fmt: skip
            act = gr.Textbox(visible="hidden", elem_id="act")
    return {**conversation, "evidence": evidence, "act": act}


def _conversation(page: Page) -> Parts:
    questions = examples(page.papers.sample(SAMPLE))
    chatbot = gr.Chatbot(
        elem_id="chat", show_label=False, height="62vh", latex_delimiters=[],
        buttons=[], layout="panel", feedback_options=("Like", "Dislike"),
        examples=[{"text": text} for text in questions],
        placeholder=_WELCOME.format(papers=page.papers.total("")),
    )  # fmt: skip
    plan = _plan()
    suggestions = gr.Radio(
        [], label="Ask next", elem_id="suggestions", visible=False, interactive=True,
        container=False,
    )  # fmt: skip
    only = gr.HTML(elem_id="only", js_on_load=CLICKS)
    with gr.Row():
        question = gr.Textbox(
            show_label=False, placeholder="Ask a question  (Enter sends, / focuses)",
            elem_id="question", scale=8, lines=1, max_lines=6, autofocus=True,
            container=False, max_length=4000,
        )  # fmt: skip
        send = gr.Button("Ask", variant="primary", scale=1, min_width=80)
        stop = gr.Button(
            "Stop", variant="stop", scale=1, min_width=80, elem_id="stop", visible=False
        )
    comment = gr.Textbox(
        label="What was good or bad about it? (optional, Enter keeps it)", visible=False,
        elem_id="comment",
    )  # fmt: skip
    return {
        "chatbot": chatbot, "suggestions": suggestions, "question": question, "send": send,
        "stop": stop, "only": only, "comment": comment, **plan,
    }  # fmt: skip


def _plan() -> Parts:
    """How the last question was understood, to be corrected."""
    with gr.Accordion("Understood as …", open=False, visible=False, elem_id="plan") as plan:
        with gr.Row():
            kind = gr.Dropdown(
                [(label, kind) for kind, label in LABELS.items()], label="What is asked for",
                elem_id="kind", scale=2, min_width=160,
            )  # fmt: skip
            standalone = gr.Textbox(
                label="The question, standing alone", elem_id="standalone", scale=5, lines=1,
                max_lines=4, max_length=4000,
            )  # fmt: skip
        again = gr.Button("Ask again so", size="sm", elem_id="so")
    return {"plan": plan, "kind": kind, "standalone": standalone, "again": again}


def sidebar() -> Parts:
    """The visitor's conversations."""
    new = gr.Button("New conversation", variant="primary")
    find = gr.Textbox(show_label=False, placeholder="Search conversations", container=False)
    listed = gr.Radio([], label="Conversations", elem_id="conversations")
    exports: Parts = {}
    with gr.Accordion("This conversation", open=False, elem_id="this"):
        name = gr.Textbox(label="Rename to (Enter)", elem_id="rename")
        for row in ((("md", "Markdown"), ("bib", "BibTeX")), (("ris", "RIS"), ("json", "JSON"))):
            with gr.Row():
                for kind, label in row:
                    exports[kind] = gr.Button(label, size="sm", min_width=80)
        delete = gr.Button("Delete this conversation", size="sm")
    file = gr.JSON(visible="hidden", elem_id="file")
    return {
        "new": new, "find": find, "list": listed, "name": name, "delete": delete, "file": file,
        **exports,
    }  # fmt: skip


def settings(base: Settings, *, private: bool) -> Parts:
    """What a visitor may change for their own questions."""
    with gr.Row():
        with gr.Column():
            model = _model(base, private=private)
        with gr.Column():
            style = _style(base)
    apply = gr.Button("Apply", variant="primary")
    return {**model, **style, "apply": apply, "outcome": gr.Markdown()}


def _model(base: Settings, *, private: bool) -> Parts:
    llm = gr.Textbox(
        base.llm, label="Model", elem_id="llm",
        info="extractive needs no key; else PROVIDER/MODEL, such as openai/gpt-4o-mini "
        "or ollama/llama3.1:8b",
    )  # fmt: skip
    key = gr.Textbox(
        label="Key", type="password", elem_id="key",
        info="Held in memory for this visit only, and never sent back to the page.",
    )  # fmt: skip
    address = gr.Textbox(
        label="Address of the model's server (openai-like, azure, ollama)",
        # Where strangers come, nobody makes this machine call what they like.
        visible=not private,
    )
    with gr.Row():
        price_in = gr.Textbox(_number(base.price_in), label="$ per million tokens read")
        price_out = gr.Textbox(_number(base.price_out), label="$ per million written")
    repair = gr.Checkbox(base.repair, label="Mend what the check finds wrong (one more call)")
    gr.Markdown(
        "Without a model, answers are quoted from the abstracts: their style, their "
        "language and the mending of sentences need one.",
        elem_id="needs",
    )
    return {
        "llm": llm, "key": key, "address": address, "repair": repair, "price_in": price_in,
        "price_out": price_out,
    }  # fmt: skip


def _style(base: Settings) -> Parts:
    k = gr.Slider(1, 50, base.k, step=1, label="Papers read for an answer")
    words = gr.Slider(20, 600, base.words, step=10, label="Words in an answer")
    style = gr.Dropdown(
        ["concise", "detailed", "plain", "bullets"], value=base.style, label="Style (model)"
    )
    language = gr.Textbox(
        base.language, label="Language of the answer (model)", placeholder="that of the question",
        info="Sentences in another language than the abstracts' are checked less well.",
    )  # fmt: skip
    with gr.Row():
        first = gr.Textbox(label="From year")
        last = gr.Textbox(label="To year")
    source = gr.Textbox(label="Only sources whose path holds")
    return {
        "k": k, "words": words, "style": style, "language": language, "first": first,
        "last": last, "source": source,
    }  # fmt: skip


def _number(number: float | None) -> str:
    # Not gr.Number: it shows 0 for nothing, which is another price.
    return "" if number is None else f"{number:g}"
