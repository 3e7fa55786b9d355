"""A check in words: for a terminal, and as Markdown.

Manuscripts, bibliographies and papers are untrusted: none of their text hides or becomes markup.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.manuscript.document import Place
from rag.manuscript.results import CheckedSentence, Missing, Results
from rag.text import readable, visible
from rag.types import Paper, Quote, wording


def as_text(report: Results, *, all: bool = False) -> str:
    """The findings, each with its place, its reason, and the span that decided."""
    lines = [f"{visible(report.name)}: {report.summary}"]
    for one in report.shown(all=all):
        mark, verdict = wording.MARKS[one.support], wording.SUPPORT[one.support]
        lines += [
            "",
            f"{_where(one.place)}  {mark} {verdict} [{', '.join(map(visible, one.keys))}]",
        ]
        lines.append(f"  {visible(one.text)}")
        lines += [f"  {label}: {text}" for label, text in details(one)]
    if note := quiet(report, all=all):
        lines += ["", note]
    if report.missing:
        lines += ["", "Not in the library:"]
        lines += [f"  {told}" for told in map(missing, report.missing)]
    return "\n".join([*lines, *(f"\n{visible(note)}" for note in report.notes)])


def as_markdown(report: Results, *, all: bool = False) -> str:
    """The same as Markdown."""
    literal = wording.literal
    parts = [f"# {literal(report.name)}", literal(report.summary)]
    for one in report.shown(all=all):
        head = f"{wording.MARKS[one.support]} {wording.SUPPORT[one.support]}"
        cites = literal(", ".join(one.keys))
        parts.append(f"## {head}, {literal(_where(one.place))}\n\n> {literal(one.text)}")
        rows = [("cites", cites), *((label, literal(text)) for label, text in details(one))]
        parts.append("\n".join(f"- {label}: {text}" for label, text in rows))
    if note := quiet(report, all=all):
        parts.append(f"*{note}*")
    if report.missing:
        parts.append("## Not in the library")
        parts.append("\n".join(f"- {literal(missing(one))}" for one in report.missing))
    parts += [f"*{literal(note)}*" for note in report.notes]
    return "\n\n".join(parts) + "\n"


def details(one: CheckedSentence) -> Iterator[tuple[str, str]]:
    """Why a sentence has its verdict, by label."""
    if one.why:
        yield "why", visible(one.why)
    if one.paper and one.quote:
        yield "the abstract", _quoted(one.paper, one.quote)
    for work in one.works:
        if work.near and work.paper:
            listed = f"listed as “{visible(work.reference.title)}”"
            yield "taken for", f"{wording.title(work.paper)} ({listed})"
    if one.better:
        yield "better", _quoted(one.better.paper, one.better.quote)


def quiet(report: Results, *, all: bool = False) -> str:
    """What is not told of the sentences that could not be verified; "" when all is."""
    unverified = [one for one in report.sentences if one.support == "unverified"]
    if all or not unverified:
        return ""
    better = sum(one.better is not None for one in unverified)
    also = f", {better} of which another paper of the library supports" * bool(better)
    return f"{len(unverified)} not verified{also}; --all shows them."


def missing(one: Missing) -> str:
    """A work that the library lacks, and where it is cited."""
    reference = one.work.reference
    name = visible(reference.key)
    if not one.known:
        name += " (in no bibliography)"
    elif reference.text != reference.key:
        name += f": {visible(reference.text)}"
    return f"{name}, cited at {', '.join(map(_where, one.places))}"


def _quoted(paper: Paper, quote: Quote | None) -> str:
    said = f"“{readable(quote.text)}” — " if quote else ""
    return f"{said}{wording.short_reference(paper)}"


def _where(place: Place) -> str:
    return f"{visible(place.file)}:{place.line}:{place.column}"
