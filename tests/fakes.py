"""Stand-ins that the tests share, and the real model where a test needs it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import SecretStr

from rag.embed.load import load_embedder
from rag.llm.backends import Backend
from rag.llm.prompts import KEY
from rag.text import tokens
from rag.types import Embedder, Message

if TYPE_CHECKING:
    from rag.types import Vectors


class FakeEmbedder:
    """A bag of hashed words: the more words two texts share, the nearer they are."""

    dimension = 64
    max_tokens = 256

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.embedded: list[str] = []
        """Every text that was embedded, in order."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        vectors = np.full((len(texts), self.dimension), 1e-3, dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for token in tokens(text):
                row[int(hashlib.sha256(token.encode()).hexdigest(), 16) % self.dimension] += 1
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@lru_cache(maxsize=1)
def real_embedder() -> Embedder:
    """The embedded MiniLM; its converted form is kept in the user's cache folder."""
    import platformdirs

    return load_embedder("minilm", cache_dir=Path(platformdirs.user_cache_dir("paper-rag", False)))


class Script:
    """A language model that says what it is told to, and remembers what it was asked."""

    name = "fake/script"

    def __init__(self, *replies: str | Exception, prompt_budget: int = 7000) -> None:
        self.replies = list(replies)
        self.prompt_budget = prompt_budget
        self.asked: list[list[Message]] = []
        self.backend = Backend("fake", "script", None, SecretStr(""), "FAKE_API_KEY", 8192)

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def complete(self, messages, meter, stop, *, fresh=False) -> str:
        self.asked.append(list(messages))
        meter.add(10, 5, None)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return self.with_keys(reply)

    def stream(self, messages, meter, stop, *, fresh=False):
        yield from self.complete(messages, meter, stop)

    def complete_all(self, requests, meter, stop) -> list[str]:
        return [self.complete(messages, meter, stop) for messages in requests]

    def with_keys(self, reply: str) -> str:
        """`{1}` in a reply stands for the key of the first passage."""
        keys = re.findall(rf'<passage key="({KEY})">', self.asked[-1][-1].content)
        return re.sub(r"\{(\d+)\}", lambda match: keys[int(match[1]) - 1], reply)
