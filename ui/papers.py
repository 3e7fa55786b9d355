"""What the tabs of the papers do: searching, adding, removing, counting and mapping them.

Where the page asks for a password, each user's uploads go into a library of their own beside the
shared one, which only they see. Elsewhere the page is its owner's, and uploads join the library.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Sequence
from pathlib import Path

from rag import Assistant, ConfigError, Filters, Paper
from rag.text import visible
from rag.types import Report
from ui import library, paper_html
from ui.topic_map import TopicMap, draw

TYPES = [
    suffix + packed
    for packed in ("", ".gz")
    for suffix in (
        ".txt", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".bib", ".ris", ".nbib", ".xml",
        ".atom",
    )
]  # fmt: skip
FILE_BYTES = 50 << 20
"""Bytes that one uploaded file may have."""
FILES = 20
"""Files that may be uploaded at once."""
LISTED = 50
"""Papers, or rows of a table, that are listed."""


class Papers:
    """The papers that a visitor sees, and what they do with them.

    `private` says whether visitors log in, and see their uploads alone.
    """

    def __init__(self, assistant: Assistant, *, private: bool = False) -> None:
        self.private = private
        self._shared = assistant
        self._joined: dict[str, Assistant] = {}
        self._lock = threading.Lock()

    def assistant(self, owner: str) -> Assistant:
        """The assistant over the papers that this visitor sees."""
        home = self._home(owner)
        if home == self._shared.settings.home or not library.exists(home):
            return self._shared
        with self._lock:
            if owner not in self._joined:
                self._joined[owner] = self._shared.joined(home)
            return self._joined[owner]

    def total(self, owner: str) -> int:
        """How many papers this visitor sees."""
        return library.total(self.assistant(owner))

    def sample(self, most: int) -> list[Paper]:
        """The first papers of the shared library, by title."""
        return self._shared.papers(self._shared.paper_ids()[:most])

    def search(self, owner: str, words: str | None, filters: Filters | None = None) -> str:
        """The papers found, or without words all of them by title, as cards."""
        assistant = self.assistant(owner)
        ids = assistant.paper_ids(filters)
        if words and words.strip() and ids:
            hits = assistant.search(words, k=LISTED, filters=filters)
            return paper_html.hits(hits, self._removable(owner, [hit.paper.id for hit in hits]))
        papers = assistant.papers(ids[:LISTED])
        return paper_html.papers(papers, len(ids), self._removable(owner, ids[:LISTED]))

    def paper(self, owner: str, paper_id: str) -> Paper | None:
        """The paper of this id, when this visitor sees one."""
        return next(iter(self.assistant(owner).papers([paper_id])), None)

    def card(self, owner: str, paper_id: str) -> str:
        """A paper with its abstract open, and those most like it."""
        paper = self.paper(owner, paper_id)
        if paper is None:
            return '<p class="empty">This paper is no longer here.</p>'
        removable = bool(self._removable(owner, [paper.id]))
        return paper_html.card(paper, opened=True, removable=removable) + self.alike(owner, paper)

    def alike(self, owner: str, paper: Paper, k: int = 10) -> str:
        """The papers most like another."""
        hits = self.assistant(owner).search(f"{paper.title} {paper.abstract}"[:1500], k=k + 1)
        others = [hit for hit in hits if hit.paper.id != paper.id]
        return "<h3>More like this</h3>" + paper_html.hits(others)

    def add(self, owner: str, files: Sequence[str], progress: library.Progress) -> Report:
        """Add uploaded files, and delete them.

        Raises `ConfigError` for too many or too large ones, `StoreError` when another process is
        writing.
        """
        paths = [Path(name) for name in files]
        try:
            if self.private and not owner:
                raise ConfigError("This page has rested for too long: reload it, then add them.")
            if len(paths) > FILES:
                raise ConfigError(f"At most {FILES} files can be added at once.")
            for path in paths:
                if path.stat().st_size > FILE_BYTES:
                    raise ConfigError(f"{_name(path)} is larger than {FILE_BYTES >> 20} MiB.")
            named = [(f"uploads/{_name(path)}", path) for path in paths]
            return library.add(self._shared, self._home(owner), named, progress)
        finally:
            for path in paths:
                path.unlink(missing_ok=True)

    def remove(self, owner: str, paper_id: str) -> bool:
        """Remove a paper from what this visitor may change; whether it was there."""
        if not self._removable(owner, [paper_id]):
            return False
        return library.remove(self._shared, self._home(owner), paper_id)

    def statistics(self, owner: str) -> str:
        """What there is, counted."""
        parts = []
        for number, holdings in enumerate(library.holdings(self.assistant(owner))):
            whose = "Your uploads" if number else "Library"
            rejected = f", {holdings.rejected:,} records rejected" if holdings.rejected else ""
            parts.append(
                f'<p class="count">{whose}: {holdings.papers:,} papers from {holdings.files:,} '
                f"files, {holdings.passages:,} passages{rejected}</p>"
            )
            files = [(os.path.basename(name), count) for name, count in holdings.sources]
            parts.append(paper_html.table("Files", files[:LISTED]))
            parts.append(paper_html.table("Years", holdings.years[:LISTED]))
            parts.append(paper_html.table("Venues", holdings.venues[:LISTED]))
        return f'<div class="statistics">{"".join(parts)}</div>'

    def topic_map(self, owner: str) -> TopicMap | None:
        """The map of the papers that this visitor sees; None when there are too few."""
        return draw(self.assistant(owner))

    def topic(self, owner: str, number: str) -> str:
        """The papers of a topic of the map."""
        drawn = self.topic_map(owner)
        if drawn is None or not number.isdigit():
            return ""
        ids = [k for k, t in zip(drawn.ids, drawn.topics, strict=True) if t == int(number)]
        title = f"<h3>{paper_html.escape(drawn.labels[int(number)])}</h3>" if ids else ""
        papers = self.assistant(owner).papers(ids[:LISTED])
        return title + paper_html.papers(papers, len(ids))

    def close(self) -> None:
        """Release the visitors' libraries; the shared one stays open for who opened it."""
        with self._lock:
            for joined in self._joined.values():
                joined.close()
            self._joined.clear()

    def _home(self, owner: str) -> Path:
        home = self._shared.settings.home
        if not self.private:
            return home
        return home / "visitors" / hashlib.sha256(owner.encode()).hexdigest()[:32]

    def _removable(self, owner: str, ids: Sequence[str]) -> set[str]:
        """Which of these papers a visitor may remove."""
        assistant = self.assistant(owner)
        if self.private and assistant is self._shared:
            return set()
        return library.held_last(assistant, ids)


def filters(
    first: str | None,
    last: str | None,
    source: str | None,
    author: str | None,
    venue: str | None,
) -> Filters | None:
    """Filters from what stands in the fields; an empty field may be None.

    Raises `ConfigError` for a year that is no number.
    """
    typed = Filters(
        year_from=year(first),
        year_to=year(last),
        source=(source or "").strip() or None,
        author=(author or "").strip() or None,
        venue=(venue or "").strip() or None,
    )
    return typed if typed else None


def year(text: str | None) -> int | None:
    """A year as it was typed. Raises `ConfigError` for what is no number."""
    typed = (text or "").strip()
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= 4):
        raise ConfigError("A year is a number, such as 2024.")
    return int(typed) if typed else None


def _name(path: Path) -> str:
    """A file's name as it may be stored and shown."""
    return re.sub(r"[^\w. ()+-]", "_", visible(path.name))[-100:]
