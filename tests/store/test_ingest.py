import pytest

import rag.ingest.commit
from rag.corpus import read
from rag.errors import CorpusError, StoreError
from rag.ingest import SourceFile, Writer, digest
from rag.retrieve.hybrid import HybridRetriever
from rag.store.library import Library
from rag.testing import FakeEmbedder
from rag.types import Filters, Rejected
from tests import SEEDS
from tests.builders import paper
from tests.finding import find
from tests.store.world import World


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "home")


def test_adding_twice_embeds_and_changes_nothing(world):
    world.files["a"] = [paper("pruning"), paper("speech")]
    first = world.add("a")
    world.embedder.embedded.clear()
    again = world.add("a")
    assert (first.added, first.embedded, again.added, again.skipped_files) == (2, 2, 0, 1)
    assert world.embedder.embedded == []


def test_only_what_changed_is_embedded_again(world):
    world.files["a"] = [paper("pruning"), paper("speech")]
    world.add("a")
    world.embedder.embedded.clear()
    world.files["a"][0] = paper("pruning", "We study pruning here. It gained walruses.")
    report = world.add("a")
    assert (report.updated, report.unchanged, len(world.embedder.embedded)) == (1, 1, 1)
    assert world.first("walruses").abstract.endswith("It gained walruses.")
    assert len(world.papers()) == 2


def test_metadata_alone_change_without_embedding(world):
    world.files["a"] = [paper("pruning")]
    world.add("a")
    world.embedder.embedded.clear()
    world.files["a"] = [paper("pruning", year=2020)]
    world.add("a")
    assert world.papers()["On pruning"].year == 2020
    assert world.embedder.embedded == []


def test_one_paper_in_two_files_keeps_both_sources_and_the_fuller_metadata(world):
    world.files["a"] = [paper("pruning")]
    world.files["b"] = [paper("speech"), paper("pruning", year=2021, doi="10.1/x")]
    report = world.add("a", "b")
    found = world.papers()["On pruning"]
    assert (report.added, report.merged) == (2, 1)
    assert found.sources == ("a:1", "b:2")
    assert (found.year, found.doi) == (2021, "10.1/x")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"doi": "10.1/x"}, {"doi": "10.1/x"}),
        ({"arxiv_id": "2401.00001"}, {"arxiv_id": "2401.00001"}),
    ],
)
@pytest.mark.parametrize("names", [("a",), ("a", "b")])
def test_an_identifier_makes_one_paper_of_two_titles(world, first, second, names):
    one, two = paper("pruning", **first), paper("cutting", **second)
    world.files = {"a": [one, two]} if names == ("a",) else {"a": [one], "b": [two]}
    world.add(*names)
    assert len(world.papers()) == 1


def test_one_title_over_two_abstracts_is_two_papers_also_the_second_time(world):
    world.files["a"] = [paper("pruning"), paper("pruning", "Something else entirely, on trees.")]
    world.files["b"] = [paper("pruning", "A third text that shares no words with others.")]
    for _ in range(2):
        world.add("a", "b")
    library = Library(world.home, readonly=True)
    assert len(library.paper_ids()) == 3


def test_papers_of_one_title_keep_their_ids_when_their_file_changes(world):
    world.files["a"] = [paper("pruning"), paper("pruning", "Something else entirely, on trees.")]
    world.add("a")
    library = Library(world.home, readonly=True)
    before = library.papers(library.paper_ids())
    world.files["a"].append(paper("speech"))
    assert world.add("a").embedded == 1
    assert library.papers([p.id for p in before]) == before


def test_different_arxiv_ids_keep_papers_of_one_title_apart(world):
    world.files["a"] = [paper("pruning", arxiv_id="1.1"), paper("pruning", arxiv_id="2.2")]
    world.add("a")
    library = Library(world.home, readonly=True)
    assert len(library.paper_ids()) == 2


def test_the_size_of_a_batch_changes_nothing(world, tmp_path, monkeypatch):
    files = {
        "a": [paper("x", doi="10.1/x"), paper("y"), paper("z"), paper("y", year=1999)],
        "b": [paper("w", doi="10.1/x"), paper("z", "Another z altogether, of trees.")],
    }
    dumps = []
    for size in (1, 2, 64):
        monkeypatch.setattr(rag.ingest.commit, "BATCH", size)
        one = World(tmp_path / str(size))
        one.files = files
        one.add("a", "b")
        dumps.append(one.papers())
    assert dumps[0] == dumps[1] == dumps[2]


