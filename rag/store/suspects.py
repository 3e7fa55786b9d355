"""Which papers hold text that addresses a reader or a machine, noted as papers are added."""

from __future__ import annotations

from contextlib import closing, suppress

from rag.errors import StoreError
from rag.store.library import Library
from rag.text import RULES, is_suspect_title, suspect_spans


def suspect_papers(library: Library) -> list[str]:
    """Ids of the papers that hold such text, in order.

    All abstracts of a library that other rules looked through, or none, are read once (half a
    minute for 100,000), and what was found is kept.
    """
    if library.database.rules() == RULES:
        return library.suspects()
    with library.database.snapshot():
        generation = library.database.generation()
        rows = library.database.rows(
            "SELECT id, json_extract(data, '$.title'), json_extract(data, '$.abstract') FROM papers"
            " ORDER BY id"
        )
    found = [key for key, title, text in rows if is_suspect_title(title) or suspect_spans(text)]
    # One that may only be read is looked through each time.
    with suppress(StoreError), closing(Library(library.home)) as own:
        own.note_all(found, generation)
    return found
