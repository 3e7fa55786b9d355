import numpy as np

from rag.embed.cache import CachedEmbedder
from rag.testing import FakeEmbedder


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
