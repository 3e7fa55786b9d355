from dataclasses import replace

import pytest

from rag.corpus import read
from rag.passages import OVERLAP_TOKENS, PASSAGE_TOKENS, embedding_text, fingerprint, passages
from rag.text import sentences
from rag.types import Paper
from tests.fakes import SEEDS, FakeEmbedder

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


def test_repeated_sentences_do_not_confuse_the_offsets():
    twice = Paper("x", "T", "Same words here again. " * 150 + "The end is new.")
    found = passages(twice, count)
    assert found[-1].end == len(twice.abstract)
    assert all(twice.abstract[p.start : p.end] == p.text for p in found)
    assert len({p.id for p in found}) == len(found)


def test_a_sentence_longer_than_a_passage_is_divided():
    endless = Paper("x", "T", "word " * 700)
    assert all(count(p.text) <= PASSAGE_TOKENS for p in passages(endless, count))


def test_ids_are_stable_and_change_with_what_is_embedded():
    ids = [p.id for p in passages(LONG, count)]
    assert ids == [p.id for p in passages(LONG, count)]
    for changed in (
        replace(LONG, title="Another"),
        replace(LONG, id="y"),
        replace(LONG, abstract=LONG.abstract.replace("just", "only")),
    ):
        assert not set(ids) & {p.id for p in passages(changed, count)}


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
