"""Papers as HTML strings, and the one way in which untrusted text meets HTML.

Every letter of a title, abstract, file name, question or answer passes through `escape`, which
leaves nothing that HTML, Markdown or LaTeX could take for markup.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from rag.ingest import Report
from rag.text import URL, readable, visible
from rag.types import Hit, Paper, Quote

ACTS = (
    ("more", "More like this"),
    ("only", "Ask only this paper"),
    ("bibtex", "Copy BibTeX"),
    ("remove", "Remove"),
)
_MARKUP = re.compile(r"[^\w ]|_")
REJECTED = 50
"""Bad records that are listed one by one."""


def escape(text: str) -> str:
    """The text with everything but letters, digits and spaces as character references."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", visible(text))


def lines(escaped: str) -> str:
    """Escaped text with its line breaks, and dots for the dashes of a list."""
    return re.sub(r"(^|&#10;)&#45; ", r"\1&#8226; ", escaped).replace("&#10;", "<br>")


def paper(
    one: Paper,
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
    about = [", ".join(one.authors[:3]) + (" et al." if len(one.authors) > 3 else "")]
    about += [str(part) for part in (one.venue, one.year) if part]
    told = ". ".join(part for part in about if part)
    shown = f'<span class="score" title="relevance">{score:.2f}</span>' if score is not None else ""
    identity = f' id="{anchor}"' if anchor else ""
    links = "".join(
        f'<a class="link" target="_blank" rel="noopener noreferrer" href="{escape(url)}">'
        f"{escape(url[:80])}</a>"
        for url in _links(one)
    )
    acts = ACTS if removable else ACTS[:-1]
    buttons = "".join(
        f'<button type="button" class="act" data-act="{act}" data-paper="{escape(one.id)}">'
        f"{label}</button>"
        for act, label in acts
    )
    return (
        f'<details class="paper"{identity}{" open" if opened else ""}><summary>{head}'
        f'<span class="title">{escape(readable(one.title))}</span>{shown}</summary>'
        f"{f'<p class=about>{escape(told)}</p>' if told else ''}"
        f'<p class="abstract">{abstract(one, quotes, lit)}</p>{links}'
        f'<div class="acts">{buttons}</div></details>'
    )


def abstract(one: Paper, quotes: Sequence[Quote], lit: Quote | None = None) -> str:
    """The abstract, letter by letter, with quotes marked, and one of them lit."""
    parts, at = [], 0
    for quote in sorted(quotes, key=lambda quote: quote.start):
        if quote.start < at:
            continue
        parts.append(escape(one.abstract[at : quote.start]))
        kind = ' class="lit"' if quote == lit else ""
        parts.append(f"<mark{kind}>{escape(one.abstract[quote.start : quote.end])}</mark>")
        at = quote.end
    return "".join([*parts, escape(one.abstract[at:])])


def hits(found: Sequence[Hit], removable: Collection[str] = ()) -> str:
    """Papers found by a search, best first."""
    if not found:
        return '<p class="empty">No paper passes the filters.</p>'
    return "".join(
        paper(hit.paper, score=hit.score, removable=hit.paper.id in removable) for hit in found
    )


def papers(found: Sequence[Paper], total: int, removable: Collection[str] = ()) -> str:
    """Papers of the library, with how many there are in all."""
    if not total:
        return '<p class="empty">No paper here yet, or none passes the filters.</p>'
    shown = "".join(paper(one, removable=one.id in removable) for one in found)
    more = f'<p class="empty">… and {total - len(found):,} more</p>' if total > len(found) else ""
    return f'<p class="count">{total:,} paper{"s" * (total != 1)}</p>{shown}{more}'


def report(done: Report) -> str:
    """What an upload did, with the records that could not be read."""
    said = [f"{done.new} new"]
    said += [
        f"{count} {what}"
        for count, what in (
            (done.changed, "changed"), (done.unchanged, "unchanged"),
            (done.merged, "already there from another source"),
            (done.skipped_files, "files already added"),
            (len(done.rejected), "records that could not be read"),
        )
        if count
    ]  # fmt: skip
    bad = "".join(f"<li>{escape(str(one))}</li>" for one in done.rejected[:REJECTED])
    left = len(done.rejected) - REJECTED
    bad += f"<li>… and {left:,} more</li>" if left > 0 else ""
    return f'<p role="status">{", ".join(said)}.</p>' + (
        f'<ul class="bad">{bad}</ul>' if bad else ""
    )


def table(caption: str, rows: Iterable[tuple[str, int]]) -> str:
    """Names with counts."""
    body = "".join(f"<tr><td>{escape(name)}</td><td>{count:,}</td></tr>" for name, count in rows)
    return f"<table><caption>{escape(caption)}</caption>{body}</table>" if body else ""


def _links(one: Paper) -> list[str]:
    """Addresses of a paper: its own, and those that stand in its abstract."""
    found = [f"https://doi.org/{one.doi}"] if one.doi else []
    found += [f"https://arxiv.org/abs/{one.arxiv_id}"] if one.arxiv_id else []
    found += [one.url] if one.url and URL.fullmatch(one.url) else []
    found += URL.findall(one.abstract)
    found = [url for url in found if url.startswith(("https://", "http://"))]
    return list(dict.fromkeys(visible(url) for url in found))[:6]
