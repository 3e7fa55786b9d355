"""Questions, answers and their evidence as HTML strings; pure."""

from __future__ import annotations

import re

from rag.text import readable, words
from rag.types import Answer, Citation, Quote, Sentence, Usage
from ui.paper_html import escape, lines, paper

MARKS = {"supported": "✓", "partial": "~", "unsupported": "✗"}
WORDS = {"supported": "supported", "partial": "partly supported", "unsupported": "not supported"}
STAGES = {
    "search": "Searching {total} papers…",
    "read": "Reading {papers} papers…",
    "write": "Writing…",
    "check": "Checking citations…",
    "repair": "Mending what is not supported…",
    "done": "",
}
_MARKER = re.compile(r"\[(\d+)\]")
_TIP = 280
"""Characters of a quote that a tooltip shows."""


def question(text: str) -> str:
    """A question as it was asked."""
    return f'<div class="question">{lines(escape(text))}</div>'


def answer(found: Answer, turn: int, total: int = 0) -> str:
    """An answer, growing or complete; `turn` tells its citations from those of other answers."""
    parts = [f'<div class="answer {found.status}">']
    if found.stage == "done" and found.status == "refused":
        parts.append(_refusal(found))
    else:
        parts.append(f'<div class="text">{_text(found, turn)}</div>')
    if found.stage != "done":
        stage = STAGES[found.stage].format(papers=len(found.hits), total=f"{total:,}")
        parts.append(f'<div class="stage" role="status">{escape(stage)}</div>')
    else:
        parts += [_notes(found), _footer(found)]
    parts.append("</div>")
    return "".join(parts)


def evidence(found: Answer | None, turn: int, focus: int = 0, sentence: int = 0) -> str:
    """The panel: the papers cited first, then the others retrieved.

    `focus` opens the citation of that number and lights what the given sentence, counted from 0,
    rests on.
    """
    if found is None or not found.hits:
        return '<p class="empty">The papers behind an answer appear here.</p>'
    scores = {hit.paper.id: hit.score for hit in found.hits}
    parts = []
    if found.query != found.question:
        parts.append(f'<p class="query">Searched for: {escape(found.query)}</p>')
    if found.citations:
        parts.append(f"<h3>Cited ({len(found.citations)})</h3>")
        for citation in found.citations:
            lit = None
            if citation.number == focus and sentence < len(found.sentences):
                lit = _rests_on(found.sentences[sentence], citation)
            parts.append(
                paper(
                    citation.paper,
                    quotes=citation.quotes,
                    lit=lit,
                    score=scores.get(citation.paper.id),
                    head=f'<span class="number">&#91;{citation.number}&#93;</span>',
                    anchor=f"cite-{turn}-{citation.number}",
                    opened=citation.number == focus,
                )
            )
    cited = {citation.paper.id for citation in found.citations}
    others = [hit for hit in found.hits if hit.paper.id not in cited]
    if others:
        name = "Nearest papers" if found.status == "refused" else "Also retrieved"
        parts.append(f"<h3>{name} ({len(others)})</h3>")
        parts += [paper(hit.paper, score=hit.score) for hit in others]
    return "".join(parts)


def spent(usage: Usage) -> str:
    """What an answer took, in a few words."""
    parts = [f"{sum(usage.seconds.values()):.1f} s"]
    if usage.calls or usage.cached:
        parts.append(f"{usage.calls} call{'s' * (usage.calls != 1)}")
        parts.append(f"{usage.tokens_in:,} + {usage.tokens_out:,} tokens")
        parts.append("cost unknown" if usage.cost is None else f"${usage.cost:.4f}")
    return " · ".join(parts)


# -- inside ----------------------------------------------------------------------------------------


def _text(found: Answer, turn: int) -> str:
    """The text with every sentence in a span of its own, and citations as links."""
    citations = {citation.number: citation for citation in found.citations}
    parts, at = [], 0
    for number, sentence in enumerate(found.sentences):
        parts.append(_linked(found.text[at : sentence.start], citations, f"{turn}"))
        inner = _linked(found.text[sentence.start : sentence.end], citations, f"{turn}", number)
        parts.append(_sentence(inner, sentence))
        at = sentence.end
    parts.append(_linked(found.text[at:], citations, f"{turn}"))
    return "".join(parts)


