"""Guesses beside misspelt words: what is guessed, what is left alone, and what is searched."""

import pytest

from rag import Assistant, Paper
from rag.retrieve import guesses, make_query
from rag.testing import FakeEmbedder
from tests.builders import library

PAPERS = [
    Paper("faces", "Face images", "A data set of faces, and learnable neural functions."),
    Paper("plants", "Plants", "Diffusion of water in plants. See it later; we bind a connection."),
    Paper("long", "Longformer", "Longformer attends to long documents."),
]


@pytest.fixture
def assistant(tmp_path):
    home = library(tmp_path / "home", PAPERS, FakeEmbedder())
    with Assistant(home=home, embedding=FakeEmbedder()) as found:
        yield found


@pytest.mark.parametrize(
    "word",
    ["fake", "wearable", "neutral", "bird", "congestion", "funding", "colour", "German"],
)  # fmt: skip
def test_ordinary_words_of_english_are_left_alone(assistant, word):
    assert not assistant.vocabulary().knows(word)
    assert guesses(f"What about {word}?", assistant.vocabulary()) == ()


def test_words_that_neither_the_papers_nor_english_know_are_guessed(assistant):
    asked = "Difusion of plnats in LoRA-SB, xyzzy and the longfromer"
    assert guesses(asked, assistant.vocabulary()) == (
        ("difusion", "diffusion"), ("plnats", "plants"), ("longfromer", "longformer"),
    )  # fmt: skip


def test_a_guess_is_searched_beside_the_word_and_the_question_is_embedded_as_written(assistant):
    query = make_query("How do longfromer models attend?", assistant.vocabulary())
    assert query.guesses == (("longfromer", "longformer"),)
    assert query.search == "How do longfromer models attend? longformer"
    assert {"longfrom", "longform"} <= set(query.tokens)
    assistant.embedder.embedded.clear()
    assert assistant.retriever.search(query)[0].paper.id == "long"
    assert assistant.embedder.embedded == ["How do longfromer models attend?"]


def test_a_question_without_slips_is_searched_as_it_is(assistant):
    query = make_query("How can fake reviews be detected?", assistant.vocabulary())
    assert (query.guesses, query.search) == ((), query.text)