def test_sync_removes_what_vanished_and_spares_what_another_file_has(world):
    world.files["a"] = [paper("pruning"), paper("speech"), paper("robots")]
    world.files["b"] = [paper("speech")]
    world.add("a", "b")
    world.files["a"] = [paper("pruning")]
    assert world.add("a", "b").removed == 0
    assert len(world.papers()) == 3
    report = world.add("a", "b", sync=[])
    assert report.removed == 1
    assert set(world.papers()) == {"On pruning", "On speech"}
    assert world.papers()["On speech"].sources == ("b:1",)
    assert world.first("robots").title != "On robots"


def test_sync_removes_a_vanished_file_of_the_folder_only(tmp_path):
    world = World(tmp_path / "home")
    names = [str(tmp_path / folder / "x") for folder in ("in", "out")]
    world.files = {names[0]: [paper("pruning")], names[1]: [paper("speech")]}
    world.add(*names)
    with Writer(world.home, world.embedder) as writer:
        report = writer.add([], world.read, sync=[tmp_path / "in"])
    assert report.removed == 1
    assert set(world.papers()) == {"On speech"}


def test_bad_records_are_reported_and_the_rest_goes_on(world):
    bad = Rejected("a", 2, "no abstract")
    world.files["a"] = [paper("pruning"), bad, paper("speech")]
    report = world.add("a")
    assert report.rejected == [bad] and report.added == 2


def test_strict_stores_nothing(world):
    world.files["a"] = [paper("pruning"), Rejected("a", 2, "no abstract")]
    with pytest.raises(CorpusError, match="a:2: no abstract"):
        world.add("a", strict=True)
    assert world.papers() == {}


def test_a_removed_paper_comes_back_when_its_file_is_added_again(world):
    world.files["a"] = [paper("pruning"), paper("speech")]
    world.add("a")
    with Writer(world.home, world.embedder) as writer:
        assert writer.remove(["id-pruning"]) == 1
    assert set(world.papers()) == {"On speech"}
    assert world.first("pruning").title == "On speech"
    world.add("a")
    assert set(world.papers()) == {"On pruning", "On speech"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_in_the_middle_loses_nothing(world, monkeypatch, error):
    monkeypatch.setattr(rag.ingest.commit, "BATCH", 1)
    world.files["a"] = [paper("pruning"), paper("speech")]
    whole, world.embedder = world.embedder, FakeEmbedder()
    embed = world.embedder.embed

    def failing(texts):
        if any("speech" in text for text in texts):
            raise error("no power")
        return embed(texts)

    world.embedder.embed = failing
    with pytest.raises(error):
        world.add("a")
    assert set(world.papers()) == {"On pruning"}
    world.embedder = whole
    assert world.add("a").embedded == 1
    assert set(world.papers()) == {"On pruning", "On speech"}


def test_another_model_builds_a_new_index_and_keeps_the_old_vectors(world):
    world.files["a"] = [paper("pruning"), paper("speech")]
    world.add("a")
    old, world.embedder = world.embedder, FakeEmbedder("other")
    with pytest.raises(StoreError, match="rag rebuild"):
        world.first("pruning")
    world.add("a")
    assert world.first("pruning").title == "On pruning"
    world.embedder = old
    old.embedded.clear()
    world.add("a")
    assert old.embedded == []
    assert world.first("speech").title == "On speech"


def test_a_reader_notices_new_papers_without_being_reopened(world):
    world.files["a"] = [paper("pruning")]
    world.add("a")
    retriever = HybridRetriever(Library(world.home, readonly=True), world.embedder)
    assert len(find(retriever, "speech", k=5)) == 1
    world.files["b"] = [paper("speech")]
    world.add("b")
    assert find(retriever, "speech", k=5)[0].paper.title == "On speech"


def test_the_seeds_are_721_papers_in_730_places(tmp_path):
    files = [SourceFile(p, p.name, digest(p)) for p in sorted(SEEDS.glob("*.txt"))]
    with Writer(tmp_path, FakeEmbedder()) as writer:
        report = writer.add(files, lambda file: read(file.path, name=file.name))
        stats = writer.library.stats()
        twice = [p for p in writer.library.papers(writer.library.paper_ids()) if len(p.sources) > 1]
        expos = writer.library.paper_ids(Filters(where={"title": "smpl"}))
    assert (report.added, report.merged, stats.papers, stats.records) == (721, 9, 721, 730)
    assert len(twice) == 9 and len(expos) == 2
