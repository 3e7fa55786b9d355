"""Stand-ins for tests: a fake embedding model, and a language model that says what it is told.

Neither needs a network, a key or a download, and both give the same results on every machine:

>>> from rag.testing import FakeEmbedder, ScriptedModel
>>> embedder = FakeEmbedder()
>>> asked, near, far = embedder.embed(["cache sharing", "sharing a cache", "plants"])
>>> bool(asked @ near > asked @ far)
True

A scripted model gives its replies in order. `{1}` in a reply stands for the key of the first
passage that it was shown, so that the reply cites what a real one would cite:

>>> from rag.llm import Stop, UsageMeter
>>> from rag.types import Message
>>> model = ScriptedModel("It saves 30% [{1}].")
>>> passages = '<passage key="src-x7k2">KVSharer saves 30%.</passage>'
>>> model.complete([Message("user", passages)], UsageMeter(), Stop())
'It saves 30% [src-x7k2].'
>>> model.requests[0][0].content == passages
True
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import SecretStr

from rag.llm import KEY, Backend
from rag.text import tokens

if TYPE_CHECKING:
    from rag.llm import Stop, UsageMeter
    from rag.types import Message, Vectors

__all__ = ["FakeEmbedder", "ScriptedModel"]


class FakeEmbedder:
    """A bag of hashed words: the more words two texts share, the nearer they are.

    An `Embedder`. Word forms count as the lexical index counts them ("caches" is "cache"). With
    another `name` it is another model: a library indexed with the one is not read with the other.
    """

    dimension = 64
    max_tokens = 256

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.embedded: list[str] = []
        """Every text that was embedded, in order."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), 64), float32, each of length 1, in order."""
        import numpy as np

        self.embedded += texts
        vectors = np.full((len(texts), self.dimension), 1e-3, dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for token in tokens(text):
                row[int(hashlib.sha256(token.encode()).hexdigest(), 16) % self.dimension] += 1
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit.astype(np.float32)

    def count_tokens(self, text: str) -> int:
        """How many words a text has."""
        return len(text.split())


class ScriptedModel:
    """A language model that gives the replies it was made with, in order.

    A reply that is an exception is raised; models fail with a `ModelError`. Each reply counts as 10
    tokens in and 5 out, at a cost that is not known. Asked more often than it has replies, it fails
    as an assertion. A model that writes answers also checks them, in a call of its own: give that
    reply, too, or set `check="offline"`.
    """

    name = "fake/script"

    def __init__(
        self, *replies: str | Exception, prompt_budget: int = 7000, reply_budget: int = 1000
    ) -> None:
        self.replies = list(replies)
        """Those that were not given yet."""
        self.prompt_budget = prompt_budget
        """How many tokens a request may have; passages beyond it are left out."""
        self.reply_budget = reply_budget
        """How many tokens a reply may have; more claims than it has room for are checked apart."""
        self.requests: list[list[Message]] = []
        """The messages of every request, in order."""
        self.backend = Backend("fake", "script", None, SecretStr(""), "FAKE_API_KEY", 8192)

    def count_tokens(self, text: str) -> int:
        """How many words a text has."""
        return len(text.split())

    def complete(
        self, messages: Sequence[Message], meter: UsageMeter, stop: Stop, *, fresh: bool = False
    ) -> str:
        """The next reply. Raises it when it is an exception."""
        self.requests.append(list(messages))
        assert self.replies, f"request {len(self.requests)} has no reply in the script"
        meter.add(10, 5, None)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return self._with_keys(reply)

    def stream(
        self, messages: Sequence[Message], meter: UsageMeter, stop: Stop, *, fresh: bool = False
    ) -> Iterator[str]:
        """The next reply, letter by letter."""
        yield from self.complete(messages, meter, stop)

    def complete_all(
        self, requests: Sequence[Sequence[Message]], meter: UsageMeter, stop: Stop
    ) -> list[str]:
        """The next replies, one a request."""
        return [self.complete(messages, meter, stop) for messages in requests]

    def _with_keys(self, reply: str) -> str:
        """`{1}` in a reply becomes the key of the first passage of the latest request."""
        keys = re.findall(rf'<passage key="({KEY})">', self.requests[-1][-1].content)
        return re.sub(r"\{(\d+)\}", lambda match: keys[int(match[1]) - 1], reply)
