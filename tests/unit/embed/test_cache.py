import numpy as np

from rag.embed import cache
from rag.embed.cache import CachedEmbedder
from rag.testing import FakeEmbedder
from rag.types import TokenStates


class Counting(FakeEmbedder):
    def __init__(self):
        super().__init__()
        self.asked = []

    def embed(self, texts):
        self.asked.append(list(texts))
        return super().embed(texts)


def test_vectors_are_the_same_and_each_text_is_embedded_once():
    counting = Counting()
    both = CachedEmbedder(counting)
    texts = ["one", "two", "one", "three"]
    assert np.array_equal(both.embed(texts), FakeEmbedder().embed(texts))
    assert np.array_equal(both.embed(["three", "four"]), FakeEmbedder().embed(["three", "four"]))
    assert counting.asked == [["one", "two", "three"], ["four"]]
    assert both.embed([]).shape == FakeEmbedder().embed([]).shape
    assert (both.name, both.dimension) == (counting.name, counting.dimension)
    assert (both.max_tokens, both.count_tokens("a b")) == (counting.max_tokens, 2)


def test_what_was_not_asked_for_longest_is_forgotten_first():
    counting = Counting()
    both = CachedEmbedder(counting, most=2)
    for texts in (["one"], ["two"], ["one"], ["three"], ["one"], ["two"]):
        both.embed(texts)
    assert counting.asked == [["one"], ["two"], ["three"], ["two"]]
    assert np.array_equal(both.embed(["a", "b", "c"]), FakeEmbedder().embed(["a", "b", "c"]))


def test_similarities_are_cosines_of_what_is_embedded_once():
    counting = Counting()
    both = CachedEmbedder(counting)
    vector, *vectors = FakeEmbedder().embed(["a claim", "one", "a claim"])
    assert both.similarities("a claim", ["one", "a claim"]) == [float(v @ vector) for v in vectors]
    assert both.similarities("a claim", []) == []
    assert counting.asked == [["a claim", "one"]]


class ByToken(Counting):
    """Notes the texts whose tokens' vectors it is asked for; the vectors are none."""

    def token_states(self, texts):
        none = np.zeros((0, 3), dtype=np.float32)
        return [TokenStates(none, vector) for vector in super().embed(texts)]

    @property
    def reader(self):
        return None

    verifier = reader


def test_who_asks_many_questions_has_the_tokens_of_more_texts_remembered(monkeypatch):
    monkeypatch.setattr(cache, "MOST_BY_TOKEN", 1)
    for most, again in ((None, True), (2, False)):
        counting = ByToken()
        both = CachedEmbedder(counting)
        if most is not None:
            both.remember(most)
        both.token_states(["one"])
        both.token_states(["two"])
        counting.asked.clear()
        both.token_states(["one"])
        assert bool(counting.asked) == again
