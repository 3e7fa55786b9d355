"""An answer with every verdict, put in the place of one that the page was given."""

import json
import sqlite3
from pathlib import Path

from playwright.sync_api import Page, expect

from rag.types import Answer, Citation, Paper, Plan, Quote, Sentence, Support, Usage
from tests.browser.visitor import SOON, ask
from tests.builders import PAPERS, papers_of

QUESTION = "How do KVSharer, ZipNN and LoRA-Drop save memory?"
_GAP = "what it costs in quality"
_SAID: tuple[tuple[str, int, Support, str, str], ...] = (
    (
        "“KVSharer shares the key-value cache between layers.”", 1, "quoted", "",
        "KVSharer shares the key-value cache between layers.",
    ),
    ("It needs no retraining", 1, "supported", "", "No training is needed."),
    (
        "ZipNN loses nothing, and it halves the time of inference", 2, "partial",
        "not found in it: “it halves the time of inference”",
        "ZipNN compresses the weights of neural networks without loss.",
    ),
    (
        "This makes it well suited to small devices", 2, "unverified",
        "the check cannot tell whether the abstract says this", "",
    ),
    (
        "LoRA-Drop keeps 70% of the adapters", 3, "contradicted", "70% there is 50%",
        "It keeps 50% of the adapters and loses no accuracy on GLUE.",
    ),
    ("Most people use such methods by now", 0, "uncited", "cites nothing", ""),
    (
        "Pruning does not hurt accuracy on GLUE", 3, "supported", "",
        "It keeps 50% of the adapters and loses no accuracy on GLUE.",
    ),
)  # fmt: skip
"""Text, citation, verdict, reason, and the span that decided; the citation of the last is ours."""


def every_verdict() -> Answer:
    """The answer."""
    papers = papers_of(PAPERS[:3])
    text, sentences = "", []
    for said, number, support, why, span in _SAID:
        start = len(text) + bool(text)
        marker = f" [{number}]" if number else ""
        written = f"{said}{marker}" if support == "quoted" else f"{said}{marker}."
        text += f"{' ' if text else ''}{written}"
        paper = papers[number - 1]
        sentences.append(
            Sentence(
                said, (number,) if number else (), support, 0.5, why, start, len(text),
                _quote(paper, span), number if span else 0, attached=said.startswith("Pruning"),
            )
        )  # fmt: skip
    citations = tuple(
        Citation(
            n, paper, tuple(dict.fromkeys(s.quote for s in sentences if s.quote and n == s.source))
        )
        for n, paper in enumerate(papers, 1)
    )
    plan = Plan("comparison", QUESTION, understood="a comparison of KVSharer, ZipNN and LoRA-Drop")
    return Answer(
        QUESTION, QUESTION, f"{text}\n\nNot answered by the abstracts: {_GAP}", "partial",
        "not_stated", 0.7, citations, tuple(sentences), (),
        Usage("m", 2, 2_140, 188, 0.0004, {"answer": 2.4}), plan=plan, lacking=_GAP,
    )  # fmt: skip


def show(page: Page, home: Path, answer: Answer) -> None:
    """On the page of a new visitor, the answer in the place of one that was asked for."""
    ask(page, answer.question)
    expect(page.locator("#conversations label")).to_have_count(1, timeout=SOON)
    with sqlite3.connect(home / "conversations.db") as database:
        database.execute(
            "UPDATE turns SET answer = ? WHERE conversation = "
            "(SELECT id FROM conversations ORDER BY updated DESC LIMIT 1)",
            (json.dumps(answer.to_dict()),),
        )
    page.reload()
    expect(page.locator(".answer .headline")).to_contain_text(answer.checked, timeout=SOON)


def _quote(paper: Paper, span: str) -> Quote | None:
    start = paper.abstract.find(span)
    return Quote(span, start, start + len(span)) if span else None
