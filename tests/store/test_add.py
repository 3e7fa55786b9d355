"""The one way to add papers: from files, and from memory."""

import json
import os

import pytest

import rag.ingest.add
import rag.ingest.commit
from rag import corpus
from rag.errors import CorpusError, StoreError, UsageError
from rag.ingest import Writer, add_files, add_papers, add_records, remove_papers
from rag.settings import Settings
from rag.store import Library, examine
from rag.testing import FakeEmbedder
from rag.types import Paper, Report
from tests import SEEDS

ABSTRACT = "Pruning removes the weights of a network that matter least. It is fast."
OTHER = "Bees dance to tell the hive of flowers; we film them for a year in gardens."
THIRD = "Glaciers in Norway lose ice each summer, say radar pictures from orbit."


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings.load(home=tmp_path / "home", chroma_url=None)


@pytest.fixture
def embedder(monkeypatch) -> FakeEmbedder:
    """The embedder of the settings."""
    embedder = FakeEmbedder()
    monkeypatch.setattr(rag.ingest.add, "embedder_for", lambda settings: embedder)
    return embedder


@pytest.fixture
def add(settings, embedder):
    """Add papers in memory; what the report counts, without zeros."""

    def call(*records, **options) -> dict[str, object]:
        report = add_records(settings, records, **options)
        counts = {name: getattr(report, name) for name in Report.__slots__}
        return {name: count for name, count in counts.items() if count}

    return call


def papers(settings) -> dict[str, Paper]:
    library = Library(settings.home, readonly=True)
    try:
        return {paper.id: paper for paper in library.papers(library.paper_ids())}
    finally:
        library.close()


def write(path, title: str, abstract: str) -> None:
    path.write_text(json.dumps({"title": title, "abstract": abstract}))


def abstracts(settings) -> list[str]:
    return sorted(paper.abstract for paper in papers(settings).values())


# -- from memory -----------------------------------------------------------------------------------


def test_papers_of_two_calls_both_stay(settings, add):
    assert add(Paper("a", "On A", ABSTRACT, year=2020)) == {"read": 1, "added": 1, "embedded": 1}
    assert add(Paper("b", "On B", OTHER)) == {"read": 1, "added": 1, "embedded": 1}
    stored = papers(settings)
    assert set(stored) == {"a", "b"} and stored["a"].year == 2020
    assert stored["a"].sources == ("python://a:1",) and stored["b"].sources == ("python://b:1",)
    assert examine(settings.home, FakeEmbedder()) == []


def test_what_comes_again_is_unchanged(settings, add):
    two = Paper("a", "On A", ABSTRACT), Paper("b", "On B", OTHER)
    add(*two)
    assert add(*two) == {"read": 2, "unchanged": 2}
    assert add(two[1]) == {"read": 1, "unchanged": 1}
    assert abstracts(settings) == sorted([ABSTRACT, OTHER])


@pytest.mark.parametrize("paper_id", ["a", ""])
def test_another_abstract_under_the_same_id_or_title_is_an_update(settings, add, paper_id):
    add(Paper(paper_id, "On A", ABSTRACT), Paper("b", "On B", OTHER))
    report = add(Paper(paper_id, "On A", THIRD))
    assert report == {"read": 1, "updated": 1, "embedded": 1}
    assert abstracts(settings) == sorted([OTHER, THIRD])
    assert examine(settings.home, FakeEmbedder()) == []


def test_another_title_and_abstract_under_the_same_id_is_an_update(settings, add):
    add(Paper("a", "On A", ABSTRACT))
    assert add(Paper("a", "Of bees", OTHER))["updated"] == 1
    assert [(p.id, p.title) for p in papers(settings).values()] == [("a", "Of bees")]


def test_papers_of_one_title_with_ids_of_their_own_stay_apart(settings, add):
    add(Paper("a", "Introduction", ABSTRACT))
    add(Paper("b", "Introduction", OTHER))
    add(Paper("b", "Introduction", THIRD))
    assert {p.id: p.abstract for p in papers(settings).values()} == {"a": ABSTRACT, "b": THIRD}


def test_papers_of_one_title_in_one_call_stay_apart_also_when_one_comes_again(settings, add):
    same = [{"title": "Introduction", "abstract": text} for text in (ABSTRACT, OTHER)]
    add(*same)
    for one in same:
        add(one)
        assert abstracts(settings) == sorted([ABSTRACT, OTHER])


def test_two_papers_with_one_doi_are_one_and_keep_what_each_says(settings, add):
    add(Paper("a", "On A", ABSTRACT, year=2020, doi="10.1234/x"))
    add(Paper("b", "A, revisited", ABSTRACT, venue="ICML", doi="10.1234/x"))
    (paper,) = papers(settings).values()
    assert (paper.id, paper.year, paper.venue) == ("a", 2020, "ICML")
    assert paper.sources == ("python://a:1", "python://b:1")


def test_of_one_id_in_one_call_the_last_counts(settings, add):
    add(Paper("a", "On A", ABSTRACT), Paper("a", "On A", OTHER))
    assert abstracts(settings) == [OTHER]


def test_a_paper_of_a_file_that_comes_from_memory_is_merged(settings, add, tmp_path):
    path = tmp_path / "papers.jsonl"
    write(path, "On A", ABSTRACT)
    add_files(settings, [path])
    assert add({"title": "On A", "abstract": ABSTRACT, "year": 2020}) == {"read": 1, "merged": 1}
    # Of another abstract, there are two papers, however often it changes.
    for text in (OTHER, THIRD):
        add(Paper("", "On A", text))
        assert abstracts(settings) == sorted([ABSTRACT, text])


