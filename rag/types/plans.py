"""How a question was understood: what kind it is, of what, under which conditions, in what form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from rag.types.queries import Filters

Kind = Literal[
    "definition",
    "number",
    "acronym",
    "yes_no",
    "reason",
    "method",
    "fact",
    "list",
    "comparison",
    "overview",
    "count",
    "lookup",
    "chat",
    "out_of_scope",
]
"""What is asked for. `fact` is any other look-up in one paper, `lookup` one of stored fields,
`count` how many papers there are, `chat` thanks, greetings and commands."""
KINDS: tuple[Kind, ...] = get_args(Kind)
Form = Literal["text", "list", "table"]
StoredField = Literal["author", "year", "venue", "doi", "url", "keyword", "source", "paper"]
"""What can be looked up without reading: a field that papers carry, or the papers themselves."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question is understood, before anything is searched; shown, and may be corrected."""

    kind: Kind
    query: str
    """What is asked, standing alone, in the language of the library."""
    filters: Filters = Filters()
    """Conditions on stored fields that the question states; the user's own stay beside them."""
    facets: tuple[str, ...] = ()
    """What must hold of a paper; "not …" when negated."""
    queries: tuple[str, ...] = ()
    """What is searched."""
    words: int = 60
    """About how long the answer should be at most."""
    form: Form = "text"
    language: str = "en"
    """Code of the language that the user writes in."""
    understood: str = ""
    """One line for people: "papers from 2024 on about model merging"."""
    subjects: tuple[str, ...] = ()
    """What it is about, by name: methods, models, papers."""
    topic: str = ""
    """What papers must be about, when stored fields are asked for too; "" for all papers."""
    fields: tuple[StoredField, ...] = ()
    """The stored fields asked for."""
    by: StoredField | None = None
    """The field that papers are to be counted by."""
    order: Literal["newest", "oldest", "most"] | None = None
    missing: tuple[str, ...] = ()
    """Conditions that no paper of the library can meet, in words: "an author named Smith"."""
    unheld: tuple[str, ...] = ()
    """What is asked for that no library holds: "citation counts"."""
    likely: Mapping[Kind, float] = field(default_factory=dict)
    """How likely each kind is; empty where a model or a person said which it is."""

    @property
    def foreign(self) -> bool:
        """Whether it is in another language than the abstracts; what a model planned is not."""
        return self.language != "en" and bool(self.likely)


@dataclass(frozen=True, slots=True)
class Query:
    """A question as every step sees it: made once, by `rag.retrieve.make_query`."""

    plan: Plan
    question: str
    """As the user asked it; what is asked for is told by these words."""
    text: str
    """Its standalone form, when it is a follow-up: what abstracts are compared with."""
    wanted: str
    """What is searched: `text`, and for follow-ups what was asked before."""
    search: str
    """The text as its words are searched: as written, and after it what was guessed."""
    tokens: tuple[str, ...]
    """The index terms of `search`, in order."""
    weights: Mapping[str, float]
    """The index terms of `text`, each with its idf: how rare it is in the library."""
    link: bool
    """Asks for code, data or a link."""
    bibliographic: bool
    """Asks for authors, venue or date."""
    detail: bool
    """Asks for what papers state in their body: hyper-parameters, hardware, costs."""
    names: tuple[str, ...]
    """Names in the question that can only be names: capitals inside, or letters and digits."""
    search_names: tuple[str, ...]
    """Names in `text` that a paper may be titled with: they are looked up."""
    proper: tuple[str, ...]
    """Other words capitalised in mid-sentence."""
    english: bool
    """Whether it reads as English; the embedded models know little else."""
    filters: Filters | None = None
    """Which papers may be retrieved."""
    guesses: tuple[tuple[str, str], ...] = ()
    """Words that neither the library nor English knows, each as written and as a near word that
    the library holds: that one is searched for, too."""

    @property
    def kind(self) -> Kind:
        return self.plan.kind

    def likely(self, kind: Kind) -> float:
        """How likely it is of that kind, from 0 to 1."""
        likely = self.plan.likely
        return likely.get(kind, 0.0) if likely else float(self.plan.kind == kind)
