"""What is derived from the library: one numbered folder with the dense and the lexical index.

`index-3/chroma` (or a collection on a Chroma server) and `index-3/lexical-…` belong to index 3 of
`library.db`. A rebuild fills a new folder beside the old one; nothing here is ever converted or
mended in place. A lexical index that another version has made is made anew when it is opened.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from rag.errors import StoreError
from rag.store.chroma import Entry, FolderIndex, VectorIndex
from rag.store.chroma_server import ServerIndex, drop_collections
from rag.store.chunking import CHUNKER
from rag.store.database import batched
from rag.store.index_tables import IndexVersion
from rag.store.lexical import FORMAT, LexicalIndex
from rag.store.library import Library
from rag.types import Embedder, Paper, Passage, Server

if TYPE_CHECKING:
    from rag.types import Vectors

logger = logging.getLogger(__name__)
_LEXICAL = f"lexical-{FORMAT}"
_FIRST = "titles-twice-v1"
"""What was indexed for lexical search in version 0.1.0. It stays in the fingerprint, so that the
vectors and passages of libraries of that version are used as they are."""
_SLICE = 500
"""Papers in memory while a lexical index is made anew."""


class PassageIndex:
    """The dense index over passages, and the lexical index over the same papers."""

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
        if outdated(library, version):
            _renew(library, version)
        self.lexical = LexicalIndex.open(folder / _LEXICAL, readonly=not create)

    def add(self, passages: Sequence[tuple[Paper, Passage]], vectors: Vectors) -> None:
        """Store passages, durably; one with the same id is the same, and is stored once."""
        self.dense.add(
            [
                Entry(passage, paper.title, vector.tolist())
                for (paper, passage), vector in zip(passages, vectors, strict=True)
            ]
        )

    def put(self, papers: Sequence[Paper]) -> None:
        """Store the papers' texts for lexical search, durably, instead of what was there."""
        self.lexical.add((paper.id, paper.title, paper.abstract) for paper in papers)
        self.lexical.commit()

    def delete(self, passage_ids: Sequence[str], paper_ids: Sequence[str]) -> None:
        """Remove passages, and the texts of papers, durably; unknown ids are ignored."""
        self.dense.delete(passage_ids)
        self.lexical.delete(paper_ids)
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
    return f"{embedder.name}|{embedder.dimension}|cosine|{CHUNKER}|{_FIRST}{place}"


def outdated(library: Library, version: IndexVersion) -> bool:
    """Whether the lexical index is one that another version has made."""
    folder = index_folder(library.home, version)
    return not (folder / _LEXICAL).exists() and bool(_lexical_folders(folder))


def _lexical_folders(folder: Path) -> list[Path]:
    return [path for path in folder.glob("lexical*") if path.is_dir()]


def _renew(library: Library, version: IndexVersion) -> None:
    """Make the lexical index from the library, and then drop what another version had made."""
    folder = index_folder(library.home, version)
    try:
        with FileLock(folder / "lexical.lock"):
            if not outdated(library, version):
                return  # Another process has done it meanwhile.
            others = _lexical_folders(folder)
            paper_ids = library.indexes.paper_ids(version)
            logger.warning(
                "The word index of %s is of an older version and is made anew from %d papers; "
                "nothing is embedded again.", library.home, len(paper_ids),
            )  # fmt: skip
            fresh = folder / f"{_LEXICAL}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            index = LexicalIndex.open(fresh)
            for part in batched(paper_ids, _SLICE):
                index.add((p.id, p.title, p.abstract) for p in library.papers(part))
            index.commit()
            index.close()
            # Readers and writers see a whole index or none.
            fresh.rename(folder / _LEXICAL)
            for path in others:
                shutil.rmtree(path, ignore_errors=True)
    except OSError as error:
        raise StoreError(
            f"The word index in {folder} is of an older version and cannot be made anew ({error}); "
            "run rag rebuild as someone who may write there."
        ) from error


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