def test_a_removed_paper_can_be_added_again(settings, add):
    one = Paper("a", "On A", ABSTRACT)
    add(one, Paper("b", "On B", OTHER))
    assert remove_papers(settings, ["a"]) == 1
    assert set(papers(settings)) == {"b"}
    assert add(one)["added"] == 1


def test_bad_records_are_reported_by_number_and_the_rest_goes_on(settings, add):
    report = add(
        {"title": "On A"},
        Paper("b", "On B", OTHER),
        Paper("c", "On C", "a\0b"),
        Paper("\ud800", "On D", THIRD),
    )
    assert report["added"] == 1
    assert [str(row) for row in report["rejected"]] == [
        "python:1: has no abstract",
        "python:3: the abstract holds a NUL byte",
        "python:4: the id is not plain text",
    ]


def test_papers_in_memory_are_one_source(settings, add):
    add(*(Paper(f"p{n}", f"Title {n}", f"{OTHER} {n}") for n in range(3)), source="notebook")
    library = Library(settings.home, readonly=True)
    assert library.counts("source") == [("notebook", 3)]
    assert list(library.files()) == ["notebook"]


def test_syncing_a_folder_leaves_papers_from_memory(settings, add, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "papers.jsonl", "On B", OTHER)
    add(Paper("a", "On A", ABSTRACT))
    add_files(settings, [folder], sync=True)
    os.unlink(folder / "papers.jsonl")
    write(folder / "other.jsonl", "On C", THIRD)
    assert add_files(settings, [folder], sync=True).removed == 1
    assert abstracts(settings) == sorted([ABSTRACT, THIRD])


@pytest.mark.parametrize("size", [1, 2, 64])
def test_the_size_of_a_batch_changes_nothing(settings, add, monkeypatch, size):
    monkeypatch.setattr(rag.ingest.commit, "BATCH", size)
    records = [
        Paper("a", "On A", ABSTRACT, doi="10.1234/x"),
        Paper("b", "On B", OTHER),
        Paper("c", "On A", THIRD),
        Paper("d", "Of A", ABSTRACT, year=1999, doi="10.1234/x"),
    ]
    for _ in range(2):
        add(*records)
        stored = papers(settings)
        assert set(stored) == {"a", "b", "c"} and stored["a"].year == 1999


def test_the_seeds_as_papers_are_the_papers_of_the_seeds(settings, embedder):
    path = sorted(SEEDS.glob("*.txt"))[0]
    seeds = [item for item in corpus.read(path) if isinstance(item, Paper)][:100]
    add_records(settings, seeds, source="seeds")
    stored = papers(settings)
    for paper in seeds:
        same = stored[paper.id]
        for name in ("title", "abstract", "authors", "year", "venue", "doi", "arxiv_id", "url"):
            assert getattr(same, name) == getattr(paper, name)


# -- from files ------------------------------------------------------------------------------------


def test_no_model_is_loaded_when_no_file_has_changed(settings, embedder, monkeypatch, tmp_path):
    path = tmp_path / "papers.jsonl"
    write(path, "On A", ABSTRACT)
    assert add_files(settings, [path]).added == 1

    def refuse(settings):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(rag.ingest.add, "embedder_for", refuse)
    assert add_files(settings, [str(path)]) == Report(skipped_files=1)
    # A given embedder is compared with the index, which is built anew for another.
    assert add_files(settings, [path], embedder=embedder) == Report(skipped_files=1)
    add_files(settings, [path], embedder=FakeEmbedder("other"))
    assert examine(settings.home, FakeEmbedder("other")) == []


def test_no_path_is_nothing_and_an_empty_folder_is_said(settings, embedder, tmp_path):
    assert add_files(settings, []) == Report()
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="no file to read in .*empty"):
        add_files(settings, [tmp_path / "empty"])


def test_another_writer_is_waited_for(settings, add):
    with Writer(settings.home, FakeEmbedder()), pytest.raises(StoreError, match="wait for it"):
        add(Paper("a", "On A", ABSTRACT))


# -- anything --------------------------------------------------------------------------------------


def test_papers_may_be_given_in_many_ways(settings, embedder, tmp_path):
    path = tmp_path / "papers.jsonl"
    write(path, "On A", ABSTRACT)
    assert add_papers(settings, str(path)).added == 1
    assert add_papers(settings, [path]).skipped_files == 1
    assert add_papers(settings, Paper("b", "On B", OTHER)).added == 1
    assert add_papers(settings, {"title": "On C", "abstract": THIRD}).added == 1
    assert add_papers(settings, iter([])) == Report()
    assert len(papers(settings)) == 3


def test_a_data_frame_has_a_paper_a_row(settings, embedder):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        [
            {"title": "On A", "abstract": ABSTRACT, "year": 2020},
            {"title": "On B", "abstract": OTHER},
        ]
    )
    report = add_papers(settings, frame)
    assert (report.added, report.rejected) == (2, [])
    assert {p.title: p.year for p in papers(settings).values()} == {"On A": 2020, "On B": None}


def test_what_is_no_paper_is_wrong_usage(settings, embedder):
    for wrong in ([3], ["papers.jsonl", Paper("a", "On A", ABSTRACT)]):
        with pytest.raises(UsageError, match="Papers are paths"):
            add_papers(settings, wrong)
    with pytest.raises(UsageError, match="sync"):
        add_papers(settings, Paper("a", "On A", ABSTRACT), sync=True)
    assert not (settings.home / "library.db").exists()
