import sqlite3

import pytest

from rag.errors import StoreError
from rag.ingest import SourceFile, Writer
from rag.ingest.deduplicate import merge, similarity
from rag.retrieve import HybridRetriever
from rag.store.doctor import examine
from rag.store.lexical import FORMAT
from rag.store.library import Library, SourceRecord
from rag.store.passage_index import PassageIndex, index_folder
from rag.testing import FakeEmbedder
from rag.types import Filters, Hit, Paper
from tests.finding import find

PAPERS = [
    Paper("a1", "Pruning Networks", "Pruning removes weights. It is old.", ("José Müller",), 1990,
          "Proc. of NeurIPS", keywords=("sparse",), sources=("x:1",)),
    Paper("a2", "Quantising Nets", "Rounding saves bits.", ("Ann Lee", "Bo Li"), 2015, "ICML",
          doi="10.1/q", sources=("x:2",)),
    Paper("b3", "Talking Nets", "Speech is sound.", year=2020, sources=("x:3",)),
]  # fmt: skip


@pytest.fixture
def home(tmp_path):
    build(tmp_path / "home")
    return tmp_path / "home"


def build(home, papers=PAPERS):
    with Writer(home, FakeEmbedder()) as writer:
        writer.add([SourceFile(home, "/data/X.bib", "1")], lambda _: papers)


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(), ["a1", "a2", "b3"]),
        (Filters(year_from=2000), ["a2", "b3"]),
        (Filters(year_from=2000, year_to=2015), ["a2"]),
        (Filters(author="jose muller"), ["a1"]),
        (Filters(author="LI"), ["a2"]),
        (Filters(venue="neurips"), ["a1"]),
        (Filters(source="x.bib"), ["a1", "a2", "b3"]),
        (Filters(source="y.bib"), []),
        (Filters(where={"keywords": "SPARSE"}), ["a1"]),
        (Filters(where={"title": "nets"}, year_to=2016), ["a2"]),
        (Filters(ids=("b3", "zz")), ["b3"]),
    ],
)
def test_filters(home, filters, ids):
    assert Library(home, readonly=True).paper_ids(filters) == ids


def test_a_filter_on_an_unknown_field_names_the_fields(home):
    with pytest.raises(StoreError, match="no field 'colour'; the fields are .*title"):
        Library(home, readonly=True).paper_ids(Filters(where={"colour": "red"}))


def test_papers_come_back_as_they_were_stored_and_in_the_order_asked(home):
    library = Library(home, readonly=True)
    found = library.papers(["b3", "none", "a1"])
    assert [p.id for p in found] == ["b3", "a1"]
    assert found[1].authors == ("José Müller",) and found[1].sources == ("/data/X.bib:1",)


def test_many_ids_are_no_problem(home):
    library = Library(home, readonly=True)
    assert len(library.papers([f"n{n}" for n in range(3000)] + ["a1"])) == 1


def test_ids_are_found_by_their_beginning_and_never_by_wildcards(home):
    library = Library(home, readonly=True)
    assert library.resolve("a") == ["a1", "a2"]
    assert library.resolve("%") == library.resolve("_1") == []


def test_a_snapshot_does_not_see_what_is_committed_meanwhile(home):
    reader = Library(home, readonly=True)
    with reader.database.snapshot():
        before = reader.database.generation()
        with Writer(home, FakeEmbedder()) as writer:
            writer.remove(["a1"])
        assert reader.database.generation() == before
        assert len(reader.paper_ids()) == 3
    assert len(reader.paper_ids()) == 2


def test_a_reader_cannot_write(home):
    with pytest.raises(StoreError):
        Library(home, readonly=True).delete_paper("a1")


def test_a_failed_transaction_leaves_nothing(home):
    library = Library(home)
    with pytest.raises(RuntimeError), library.database.transaction():
        library.delete_paper("a1")
        raise RuntimeError
    assert len(library.paper_ids()) == 3


def test_a_library_of_another_version_is_refused_clearly(home):
    with sqlite3.connect(home / "library.db") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="another version of Paper RAG"):
        Library(home, readonly=True)


