"""Answers: their sentences, how they read as text, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

from rag.text import visible
from rag.types import wording
from rag.types.kept import read_paper, read_plan, read_sentence, read_table
from rag.types.papers import Citation, Hit, Passage, Quote
from rag.types.plans import Plan
from rag.types.sentences import Sentence
from rag.types.tables import Table
from rag.types.usage import Usage
from rag.types.wording import Answers, Stage

Status = Literal["answered", "partial", "refused"]
Reason = Literal[
    "off_topic",
    "not_in_corpus",
    "not_stated",
    "no_match_for_filter",
    "no_such_field",
    "language",
    "model_failed",
]
"""`no_such_field`: no paper of the library carries what is asked for. `language`: the question is
in another language than the abstracts, and without a model nothing in it can be matched."""
ROWS = 10
"""Rows of a table that are shown below an answer; the table itself has all."""
NEAREST = 3
"""Papers that a refusal offers."""


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
    plan: Plan | None = None
    """How the question was understood."""
    table: Table | None = None
    """The papers, counts or values that the text tells of, for programs."""
    lacking: str = ""
    """The part of the question that is not answered."""
    warnings: tuple[str, ...] = ()
    """What is to be known of the papers cited: one holds text that addresses a reader, two
    disagree, several are copies of one text."""

    @property
    def answers(self) -> Answers:
        """Whether the library answers the question."""
        answers: dict[Status, Answers] = {"answered": "yes", "partial": "partly", "refused": "no"}
        return answers[self.status]

    @property
    def shown_table(self) -> Table | None:
        """The table, where it is to be shown: not that of a list which the text holds already."""
        told = self.plan is not None and self.plan.form != "table" and bool(self.sentences)
        return None if told else self.table

    @property
    def understood(self) -> str:
        """How the question was understood, in a line for people; "" of small talk."""
        if self.plan is None or self.plan.kind == "chat" or not self.plan.understood:
            return ""
        return "Understood as: " + " ".join(visible(self.plan.understood).split())

    @property
    def headline(self) -> str:
        """Whether the question is answered, and what the check found, in the line above the text;
        "" where nothing is to be checked: of small talk, stored fields and refusals."""
        if not self.sentences:
            return ""
        lacking = "" if self.text.startswith(self.lacking) else self.lacking
        return wording.headline(self.answers, lacking, self.checked)

    @property
    def told(self) -> list[str]:
        """A line for each sentence that the check finds fault with."""
        return [sentence.told for sentence in self.sentences if sentence.told]

    @property
    def nearest(self) -> tuple[Hit, ...]:
        """The papers that a refusal offers; none for other answers, or where none can be near."""
        refused = self.status == "refused" and self.reason != "off_topic"
        return self.hits[:NEAREST] if refused else ()

    @property
    def notes(self) -> list[str]:
        """What is to be said beside it: what went wrong, what is missing or was left out."""
        notes = [self.notice] if self.notice else []
        if self.fallback:
            notes.append("The model failed; the answer above was made without it.")
        if (
            self.status == "partial"
            and self.reason == "not_stated"
            and not (self.lacking or self.sentences)
        ):
            notes.append("The abstracts answer only a part of this.")
        if self.dropped:
            notes.append(f"{self.dropped} citations of sources that do not exist were left out.")
        return [*notes, *self.warnings]

    @property
    def claims(self) -> list[Sentence]:
        """The sentences that say something in words that are not the abstracts'."""
        return [sentence for sentence in self.sentences if sentence.support != "quoted"]

    @property
    def checked(self) -> str:
        """How many sentences are quoted, and what became of the other ones; "" of small talk."""
        return wording.tally([sentence.support for sentence in self.sentences])

    def progress(self, total: int | None = None) -> str:
        """What is being done while it grows; `total` is how many papers are searched."""
        searched = "" if total is None else f" {total:,} papers"
        return wording.STAGES[self.stage].format(papers=len(self.hits), total=searched)

    def runs(self) -> Iterator[tuple[str, int | None]]:
        """The text in runs that add up to it: each sentence with its index, and what is between."""
        end = 0
        for number, sentence in enumerate(self.sentences):
            yield self.text[end : sentence.start], None
            yield self.text[sentence.start : sentence.end], number
            end = sentence.end
        yield self.text[end:], None

    def to_text(self, *, marks: bool = False) -> str:
        """The text with its numbered sources, or a refusal with the nearest papers.

        With `marks`, it begins with whether the question is answered, each sentence is followed by
        the sign of its verdict, and those that the check finds fault with are told at the end.
        """
        lines = [self.headline, ""] if marks and self.headline else []
        lines.append(self.marked if marks else visible(self.text))
        if self.shown_table is not None:
            lines += ["", self.shown_table.to_text(ROWS)]
        if self.citations:
            lines.append("")
        for citation in self.citations:
            source = f"[{citation.number}] {wording.reference(citation.paper)}"
            lines.append(source if wording.address(citation.paper) else f"{source}.")
        if self.nearest:
            lines += ["", "Nearest papers:"]
            lines += [f"  {wording.title(hit.paper)}" for hit in self.nearest]
        if marks and self.told:
            lines += ["", *self.told]
        return "\n".join(lines)

    def to_markdown(self) -> str:
        """The text as Markdown with its numbered sources; nothing but our own is markup."""
        literal = wording.literal
        parts = [f"*{literal(self.understood)}*"] if self.understood else []
        parts += [f"*{literal(self.headline)}*"] if self.headline else []
        parts.append(literal(self.marked))
        if self.shown_table is not None:
            parts.append(self.shown_table.to_markdown(ROWS))
        if self.citations:
            parts.append("**Sources**")
            for citation in self.citations:
                quote = f"  \n   {literal(wording.quoted(citation))}" * bool(citation.quotes)
                reference = literal(wording.reference(citation.paper))
                parts.append(f"{citation.number}. {reference}{quote}")
        if self.nearest:
            parts.append("**Nearest papers**")
            titles = (wording.title(hit.paper) for hit in self.nearest)
            parts.append("\n".join(f"- {literal(title)}" for title in titles))
        parts += [f"*{literal(note)}*" for note in (*self.told, *self.notes)]
        return "\n\n".join(parts) + "\n"

    def to_html(self) -> str:
        """The text as HTML for notebooks, every text escaped; its classes keep MathJax away."""
        text = "".join(
            escape(run) + ("" if number is None else self.sentences[number].html_mark)
            for run, number in self.runs()
        )
        parts = _html_small(filter(None, (self.understood, self.headline)))
        parts.append(f"<p>{visible(text).replace(chr(10), '<br>')}</p>")
        if self.shown_table is not None:
            parts.append(self.shown_table.to_html(ROWS))
        if self.citations:
            sources = "".join(map(_html_source, self.citations))
            parts.append(f"<p><b>Sources</b></p><ol>{sources}</ol>")
        if self.nearest:
            titles = "".join(f"<li>{escape(wording.title(hit.paper))}</li>" for hit in self.nearest)
            parts.append(f"<p><b>Nearest papers</b></p><ul>{titles}</ul>")
        parts += _html_small((*self.told, *self.notes))
        return f'<div class="tex2jax_ignore mathjax_ignore">{"".join(parts)}</div>'

    def __str__(self) -> str:
        """Whether it answers, the text, each sentence with its mark, and the numbered sources."""
        return self.to_text(marks=True)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        return self.to_html()

    @property
    def marked(self) -> str:
        """The text, each sentence with the sign of its verdict."""
        marks = (
            run
            if number is None
            else f"{run} {wording.MARKS[self.sentences[number].support]}".rstrip()
            for run, number in self.runs()
        )
        return visible("".join(marks))

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
                read_paper(raw["paper"]),
                tuple(Quote(**quote) for quote in raw["quotes"]),
            )
            for raw in data["citations"]
        )
        fields["sentences"] = tuple(map(read_sentence, data["sentences"]))
        fields["hits"] = tuple(
            Hit(read_paper(raw["paper"]), Passage(**raw["passage"]), raw["score"])
            for raw in data["hits"]
        )
        fields["warnings"] = tuple(data.get("warnings", ()))
        fields["usage"] = Usage(**data["usage"])
        fields["plan"] = read_plan(data["plan"]) if data.get("plan") else None
        fields["table"] = read_table(data["table"]) if data.get("table") else None
        return cls(**fields)


def _html_source(citation: Citation) -> str:
    """A source as an item of a list, with its first quote where there is one."""
    quote = escape(wording.quoted(citation))
    small = f"<br><small>{quote}</small>" if quote else ""
    reference = escape(wording.reference(citation.paper))
    return f'<li value="{citation.number}">{reference}{small}</li>'


def _html_small(lines: Iterable[str]) -> list[str]:
    return [f"<p><small>{escape(visible(line))}</small></p>" for line in lines]