def _sentence(inner: str, one: Sentence) -> str:
    why = f" ({escape(one.why)})" if one.why else ""
    mark = f'<span class="mark" title="{WORDS[one.support]}{why}">{MARKS[one.support]}</span>'
    said = f'<span class="why">{escape(one.why)}</span>' if one.support == "unsupported" else ""
    hidden = f'<span class="hidden"> {WORDS[one.support]}</span>'
    return f'<span class="sentence {one.support}">{inner}&nbsp;{mark}{hidden}{said}</span>'


def _linked(text: str, citations: dict[int, Citation], turn: str, sentence: int = 0) -> str:
    parts, at = [], 0
    for match in _MARKER.finditer(text):
        citation = citations.get(int(match[1]))
        if citation is not None:
            anchor = f"cite-{turn}-{citation.number}-{sentence}"
            parts += [lines(escape(text[at : match.start()])), _link(citation, anchor)]
            at = match.end()
    return "".join([*parts, lines(escape(text[at:]))])


def _link(citation: Citation, anchor: str) -> str:
    """A citation: its tooltip shows the paper and the quote, a click opens it in the panel."""
    one = citation.paper
    year = f" ({one.year})" if one.year else ""
    quote = readable(citation.quote) if citation.quotes else ""
    quote = quote if len(quote) <= _TIP else quote[:_TIP].rsplit(" ", 1)[0] + " …"
    tip = f"<b>{escape(readable(one.title) + year)}</b> {escape(f'“{quote}”' if quote else '')}"
    return (
        f'<a class="cite" href="#{anchor}" role="button" tabindex="0">'
        f'&#91;{citation.number}&#93;<span class="tip" role="tooltip">{tip}</span></a>'
    )


def _refusal(found: Answer) -> str:
    nearest = "".join(f"<li>{escape(readable(hit.paper.title))}</li>" for hit in found.hits[:3])
    offer = f'<p class="near">Nearest papers</p><ul>{nearest}</ul>' if nearest else ""
    return f'<p class="refusal">⊘ {escape(found.text)}</p>{offer}'


def _notes(found: Answer) -> str:
    notes = [found.notice] if found.notice else []
    if found.fallback:
        notes.append("The model failed; the answer above was made without it.")
    if found.status == "partial" and found.reason == "not_stated":
        notes.append("The abstracts answer only a part of this.")
    if found.dropped:
        notes.append(f"{found.dropped} citations of sources that do not exist were left out.")
    return "".join(f'<p class="note" role="note">⚠ {escape(note)}</p>' for note in notes)


def _footer(found: Answer) -> str:
    counted = len(found.sentences)
    good = sum(sentence.support == "supported" for sentence in found.sentences)
    checked = f"{good} of {counted} sentences supported · " if counted else ""
    copy = '<a class="copy" href="#copy" role="button" tabindex="0">Copy with sources</a>'
    return (
        f'<div class="foot">{escape(checked + spent(found.usage))} · {copy}'
        f'<span class="hidden plain">{escape(plain(found))}</span></div>'
    )


def plain(found: Answer) -> str:
    """An answer as text with its numbered sources, for the clipboard."""
    lines = [found.text]
    if found.citations:
        lines.append("")
    for citation in found.citations:
        one = citation.paper
        about = [", ".join(one.authors), readable(one.title), one.venue or "", str(one.year or "")]
        told = ". ".join(part for part in about if part)
        lines.append(f"[{citation.number}] {told}. {one.doi or one.url or ''}".strip())
    return "\n".join(lines)


def _rests_on(one: Sentence, citation: Citation) -> Quote | None:
    """The quote of a citation that a sentence has most words in common with."""
    said = set(words(one.text))
    return max(citation.quotes, key=lambda quote: len(said & set(words(quote.text))), default=None)
