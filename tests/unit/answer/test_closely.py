"""Abstracts asked a question of their own: of several parts, by a list, in another language."""

import pytest

from rag.answer.closely import SOMETIMES, ask
from rag.answer.foreign import in_english
from rag.answer.in_parts import in_parts
from rag.answer.membership import CLOSELY, closely, judge
from rag.types import Paper
from tests.finding import EMBEDDER, evidence_of, query_of
from tests.reading import reading_embedder

ZIP = Paper(
    "zip", "ZipNN: A Codec",
    "Models grow. ZipNN saves a third of the memory. It was tested on seven checkpoints.",
)  # fmt: skip
READING = reading_embedder()


def evidence(question, *papers, **understood):
    return evidence_of(question, *(papers or (ZIP,)), embedder=READING, **understood)


def test_the_likeliest_sentence_comes_first_and_the_shares_are_of_one():
    found = ask("how much memory is saved", ZIP, evidence("ZipNN?"), READING)
    assert found.sentences[0].text == "ZipNN saves a third of the memory."
    assert sum(found.shares) == pytest.approx(1) and found.shares[0] == max(found.shares)
    assert found.answers > 0


def test_only_the_nearest_sentences_are_read_in_their_order():
    found = ask("memory saved by a third of checkpoints", ZIP, evidence("?"), READING, most=2)
    assert len(found.sentences) == 2


def test_without_a_reader_the_nearest_comes_first_and_nothing_tells_whether_it_answers():
    found = ask("seven checkpoints", ZIP, evidence_of("?", ZIP), EMBEDDER)
    assert found.sentences[0].text == "It was tested on seven checkpoints."
    assert found.answers == SOMETIMES


def test_a_paper_that_was_not_found_says_nothing():
    assert ask("?", Paper("other", "T", "A."), evidence("?"), READING) is None


def test_each_part_of_a_question_has_its_sentence():
    asked = "How much memory is saved, and how many checkpoints were tested?"
    composed = in_parts(evidence(asked), READING)
    (block,) = composed.blocks
    # The second one points at the first, and is quoted with it.
    assert [s.text for s in block.sentences] == [
        "ZipNN saves a third of the memory. It was tested on seven checkpoints."
    ]
    assert composed.lacking == ""


def test_a_part_that_finds_nothing_is_named():
    composed = in_parts(evidence("How much memory is saved, and which licence has it?"), READING)
    assert composed.lacking == "I found nothing in it on “which licence has it?”."
    assert len(composed.blocks[0].sentences) == 1


@pytest.mark.parametrize("question", ["How much memory is saved?", "Saved and tested?"])
def test_a_question_of_one_part_is_not_taken_apart(question):
    assert in_parts(evidence(question), READING) is None


def test_without_a_reader_a_question_is_not_taken_apart():
    asked = "How much memory is saved, and how many checkpoints were tested?"
    assert in_parts(evidence_of(asked, ZIP), EMBEDDER) is None


@pytest.mark.parametrize(
    ("question", "kind", "asked"),
    [
        ("Wofür steht ZipNN?", "acronym", "What does ZipNN stand for?"),
        ("Combien de mémoire ZipNN économise-t-il ?", "number", "How many or how much: ZipNN?"),
        ("¿Cuántos checkpoints probó ZipNN?", "number", "How many or how much: ZipNN checkpoints?"),
        ("Was sagt ZipNN zum Memory", "fact", "ZipNN Memory?"),
    ],
)
def test_names_and_words_that_are_alike_are_asked_for_in_english(question, kind, asked):
    assert in_english(query_of(question, kind=kind), ZIP) == asked


PAPERS = [Paper(f"p{n}", f"Paper {n}", f"Codec number {n} saves memory.") for n in range(3)]


def test_candidates_of_a_list_are_judged_again_by_the_reader():
    cats = Paper("cats", "Cats", "Cats sleep. Nothing else is known.")
    found = evidence("codecs that save memory", *PAPERS, cats, kind="list", facets=("memory",))
    judged = judge(found, READING)
    assert [each.hit.paper.id for each in judged if each.fits] == ["p0", "p1", "p2"]
    assert judged[-1].hit.paper.id == "cats" and not judged[-1].fits


def test_so_many_candidates_are_read_at_most():
    many = [Paper(f"p{n}", f"Paper {n}", "It saves memory.") for n in range(CLOSELY + 3)]
    found = evidence("memory", *many, kind="list")
    assert len(closely(judge(found, EMBEDDER), found, READING)) == CLOSELY
    assert len(judge(found, READING)) == CLOSELY + 3
