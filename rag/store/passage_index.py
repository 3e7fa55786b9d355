"""What is derived from the library: one numbered folder with the dense and the lexical index.

`index-3/chroma` (or a collection on a Chroma server) and `index-3/lexical` belong to index 3 of
`library.db`. A rebuild fills a new folder beside the old one; nothing here is ever converted or
mended in place.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.store.chroma import Entry, FolderIndex, VectorIndex
from rag.store.chroma_server import ServerIndex, drop_collections
from rag.store.chunking import CHUNKER
from rag.store.index_tables import IndexVersion
from rag.store.lexical import ANALYSIS, LexicalIndex
from rag.store.library import Library
from rag.types import Embedder, Paper, Passage, Server

if TYPE_CHECKING:
    from rag.types import Vectors


class PassageIndex:
    """The dense and the lexical index over the same passages."""

    def __init__(
        self,
        library: Library,
        version: IndexVersion,
        server: Server | None = None,
        *,
        create: bool = False,
    ) -> None:
        self.version = version
        folder = index_folder(library.home, version)
        if create:
            folder.mkdir(parents=True, exist_ok=True)
        self.dense: VectorIndex
        if server is None:
            self.dense = FolderIndex(
                folder / "chroma", fingerprint=version.fingerprint, create=create
            )
        else:
            name = _collection(library, version.no)
            self.dense = ServerIndex(server, name, fingerprint=version.fingerprint, create=create)
        self.lexical = LexicalIndex.open(folder / "lexical", readonly=not create)

    def add(self, passages: Sequence[tuple[Paper, Passage]], vectors: Vectors) -> None:
        """Store passages, durably; one with the same id is the same, and is stored once."""
        self.dense.add(
            [
                Entry(passage, paper.title, vector.tolist())
                for (paper, passage), vector in zip(passages, vectors, strict=True)
            ]
        )
        self.lexical.add((p.id, p.paper_id, paper.title, p.text) for paper, p in passages)
        self.lexical.commit()

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Remove passages, durably; unknown ids are ignored."""
        self.dense.delete(passage_ids)
        self.lexical.delete(passage_ids)
        self.lexical.commit()

    def refresh(self) -> None:
        self.dense.refresh()
        self.lexical.refresh()

    def close(self) -> None:
        self.dense.close()
        self.lexical.close()


def fingerprint(embedder: Embedder, server: Server | None = None) -> str:
    """Everything that an index's vectors and passages depend on, and the kind of place they are."""
    place = "|server" if server else ""
    return f"{embedder.name}|{embedder.dimension}|cosine|{CHUNKER}|{ANALYSIS}{place}"


def on_server(fingerprint: str) -> bool:
    """Whether the vectors of an index with this fingerprint are on a Chroma server."""
    return fingerprint.endswith("|server")


def index_folder(home: Path, version: IndexVersion) -> Path:
    return home / f"index-{version.no}"


def remove_folder(home: Path, version: IndexVersion) -> None:
    """Delete the index's folder; safe to call again after an interruption."""
    shutil.rmtree(index_folder(home, version), ignore_errors=True)


def remove_unknown(library: Library, server: Server | None) -> None:
    """Delete folders and collections of indexes that the library does not know."""
    known = {version.no for version in library.indexes.all()}
    for folder in library.home.glob("index-*"):
        number = folder.name.removeprefix("index-")
        if number.isdigit() and int(number) not in known:
            shutil.rmtree(folder, ignore_errors=True)
    if server is not None:
        names = {_collection(library, number) for number in known}
        drop_collections(server, _prefix(library), names)


def _prefix(library: Library) -> str:
    return f"paper-rag-{library.database.identity()}-"


def _collection(library: Library, number: int) -> str:
    return f"{_prefix(library)}{number}"
