"""What engines fulfil, whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from rag.types.papers import Hit
from rag.types.plans import Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Server:
    """A Chroma server that holds vectors instead of the library's folder."""

    url: str
    token: str = field(default="", repr=False)
    """Sent as a bearer token with every request; for the proxy that guards the server."""


class Embedder(Protocol):
    """Turns text into unit vectors."""

    @property
    def name(self) -> str:
        """Names the model and whatever else changes its vectors; part of the fingerprint."""

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1, in order."""

    def count_tokens(self, text: str) -> int:
        """How many of the model's tokens the text takes, without special tokens."""

    @property
    def max_tokens(self) -> int:
        """The longest input that the model reads whole, special tokens included."""


@runtime_checkable
class QueryEmbedder(Protocol):
    """An embedder that reads questions otherwise than what is searched."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed`, for what is asked: both are compared."""


class TokenStates(NamedTuple):
    """A text read halfway, which a `Reader` reads on from, and its vector."""

    middle: Vectors
    """The states after half of the layers, of shape (tokens + 2, dimension)."""
    pooled: Vectors
    """The text's own vector, as `Embedder.embed` gives it."""
    ids: tuple[int, ...] = ()
    """Which word piece each of the tokens is."""


class Judgement(NamedTuple):
    """What a `Reader` thinks of the sentences of one abstract."""

    scores: Sequence[float]
    """How much each answers the question, as logits."""
    answers: float
    """The log-odds that one of them does."""


class Reader(Protocol):
    """Reads a question together with an abstract."""

    def judge(
        self, question: TokenStates, title: TokenStates, sentences: Sequence[TokenStates]
    ) -> Judgement:
        """Which sentence answers, and whether one does."""


class Verifier(Protocol):
    """Reads a claim together with what it cites."""

    def verify(self, claim: TokenStates, evidence: Sequence[TokenStates]) -> float:
        """The log-odds that the sentences of the evidence, titles included, bear out the claim."""


@runtime_checkable
class TokenEmbedder(Protocol):
    """An embedder that can also tell what it has halfway."""

    def token_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Each text's, in order."""

    @property
    def reader(self) -> Reader:
        """Reads on from such vectors, for an answer."""

    @property
    def verifier(self) -> Verifier:
        """Reads on from them, for what bears out a claim."""


class Vocabulary(Protocol):
    """The words of a library."""

    def idf(self, token: str) -> float:
        """How rare an analysed token is among the papers."""

    def suggest(self, word: str) -> str | None:
        """The nearest known word to a misspelt one; None for a known word, or when none is near."""

    def knows(self, word: str) -> bool:
        """Whether a paper holds the word, or one of the same stem."""


class Retriever(Protocol):
    """Finds papers for a question."""

    def search(self, query: Query, *, k: int = 10) -> list[Hit]:
        """At most k hits, one a paper, best first; only papers that pass `query.filters`."""

    def close(self) -> None:
        """Release the indexes."""
