"""What one visitor's page holds: who they are, the open conversation, their settings."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rag import Answer, Assistant, ConfigError, Filters
from rag.store import Library
from rag.text import STOP_WORDS, leading_name, readable, words

EXAMPLES = 4
SAMPLE = 400
"""Papers that examples are drawn from."""


@dataclass(slots=True)
class Session:
    """One visitor's; lives in the server's memory, and with it their key, never on the page."""

    owner: str = ""
    conversation: str | None = None
    answers: list[Answer] = field(default_factory=list)
    pending: Answer | None = None
    """The answer that is being written."""
    only: tuple[str, ...] = ()
    """Ids of the papers that alone are asked, when chosen so."""
    changes: dict[str, Any] = field(default_factory=dict, repr=False)
    """Settings that differ from the server's."""
    years: tuple[int | None, int | None] = (None, None)
    source: str = ""
    rated: int = -1
    """The answer that was rated last."""
    assistant: Assistant | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Session:
        """Gradio copies the first state for each visitor; a fresh one is what each should get."""
        return Session()

    def chosen(self, default: Assistant) -> Assistant:
        """The assistant with this visitor's settings. Raises `ConfigError` for wrong ones."""
        if not self.changes:
            return default
        if self.assistant is None or self.assistant.retriever is not default.retriever:
            self.assistant = default.adjusted(**self.changes)
        return self.assistant

    def filters(self) -> Filters | None:
        given = Filters(
            ids=self.only,
            year_from=self.years[0],
            year_to=self.years[1],
            source=self.source or None,
        )
        return given if given else None

    def check(self) -> None:
        """Raises `ConfigError` when the server has forgotten whose page this is."""
        if not self.owner:
            raise ConfigError("This page has rested for too long: reload it, nothing is lost.")

    def start(self) -> None:
        """Begin a new conversation; it is stored with its first answer."""
        self.conversation, self.answers, self.pending, self.only = None, [], None, ()


def examples(library: Library) -> list[str]:
    """Questions that the library can answer, made from its titles."""
    papers = library.papers(library.paper_ids()[:SAMPLE])
    named = [name for paper in papers if (name := leading_name(paper.title))]
    pairs: Counter[str] = Counter()
    for paper in papers:
        content = words(paper.title)
        pairs.update(
            f"{a} {b}" for a, b in zip(content, content[1:], strict=False)
            if a not in STOP_WORDS and b not in STOP_WORDS and len(a) > 3 and len(b) > 3
        )  # fmt: skip
    found = [f"Which papers are about {topic}?" for topic, _ in pairs.most_common(1)]
    found += [f"What does {name} do differently?" for name in named[:1]]
    if len(named) > 3:
        found.append(f"How do {named[1]} and {named[2]} differ?")
        found.append(f"What results does {named[3]} report?")
    return found[:EXAMPLES]


def follow_ups(answer: Answer) -> list[str]:
    """What could be asked next, from the papers that an answer cites or retrieved."""
    papers = [citation.paper for citation in answer.citations] or [h.paper for h in answer.hits]
    names = list(dict.fromkeys(name for paper in papers if (name := leading_name(paper.title))))
    found = [f"What are the limits of {name}?" for name in names[:1]]
    found += [f"How do {names[0]} and {names[1]} differ?"] if len(names) > 1 else []
    topic = readable(papers[0].title).partition(":")[2].strip() if papers else ""
    topic = re.sub(r"^(?:towards?|on|an?|the)\s+", "", topic, flags=re.IGNORECASE)
    if topic and len(topic) < 90:
        found.append(f"Which other papers are about {topic[0].lower()}{topic[1:]}?")
    return found