def test_a_damaged_file_is_refused_clearly(home):
    for name in ("library.db-wal", "library.db-shm"):
        (home / name).unlink(missing_ok=True)
    (home / "library.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="library.db"):
        Library(home, readonly=True)


def test_a_missing_library_says_what_to_run(tmp_path):
    with pytest.raises(StoreError, match="rag add"):
        Library(tmp_path / "none", readonly=True)
    assert not (tmp_path / "none").exists()


# -- the doctor --------------------------------------------------------------------------------


def folder(home):
    library = Library(home, readonly=True)
    found = index_folder(home, library.indexes.active())
    library.close()
    return found


def test_a_sound_library_has_no_findings(home):
    assert examine(home, FakeEmbedder()) == []


@pytest.mark.parametrize("part", ["chroma/chroma.sqlite3", f"lexical-{FORMAT}/meta.json"])
@pytest.mark.parametrize("how", ["gone", "garbled"])
def test_a_broken_index_is_found_and_mended_without_embedding(home, part, how):
    path = folder(home) / part
    path.unlink() if how == "gone" else path.write_bytes(b"garbage" * 99)
    assert any("rag rebuild" in finding for finding in examine(home, FakeEmbedder()))
    embedder = FakeEmbedder()
    with Writer(home, embedder) as writer:
        writer.rebuild()
    assert examine(home, embedder) == [] and embedder.embedded == []


def test_drift_is_counted(home):
    library = Library(home)
    index = library.indexes.active()
    with library.database.transaction():
        library.indexes.delete_passages(index, library.indexes.passage_ids(index, ["a1"]))
    findings = " ".join(examine(home, FakeEmbedder()))
    assert "1 papers have no passage" in findings
    assert "vector index holds 1 passages too many" in findings
    assert "lexical index holds 1 papers too many" in findings


def outdate(home) -> None:
    """Leave the lexical index as another version would have made it."""
    (folder(home) / f"lexical-{FORMAT}").rename(folder(home) / "lexical")
    (folder(home) / "lexical" / "meta.json").write_text("of another version")


def test_a_lexical_index_of_another_version_is_made_anew_by_the_first_search(home, caplog):
    before = [hit.paper.id for hit in search(home)]
    outdate(home)
    assert "older version" in " ".join(examine(home, FakeEmbedder()))
    assert [hit.paper.id for hit in search(home)] == before
    assert "nothing is embedded again" in caplog.text
    assert [path.name for path in folder(home).glob("lexical*/")] == [f"lexical-{FORMAT}"]
    assert examine(home, FakeEmbedder()) == []
    caplog.clear()
    search(home)
    assert not caplog.text


def test_a_lexical_index_of_another_version_is_made_anew_by_a_writer(home):
    outdate(home)
    embedder = FakeEmbedder()
    with Writer(home, embedder) as writer:
        writer.add_records([Paper("new", "Walruses", "Walruses swim.")], "memory")
    assert embedder.embedded == ["Walruses\nWalruses swim."]
    assert examine(home, FakeEmbedder()) == []


def words_of(home, word: str) -> list[str]:
    library = Library(home, readonly=True)
    index = PassageIndex(library, library.indexes.active())
    try:
        return [paper_id for paper_id, _ in index.lexical.search(word, k=9)]
    finally:
        index.close()
        library.close()


def test_a_paper_that_only_lost_passages_is_searched_by_its_new_text(tmp_path):
    filler = " ".join(f"Sentence {n} is about plants and gardens." for n in range(60))
    home = tmp_path / "home"
    for number, text in enumerate((f"{filler} Walruses swim.", filler)):
        with Writer(home, FakeEmbedder()) as writer:
            one = Paper("p", "Plants", text, sources=("x:1",))
            writer.add([SourceFile(home, "x", str(number))], lambda _, one=one: [one])
    assert words_of(home, "plants") == ["p"] and words_of(home, "walruses") == []
    assert examine(home, FakeEmbedder()) == []


def test_a_text_that_an_interrupted_writer_left_is_put_right_by_the_next(home):
    library = Library(home)
    version = library.indexes.active()
    with library.database.transaction():
        library.indexes.mark_pending(version, [], ["a1", "gone"])
    index = PassageIndex(library, version, create=True)
    index.put([Paper("a1", "Walruses", "They swim."), Paper("gone", "Walruses", "They swim.")])
    index.close()
    library.close()
    assert "2 texts of papers" in " ".join(examine(home, FakeEmbedder()))
    with Writer(home, FakeEmbedder()):
        pass
    assert words_of(home, "walruses") == [] and words_of(home, "pruning") == ["a1"]
    assert examine(home, FakeEmbedder()) == []


def search(home) -> list[Hit]:
    library = Library(home, readonly=True)
    retriever = HybridRetriever(library, FakeEmbedder())
    try:
        return find(retriever, "pruning models", k=5)
    finally:
        retriever.close()
        library.close()


def test_another_model_is_found(home):
    assert any("settings say" in f for f in examine(home, FakeEmbedder("other")))


# -- identity ------------------------------------------------------------------------------------


def test_merging_does_not_depend_on_the_order_of_arrival():
    one = SourceRecord(
        "a", 3, Paper("p", "T", "A.", year=None, keywords=("x",), sources=("a:3",)), "r"
    )
    two = SourceRecord(
        "b", 1, Paper("p", "t", "B.", year=1999, keywords=("y",), sources=("b:1",)), "r"
    )
    merged = merge([one, two])
    assert merged == merge([two, one])
    assert (merged.title, merged.year, merged.keywords) == ("T", 1999, ("x", "y"))
    assert merged.sources == ("a:3", "b:1")


def test_similarity_of_abstracts():
    assert similarity("a b c d", "a b c d") == 1.0
    assert similarity("", "") == 1.0
    assert similarity("a b c d e", "a b c d f") == pytest.approx(0.6)
    assert similarity("a b", "c d") == 0.0
