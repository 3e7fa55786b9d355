"""A library fed from files that are lists of papers, and what a reader of it finds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rag.ingest import SourceFile, Writer
from rag.retrieve.hybrid import HybridRetriever
from rag.store.library import Library
from rag.testing import FakeEmbedder
from rag.types import Hit, Paper, Rejected, Server
from tests.builders import paper
from tests.finding import find

NAMES = [f"{kind} {number}" for number in range(40) for kind in ("pruning", "speech", "graphs")]
"""Of the papers that `add` adds unless told otherwise."""


class World:
    """Files given as lists of papers, and a library of them."""

    def __init__(self, home) -> None:
        self.home = home
        self.files: dict[str, list[Paper | Rejected]] = {}
        self.embedder = FakeEmbedder()

    def read(self, file: SourceFile):
        for line, item in enumerate(self.files[file.name], 1):
            if isinstance(item, Paper):
                item = replace(item, sources=(f"{file.name}:{line}",))
            yield item

    def add(self, *names: str, **options):
        files = [SourceFile(self.home, n, str(hash(tuple(self.files[n])))) for n in names]
        with Writer(self.home, self.embedder) as writer:
            return writer.add(files, self.read, **options)

    def papers(self) -> dict[str, Paper]:
        library = Library(self.home, readonly=True)
        found = library.papers(library.paper_ids())
        library.close()
        return {p.title: p for p in found}

    def first(self, question: str) -> Paper | None:
        hits = search(self.home, question, k=1, embedder=self.embedder)
        return hits[0].paper if hits else None


def add(home: Path, server: Server | None, names=NAMES, name="a") -> None:
    """Add papers of these names, as the lines of one file."""
    papers = [paper(each, sources=(f"{name}:{line}",)) for line, each in enumerate(names, 1)]
    with Writer(home, FakeEmbedder(), server=server) as writer:
        writer.add([SourceFile(home, name, str(len(papers)))], lambda file: papers)


def search(
    home: Path, question: str, *, k: int, embedder=None, server: Server | None = None
) -> list[Hit]:
    """What a reader that has just opened the library finds."""
    library = Library(home, readonly=True)
    retriever = HybridRetriever(library, embedder or FakeEmbedder(), server=server)
    try:
        return find(retriever, question, k=k)
    finally:
        retriever.close()
        library.close()
