"""What the tabs of the papers do: searching, adding, removing, counting and mapping them.

Where the page asks for a password, each user's uploads go into a library of their own beside the
shared one, which only they see. Elsewhere the page is its owner's, and uploads join the library.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rag import Assistant, ConfigError, Filters, Paper
from rag.corpus import read
from rag.ingest import Report, SourceFile, Writer, digest
from rag.store import Library
from rag.text import visible
from rag.types import Rejected
from ui import paper_html as cards
from ui import topic_map as atlas
from ui.session import Session

TYPES = [
    suffix + packed
    for packed in ("", ".gz")
    for suffix in (
        ".txt", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".bib", ".ris", ".nbib", ".xml",
        ".atom",
    )
]  # fmt: skip
FILE_BYTES = 50 << 20
"""Size of one uploaded file, and …"""
UNPACKED_BYTES = 500 << 20
"""… of what it holds."""
FILES, RECORDS = 20, 50_000
"""Files of one upload, and records that are read of each."""
FOUND = 50
"""Papers that are listed."""


class Papers:
    """The papers that a visitor sees, and what they do with them."""

    def __init__(self, assistant: Assistant) -> None:
        self._shared = assistant
        self._private = bool(assistant.settings.ui_auth.get_secret_value())
        self._joined: dict[str, Assistant] = {}
        self._lock = threading.Lock()

    def assistant(self, owner: str) -> Assistant:
        """The assistant over the papers that this visitor sees."""
        home = self._home(owner)
        if home == self._shared.settings.home or not (home / "library.db").exists():
            return self._shared
        with self._lock:
            if owner not in self._joined:
                self._joined[owner] = self._shared.joined(home)
            return self._joined[owner]

    def search(self, owner: str, words: str | None, filters: Filters | None = None) -> str:
        """The papers found, or without words all of them by title, as cards."""
        assistant = self.assistant(owner)
        own = self._own(owner)
        if words and words.strip() and assistant.paper_ids(filters):
            hits = assistant.search(words, k=FOUND, filters=filters)
            return cards.hits(hits, own([hit.paper.id for hit in hits]))
        ids = assistant.paper_ids(filters)
        return cards.papers(assistant.papers(ids[:FOUND]), len(ids), own(ids[:FOUND]))

    def one(self, owner: str, paper_id: str) -> Paper | None:
        return next(iter(self.assistant(owner).papers([paper_id])), None)

    def card(self, owner: str, paper_id: str) -> str:
        """A paper with its abstract open, and those most like it."""
        one = self.one(owner, paper_id)
        if one is None:
            return '<p class="empty">This paper is no longer here.</p>'
        own = self._own(owner)([one.id])
        return cards.paper(one, opened=True, removable=bool(own)) + self.alike(owner, one)

    def alike(self, owner: str, one: Paper, k: int = 10) -> str:
        """The papers most like another."""
        found = self.assistant(owner).search(f"{one.title} {one.abstract}"[:1500], k=k + 1)
        return "<h3>More like this</h3>" + cards.hits([h for h in found if h.paper.id != one.id])

    def add(
        self, owner: str, files: Sequence[str], progress: Callable[[str, int, int], None]
    ) -> Report:
        """Add uploaded files, and delete them.

        Raises `ConfigError` for too many or too large ones, `StoreError` when another process is
        writing.
        """
        paths = [Path(name) for name in files]
        try:
            if self._private and not owner:
                raise ConfigError("This page has rested for too long: reload it, then add them.")
            if len(paths) > FILES:
                raise ConfigError(f"At most {FILES} files can be added at once.")
            for path in paths:
                if path.stat().st_size > FILE_BYTES:
                    raise ConfigError(f"{_name(path)} is larger than {FILE_BYTES >> 20} MiB.")
            sources = [SourceFile(path, f"uploads/{_name(path)}", digest(path)) for path in paths]
            with self._writer(owner, progress) as writer:
                return writer.add(sources, _bounded)
        finally:
            for path in paths:
                path.unlink(missing_ok=True)

    def remove(self, owner: str, paper_id: str) -> bool:
        """Remove a paper from what this visitor may change; whether it was there."""
        if not self._own(owner)([paper_id]):
            return False
        with self._writer(owner) as writer:
            return writer.remove([paper_id]) == 1

    def _writer(
        self, owner: str, progress: Callable[[str, int, int], None] | None = None
    ) -> Writer:
        server = self._shared.settings.server
        return Writer(self._home(owner), self._shared.embedder, progress, server=server)

    def statistics(self, owner: str) -> str:
        """What there is, counted."""
        parts = []
        for library in self.assistant(owner).libraries:
            stats = library.stats()
            whose = "Library" if library is self._shared.library else "Your uploads"
            rejected = f", {stats.rejected:,} records rejected" if stats.rejected else ""
            parts.append(
                f'<p class="count">{whose}: {stats.papers:,} papers from {stats.files:,} files, '
                f"{stats.passages:,} passages{rejected}</p>"
            )
            by_file = [(os.path.basename(name), count) for name, count in library.counts("source")]
            parts.append(cards.table("Files", by_file[:FOUND]))
            parts.append(cards.table("Years", library.counts("year")[:FOUND]))
            parts.append(cards.table("Venues", library.counts("venue")[:FOUND]))
        return f'<div class="statistics">{"".join(parts)}</div>'

    def atlas(self, owner: str) -> atlas.Atlas | None:
        """The map of the papers that this visitor sees."""
        settings = self._shared.settings
        libraries = self.assistant(owner).libraries
        return atlas.draw(libraries, self._shared.embedder.name, settings.cache)

    def topic(self, owner: str, number: str) -> str:
        """The papers of a topic of the map."""
        drawn = self.atlas(owner)
        if drawn is None or not number.isdigit():
            return ""
        ids = [k for k, t in zip(drawn.ids, drawn.topics, strict=True) if t == int(number)]
        title = f"<h3>{cards.escape(drawn.labels[int(number)])}</h3>" if ids else ""
        return title + cards.papers(self.assistant(owner).papers(ids[:FOUND]), len(ids))

    def close(self) -> None:
        """Release the visitors' libraries; the shared one stays open for who opened it."""
        with self._lock:
            for joined in self._joined.values():
                joined.close()
            self._joined.clear()

    def _home(self, owner: str) -> Path:
        home = self._shared.settings.home
        if not self._private:
            return home
        return home / "visitors" / hashlib.sha256(owner.encode()).hexdigest()[:32]

    def _own(self, owner: str) -> Callable[[Sequence[str]], set[str]]:
        """Which papers a visitor may remove."""
        library: Library = self.assistant(owner).libraries[-1]
        if self._private and library is self._shared.library:
            return lambda ids: set()
        return lambda ids: {paper.id for paper in library.papers(ids)}


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
    given = Filters(
        year_from=year(first),
        year_to=year(last),
        source=(source or "").strip() or None,
        author=(author or "").strip() or None,
        venue=(venue or "").strip() or None,
    )
    return given if given else None


def year(text: str | None) -> int | None:
    """A year as it was typed. Raises `ConfigError` for what is no number."""
    typed = (text or "").strip()
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= 4):
        raise ConfigError("A year is a number, such as 2024.")
    return int(typed) if typed else None


def told(session: Session) -> set[str]:
    """The papers of the last answer: cited, or the nearest."""
    if not session.answers:
        return set()
    last = session.answers[-1]
    return {c.paper.id for c in last.citations} or {hit.paper.id for hit in last.hits}


def _bounded(file: SourceFile) -> Iterator[Paper | Rejected]:
    for count, item in enumerate(read(file.path, name=file.name, limit=UNPACKED_BYTES)):
        if count == RECORDS:
            why = f"more than {RECORDS:,} records; the rest was left out (use rag add)"
            yield Rejected(file.name, 1, why)
            return
        yield item


def _name(path: Path) -> str:
    """A file's name as it may be stored and shown."""
    return re.sub(r"[^\w. ()+-]", "_", visible(path.name))[-100:]
