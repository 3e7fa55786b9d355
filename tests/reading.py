"""A reader and a verifier that count words, so that tests can tell what they will say."""

from __future__ import annotations

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


class WordVerifier:
    """A claim is borne out when all its words stand in the evidence, and is the less, the fewer."""

    def verify(self, claim, evidence):
        said, held = _words(claim), set().union(*map(_words, evidence))
        return 9.0 - 18.0 * len(said - held) / max(1, len(said))


class ReadingFake(FakeEmbedder):
    """What it has halfway is the text itself."""

    reader = WordReader()
    verifier = WordVerifier()

    def token_states(self, texts):
        return [TextStates(text, self.embed([text])[0]) for text in texts]


def _words(states):
    return {token for token in tokens(states.text) if token not in STOP_WORDS}


class TextStates:
    """What a reader of this module needs of a text: its words."""

    def __init__(self, text, vector):
        self.text, self.pooled, self.middle = text, vector, None


def reading_embedder() -> CachedEmbedder:
    return CachedEmbedder(ReadingFake())
