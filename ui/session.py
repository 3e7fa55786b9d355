"""What one visitor's page holds: who they are, the open conversation, their settings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rag import Answer, Assistant, ConfigError, Filters, Paper
from rag.text import STOP_WORDS, leading_name, readable, words

EXAMPLES = 4
SAMPLE = 400
"""Papers that are enough to draw examples from."""


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
    rewritten: str = ""
    """The standalone form that the visitor gave the last question."""
    rated: int = -1
    """The answer that was rated last."""
    assistant: Assistant | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Session:
        """Gradio copies the first state for each visitor; a fresh one is what each should get."""
        return Session()

    def all_answers(self) -> list[Answer]:
        """The answers of the conversation, with the one that is being written."""
        return [*self.answers, *([self.pending] if self.pending else [])]

    def chosen(self, default: Assistant) -> Assistant:
        """The assistant with this visitor's settings. Raises `ConfigError` for wrong ones."""
        if not self.changes:
            return default
        if self.assistant is None or self.assistant.retriever is not default.retriever:
            self.assistant = default.adjusted(**self.changes)
        return self.assistant

    def filters(self) -> Filters | None:
        """Which papers this visitor's questions are asked of; None when of all."""
        first, last = self.years
        filters = Filters(ids=self.only, year_from=first, year_to=last, source=self.source or None)
        return filters if filters else None

    def standalone(self) -> str:
        """The last question, standing alone."""
        answer = self.answers[-1]
        plan = answer.plan
        # Where conditions were taken out of the question, what is left does not say all of it.
        stripped = plan is not None and bool(plan.filters) and plan.query == plan.topic
        return self.rewritten or (answer.question if stripped else answer.query)

    def check(self) -> None:
        """Raises `ConfigError` when the server has forgotten whose page this is."""
        if not self.owner:
            raise ConfigError("This page has rested for too long: reload it, nothing is lost.")

    def start(self) -> None:
        """Begin a new conversation; it is stored with its first answer."""
        self.conversation, self.answers, self.pending, self.only = None, [], None, ()
        self.rewritten = ""


def examples(papers: Sequence[Paper]) -> list[str]:
    """Questions that these papers can answer, made from their titles."""
    names = [name for paper in papers if (name := leading_name(paper.title))]
    pairs: Counter[str] = Counter()
    for paper in papers:
        content = words(paper.title)
        pairs.update(
            f"{a} {b}" for a, b in zip(content, content[1:], strict=False)
            if a not in STOP_WORDS and b not in STOP_WORDS and len(a) > 3 and len(b) > 3
        )  # fmt: skip
    questions = [f"Which papers are about {topic}?" for topic, _ in pairs.most_common(1)]
    questions += [f"What does {name} do differently?" for name in names[:1]]
    if len(names) > 3:
        questions.append(f"How do {names[1]} and {names[2]} differ?")
        questions.append(f"What results does {names[3]} report?")
    return questions[:EXAMPLES]


def follow_ups(answer: Answer) -> list[str]:
    """What could be asked next, from the papers that an answer cites or retrieved."""
    papers = [citation.paper for citation in answer.citations] or [h.paper for h in answer.hits]
    names = list(dict.fromkeys(name for paper in papers if (name := leading_name(paper.title))))
    questions = [f"What are the limits of {name}?" for name in names[:1]]
    questions += [f"How do {names[0]} and {names[1]} differ?"] if len(names) > 1 else []
    topic = readable(papers[0].title).partition(":")[2].strip() if papers else ""
    topic = re.sub(r"^(?:towards?|on|an?|the)\s+", "", topic, flags=re.IGNORECASE)
    if topic and len(topic) < 90:
        questions.append(f"Which other papers are about {topic[0].lower()}{topic[1:]}?")
    return questions


def shown_ids(session: Session) -> set[str]:
    """The papers of the last answer: cited, or the nearest."""
    if not session.answers:
        return set()
    last = session.answers[-1]
    return {c.paper.id for c in last.citations} or {hit.paper.id for hit in last.hits}
