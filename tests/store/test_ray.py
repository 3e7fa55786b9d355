"""Adding with a Ray cluster: the same library, also when a worker dies."""

import os
import signal
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from rag import corpus
from rag.embed.load import embedder_for
from rag.errors import ConfigError
from rag.ingest import SourceFile, Writer, digest
from rag.ingest import ray as spread
from rag.ingest.ray import PrecomputedEmbedder, Prepared, RayIngest
from rag.settings import Settings
from rag.testing import FakeEmbedder
from tests import SEEDS

ray = pytest.importorskip("ray")
PAPERS = 150
TABLES = ("papers", "records", "passages", "files", "indexes")


@pytest.fixture(scope="module")
def cluster():
    """Two workers on this machine."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[SourceFile]:
    """Two files: some real papers, and a few records of which one is bad."""
    folder = tmp_path_factory.mktemp("files")
    lines = sorted(SEEDS.glob("*.txt"))[0].read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "a.txt").write_text("".join(lines[:PAPERS]), encoding="utf-8")
    (folder / "b.jsonl").write_text(
        '{"title": "On one", "abstract": "We study one thing."}\n{"title": 3}\n'
        '{"title": "On two", "abstract": "We study two things. ' + "And more of it. " * 90 + '"}\n'
    )
    return [SourceFile(p, p.name, digest(p)) for p in sorted(folder.iterdir())]


def content(home: Path) -> dict[str, list[tuple]]:
    connection = sqlite3.connect(home / "library.db")
    try:
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)
            for table in TABLES
        }
    finally:
        connection.close()


def vectors(home: Path) -> dict[str, np.ndarray]:
    connection = sqlite3.connect(home / "library.db")
    try:
        rows = connection.execute("SELECT text_key, vector FROM vectors")
        return {key: np.frombuffer(data, dtype=np.float32) for key, data in rows}
    finally:
        connection.close()


@pytest.fixture(scope="module")
def alone(files, tmp_path_factory) -> Path:
    """The library as one process makes it."""
    home = tmp_path_factory.mktemp("alone")
    settings = Settings.load(home=home)
    with Writer(home, embedder_for(settings)) as writer:
        writer.add(files, lambda file: corpus.read(file.path, name=file.name))
    return home


class Dying(spread._Worker):
    """A worker that is killed at the first batch it gets, once."""

    def __call__(self, batch):
        mark = Path(os.environ["MARK"])
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(batch)


@pytest.mark.parametrize("dies", [False, True], ids=["in peace", "a worker is killed"])
def test_a_cluster_makes_the_same_library(cluster, files, alone, tmp_path, monkeypatch, dies):
    mark = tmp_path / "mark"
    if dies:
        path = str(mark)

        class Marked(Dying):
            def __init__(self, settings):
                os.environ["MARK"] = path
                super().__init__(settings)

        monkeypatch.setattr(spread, "_Worker", Marked)
    home = tmp_path / "home"
    settings = Settings.load(home=home)
    with (
        RayIngest(settings, "auto", files, None) as spreading,
        Writer(home, spreading.embedder) as writer,
    ):
        report = writer.add(files, spreading.read)
    assert mark.exists() == dies
    assert content(home) == content(alone)
    theirs, ours = vectors(home), vectors(alone)
    assert theirs.keys() == ours.keys()
    # Batches differ, and with them the order in which numbers are added up.
    assert all(np.allclose(theirs[key], ours[key], atol=1e-6) for key in ours)
    # The first file is cut off in its last record.
    assert [str(each).split(":")[0] for each in report.rejected] == ["a.txt", "b.jsonl"]
    assert spreading.embedder.computed == 0
    assert ray.is_initialized()  # It was there before.


def test_what_no_worker_found_is_computed_here():
    real = FakeEmbedder()
    embedder = PrecomputedEmbedder(real)
    known, other = real.embed(["known", "other"])
    embedder.learn(Prepared([], {"known": 9}, {"known": other}))
    real.embedded.clear()
    assert embedder.count_tokens("known") == 9
    assert embedder.count_tokens("not known") == 2
    assert (embedder.embed(["other", "known"]) == [other, other]).all()
    assert (embedder.embed(["known"]) == [known]).all()  # Vectors are handed out once.
    assert real.embedded == ["other", "known"]
    assert embedder.computed == 2
    assert embedder.embed([]).shape == (0, real.dimension)


def test_no_cluster_there_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)

    def refuse(**given):
        raise ConnectionError("nobody at 10.0.0.1:6379\nand a long story")

    monkeypatch.setattr(ray, "init", refuse)
    with pytest.raises(ConfigError, match=r"no Ray cluster at 10.0.0.1:6379 \(nobody at"):
        RayIngest(Settings.load(home=tmp_path), "10.0.0.1:6379", [], None)
