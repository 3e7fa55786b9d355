from dataclasses import replace

import pytest

from rag.corpus import read
from rag.store.chunking import OVERLAP_TOKENS, PASSAGE_TOKENS, embedding_text, passages
from rag.store.passage_index import fingerprint
from rag.testing import FakeEmbedder
from rag.text import sentences
from rag.types import Paper
from tests import SEEDS

count = FakeEmbedder().count_tokens
LONG = Paper(
    "x", "A $μ$nit Title", " ".join(f"Sentence {n} has just these seven words." for n in range(120))
)


def test_passages_are_whole_sentences_that_cover_the_abstract():
    found = passages(LONG, count)
    starts = {span.start for span in sentences(LONG.abstract)}
    assert len(found) > 2
    assert (found[0].start, found[-1].end) == (0, len(LONG.abstract))
    for before, after in zip(found, found[1:], strict=False):
        assert before.start < after.start <= before.end
        assert after.start in starts
        assert count(LONG.abstract[after.start : before.end]) <= OVERLAP_TOKENS
    for passage in found:
        assert LONG.abstract[passage.start : passage.end] == passage.text
        assert count(passage.text) <= PASSAGE_TOKENS


@pytest.mark.parametrize(
    "text",
    [
        "Same words here again. " * 150 + "The end is new.",
        "Same words here again. " * 250,
        "It is new. " + "Same words here again. " * 250,
        ("One thing is said here. " * 20 + "Another is said. " * 20) * 9,
        "No end of the same words " * 200,
    ],
)
def test_repeated_text_does_not_confuse_the_offsets(text):
    paper = Paper("x", "T", text.strip())
    found = passages(paper, count)
    assert (found[0].start, found[-1].end) == (0, len(paper.abstract))
    assert all(paper.abstract[p.start : p.end] == p.text for p in found)
    for before, after in zip(found, found[1:], strict=False):
        assert before.start < after.start <= before.end + 1
        assert before.end < after.end
        assert count(paper.abstract[after.start : before.end]) <= OVERLAP_TOKENS
    assert len({p.id for p in found}) == len(found)


def test_a_sentence_longer_than_a_passage_is_divided_and_only_that():
    endless = " ".join(f"word{n}" for n in range(700))
    found = passages(Paper("x", "T", f"It begins. {endless}. It ends."), count)
    assert all(0 < count(p.text) <= PASSAGE_TOKENS for p in found)
    held = {word for p in found for word in p.text.split()}
    assert {f"word{n}" for n in range(699)} <= held
    assert found[0].text.startswith("It begins.") and found[-1].text.endswith("It ends.")


@pytest.mark.parametrize("text", ["A single short sentence.", "No full stop", "x"])
def test_a_short_abstract_is_one_passage(text):
    (found,) = passages(Paper("x", "T", text), count)
    assert (found.text, found.start, found.end, found.paper_id) == (text, 0, len(text), "x")


def test_the_embedder_counts_the_tokens():
    halves = passages(LONG, lambda text: 2 * count(text))
    assert len(halves) > len(passages(LONG, count))
    assert all(2 * count(p.text) <= PASSAGE_TOKENS for p in halves)


def test_glued_sentences_are_parted_between_passages_too():
    text = "".join(f"Number {n}, of all, is said, and then more, of it." for n in range(100))
    starts = {span.start for span in sentences(text)}
    assert len(starts) == 100
    assert all(p.start in starts for p in passages(Paper("x", "T", text), count))


def test_ids_are_stable_and_change_with_what_is_embedded():
    ids = [p.id for p in passages(LONG, count)]
    assert ids == [p.id for p in passages(LONG, count)]
    for changed in (
        replace(LONG, title="Another"),
        replace(LONG, id="y"),
        replace(LONG, abstract=LONG.abstract.replace("just", "only")),
        replace(LONG, abstract="First. " + LONG.abstract),
    ):
        assert not set(ids) & {p.id for p in passages(changed, count)}
    same = replace(LONG, year=2020, sources=("f:1",), authors=("Ann Lee",))
    assert ids == [p.id for p in passages(same, count)]


def test_the_title_is_embedded_with_every_passage_in_display_form():
    assert embedding_text(LONG, passages(LONG, count)[1]).startswith("A μnit Title\nSentence")


def test_the_fingerprint_names_all_that_vectors_depend_on():
    assert fingerprint(FakeEmbedder()) != fingerprint(FakeEmbedder("other"))
    assert "cosine" in fingerprint(FakeEmbedder())


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.name[:3])
def test_every_seed_is_covered(path):
    for paper in read(path):
        found = passages(paper, count)
        assert (found[0].start, found[-1].end) == (0, len(paper.abstract))
        starts = {span.start for span in sentences(paper.abstract)}
        assert all(p.start in starts for p in found)
        assert all(paper.abstract[p.start : p.end] == p.text for p in found)
        assert all(a.end >= b.start - 1 for a, b in zip(found, found[1:], strict=False))
