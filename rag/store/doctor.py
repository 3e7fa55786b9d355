"""Is what is derived still what the library says? Looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.errors import StoreError
from rag.store.index_tables import IndexVersion
from rag.store.library import Library
from rag.store.passage_index import PassageIndex, fingerprint, on_server, outdated
from rag.types import Embedder, Server


def examine(
    home: Path, embedder: Embedder | None = None, *, server: Server | None = None
) -> list[str]:
    """What is wrong, one sentence each; [] when the library and its indexes agree.

    With an embedder, also whether the index was built with it. Raises `StoreError` when there is
    no library at all.
    """
    library = Library(home, readonly=True)
    try:
        with library.database.snapshot():
            return list(_findings(library, embedder, server))
    finally:
        library.close()


def _findings(library: Library, embedder: Embedder | None, server: Server | None) -> Iterator[str]:
    yield from library.database.damage()
    active = library.indexes.active()
    if active is None:
        if library.stats().papers:
            yield "The papers are not indexed; run: rag rebuild."
        return
    if embedder is not None and active.fingerprint != fingerprint(embedder, server):
        yield (
            f"The index was built with {active.fingerprint}, the settings say "
            f"{fingerprint(embedder, server)}; run: rag rebuild."
        )
    passages, papers = library.indexes.pending(active)
    for count, what in ((len(passages), "passages"), (len(papers), "texts of papers")):
        if count:
            yield f"{count} {what} of an interrupted run wait to be cleared; the next add does it."
    if unindexed := len(library.indexes.unindexed(active)):
        yield f"{unindexed} papers have no passage in the index; run: rag rebuild."
    if outdated(library, active):
        yield "The lexical index is of an older version; the next search or add makes it anew."
        return
    yield from _drift(library, active, server if on_server(active.fingerprint) else None)


def _drift(library: Library, active: IndexVersion, server: Server | None) -> Iterator[str]:
    passages, papers = library.indexes.pending(active)
    visible = set(library.indexes.passage_ids(active))
    shown = set(library.indexes.paper_ids(active))
    try:
        index = PassageIndex(library, active, server)
    except StoreError as error:
        yield str(error)
        return
    try:
        if (metric := index.dense.metric()) != "cosine":
            yield f"The vector index measures {metric}, not cosine; run: rag rebuild."
        yield from _difference("vector", "passages", visible, index.dense.ids(), passages)
        yield from _difference("lexical", "papers", shown, index.lexical.ids(), papers)
        yield from _dimension(index, active)
    except StoreError as error:
        yield str(error)
    finally:
        index.close()


def _difference(
    name: str, what: str, visible: set[str], held: set[str], pending: Sequence[str]
) -> Iterator[str]:
    if lost := len(visible - held):
        yield f"The {name} index lacks {lost} {what}; run: rag rebuild."
    if extra := len(held - visible - set(pending)):
        yield f"The {name} index holds {extra} {what} too many; run: rag rebuild."


def _dimension(index: PassageIndex, active: IndexVersion) -> Iterator[str]:
    wanted = int(active.fingerprint.split("|")[1])
    lengths = {len(vector) for vector in index.dense.vectors().values()}
    if lengths - {wanted}:
        yield f"The vector index holds vectors of {sorted(lengths)} numbers, not {wanted}."
