import pytest

from rag.answer import extract
from rag.answer.citations import AnswerBuilder, Checks
from rag.answer.extract import ExtractiveAnswerer, choose, compose
from rag.llm import RunContext
from rag.plan import NOT_SEARCHED
from rag.text import readable
from rag.types import KINDS, Answer, Paper, Quote, Usage
from rag.verify import OfflineChecker
from tests.finding import EMBEDDER, evidence_of

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
SAVES = "ZipNN compresses neural networks without any loss. It saves 33% of the space."
"""As it is quoted: by itself the second one says too little."""
CATS = Paper("cats", "On Cats", "Cats sleep all day. They dislike water.")


def answered(found, answers="yes") -> list[Answer]:
    """What grows of an answer to this evidence."""
    start = Answer("q", "q", "", "answered", None, 0.0, (), (), found.hits, Usage())
    answerer = ExtractiveAnswerer(Checks(OfflineChecker()), EMBEDDER, RunContext("extractive"))
    return list(answerer.answers(start, found, answers))


@pytest.mark.parametrize("answers", ["yes", "partly"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NOT_SEARCHED])
def test_every_sentence_is_quoted_from_where_it_stands(kind, answers):
    found = evidence_of("How much space does ZipNN save?", ZIP, FLOAT, CATS, kind=kind)
    composed = compose(found, EMBEDDER, answers)
    sentences = [sentence for block in composed.blocks for sentence in block.sentences]
    assert sentences
    for sentence in sentences:
        abstract, quote = sentence.paper.abstract, sentence.quote
        assert abstract[quote.start : quote.end] == quote.text and sentence.verbatim
        words = [word for word in sentence.text.split() if not word.startswith("[")]
        assert set(words) <= set(readable(quote.text).split())


def test_a_number_question_prefers_the_sentence_with_the_number():
    found = evidence_of("How much space does ZipNN save?", ZIP, kind="number")
    assert choose(found)[0].text == "It saves 33% of the space."


def scored(monkeypatch, *scores: float) -> None:
    """The sentences of the evidence answer as likely as that."""
    monkeypatch.setattr(extract, "relevance", lambda _: list(scores))


def test_the_sentence_that_answers_stands_first_and_others_in_their_order(monkeypatch):
    scored(monkeypatch, 1.0, 1.1, 0.0, 1.2, 0.0)
    found = evidence_of("What is ZipNN?", ZIP, kind="method")
    assert [sentence.place for sentence in choose(found)] == [3, 0, 1]


@pytest.mark.parametrize(
    ("odds", "question", "places"),
    [
        (0.51, "what is it", [3, 2]),  # likely enough
        (0.29, "what is it", [3]),
        (0.21, "how much space", [3, 2]),  # it holds words of the question that no other has
        (0.11, "how much space", [3]),
        (0.29, "how much decompression", [3]),
    ],
)
def test_another_sentence_follows_where_it_adds_something(monkeypatch, odds, question, places):
    from math import log

    scored(monkeypatch, -9, -9, log(odds), 0.0, -9)
    assert [s.place for s in choose(evidence_of(question, ZIP, kind="fact"))] == places


@pytest.mark.parametrize(
    ("kind", "sentences"), [("method", 3), ("reason", 2), ("fact", 2), ("acronym", 1)]
)
def test_an_answer_has_so_many_sentences_at_most(monkeypatch, kind, sentences):
    scored(monkeypatch, *[0.0] * 5)
    assert len(choose(evidence_of("ZipNN", ZIP, kind=kind, words=99))) == sentences


def test_the_answer_keeps_to_its_length_but_for_its_first_sentence(monkeypatch):
    scored(monkeypatch, 0.1, 0.3, 0.2, 0.0, 0.0)  # of 2, 7, 6, 6 and 5 words
    for words, places in ((1, [1]), (12, [1, 0]), (13, [1, 2])):
        found = evidence_of("ZipNN", ZIP, kind="fact", words=words)
        assert [sentence.place for sentence in choose(found)] == places


def test_what_follows_is_of_the_same_paper(monkeypatch):
    scored(monkeypatch, *[0.0] * 5, 0.1, 0.1, 0.1)
    found = evidence_of("ZipNN", ZIP, FLOAT, kind="method")
    assert {sentence.paper.id for sentence in choose(found)} == {"float"}


