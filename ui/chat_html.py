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
        head = answer.headline if answer.stage == "done" else ""
        parts.append(f'<p class="headline">{escape(head)}</p>' if head else "")
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
        if number is None:
            parts.append(_linked(run, citations, turn))
        else:
            sentence = answer.sentences[number]
            html = _linked(run, citations, turn, number, sentence)
            said = f'<span class="said">{html}</span>{_mark(sentence)}'
            parts.append(f'<span class="sentence {sentence.support}">{said}</span>')
    return "".join(parts)


def _mark(sentence: Sentence) -> str:
    """The sign of a verdict, with its meaning and reason at the pointer and at the focus; beside
    it what a reader has to know at once. "" of a quotation."""
    support = sentence.support
    if not wording.MARKS[support]:
        return ""
    verdict, meaning = wording.SUPPORT[support], wording.explained(support, sentence.why)
    decided = _decided(sentence)
    # The page leaves no other attributes that could say it to who cannot see the sign.
    mark = (
        f'&nbsp;<span class="mark" role="note" tabindex="0">{wording.MARKS[support]}'
        f'<span class="hidden"> {verdict}</span>'
        f'<span class="tip" role="tooltip">{escape(meaning)}{decided}</span></span>'
    )
    if support not in wording.TOLD:
        return mark
    return f'{mark}<span class="why">{escape(sentence.why)}{decided}</span>'


def _decided(sentence: Sentence) -> str:
    """The span that a verdict rests on, and whose it is; "" where there is none."""
    if sentence.quote is None:
        return ""
    said = escape(wording.span(sentence.quote, _TIP))
    return f'<span class="span">&#91;{sentence.source}&#93; {said}</span>'


def _linked(
    text: str,
    citations: Mapping[int, Citation],
    turn: int,
    number: int = 0,
    sentence: Sentence | None = None,
) -> str:
    """Text with its markers as links; `number` is that of the sentence that it is."""
    parts, end = [], 0
    for match in _MARKER.finditer(text):
        citation = citations.get(int(match[1]))
        if citation is not None:
            anchor = f"cite-{turn}-{citation.number}-{number}"
            parts += [lines(escape(text[end : match.start()])), _link(citation, anchor, sentence)]
            end = match.end()
    return "".join([*parts, lines(escape(text[end:]))])


def _link(citation: Citation, anchor: str, sentence: Sentence | None) -> str:
    """A citation: its tooltip shows the paper and the quote, a click opens it in the panel."""
    paper = citation.paper
    title = wording.title(paper) + (f" ({paper.year})" if paper.year else "")
    quote = _rests_on(sentence, citation) if sentence else next(iter(citation.quotes), None)
    said = escape(wording.span(quote, _TIP)) if quote else ""
    attached = sentence is not None and sentence.attached
    ours = f'<span class="ours">{wording.ATTACHED}</span>' if attached else ""
    return (
        f'<a class="cite{" attached" * attached}" href="#{anchor}" role="button" tabindex="0">'
        f'&#91;{citation.number}&#93;<span class="tip" role="tooltip"><b>{escape(title)}</b> {said}'
        f"{ours}</span></a>"
    )


def _refusal(answer: Answer) -> str:
    titles = "".join(f"<li>{escape(wording.title(hit.paper))}</li>" for hit in answer.nearest)
    offer = f'<p class="near">Nearest papers</p><ul>{titles}</ul>' if titles else ""
    return f'<p class="refusal">⊘ {escape(answer.text)}</p>{offer}'


def _notes(answer: Answer) -> str:
    return "".join(f'<p class="note" role="note">⚠ {escape(note)}</p>' for note in answer.notes)


def _footer(answer: Answer) -> str:
    copy = '<a class="copy" href="#copy" role="button" tabindex="0">Copy with sources</a>'
    return (
        f'<div class="foot">{escape(str(answer.usage))} · {copy}'
        f'<span class="hidden plain">{escape(answer.to_text())}</span>{_legend(answer)}</div>'
    )


def _legend(answer: Answer) -> str:
    """What the marks of this answer mean, folded."""
    met = {sentence.support for sentence in answer.sentences}
    rows = "".join(
        f'<li class="{support}"><span class="mark" aria-hidden="true">{sign or "“ ”"}</span> '
        f"<b>{wording.SUPPORT[support]}</b> {wording.MEANING[support]}</li>"
        for support, sign in wording.MARKS.items()
        if support in met
    )
    if not rows:
        return ""
    return (
        f'<details class="legend"><summary>What the marks mean</summary><ul>{rows}</ul></details>'
    )


def _rests_on(sentence: Sentence, citation: Citation) -> Quote | None:
    """The span of a citation that decided on a sentence; else the quote that shares most words."""
    if sentence.quote is not None and sentence.source == citation.number:
        return sentence.quote
    terms = set(words(sentence.text))
    return max(citation.quotes, key=lambda quote: len(terms & set(words(quote.text))), default=None)
