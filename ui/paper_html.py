"""Papers as HTML strings, and the one way in which untrusted text meets HTML.

Every letter of a title, abstract, file name, question or answer passes through `escape`, which
leaves nothing that HTML, Markdown or LaTeX could take for markup.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from rag.text import URL, suspect_spans, visible, without_suspects
from rag.types import Hit, Paper, Quote, Report, Table, wording

ACTS = (
    ("more", "More like this"),
    ("only", "Ask only this paper"),
    ("bibtex", "Copy BibTeX"),
    ("remove", "Remove"),
)
_MARKUP = re.compile(r"[^\w ]|_")
LEFT_OUT = "Addresses a reader or a machine; left out of answers"
REJECTED = 50
"""Bad records that are listed one by one."""


def escape(text: str) -> str:
    """The text with everything but letters, digits and spaces as character references."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", visible(text))


def lines(escaped: str) -> str:
    """Escaped text with its line breaks, and dots for the dashes of a list."""
    return re.sub(r"(^|&#10;)&#45; ", r"\1&#8226; ", escaped).replace("&#10;", "<br>")


def card(
    paper: Paper,
    *,
    quotes: Sequence[Quote] = (),
    lit: Quote | None = None,
    score: float | None = None,
    head: str = "",
    anchor: str = "",
    opened: bool = False,
    removable: bool = False,
) -> str:
    """A card of one paper: its title opens the abstract, with quotes marked."""
    about = wording.published(paper)
    relevance = (
        f'<span class="score" title="relevance">{score:.2f}</span>' if score is not None else ""
    )
    identity = f' id="{anchor}"' if anchor else ""
    return (
        f'<details class="paper"{identity}{" open" if opened else ""}><summary>{head}'
        f'<span class="title">{escape(wording.title(paper))}</span>{relevance}</summary>'
        f"{f'<p class=about>{escape(about)}</p>' if about else ''}"
        f'<p class="abstract">{abstract(paper, quotes, lit)}</p>{_links(paper)}'
        f'<div class="acts">{_buttons(paper, ACTS if removable else ACTS[:-1])}</div></details>'
    )


def abstract(paper: Paper, quotes: Sequence[Quote], lit: Quote | None = None) -> str:
    """The abstract, letter by letter, with quotes marked but for those that overlap the lit one,
    and what addresses the reader dimmed."""
    spans = [
        (quote.start, quote.end, "<mark>", "</mark>")
        for quote in quotes
        if lit is None or quote.end <= lit.start or lit.end <= quote.start
    ]
    if lit is not None:
        spans.append((lit.start, lit.end, '<mark class="lit">', "</mark>"))
    left_out = f'<s class="left-out" title="{LEFT_OUT}">'
    spans += [(start, end, left_out, "</s>") for start, end in suspect_spans(paper.abstract)]
    parts, at = [], 0
    for start, end, opened, closed in sorted(spans, key=lambda span: span[0]):
        if start >= at:
            parts += [escape(paper.abstract[at:start]), opened]
            parts += [escape(paper.abstract[start:end]), closed]
            at = end
    return "".join([*parts, escape(paper.abstract[at:])])


def hits(hits: Sequence[Hit], removable: Collection[str] = ()) -> str:
    """Papers found by a search, best first."""
    if not hits:
        return '<p class="empty">No paper passes the filters.</p>'
    return "".join(
        card(hit.paper, score=hit.score, removable=hit.paper.id in removable) for hit in hits
    )


def papers(papers: Sequence[Paper], total: int, removable: Collection[str] = ()) -> str:
    """Papers of the library, with how many there are in all."""
    if not total:
        return '<p class="empty">No paper here yet, or none passes the filters.</p>'
    cards = "".join(card(paper, removable=paper.id in removable) for paper in papers)
    more = f'<p class="empty">… and {total - len(papers):,} more</p>' if total > len(papers) else ""
    return f'<p class="count">{total:,} paper{"s" * (total != 1)}</p>{cards}{more}'


def report(report: Report) -> str:
    """What an upload did, with the records that could not be read."""
    rows = "".join(f"<li>{escape(str(row))}</li>" for row in report.rejected[:REJECTED])
    left = len(report.rejected) - REJECTED
    rows += f"<li>… and {left:,} more</li>" if left > 0 else ""
    return f'<p role="status">{uploaded(report)}.</p>' + (
        f'<ul class="bad">{rows}</ul>' if rows else ""
    )


def table(caption: str, rows: Iterable[tuple[str, int]]) -> str:
    """Names with counts."""
    body = "".join(f"<tr><td>{escape(name)}</td><td>{count:,}</td></tr>" for name, count in rows)
    return f"<table><caption>{escape(caption)}</caption>{body}</table>" if body else ""


def rows(table: Table, most: int) -> str:
    """The first rows of a table below the names of its columns."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>"
        for row in table.texts(most)
    )
    more = f'<p class="empty">… {table.more(most)}</p>' if table.more(most) else ""
    return (
        f'<div class="rows"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        f"</div>{more}"
    )


def uploaded(report: Report) -> str:
    """What adding papers did, as a visitor of the page wants to know it."""
    counts = (
        (report.updated, "changed"),
        (report.unchanged, "unchanged"),
        (report.merged, "already there from another source"),
        (report.skipped_files, "files already added"),
        (len(report.rejected), "records that could not be read"),
        (report.suspect, "with text that addresses a reader or a machine"),
    )
    return ", ".join([f"{report.added} new", *(f"{n} {what}" for n, what in counts if n)])


def _buttons(paper: Paper, acts: Sequence[tuple[str, str]]) -> str:
    return "".join(
        f'<button type="button" class="act" data-act="{act}" data-paper="{escape(paper.id)}">'
        f"{label}</button>"
        for act, label in acts
    )


def _links(paper: Paper) -> str:
    """Addresses of a paper: its own, and those that stand in the prose of its abstract."""
    urls = [f"https://doi.org/{paper.doi}"] if paper.doi else []
    urls += [f"https://arxiv.org/abs/{paper.arxiv_id}"] if paper.arxiv_id else []
    urls += [paper.url] if paper.url and URL.fullmatch(paper.url) else []
    urls += URL.findall(without_suspects(paper.abstract))
    shown = (visible(url) for url in urls if url.startswith(("https://", "http://")))
    return "".join(
        f'<a class="link" target="_blank" rel="noopener noreferrer" href="{escape(url)}">'
        f"{escape(url[:80])}</a>"
        for url in list(dict.fromkeys(shown))[:6]
    )
