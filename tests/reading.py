"""A reader that counts words, so that tests can tell what it will say."""

from __future__ import annotations

import numpy as np

from rag.embed import CachedEmbedder
from rag.testing import FakeEmbedder
from rag.text import STOP_WORDS, tokens
from rag.types import Judgement


class WordReader:
    """A sentence answers the more, the more words it shares with the question beside the title."""

    def judge(self, question, title, sentences):
        asked = _words(question) - _words(title)
        scores = [4.0 * len(asked & _words(sentence)) for sentence in sentences]
        return Judgement(scores, max(scores) - 3)


class ReadingFake(FakeEmbedder):
    """Token vectors whose spans say where the words are; the text itself comes along."""

    reader = WordReader()

    def token_vectors(self, texts):
        return [TextVectors(text, self.embed([text])[0]) for text in texts]


def _words(vectors):
    return {token for token in tokens(vectors.text) if token not in STOP_WORDS}


class TextVectors:
    """What a reader of this module needs of a text: its words. One token, like every other."""

    def __init__(self, text, vector):
        self.text, self.pooled = text, vector
        self.spans, self.vectors, self.middle = [(0, 0)], np.ones((1, 64)) / 8, None


def reading_embedder() -> CachedEmbedder:
    return CachedEmbedder(ReadingFake())
