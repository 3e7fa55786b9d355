"""A check as one HTML file: no network, no script; light, dark and on paper.

The manuscript stands as it was written, each cited sentence marked by its verdict; what decided is
shown below the pointer, at the keyboard's focus, and beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from rag.manuscript.document import SourceText
from rag.manuscript.results import CheckedSentence, Results
from rag.manuscript.told import details, missing
from rag.text import visible
from rag.types import Support, wording

_STYLE = Path(__file__).parent / "assets" / "check.css"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_LISTED: tuple[tuple[str, tuple[Support, ...]], ...] = (
    ("Not verified", ("unverified",)),
    ("Supported", ("quoted", "supported")),
)
"""What is listed folded, below the findings."""


def as_html(report: Results) -> str:
    """The page."""
    numbers = {id(one): number for number, one in enumerate(report.sentences, 1)}
    texts = "".join(_text(file, report.sentences, numbers) for file in report.files)
    name = _shown(report.name)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{name}</title><style>{_STYLE.read_text('utf-8')}</style>"
        f"<header><h1>{name}</h1><p>{_shown(report.summary)}</p></header>"
        f'<div class="columns"><main>{texts}</main>'
        f'<aside aria-label="Findings">{_beside(report, numbers)}</aside></div></html>'
    )


def _text(file: SourceText, sentences: Sequence[CheckedSentence], numbers: dict[int, int]) -> str:
    """A file with its sentences marked; the innermost, where a footnote stands in another."""
    owners: list[CheckedSentence | None] = [None] * len(file.text)
    own = [one for one in sentences if one.place.file == file.name]
    for one in sorted(own, key=lambda one: one.place.start - one.place.end):
        owners[one.place.start : one.place.end] = [one] * (one.place.end - one.place.start)
    parts: list[str] = []
    met: set[int] = set()
    for start, end, owner in _runs(owners):
        text = _shown(file.text[start:end])
        if owner is None:
            parts.append(text)
        else:
            parts.append(_marked(text, owner, numbers[id(owner)], first=id(owner) not in met))
            met.add(id(owner))
    return f'<h2>{_shown(file.name)}</h2><div class="text">{"".join(parts)}</div>'


def _runs(
    owners: Sequence[CheckedSentence | None],
) -> Iterator[tuple[int, int, CheckedSentence | None]]:
    """The stretches of a text that belong to one sentence, or to none."""
    start = 0
    for at in range(1, len(owners) + 1):
        if at == len(owners) or owners[at] is not owners[start]:
            yield start, at, owners[start]
            start = at


def _marked(text: str, one: CheckedSentence, number: int, *, first: bool) -> str:
    """A sentence, or the rest of one that another interrupts."""
    if not first:
        return f'<span class="sentence {one.support}">{text}</span>'
    head = f"<b>{wording.SUPPORT[one.support]}</b>"
    told = "".join(
        f'<span><span class="label">{label}:</span> {_shown(said)}</span>'
        for label, said in details(one)
    )
    return (
        f'<span class="sentence {one.support}" id="s{number}" tabindex="0" '
        f'aria-describedby="t{number}">{text}'
        f'<span class="mark" aria-hidden="true"> {wording.MARKS[one.support]}</span>'
        f'<span class="tip" role="tooltip" id="t{number}">{head}{told}</span></span>'
    )


def _beside(report: Results, numbers: dict[int, int]) -> str:
    findings = report.findings
    parts = [f"<h2>Findings ({len(findings)})</h2>"]
    parts += [_card(one, numbers[id(one)]) for one in findings] or ["<p>None.</p>"]
    for title, supports in _LISTED:
        those = [one for one in report.sentences if one.support in supports]
        if those:
            cards = "".join(_card(one, numbers[id(one)]) for one in those)
            parts.append(f"<details><summary>{title} ({len(those)})</summary>{cards}</details>")
    if report.missing:
        items = "".join(f"<li>{_shown(missing(one))}</li>" for one in report.missing)
        parts.append(f"<h2>Not in the library ({len(report.missing)})</h2><ul>{items}</ul>")
    parts += [f'<p class="soft">{_shown(note)}</p>' for note in report.notes]
    return "".join(parts)


def _card(one: CheckedSentence, number: int) -> str:
    told = "".join(
        f'<p><span class="label">{label}:</span> {_shown(said)}</p>' for label, said in details(one)
    )
    return (
        f'<div class="card {one.support}"><p><a href="#s{number}">line {one.place.line}</a> '
        f"{wording.SUPPORT[one.support]}, cites {_shown(', '.join(one.keys))}</p>"
        f'<p class="said">{_shown(one.text)}</p>{told}</div>'
    )


def _shown(text: str) -> str:
    return escape(visible(text))
