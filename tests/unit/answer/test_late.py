"""How well a text meets the words of a question, with and without vectors of tokens."""

import numpy as np
import pytest

from rag.answer.late import Interaction, interactions
from rag.embed import CachedEmbedder
from rag.testing import FakeEmbedder
from rag.types import TokenVectors
from tests.finding import EMBEDDER, query_of

PLACES = {"memory": 0, "cache": 1, "what": 2, "of": 3}
"""Words of the little world below, each at a right angle to all others."""


class TokenFake(FakeEmbedder):
    """Gives each word a vector of its own."""

    reader = None

    def token_vectors(self, texts):
        return [self.of(text) for text in texts]

    def of(self, text: str) -> TokenVectors:
        spans, vectors, at = [], np.zeros((len(text.split()), 5), dtype=np.float32), 0
        for row, word in zip(vectors, text.split(), strict=True):
            row[PLACES.get(word, 4)] = 1
            spans.append((text.index(word, at), text.index(word, at) + len(word)))
            at = spans[-1][1]
        return TokenVectors(spans, vectors, self.embed([text])[0])


def read(question: str, text: str, title: str, embedder=None) -> Interaction:
    embedder = embedder or CachedEmbedder(TokenFake())
    return interactions(query_of(question), [text], [title], embedder)[0]


@pytest.mark.parametrize(
    ("text", "title", "met"),
    [
        ("memory cache", "novel", (1.0, 0.5, 1.0)),  # both words that count, of four tokens
        ("memory", "novel", (0.5, 0.25, 0.5)),
        ("what of", "novel", (0.0, 0.5, 0.0)),  # small words do not count
        ("memory", "cache", (0.5, 0.25, 1.0)),  # the title has the other
        ("cache", "cache", (0.5, 0.25, 0.0)),
        ("nothing", "cache", (0.0, 0.0, 0.0)),
    ],
)
def test_each_word_of_the_question_is_met_by_its_nearest_token(text, title, met):
    assert read("what of memory cache", text, title) == pytest.approx(met)


def test_each_text_is_read_with_its_own_title():
    query, embedder = query_of("what of memory cache"), CachedEmbedder(TokenFake())
    first, second = interactions(query, ["memory"] * 2, ["cache", "memory"], embedder)
    assert (first.rare, second.rare) == (0.5, 0.5)
    assert (first.asked, second.asked) == pytest.approx((1.0, 0.0))


@pytest.mark.parametrize(
    ("text", "title", "met"),
    [
        ("memory and caches", "novel", (1.0, 1.0, 1.0)),
        ("the memory", "novel", (0.675, 0.675, 0.675)),
        ("the memory", "caches", (0.675, 0.675, (1 + 0.35 * 0.35) / 1.35)),
        ("nothing", "novel", (0.35, 0.35, 0.35)),
    ],
)
def test_without_vectors_of_tokens_words_that_are_the_same_tell(text, title, met):
    assert read("memory of the cache", text, title, EMBEDDER) == pytest.approx(met)


def test_a_question_of_small_words_is_met_by_nothing():
    assert read("what of it", "memory", "cache", EMBEDDER) == (0.0, 0.0, 0.0)
