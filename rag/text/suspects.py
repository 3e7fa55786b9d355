"""Sentences in a text that are no prose of a paper: they address whoever reads it.

Indirect prompt injection (Greshake et al., "Not what you've signed up for", 2023) plants orders in
what a language model will read; markup, scripts and links wait for a browser or a person. What
stands in quotation marks inside a sentence is reported (papers on such attacks do), and left alone.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache

from rag.text.display import visible
from rag.text.sentences import Span, sentences
from rag.text.suspect_rules import (
    ADDRESS,
    FIRST,
    KNOWN,
    LINKED,
    LURE,
    MARKUP,
    OPENING,
    ORDER,
    TELLS,
    Rules,
)

RULES = 1
"""Names the rules, of which libraries keep what they found; another number has it found anew."""
LEFT_OUT = "[a sentence that addresses the reader was left out]"
"""What stands for such a sentence in what a model reads."""
_BLANK = "\u2003"
"""What fills the place of such a sentence; no paper has several of these in a row."""

# Letters of other alphabets that look like ours, wide forms and quotation marks, one for one.
_ALIKE = str.maketrans(
    "аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅαορνικτΑΒΕΗΙΚΜΝΟΡΤΧ“”„«»‘’´İ",
    'aeopcyxijshdqwABEKMHOPCTYXIJSaopvikTABEHIKMNOPTX"""""\'\'\'I',
) | {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_QUOTED = re.compile(r"""(?<=[\w,:(] )(["'])(?=\w)([^"\n]{2,300}?)(?<=[\w.!?…)*])\1(?!\w)""")
_SPACED = re.compile(r"(?<!\w)(?:[a-z][ .*_-]{1,3}){9,}[a-z](?!\w)")
_BLOB = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{32,}={0,2}(?![\w+/])")
_AROUND = 100
"""Characters before a lure in which words may say why a paper has its link."""
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_SPELT = re.compile("ignore|instruction|previous|prompt|respond|reply|answer|system|password")


@lru_cache(maxsize=1 << 12)
def suspect_spans(text: str) -> tuple[Span, ...]:
    """Spans of the sentences that address a machine or a reader, or hold markup, script, hidden
    text or a hostile link; () for the prose of nearly every paper.

    They are spans of `sentences(text)`, in order.
    """
    places = list(_places(text))
    if not places:
        return ()
    spans = sentences(text)
    ends = [*(span.start for span in spans[1:]), len(text)]
    return tuple(
        span
        for span, after in zip(spans, ends, strict=True)
        if any(start < after and end > span.start for start, end in places)
    )


def is_suspect_title(title: str) -> bool:
    """Whether a title holds markup, or gives more than one order.

    Titles may be imperatives ("Ignore Previous Prompt: Attack Techniques"); one alone is none.
    """
    plain, _ = _plain(title)
    orders = len(list(_orders(plain)))
    return any(_found(MARKUP, plain)) or orders > 1 or bool(orders and any(_found(ADDRESS, plain)))


def without_suspects(text: str) -> str:
    """The text with blanks for each such sentence, so that what is left stays where it is."""
    parts, end = [], 0
    for span in suspect_spans(text):
        parts += [text[end : span.start], _BLANK * (span.end - span.start)]
        end = span.end
    return "".join([*parts, text[end:]])


def marked(text: str) -> str:
    """The text with `LEFT_OUT` for each such sentence, and where one was left out before."""
    return re.sub(f"{_BLANK}{{2,}}", LEFT_OUT, without_suspects(text))


# -- inside ----------------------------------------------------------------------------------------


def _places(text: str) -> Iterator[Span]:
    """Where something is wrong, in the text as it is written."""
    plain, at = _plain(text)
    spoken = _QUOTED.sub(_masked, plain) if '"' in plain or "'" in plain else plain
    for start, end in (*_orders(spoken), *_found(ADDRESS, spoken), *_found(MARKUP, plain)):
        yield Span(at[start], at[end - 1] + 1) if at else Span(start, end)
    for start, end in (*_links(plain), *_spelt(plain)):
        yield Span(at[start], at[end - 1] + 1) if at else Span(start, end)
    yield from _hidden(text)


def _plain(text: str) -> tuple[str, list[int]]:
    """The text in lower case and plain letters, and where each stands when any was left out."""
    if text.isascii():
        return text.lower(), []
    at: list[int] = []
    if visible(text) != text:
        at = [place for place, char in enumerate(text) if visible(char)]
        text = "".join(text[place] for place in at)
    plain = text.translate(_ALIKE)
    lower = plain.lower()
    return lower if len(lower) == len(plain) else plain, at


def _masked(match: re.Match[str]) -> str:
    return match[1] + "q" * len(match[2]) + match[1]


def _orders(plain: str) -> Iterator[Span]:
    for start in (0, *(opening.end() for opening in OPENING.finditer(plain))):
        if re.match(r"[a-z']*", plain[start : start + 14])[0] in FIRST:  # type: ignore[index]
            order = ORDER.match(plain, start)
            if order is not None:
                yield Span(order.end() - 1, order.end())


def _found(rules: Rules, plain: str) -> Iterator[Span]:
    for needed, pattern in rules:
        if any(word in plain for word in needed):
            for match in pattern.finditer(plain):
                # A match may begin with the end of the sentence before; a fence is marked whole.
                first = match.start() if match[0].startswith("```") else match.end() - 1
                yield Span(first, match.end())


def _links(plain: str) -> Iterator[Span]:
    """Links with another text, and addresses that a person is lured to, unless of code or data."""
    if "](" in plain or "href" in plain or ">`_" in plain:
        for match in LINKED.finditer(plain):
            address = next(filter(None, match.groups()))
            if not KNOWN.match(address) and not TELLS.search(match[0]):
                yield Span(match.start(), match.end())
    if "http" in plain or "www." in plain:
        for match in LURE.finditer(plain):
            around = plain[max(0, match.start() - _AROUND) : match.end()]
            if not KNOWN.search(match[0]) and not TELLS.search(around):
                yield Span(match.end() - 1, match.end())


def _spelt(plain: str) -> Iterator[Span]:
    """Words written letter by letter: "i g n o r e   a l l"."""
    for match in _SPACED.finditer(plain):
        if _SPELT.search(re.sub(r"\W|_", "", match[0])):
            yield Span(match.start(), match.end())


def _hidden(text: str) -> Iterator[Span]:
    """Text in invisible letters, or in base64."""
    for match in _TAGS.finditer(text) if not text.isascii() else ():
        yield Span(match.start(), match.end())
    for match in _BLOB.finditer(text):
        blob = match[0].rstrip("=")
        try:
            hidden = base64.b64decode(blob + "=" * (-len(blob) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if hidden.isprintable() and " " in hidden:
            yield Span(match.start(), match.end())
