"""Vectors on a real Chroma server: shared, guarded, restarted, wiped, away."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import chromadb
import pytest

import rag.store.chroma_server
from rag.assistant import Assistant
from rag.errors import ConfigError, StoreError
from rag.ingest.writer import Writer
from rag.retrieve.hybrid import HybridRetriever
from rag.settings import Settings
from rag.store.doctor import examine
from rag.store.library import Library
from rag.testing import FakeEmbedder
from rag.types import Server
from tests import ROOT
from tests.finding import find
from tests.store.chroma_process import TOKEN, ChromaServer, Guard, free_port
from tests.store.world import NAMES, add, search


@pytest.fixture
def chroma(tmp_path):
    server = ChromaServer(tmp_path / "chroma")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def guard(chroma):
    found = Guard(chroma)
    yield found
    found.close()


@pytest.fixture
def server(guard) -> Server:
    return Server(guard.url, TOKEN)


def found(home: Path, server: Server | None, question="speech 7") -> list[tuple[str, float]]:
    hits = search(home, question, k=5, server=server)
    return [(hit.paper.id, round(hit.score, 5)) for hit in hits]


def collections(chroma: ChromaServer) -> list[str]:
    client = chromadb.HttpClient("127.0.0.1", chroma.port)
    return sorted(f"{c.name} {c.count()}" for c in client.list_collections())


def test_a_server_finds_what_the_folder_finds(tmp_path, chroma, server):
    add(tmp_path / "there", server)
    add(tmp_path / "here", None)
    assert found(tmp_path / "there", server) == found(tmp_path / "here", None)
    assert examine(tmp_path / "there", FakeEmbedder(), server=server) == []
    assert not list((tmp_path / "there").glob("index-*/chroma"))
    assert [line.split()[1] for line in collections(chroma)] == [str(len(NAMES))]


def test_two_libraries_share_a_server_and_stay_apart(tmp_path, chroma, server):
    add(tmp_path / "one", server, ["pruning 1"])
    add(tmp_path / "two", server, ["speech 1"])
    assert [key for key, _ in found(tmp_path / "one", server)] == ["id-pruning 1"]
    with Writer(tmp_path / "one", FakeEmbedder(), server=server) as writer:
        writer.rebuild()
    assert [line.split()[1] for line in collections(chroma)] == ["1", "1"]
    assert [key for key, _ in found(tmp_path / "two", server)] == ["id-speech 1"]


def test_another_process_sees_what_is_added(tmp_path, server):
    add(tmp_path, server, ["pruning 1"])
    library = Library(tmp_path, readonly=True)
    retriever = HybridRetriever(library, FakeEmbedder(), server=server)
    assert [h.paper.id for h in find(retriever, "speech 1")] == ["id-pruning 1"]
    code = f"""
from pathlib import Path
from rag.types import Server
from tests.store.world import add
add(Path({str(tmp_path)!r}), Server({server.url!r}, {server.token!r}), ["speech 1"], "b")
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    assert find(retriever, "speech 1")[0].paper.id == "id-speech 1"
    retriever.close()
    library.close()


@pytest.mark.parametrize("dies_at", [1, 2])
def test_a_restart_in_mid_add_loses_nothing(tmp_path, chroma, guard, server, dies_at):
    writes: list[str] = []
    started = threading.Event()

    def restart():
        chroma.start()
        started.set()

    def before(path: str) -> None:
        if path.endswith(("/add", "/upsert")):
            writes.append(path)
            if len(writes) == dies_at:
                chroma.kill()
                threading.Thread(target=restart).start()

    guard.before = before
    add(tmp_path / "there", server)
    assert started.wait(30)
    assert len(writes) > 2
    add(tmp_path / "here", None)
    assert examine(tmp_path / "there", FakeEmbedder(), server=server) == []
    assert found(tmp_path / "there", server) == found(tmp_path / "here", None)


