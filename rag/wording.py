"""How answers, papers, costs and reports are put in words: one wording for every front end.

The terminal, the page and notebooks take their words from here and add only their looks. Nothing
here knows of colours or columns. Papers and models' replies are untrusted: text is shown as they
meant it, but none of it hides, reorders or becomes markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING

from rag.text import readable, visible

if TYPE_CHECKING:
    from rag.types import Answer, Citation, Hit, Paper, Report, Stage, Support, Usage

MARKS: Mapping[Support, str] = {"supported": "✓", "partial": "~", "unsupported": "✗"}
"""The sign after a sentence that says how well its sources support it."""
SUPPORT: Mapping[Support, str] = {
    "supported": "supported",
    "partial": "partly supported",
    "unsupported": "not supported",
}
"""The same in words."""
STAGES: Mapping[Stage, str] = {
    "search": "Searching{total}…",
    "read": "Reading {papers} papers…",
    "write": "Writing…",
    "check": "Checking citations…",
    "repair": "Mending what is not supported…",
    "done": "",
}
"""What is being done while an answer grows."""
NEAREST = 3
"""Papers that a refusal offers."""
_QUOTE = 300
"""Characters of a quote that are shown below its source."""
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~$&!]")


# -- answers ---------------------------------------------------------------------------------------


def stage(answer: Answer, total: int | None = None) -> str:
    """What is being done for an answer that grows; `total` is how many papers are searched."""
    searched = "" if total is None else f" {total:,} papers"
    return STAGES[answer.stage].format(papers=len(answer.hits), total=searched)


def runs(answer: Answer) -> Iterator[tuple[str, int | None]]:
    """The text in runs that add up to it: each sentence with its index, and what stands between."""
    end = 0
    for number, sentence in enumerate(answer.sentences):
        yield answer.text[end : sentence.start], None
        yield answer.text[sentence.start : sentence.end], number
        end = sentence.end
    yield answer.text[end:], None


def nearest(answer: Answer) -> tuple[Hit, ...]:
    """The papers that a refusal offers; none for other answers."""
    return answer.hits[:NEAREST] if answer.status == "refused" else ()


def notes(answer: Answer) -> list[str]:
    """What is to be said beside an answer: what went wrong, what is missing or was left out."""
    sentences = [answer.notice] if answer.notice else []
    if answer.fallback:
        sentences.append("The model failed; the answer above was made without it.")
    if answer.status == "partial" and answer.reason == "not_stated":
        sentences.append("The abstracts answer only a part of this.")
    if answer.dropped:
        sentences.append(f"{answer.dropped} citations of sources that do not exist were left out.")
    return sentences


def checked(answer: Answer) -> str:
    """How many sentences are supported, of how many."""
    supported = sum(sentence.support == "supported" for sentence in answer.sentences)
    return f"{supported} of {len(answer.sentences)} sentences supported"


def plain(answer: Answer, *, marks: bool = False) -> str:
    """An answer as text with its numbered sources, or a refusal with the nearest papers.

    With `marks`, each sentence is followed by the sign of `MARKS`.
    """
    lines = [_marked(answer) if marks else visible(answer.text)]
    if answer.citations:
        lines.append("")
    for citation in answer.citations:
        source = f"[{citation.number}] {reference(citation.paper)}"
        lines.append(source if address(citation.paper) else f"{source}.")
    if hits := nearest(answer):
        lines += ["", "Nearest papers:", *(f"  {readable(hit.paper.title)}" for hit in hits)]
    return "\n".join(lines)


def markdown(answer: Answer) -> str:
    """An answer as Markdown with its numbered sources; nothing in it but our own is markup."""
    parts = [_literal(_marked(answer))]
    if answer.citations:
        parts.append("**Sources**")
        parts += [
            f"{citation.number}. {_literal(reference(citation.paper))}  \n"
            f"   {_literal(quoted(citation))}"
            for citation in answer.citations
        ]
    if hits := nearest(answer):
        parts.append("**Nearest papers**")
        parts.append("\n".join(f"- {_literal(readable(hit.paper.title))}" for hit in hits))
    parts += [f"*{_literal(note)}*" for note in notes(answer)]
    return "\n\n".join(parts) + "\n"


def html(answer: Answer) -> str:
    """An answer as HTML for notebooks, every text escaped; its classes keep MathJax away."""
    text = "".join(
        escape(run) if number is None else _html_sentence(answer, run, number)
        for run, number in runs(answer)
    )
    parts = [f"<p>{visible(text).replace(chr(10), '<br>')}</p>"]
    if answer.citations:
        sources = "".join(
            f'<li value="{citation.number}">{escape(reference(citation.paper))}'
            f"<br><small>{escape(quoted(citation))}</small></li>"
            for citation in answer.citations
        )
        parts.append(f"<p><b>Sources</b></p><ol>{sources}</ol>")
    if hits := nearest(answer):
        titles = "".join(f"<li>{escape(readable(hit.paper.title))}</li>" for hit in hits)
        parts.append(f"<p><b>Nearest papers</b></p><ul>{titles}</ul>")
    foot = [checked(answer)] if answer.sentences else []
    foot += [escape(visible(note)) for note in notes(answer)]
    parts += [f"<p><small>{line}</small></p>" for line in foot]
    return f'<div class="tex2jax_ignore mathjax_ignore">{"".join(parts)}</div>'


def _marked(answer: Answer) -> str:
    return visible("".join(
        run if number is None else f"{run} {MARKS[answer.sentences[number].support]}"
        for run, number in runs(answer)
    ))  # fmt: skip


def _html_sentence(answer: Answer, run: str, number: int) -> str:
    sentence = answer.sentences[number]
    meaning = SUPPORT[sentence.support] + (f": {sentence.why}" if sentence.why else "")
    mark = f'<span title="{escape(visible(meaning))}">{MARKS[sentence.support]}</span>'
    return f"{escape(run)} {mark}"


def _literal(text: str) -> str:
    """Text in which Markdown finds no markup."""
    return _MARKDOWN.sub(r"\\\g<0>", visible(text))


# -- papers ----------------------------------------------------------------------------------------


def authors(paper: Paper, most: int | None = None) -> str:
    """The authors by name, the first `most` of them."""
    cut = most is not None and len(paper.authors) > most
    return ", ".join(paper.authors[:most]) + (" et al." if cut else "")


def published(paper: Paper, most: int = 3) -> str:
    """Who published a paper, where and when; "" when none of it is known."""
    parts = (authors(paper, most), paper.venue, str(paper.year or ""))
    return ". ".join(part for part in parts if part)


def address(paper: Paper) -> str:
    """Where a paper can be found on the web, or ""."""
    return f"https://doi.org/{paper.doi}" if paper.doi else paper.url or ""


def reference(paper: Paper) -> str:
    """A paper in one line as bibliographies have it: every author, the title, its address."""
    parts = (authors(paper), readable(paper.title), paper.venue, str(paper.year or ""))
    line = ". ".join(part for part in parts if part) + f". {address(paper)}".rstrip(" .")
    return " ".join(visible(line).split())


def short_reference(paper: Paper) -> str:
    """A paper in one line as lists have it: the title, the first author, where and when."""
    parts = (readable(paper.title), published(paper, most=1))
    return readable(". ".join(part for part in parts if part))


def quoted(citation: Citation, most: int = _QUOTE) -> str:
    """The first quote of a citation in quotation marks, cut where it is long; "" without one."""
    if not citation.quotes:
        return ""
    return f"“{shortened(readable(citation.quote), most)}”"


def shortened(text: str, most: int) -> str:
    """At most so many characters of a text, and the sign that it goes on."""
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


# -- costs and reports -----------------------------------------------------------------------------


def spent(usage: Usage) -> str:
    """Calls, tokens and dollars in words."""
    cached = f", {usage.cached} from the cache" if usage.cached else ""
    tokens = f"{usage.tokens_in:,} tokens in, {usage.tokens_out:,} out"
    return f"{_calls(usage)}{cached}, {tokens}, {_dollars(usage)}"


def spent_short(usage: Usage) -> str:
    """Seconds, and where a model was asked, calls, tokens and dollars."""
    parts = [f"{sum(usage.seconds.values()):.1f} s"]
    if usage.calls or usage.cached:
        tokens = f"{usage.tokens_in:,} + {usage.tokens_out:,} tokens"
        parts += [_calls(usage), tokens, _dollars(usage)]
    return " · ".join(parts)


def _calls(usage: Usage) -> str:
    return "1 call" if usage.calls == 1 else f"{usage.calls} calls"


def _dollars(usage: Usage) -> str:
    return "cost unknown" if usage.cost is None else f"${usage.cost:.4f}"


def added(report: Report) -> str:
    """What adding papers did, as whoever keeps a library wants to know it."""
    parts = [f"{report.added} new", f"{report.updated} changed", f"{report.unchanged} unchanged"]
    return ", ".join(parts + _counted(
        (report.merged, "merged with another source"),
        (report.removed, "removed"),
        (len(report.rejected), "records rejected"),
        (report.skipped_files, "files unchanged"),
    ))  # fmt: skip


def uploaded(report: Report) -> str:
    """What adding papers did, as a visitor of the page wants to know it."""
    return ", ".join([f"{report.added} new"] + _counted(
        (report.updated, "changed"),
        (report.unchanged, "unchanged"),
        (report.merged, "already there from another source"),
        (report.skipped_files, "files already added"),
        (len(report.rejected), "records that could not be read"),
    ))  # fmt: skip


def _counted(*counts: tuple[int, str]) -> list[str]:
    return [f"{count} {what}" for count, what in counts if count]
