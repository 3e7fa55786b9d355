"""No test sees the user's settings or files, and none reaches the network; shared libraries."""

import os
import socket
from pathlib import Path

import pytest

from rag import corpus
from rag.ingest import SourceFile, Writer, digest
from tests import SEEDS, builders


@pytest.fixture(autouse=True)
def own_world(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("RAG_") or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))  # for processes of tests
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def guard(connect):
        def guarded(self, address):
            local = self.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1", "localhost")
            if not local:
                raise AssertionError(f"a test tried to reach {address}")
            return connect(self, address)

        return guarded

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guard(getattr(socket.socket, name)))


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A library of six papers, with the real model; not to be changed, a copy of it may be."""
    papers = builders.papers_of(builders.PAPERS)
    return builders.library(
        tmp_path_factory.mktemp("six") / "home", papers, builders.real_embedder()
    )


@pytest.fixture(scope="session")
def seeds_home(tmp_path_factory):
    """A library of the 721 bundled papers, with the real model; it takes some ten seconds."""
    home = tmp_path_factory.mktemp("seeds") / "home"
    files = [SourceFile(path, path.name, digest(path)) for path in sorted(SEEDS.glob("*.txt"))]
    with Writer(home, builders.real_embedder()) as writer:
        writer.add(files, lambda file: corpus.read(file.path, name=file.name))
    return home
