"""The nouns of Paper RAG: frozen data, and the protocols that engines fulfil.

The same words mean the same things in code, prompts, command line and documentation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

Support = Literal["supported", "partial", "unsupported"]
Status = Literal["answered", "partial", "refused"]
Reason = Literal["off_topic", "not_in_corpus", "not_stated", "no_match_for_filter", "model_failed"]
Stage = Literal["search", "read", "write", "check", "repair", "done"]
Kind = Literal["number", "list", "comparison", "definition", "reason", "general"]


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as its source states it; nothing is corrected here."""

    id: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    doi: str | None = None
    arxiv_id: str | None = None
    url: str | None = None
    keywords: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Every place it was read from, as `path:line` (the line counts from 1)."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be read as a paper; printed as `file:line: reason`."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


@dataclass(slots=True)
class Report:
    """What adding papers did; a paper is counted once, however many sources it has."""

    read: int = 0
    """Records read, the bad ones not counted."""
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    """Records that joined a paper which another record had brought."""
    removed: int = 0
    """Papers that lost their last source; only `sync` removes."""
    embedded: int = 0
    """Passages that had to be embedded."""
    skipped_files: int = 0
    """Files whose content has not changed since they were read."""
    rejected: list[Rejected] = field(default_factory=list)

    def __str__(self) -> str:
        """What was added, updated, removed and rejected, in one line."""
        from rag import wording

        return wording.added(self)


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one abstract: `paper.abstract[start:end]`."""

    id: str
    paper_id: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved paper with its best passage; a higher score is better."""

    paper: Paper
    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim text of an abstract: `paper.abstract[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A cited paper, numbered from 1 in order of first use, with what is quoted from it."""

    number: int
    paper: Paper
    quotes: tuple[Quote, ...]

    @property
    def quote(self) -> str:
        """The first quote, verbatim from the abstract."""
        return self.quotes[0].text

    @property
    def start(self) -> int:
        """Where the first quote starts in `paper.abstract`."""
        return self.quotes[0].start

    @property
    def end(self) -> int:
        """Where the first quote ends in `paper.abstract`."""
        return self.quotes[0].end


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and how well the papers it cites support it."""

    text: str
    citations: tuple[int, ...]
    support: Support
    score: float
    """Degree of support, from 0 to 1."""
    why: str = ""
    """What is missing or contradicted, when the sentence is not fully supported."""
    start: int = 0
    end: int = 0
    """Where it stands, with its markers: `answer.text[start:end]`."""
    contradicted: bool = False
    """Whether the papers say otherwise, rather than nothing of it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    content: str


class Message(NamedTuple):
    """One message of a request to a language model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost; `seconds` by stage: condense, retrieve, decide, answer, verify, …

    Usages add up: `sum((answer.usage for answer in answers), Usage())`.
    """

    model: str = ""
    calls: int = 0
    """Calls of language models that were made."""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0
    """US dollars; None when the price of a model is not known."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    cached: int = 0
    """Replies that came from the cache, at no cost."""

    def __add__(self, other: Usage) -> Usage:
        unknown = self.cost is None or other.cost is None
        stages = [*self.seconds, *(s for s in other.seconds if s not in self.seconds)]
        return Usage(
            other.model or self.model,
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            None if unknown else (self.cost or 0.0) + (other.cost or 0.0),
            {s: self.seconds.get(s, 0.0) + other.seconds.get(s, 0.0) for s in stages},
            self.cached + other.cached,
        )

    def __str__(self) -> str:
        """Seconds, calls, tokens and dollars in a few words."""
        from rag import wording

        return wording.spent_short(self)


@dataclass(frozen=True, slots=True)
class Answer:
    """What every front end shows. Not finding an answer is an `Answer` too, not an error."""

    question: str
    query: str
    """What was searched for: the question, or its standalone form when it is a follow-up."""
    text: str
    status: Status
    reason: Reason | None
    """Why it was refused, or which kind of gap makes it partial; None when answered."""
    confidence: float
    """Estimated probability that the abstracts answer the question, from 0 to 1."""
    citations: tuple[Citation, ...]
    sentences: tuple[Sentence, ...]
    hits: tuple[Hit, ...]
    """The papers retrieved, best first: also the nearest papers of a refusal."""
    usage: Usage
    notice: str = ""
    """What went wrong on the way, in one sentence; the answer stands all the same."""
    fallback: bool = False
    """Whether the model failed, and the extractive answer makes up for it."""
    dropped: int = 0
    """Citation markers of the model that named none of its passages; they were left out."""
    stage: Stage = "done"
    """What is being done, in an answer that is still growing."""

    def __str__(self) -> str:
        """The text, each sentence with its mark, and the numbered sources."""
        from rag import wording

        return wording.plain(self, marks=True)

    def _repr_markdown_(self) -> str:
        from rag import wording

        return wording.markdown(self)

    def _repr_html_(self) -> str:
        from rag import wording

        return wording.html(self)

    def to_dict(self) -> dict[str, Any]:
        """The whole answer as JSON-ready data."""
        data = asdict(self)
        for raw, citation in zip(data["citations"], self.citations, strict=True):
            raw.update(quote=citation.quote, start=citation.start, end=citation.end)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Answer:
        """The answer whose `to_dict` this is. Raises `KeyError` or `TypeError` for other data."""
        fields = dict(data)
        fields["citations"] = tuple(
            Citation(
                raw["number"],
                _paper(raw["paper"]),
                tuple(Quote(**quote) for quote in raw["quotes"]),
            )
            for raw in data["citations"]
        )
        fields["sentences"] = tuple(
            Sentence(**{**raw, "citations": tuple(raw["citations"])}) for raw in data["sentences"]
        )
        fields["hits"] = tuple(
            Hit(_paper(raw["paper"]), Passage(**raw["passage"]), raw["score"])
            for raw in data["hits"]
        )
        fields["usage"] = Usage(**data["usage"])
        return cls(**fields)


def _paper(data: Mapping[str, Any]) -> Paper:
    lists = ("authors", "keywords", "sources")
    return Paper(**{**data, **{name: tuple(data[name]) for name in lists}})


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers may be retrieved; all given conditions must hold."""

    ids: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    source: str | None = None
    """Part of a source's path, any case."""
    author: str | None = None
    """Part of an author's name, any case and accents."""
    venue: str | None = None
    """Part of the venue's name, any case."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Any field of `Paper`, by name: part of its text, any case."""

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Query:
    """A question as every step sees it: made once, by `rag.retrieve.make_query`."""

    question: str
    """As the user asked it; what is asked for is told by these words."""
    text: str
    """Its standalone form, when it is a follow-up: what abstracts are compared with."""
    search: str
    """The text as it is searched: words that no paper holds are replaced by near ones."""
    tokens: tuple[str, ...]
    """The index terms of `search`, in order."""
    weights: Mapping[str, float]
    """The index terms of `text`, each with its idf: how rare it is in the library."""
    kind: Kind
    method: bool
    """Asks how something is done."""
    finding: bool
    """Asks for a result rather than a description."""
    link: bool
    """Asks for code, data or a link."""
    bibliographic: bool
    """Asks for authors, venue or date."""
    detail: bool
    """Asks for what papers state in their body: hyper-parameters, hardware, costs."""
    names: tuple[str, ...]
    """Names in the question that can only be names: capitals inside, or letters and digits."""
    search_names: tuple[str, ...]
    """Such names in `search`: papers titled with them are looked up."""
    proper: tuple[str, ...]
    """Other words capitalised in mid-sentence."""
    english: bool
    """Whether it reads as English; the embedded models know little else."""
    filters: Filters | None = None
    """Which papers may be retrieved."""


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


class Vocabulary(Protocol):
    """The words of a library."""

    def idf(self, token: str) -> float:
        """How rare an analysed token is among the passages."""

    def suggest(self, word: str) -> str | None:
        """The nearest known word to a misspelt one; None for a known word, or when none is near."""

    def knows(self, word: str) -> bool:
        """Whether a passage holds the word, or one of the same stem."""


class Retriever(Protocol):
    """Finds papers for a question."""

    def search(self, query: Query, *, k: int = 10) -> list[Hit]:
        """At most k hits, one a paper, best first; only papers that pass `query.filters`."""

    def close(self) -> None:
        """Release the indexes."""
