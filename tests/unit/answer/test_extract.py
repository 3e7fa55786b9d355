import pytest

from rag.answer import extract
from rag.answer.evidence import gather
from rag.testing import FakeEmbedder
from rag.text import readable, sentences
from rag.types import Hit, Paper, Passage
from tests.finding import query_of

ZIP = Paper(
    "zip", "ZipNN: Lossless Compression for AI Models",
    "Models grow. ZipNN compresses neural networks without any loss. It saves 33% of the space. "
    "Its decompression speed rises by 62%. Code is available at https://example.org/zipnn.",
)  # fmt: skip
FLOAT = Paper(
    "float", "70% Size, 100% Accuracy: Dynamic-Length Float",
    "Large models need memory. DFloat11 shrinks weights by 30% without loss. "
    "It reaches 5.3times longer contexts.",
)  # fmt: skip
CATS = Paper("cats", "On Cats", "Cats sleep all day. They dislike water.")


def evidence(question: str, *papers: Paper, scores: tuple[float, ...] = (0.9, 0.8, 0.2)):
    hits = [
        Hit(p, Passage(p.id, p.id, p.abstract, 0, len(p.abstract)), s)
        for p, s in zip(papers, scores, strict=False)
    ]
    return gather(query_of(question), hits, FakeEmbedder())


def drafts(blocks):
    return [draft for block in blocks for draft in block.sentences]


@pytest.mark.parametrize(
    "question",
    ["How much space does ZipNN save?", "Compare ZipNN and DFloat11", "papers on compression"],
)
def test_every_word_is_the_papers_own(question):
    for draft in drafts(extract.choose_blocks(evidence(question, ZIP, FLOAT, CATS), words=120)):
        abstract, quote = draft.paper.abstract, draft.quote
        assert abstract[quote.start : quote.end] == quote.text
        assert draft.text in (readable(quote.text), readable(draft.paper.title))


def test_a_number_question_prefers_the_sentence_with_the_number():
    chosen = drafts(
        extract.choose_blocks(evidence("How much space does ZipNN save?", ZIP), words=8)
    )
    assert "33%" in chosen[0].text


def test_the_answer_keeps_to_its_length():
    blocks = extract.choose_blocks(evidence("What is ZipNN?", ZIP, FLOAT, CATS), words=25)
    assert sum(len(draft.text.split()) + 1 for draft in drafts(blocks)) <= 25
    assert drafts(blocks)


def test_one_sentence_is_given_even_when_it_is_longer_than_the_answer_may_be():
    assert len(drafts(extract.choose_blocks(evidence("What is ZipNN?", ZIP), words=1))) == 1


def test_sentences_of_a_paper_stand_in_reading_order():
    chosen = drafts(extract.choose_blocks(evidence("What is ZipNN?", ZIP), words=60))
    starts = [draft.quote.start for draft in chosen]
    assert len(starts) > 1 and starts == sorted(starts)


def test_a_list_gives_one_line_a_paper_and_leaves_out_the_far_ones():
    blocks = extract.choose_blocks(
        evidence("Which papers are on compression?", ZIP, FLOAT, CATS), words=90
    )
    assert [block.sentences[0].paper.id for block in blocks] == ["zip", "float"]


def test_a_comparison_gives_one_block_for_each_paper_named():
    blocks = extract.choose_blocks(
        evidence("Compare ZipNN and DFloat11", CATS, ZIP, FLOAT), words=90
    )
    assert [block.sentences[0].paper.id for block in blocks] == ["zip", "float"]
    assert blocks[0].heading == "ZipNN"
    assert blocks[1].heading == FLOAT.title.partition(":")[0] or blocks[1].heading == FLOAT.title


@pytest.mark.parametrize(
    ("question", "absent"),
    [
        ("Compare ZipNN and QuarkZip", ["QuarkZip"]),
        ("Compare ZipNM and DFloat11", []),  # a slip of the pen
        ("Compare ZipNN and DFloat12", ["DFloat12"]),  # but not in a number
        ("Compare QuarkZip and FooNet", []),
        ("How much does QuarkZip save, ZipNN aside?", []),
    ],
)
def test_nothing_stands_in_for_what_no_paper_mentions(question, absent):
    found = evidence(question, ZIP, FLOAT, CATS)
    assert list(found.absent) == absent
    if absent:
        blocks = extract.choose_blocks(found, words=90)
        assert [block.sentences[0].paper.id for block in blocks] == ["zip"]


def test_a_sentence_that_two_papers_share_is_said_once():
    twin = Paper("twin", "Another Title", ZIP.abstract)
    texts = [
        d.text for d in drafts(extract.choose_blocks(evidence("ZipNN?", ZIP, twin), words=200))
    ]
    assert len(texts) == len(set(texts)) == len(sentences(ZIP.abstract))


def test_nothing_retrieved_gives_no_blocks():
    assert extract.choose_blocks(evidence("anything"), words=90) == []


def test_features_and_weights_have_the_same_names():
    one = evidence("What is ZipNN?", ZIP)
    assert set(extract.MODEL.weights) == set(extract.FEATURES)
    assert len(extract.features(one.sentences[0], one)) == len(extract.FEATURES)
