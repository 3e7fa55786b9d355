"""Readers in other processes, while a writer changes everything under them."""

import subprocess
import sys

from tests import ROOT
from tests.store import kill_driver as driver

READER = """
import sys
from pathlib import Path
from rag.store.library import Library
from rag.retrieve.hybrid import HybridRetriever
from tests.finding import find
from rag.testing import FakeEmbedder

home, stop = Path(sys.argv[1]), Path(sys.argv[2])
retriever = HybridRetriever(Library(home, readonly=True), FakeEmbedder())
count = 0
seen = set()
while True:
    last = stop.exists()
    for subject in ("pruning", "quantisation", "speech", "robots"):
        hits = find(retriever, f"On {subject}", k=20)
        for hit in hits:
            abstract = hit.paper.abstract
            assert hit.passage.text == abstract[hit.passage.start:hit.passage.end]
            # The three sentences of a version belong together.
            (version,) = {w for w in abstract.split() if w.startswith("version")}
            assert version.rstrip(".")[-1] + "0 percent" in abstract
        assert any(hit.paper.id == "id-quantisation" for hit in hits), [h.paper.id for h in hits]
        seen.update((hit.paper.id, hit.paper.abstract) for hit in hits)
    count += 1
    if count == 1:
        print("ready", flush=True)
    if last:
        break
print(count, len(seen), sorted(hit.paper.id for hit in find(retriever, "version2", k=20)))
"""


def test_a_reader_sees_whole_papers_through_add_update_sync_and_rebuild(tmp_path):
    home, sources, stop = tmp_path / "home", tmp_path / "sources", tmp_path / "stop"
    driver.first_state(sources)
    driver.add(home, sources)
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(home), str(stop)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    ) as reader:  # fmt: skip
        assert reader.stdout is not None
        assert reader.stdout.readline().strip() == "ready"
        for _ in range(3):
            driver.second_state(sources)
            driver.add(home, sources)
            driver.rebuild(home)
            driver.first_state(sources)
            driver.add(home, sources, sync=True)
        driver.second_state(sources)
        driver.add(home, sources, sync=True)
        stop.touch()
        out, errors = reader.communicate(timeout=120)
    assert reader.returncode == 0, errors
    # It saw both versions of the edited paper, and ends with the newest state.
    assert int(out.split()[0]) > 1
    assert out.split(maxsplit=2)[2].strip() == str(
        sorted(f"id-{driver.SUBJECTS[n]}" for n in (0, 1, 3, 6))
    )


def test_two_writers_do_not_meet(tmp_path):
    import pytest

    from rag.errors import StoreError
    from rag.ingest.writer import Writer
    from rag.testing import FakeEmbedder

    with Writer(tmp_path, FakeEmbedder()):
        with pytest.raises(StoreError, match="Another process is writing"):
            with Writer(tmp_path, FakeEmbedder()):
                pass
    with Writer(tmp_path, FakeEmbedder()):
        pass
