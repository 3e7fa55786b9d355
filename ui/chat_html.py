"""Questions, answers and their evidence as HTML strings; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.text import words
from rag.types import ROWS, Answer, Citation, Quote, Sentence, wording
from ui.paper_html import card, escape, lines, rows

_MARKER = re.compile(r"\[(\d+)\]")
_TIP = 280
"""Characters of a quote that a tooltip shows."""


def question(text: str) -> str:
    """A question as it was asked."""
    return f'<div class="question">{lines(escape(text))}</div>'


def answer(answer: Answer, turn: int, total: int = 0) -> str:
    """An answer, growing or complete; `turn` tells its citations from those of other answers."""
    parts = [f'<div class="answer {answer.status}">']
    if answer.understood:
        parts.append(f'<div class="plan">{escape(answer.understood)}</div>')
    if answer.stage == "done" and answer.status == "refused":
        parts.append(_refusal(answer))
    else:
        parts.append(f'<div class="text">{_text(answer, turn)}</div>')
        parts.append(rows(answer.shown_table, ROWS) if answer.shown_table is not None else "")
    if answer.stage != "done":
        stage = escape(answer.progress(total))
        parts.append(f'<div class="stage" role="status">{stage}</div>')
    else:
        parts += [_notes(answer), _footer(answer)]
    parts.append("</div>")
    return "".join(parts)


def evidence(answer: Answer | None, turn: int, focus: int = 0, sentence: int = 0) -> str:
    """The panel: the papers cited first, then the others retrieved.

    `focus` opens the citation of that number and lights what the given sentence, counted from 0,
    rests on.
    """
    if answer is None or not (answer.hits or answer.citations):
        return '<p class="empty">The papers behind an answer appear here.</p>'
    parts = []
    if answer.query != answer.question:
        parts.append(f'<p class="query">Searched for: {escape(answer.query)}</p>')
    if answer.citations:
        parts.append(f"<h3>Cited ({len(answer.citations)})</h3>")
        parts += [_cited(answer, citation, turn, focus, sentence) for citation in answer.citations]
    cited = {citation.paper.id for citation in answer.citations}
    others = [hit for hit in answer.hits if hit.paper.id not in cited]
    if others:
        name = "Nearest papers" if answer.status == "refused" else "Also retrieved"
        parts.append(f"<h3>{name} ({len(others)})</h3>")
        parts += [card(hit.paper, score=hit.score) for hit in others]
    return "".join(parts)


# -- inside ----------------------------------------------------------------------------------------


def _cited(answer: Answer, citation: Citation, turn: int, focus: int, sentence: int) -> str:
    """The card of a cited paper; see `evidence`."""
    opened = citation.number == focus
    lit = None
    if opened and sentence < len(answer.sentences):
        lit = _rests_on(answer.sentences[sentence], citation)
    scores = {hit.paper.id: hit.score for hit in answer.hits}
    return card(
        citation.paper,
        quotes=citation.quotes,
        lit=lit,
        score=scores.get(citation.paper.id),
        head=f'<span class="number">&#91;{citation.number}&#93;</span>',
        anchor=f"cite-{turn}-{citation.number}",
        opened=opened,
    )


def _text(answer: Answer, turn: int) -> str:
    """The text with every sentence in a span of its own, and citations as links."""
    citations = {citation.number: citation for citation in answer.citations}
    parts = []
    for run, number in answer.runs():
        html = _linked(run, citations, turn, number or 0)
        parts.append(html if number is None else _sentence(html, answer.sentences[number]))
    return "".join(parts)


def _sentence(html: str, sentence: Sentence) -> str:
    support = sentence.support
    if not wording.MARKS[support]:
        return f'<span class="sentence {support}">{html}</span>'
    why = escape(sentence.why)
    title = wording.MEANING[support] + (f" ({why})" if why else "")
    mark = f'<span class="mark" title="{title}">{wording.MARKS[support]}</span>'
    reason = f'<span class="why">{why}</span>' if support in wording.TOLD else ""
    hidden = f'<span class="hidden"> {wording.SUPPORT[support]}</span>'
    return f'<span class="sentence {support}">{html}&nbsp;{mark}{hidden}{reason}</span>'


def _linked(text: str, citations: Mapping[int, Citation], turn: int, sentence: int) -> str:
    parts, end = [], 0
    for match in _MARKER.finditer(text):
        citation = citations.get(int(match[1]))
        if citation is not None:
            anchor = f"cite-{turn}-{citation.number}-{sentence}"
            parts += [lines(escape(text[end : match.start()])), _link(citation, anchor)]
            end = match.end()
    return "".join([*parts, lines(escape(text[end:]))])


def _link(citation: Citation, anchor: str) -> str:
    """A citation: its tooltip shows the paper and the quote, a click opens it in the panel."""
    paper = citation.paper
    title = wording.title(paper) + (f" ({paper.year})" if paper.year else "")
    tip = f"<b>{escape(title)}</b> {escape(wording.quoted(citation, _TIP))}"
    return (
        f'<a class="cite" href="#{anchor}" role="button" tabindex="0">'
        f'&#91;{citation.number}&#93;<span class="tip" role="tooltip">{tip}</span></a>'
    )


def _refusal(answer: Answer) -> str:
    titles = "".join(f"<li>{escape(wording.title(hit.paper))}</li>" for hit in answer.nearest)
    offer = f'<p class="near">Nearest papers</p><ul>{titles}</ul>' if titles else ""
    return f'<p class="refusal">⊘ {escape(answer.text)}</p>{offer}'


def _notes(answer: Answer) -> str:
    return "".join(f'<p class="note" role="note">⚠ {escape(note)}</p>' for note in answer.notes)


def _footer(answer: Answer) -> str:
    checked = f"{answer.checked} · " if answer.checked else ""
    cost = str(answer.usage)
    copy = '<a class="copy" href="#copy" role="button" tabindex="0">Copy with sources</a>'
    return (
        f'<div class="foot">{escape(checked + cost)} · {copy}'
        f'<span class="hidden plain">{escape(answer.to_text())}</span></div>'
    )


def _rests_on(sentence: Sentence, citation: Citation) -> Quote | None:
    """The quote of a citation that a sentence has most words in common with."""
    terms = set(words(sentence.text))
    return max(citation.quotes, key=lambda quote: len(terms & set(words(quote.text))), default=None)
