import pytest

from rag.errors import StoreError
from rag.ingest import SourceFile, Writer
from rag.retrieve import candidates
from rag.retrieve.candidates import Candidate
from rag.retrieve.hybrid import HybridRetriever, fuse
from rag.store.library import Library
from rag.testing import FakeEmbedder
from rag.types import Filters, Paper
from tests.finding import find

TITLES = {
    "sb": "Silver Bullet for Low-Rank Fine-Tuning",
    "law": "P$^2$ Law: Scaling Law for Post-Training After Model Pruning",
    "bit": "The Era of 1.58-bit Models",
    "tulu": "TÜLU 3: Open Post-Training",
    "diff": "Quantization of Diffusion Models",
    "long": "A Long Paper",
}
ABSTRACTS = {
    "sb": "We propose LoRA-SB, which initializes LoRA-XS well.",
    "law": "A law for models that are pruned.",
    "bit": "Ternary weights are enough, says BitNet.",
    "tulu": 'A recipe in the open, T\\"ULU 3.',
    "diff": "We quantize diffusion to one bit with good behavior.",
    "long": " ".join(f"Sentence {n} is about plants and gardens." for n in range(100)),
}


@pytest.fixture
def retriever(tmp_path):
    papers = [
        Paper(key, TITLES[key], ABSTRACTS[key], year=2000 + n, sources=(f"x:{n + 1}",))
        for n, key in enumerate(TITLES)
    ]
    with Writer(tmp_path, FakeEmbedder()) as writer:
        writer.add([SourceFile(tmp_path, "x", "1")], lambda _: papers)
    found = HybridRetriever(Library(tmp_path, readonly=True), FakeEmbedder())
    yield found
    found.close()


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("LoRA-SB", "sb"), ("what is LoRASB", "sb"), ("P^2 law", "law"), ("p2 law", "law"),
        ("1.58-bit", "bit"), ("1.58 bit models", "bit"), ("tulu 3", "tulu"), ("bitnet", "bit"),
        ("quantisation of difusion models", "diff"), ("good behaviour", "diff"),
        *((title, key) for key, title in TITLES.items()),
    ],
)  # fmt: skip
def test_the_paper_meant_is_first(retriever, question, first):
    assert find(retriever, question, k=3)[0].paper.id == first


def test_a_paper_of_many_passages_is_one_hit_with_its_best(retriever):
    hits = find(retriever, "Sentence 97 plants gardens", k=10)
    assert len({hit.paper.id for hit in hits}) == len(hits) == len(TITLES)
    assert hits[0].paper.id == "long" and "Sentence 97 is" in hits[0].passage.text
    passage = hits[0].passage
    assert ABSTRACTS["long"][passage.start : passage.end] == passage.text


def test_words_of_one_paper_meet_though_they_stand_in_two_passages(tmp_path):
    filler = " ".join(f"Sentence {n} is about plants and gardens." for n in range(60))
    papers = [
        Paper("both", "One", f"Walruses swim. {filler} Kettles boil.", sources=("x:1",)),
        Paper("walrus", "Two", f"Walruses swim. {filler}", sources=("x:2",)),
        Paper("kettle", "Three", f"{filler} Kettles boil.", sources=("x:3",)),
    ]
    with Writer(tmp_path, FakeEmbedder()) as writer:
        writer.add([SourceFile(tmp_path, "x", "1")], lambda _: papers)
    index = HybridRetriever(Library(tmp_path, readonly=True), FakeEmbedder()).vocabulary()
    (first, best), (_, next_best), *_ = index.search("walruses kettles", k=3)
    assert first == "both" and best > 1.5 * next_best


def test_words_that_no_paper_holds_take_nothing_from_the_score(retriever):
    known, *_ = find(retriever, "BitNet ternary weights")
    more, *_ = find(retriever, "BitNet ternary weights xyzzyplugh qwertyuiop")
    # The vector is another one; the lexical share, more than half of the score, is the same.
    assert more.paper == known.paper and more.score > 0.8 * known.score


def test_scores_fall_and_searches_repeat(retriever):
    hits = find(retriever, "models", k=6)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert hits == find(retriever, "models", k=6)


@pytest.mark.parametrize(
    "question", ["the of and", "?!", "word " * 5000, "用什么办法", "a:b (c OR"]
)
def test_odd_questions_are_no_problem(retriever, question):
    assert len(find(retriever, question, k=2)) == 2


def test_filters_limit_the_papers(retriever):
    found = find(retriever, "models", k=9, filters=Filters(year_from=2001, year_to=2002))
    assert {hit.paper.id for hit in found} == {"law", "bit"}
    assert find(retriever, "models", filters=Filters(venue="nowhere")) == []


@pytest.mark.parametrize("furthest", [64, 2, 1])
def test_a_broad_filter_finds_what_a_narrow_one_does(retriever, monkeypatch, furthest):
    filters = Filters(year_from=2001, year_to=2004)
    wanted = find(retriever, "plants and models", k=9, filters=filters)
    assert len(wanted) == 4
    monkeypatch.setattr(candidates, "NARROW", 2)
    monkeypatch.setattr(candidates, "FURTHEST", furthest)
    retriever._selections = candidates.FilterCache(retriever.library, retriever.embedder.name)
    assert find(retriever, "plants and models", k=9, filters=filters) == wanted


def test_a_filter_asked_again_shows_what_was_added_meanwhile(retriever, tmp_path):
    filters = Filters(year_from=2001, year_to=2002)
    assert len(find(retriever, "models", filters=filters)) == 2
    with Writer(tmp_path, FakeEmbedder()) as writer:
        new = Paper("new", "New", "It came later.", year=2002, sources=("y:1",))
        writer.add([SourceFile(tmp_path, "y", "2")], lambda _: [new])
    found = find(retriever, "models", filters=filters)
    assert {hit.paper.id for hit in found} == {"law", "bit", "new"}


def test_the_latest_filters_only_are_kept(retriever, monkeypatch):
    asked = []
    select = retriever.library.matching
    monkeypatch.setattr(
        retriever.library,
        "matching",
        lambda filters, **options: asked.append(filters.year_from) or select(filters, **options),
    )
    for year in (2000, 2001, 2002, 2003, 2000, 2004, 2001, 2000):
        find(retriever, "models", filters=Filters(year_from=year))
    assert asked == [2000, 2001, 2002, 2003, 2004, 2001]


def test_an_empty_library_says_what_to_run(tmp_path):
    with Writer(tmp_path, FakeEmbedder()):
        pass
    with pytest.raises(StoreError, match="rag add"):
        find(HybridRetriever(Library(tmp_path, readonly=True), FakeEmbedder()), "anything")


def test_fusion_rewards_both_arms():
    both, dense, lexical, none = (
        Candidate(name, name, cosine, bm25)
        for name, cosine, bm25 in (("b", 0.8, 9), ("d", 0.8, 0), ("l", 0.1, 9), ("n", -0.5, 0))
    )
    ranked = fuse([none, lexical, dense, both], 10.0)
    assert ranked[0][1] == both and ranked[-1] == (0.0, none)
    assert 0 < ranked[1][0] < ranked[0][0] <= 1
    assert fuse([dense], 0.0)[0][0] > 0
    assert fuse([], 1.0) == []