def test_a_sentence_that_is_said_twice_is_quoted_once(monkeypatch):
    scored(monkeypatch, 0.0, 0.0, 0.0)
    twice = Paper("t", "Twice", "It saves 33% of space. It saves 33% of space. It is new.")
    found = evidence_of("ZipNN", twice, kind="method")
    assert [sentence.place for sentence in choose(found)] == [0, 2]


def test_an_abbreviation_is_written_out_from_where_it_stands():
    paper = Paper("g", "On Rewards", "We use Group Relative Policy Optimization (GRPO) here.")
    found = evidence_of("What does GRPO stand for?", CATS, paper, kind="acronym")
    ((block,),) = (compose(found, EMBEDDER).blocks,)
    (sentence,) = block.sentences
    assert sentence.text == "GRPO stands for “Group Relative Policy Optimization”."
    assert sentence.paper == paper and not sentence.verbatim
    assert sentence.quote == Quote("Group Relative Policy Optimization", 7, 41)
    checked = answered(found)[-1]
    assert checked.text == f"{sentence.text} [1]"
    assert [s.support for s in checked.sentences] == ["supported"]


def test_an_abbreviation_that_nothing_writes_out_is_quoted_from_a_sentence():
    found = evidence_of("What does ZipNN stand for?", ZIP, kind="acronym")
    ((block,),) = (compose(found, EMBEDDER).blocks,)
    assert all(sentence.verbatim for sentence in block.sentences)


def test_the_nearest_sentence_is_shown_as_no_plain_answer():
    found = evidence_of("How much space does ZipNN save?", ZIP, kind="number")
    answer = answered(found, "partly")[-1]
    assert answer.text == f"{extract.NEAREST}\n“{SAVES}” [1]"
    assert (answer.status, answer.reason) == ("partial", "not_stated")
    assert answer.lacking == extract.NEAREST
    assert answer.text.startswith("I found no sentence that plainly answers this; the nearest is:")


def test_a_foreign_question_is_told_that_only_its_name_was_matched():
    found = evidence_of("Was ist ZipNN und wie wird es trainiert?", ZIP)
    text = answered(found, "partly")[-1].text
    assert text.startswith(extract.FOREIGN.format("name ZipNN") + "\n“")
    assert "match the name ZipNN." in text


def test_quotations_stand_in_quotation_marks_and_are_no_claims():
    answer = answered(evidence_of("How much space does ZipNN save?", ZIP, kind="number"))[-1]
    (sentence, *_) = answer.sentences
    assert answer.text.startswith(f"“{SAVES}” [1]")
    assert (sentence.support, sentence.text) == ("quoted", SAVES)
    assert answer.text[sentence.start : sentence.end] == f"“{sentence.text}” [1]"
    assert (answer.status, answer.reason, answer.lacking) == ("answered", None, "")


def test_a_list_grows_paper_by_paper():
    other = Paper("o", "On Compression", "Compression of models saves a third of their space.")
    growing = answered(evidence_of("papers on compression", ZIP, other, CATS, kind="list"))
    blocks = len(growing[-1].citations)
    assert blocks > 1 and [answer.stage for answer in growing[:-1]] == ["write"] * (blocks - 1)
    assert [len(answer.citations) for answer in growing] == list(range(1, blocks + 1))


def test_nothing_stands_in_for_what_no_paper_mentions():
    found = evidence_of("Compare ZipNN and QuarkZip", ZIP, FLOAT, CATS, kind="comparison")
    answer = answered(found)[-1]
    assert [citation.paper.id for citation in answer.citations] == ["zip"]
    assert answer.text.endswith("\n\nNone of the papers found mentions QuarkZip.")
    assert (answer.status, answer.reason) == ("partial", "not_stated")
    assert answer.lacking == "None of the papers found mentions QuarkZip."


def test_a_line_of_our_own_is_added_only_where_something_is_missing():
    builder = AnswerBuilder()
    start = Answer("q", "q", "", "answered", None, 0.0, (), (), (), Usage())
    assert extract.completed(start, builder, evidence_of("ZipNN?", ZIP)) == start
    assert builder.text == ""


def test_nothing_retrieved_gives_nothing():
    assert compose(evidence_of("anything"), EMBEDDER).blocks == ()
