"""What is asked: questions, conversations, conditions on papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["number", "list", "comparison", "definition", "reason", "general"]


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
