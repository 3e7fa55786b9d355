"""Two libraries asked as one."""

import pytest

from rag import Assistant, Filters, Paper, StoreError
from rag.ingest import SourceFile, Writer
from rag.testing import FakeEmbedder

SHARED = Paper("a" * 16, "ZipNN: Lossless Compression", "ZipNN saves 33% of a model's space.",
               year=2024, sources=("s:1",))  # fmt: skip
BOTH = Paper("b" * 16, "KVSharer", "KVSharer shares caches across layers.", sources=("s:2",))
OWN = Paper("c" * 16, "My Draft on Gardens", "Gardens grow by 12% with ZipNN.", year=2026,
            sources=("o:1",))  # fmt: skip


def fill(home, papers):
    with Writer(home, FakeEmbedder()) as writer:
        file = SourceFile(home, papers[0].sources[0][0] if papers else "x", "1")
        writer.add([file], lambda _: papers)


@pytest.fixture
def assistant(tmp_path):
    fill(tmp_path / "shared", [SHARED, BOTH])
    fill(tmp_path / "own", [OWN, BOTH])
    with Assistant(home=tmp_path / "shared", embedding=FakeEmbedder()) as shared:
        yield shared


def ids(hits):
    return [hit.paper.id[0] for hit in hits]


def test_both_libraries_are_searched_and_a_paper_of_both_is_one_hit(assistant, tmp_path):
    with assistant.joined(tmp_path / "own") as joined:
        assert sorted(ids(joined.search("ZipNN caches gardens", k=10))) == ["a", "b", "c"]
        assert ids(joined.search("gardens", k=1)) == ["c"]
        scores = [hit.score for hit in joined.search("ZipNN", k=10)]
        assert scores == sorted(scores, reverse=True)
        assert ids(joined.search("ZipNN", filters=Filters(year_from=2026))) == ["c"]
        assert "c" not in ids(assistant.search("gardens", k=10))
    assert ids(assistant.search("ZipNN", k=1)) == ["a"], "the shared library was closed, too"


def test_papers_and_their_ids_come_from_both(assistant, tmp_path):
    with assistant.joined(tmp_path / "own") as joined:
        assert [key[0] for key in joined.paper_ids()] == ["b", "a", "c"]
        assert [p.id[0] for p in joined.papers([OWN.id, "none", SHARED.id])] == ["c", "a"]
        assert joined.ask("How much do gardens grow?").citations[0].paper.id == OWN.id
        assert joined.adjusted(k=3).ask("How much do gardens grow?").citations[0].paper == OWN
    assert not assistant.papers([OWN.id])


def test_an_empty_library_is_passed_over_unless_all_are(assistant, tmp_path):
    fill(tmp_path / "none", [])
    with assistant.joined(tmp_path / "none") as joined:
        assert ids(joined.search("ZipNN", k=1)) == ["a"]
    with Assistant(home=tmp_path / "none", embedding=FakeEmbedder()) as empty:
        with empty.joined(tmp_path / "own") as joined:
            assert ids(joined.search("gardens", k=1)) == [
                "c"
            ] and joined.retriever.vocabulary().idf("garden")
        fill(tmp_path / "other", [])
        with empty.joined(tmp_path / "other") as joined, pytest.raises(StoreError, match="empty"):
            joined.search("gardens")