def test_a_restart_in_mid_query_is_waited_for(tmp_path, chroma, guard, server):
    add(tmp_path, server)
    wanted = found(tmp_path, server)
    died: list[str] = []

    def before(path: str) -> None:
        if path.endswith("/query") and not died:
            died.append(path)
            chroma.kill()
            threading.Thread(target=chroma.start).start()

    guard.before = before
    assert found(tmp_path, server) == wanted
    assert died


def test_a_server_that_stays_away_is_named_and_nothing_is_lost(
    tmp_path, chroma, server, monkeypatch
):
    monkeypatch.setattr(rag.store.chroma_server, "PATIENCE_READING", 0.2)
    monkeypatch.setattr(rag.store.chroma_server, "PATIENCE_WRITING", 0.2)
    add(tmp_path, server, NAMES[:30])
    chroma.kill()
    for act in (found, lambda home, at: add(home, at, NAMES)):
        with pytest.raises(StoreError, match=r"does not answer .* nothing is lost") as caught:
            act(tmp_path, server)
        assert server.url in str(caught.value)
        assert TOKEN not in str(caught.value)
    chroma.start()
    add(tmp_path, server, NAMES)
    assert examine(tmp_path, FakeEmbedder(), server=server) == []
    assert found(tmp_path, server)


def test_a_wrong_token_is_refused_at_once_and_never_shown(tmp_path, guard, server):
    add(tmp_path, server, ["speech 1"])
    wrong = Server(server.url, "not-this-one")
    with pytest.raises(StoreError, match="RAG_CHROMA_TOKEN") as caught:
        found(tmp_path, wrong)
    assert "not-this-one" not in str(caught.value) + repr(wrong)


def test_a_server_that_lost_its_data_is_mended_without_embedding(tmp_path, chroma, server):
    add(tmp_path, server)
    client = chromadb.HttpClient("127.0.0.1", chroma.port)
    client.delete_collection(client.list_collections()[0].name)
    with pytest.raises(StoreError, match="does not hold this library; run: rag rebuild"):
        found(tmp_path, server)
    assert "rag rebuild" in examine(tmp_path, FakeEmbedder(), server=server)[0]
    embedder = FakeEmbedder()
    with Writer(tmp_path, embedder, server=server) as writer:
        writer.rebuild()
    assert embedder.embedded == []
    assert examine(tmp_path, embedder, server=server) == []
    assert len(collections(chroma)) == 1


def test_a_library_moves_to_a_server_and_back_without_embedding(tmp_path, server):
    add(tmp_path, None)
    wanted = found(tmp_path, None)
    with pytest.raises(StoreError, match="rag rebuild"):
        found(tmp_path, server)
    for place in (server, None):
        embedder = FakeEmbedder()
        with Writer(tmp_path, embedder, server=place) as writer:
            writer.add([], lambda _: [])
        assert embedder.embedded == []
        assert found(tmp_path, place) == wanted


@pytest.fixture
def strange():
    """A server that is none of Chroma's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    http.server_close()


def test_something_else_at_that_address_is_said_to_be_so(tmp_path, strange):
    with pytest.raises(StoreError, match="is not a Chroma server"):
        add(tmp_path, Server(strange))


def test_a_silent_server_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(rag.store.chroma_server, "_SECONDS_TO_GREET", 0.1)
    monkeypatch.setattr(rag.store.chroma_server, "PATIENCE_WRITING", 0.1)
    import socket

    with socket.create_server(("127.0.0.1", free_port())) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(StoreError, match="does not answer"):
            add(tmp_path, Server(url))


def test_the_settings_lead_there(tmp_path, server):
    add(tmp_path, server, ["speech 1"])
    given = {"home": tmp_path, "chroma_url": server.url + "/", "chroma_token": TOKEN}
    with Assistant(embedding=FakeEmbedder(), **given) as assistant:
        assert assistant.search("speech")[0].paper.id == "id-speech 1"
    assert TOKEN not in repr(Settings.load(**given)) + json.dumps(
        Settings.load(**given).model_dump(mode="json")
    )


@pytest.mark.parametrize("url", ["chroma:8000", "http://user:secret@chroma:8000", "ftp://chroma"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ConfigError, match="chroma_url"):
        Settings.load(chroma_url=url)
