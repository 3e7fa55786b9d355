"""Text as people meant it: display form, search tokens, sentence boundaries.

Papers are stored as they stand. Abstracts exported from LaTeX are damaged in known ways
(`6.54times`, `sim700`, `\\%`, `$\\mu$`); `readable` undoes that for display, and `tokens` for
search, alike on both sides of the index.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple


class Span(NamedTuple):
    """A range of characters, `text[start:end]`."""

    start: int
    end: int


# --- display -----------------------------------------------------------------------------------

_COMMAND = r"\\?(?:textbf|textit|textsc|texttt|textrm|text|emph|mathbf|mathrm|mathcal|mathbb)"
_REPAIRS: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (needed, re.compile(pattern), replacement)
    # The first is in every text that the pattern finds something in: looking for it is quicker.
    for needed, pattern, replacement in (
        *2 * (("{", _COMMAND + r"\s?\{([^{}]*)\}", r"\1"),),  # twice, for one inside another
        ("{", _COMMAND + r"\s?\{", ""),  # never closed
        ("{", r"\{\s?\\?(?:em|it|bf|sc|tt)\s([^{}]*)\}", r"\1"),
        ("{", r"\\footnote\s?\{([^{}]*)\}?", r" (\1)"),
        ("\\", r"\\(?=[%&#_$])", ""),
        ("\\", r"\\[()\[\]]|\\break\b", " "),
        ("circ", r"\^\{?\\?circ\}?", "°"),
        ("\\", r"\\(?='s\b)", ""),
        ("times", r"(?<=\d)\\?times(?=[A-Z])", "× "),
        ("times", r"(?<=\d)\\?times(?![a-z])", "×"),
        ("times", r"(?<=[\d°])\s\\?times\s(?=\d)", " × "),
        ("sim", r"(?<=\d)\\?sim(?=\s?\d)", " ~"),
        ("sim", r"(?<![A-Za-z])\\?sim\s?(?=\d)", "~"),
        ("approx", r"(?<![A-Za-z])\\?approx\s?(?=\d)", "≈"),
        ("ge", r"(?<![A-Za-z])\\?geq?\s?(?=\d)", "≥"),
        ("le", r"(?<![A-Za-z])\\?leq?\s?(?=\d)", "≤"),
        ("$", r"\$([^$\s][^$]{0,60}?)\$", r"\1"),
        ("^{", r"\^\{([^{}]*)\}", r"^\1"),
        ("_{", r"_\{([\w.]+)\}", r"_\1"),
        ("{", r"(?<!\w)\{([A-Za-z][\w.-]*)\}(?![\w-])", r"\1"),
        ("$", r"(?<=[a-z])\$(?=\s)", ""),  # its pair was lost
        ("~", r"(?<=[A-Za-z0-9)])~(?=[A-Za-z(\[])", " "),
        ("~", r"(?<=[A-Za-z0-9])~(?=\s)", ""),
        ("%", r"(?:^|(?<=[.!?] ))%\s(?=[A-Z])", ""),  # a comment's mark
        ("``", r"``", '"'),
        ("''", r"''", '"'),
        ("\\", r"\\([A-Za-z]+)\b", r"\1"),
        # A reference number of the abstract must not look like one of our citations.
        ("[", r"\[(\d{1,3}(?:\s?[,-]\s?\d{1,3})*)\]", r"(\1)"),
        ("", r"\s{2,}", " "),
    )
)
_ACCENT = re.compile(r"\\(?!'s\b)([\"'`^~=.]|[cvuHk](?=[\s{]))\s?\{?([A-Za-z])\}?")
_COMBINING = dict(
    zip(
        "\"'`^~=.cvuHk",
        "\u0308\u0301\u0300\u0302\u0303\u0304\u0307\u0327\u030c\u0306\u030b\u0328",
        strict=True,
    )
)
# Characters that reorder or hide text: dropped from anything that is shown.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text without the characters that hide or reorder text, or steer a terminal."""
    return _INVISIBLE.sub("", text)


def readable(text: str) -> str:
    """The text with export damage undone, for display; meaning and words stay as they are."""
    text = visible(text)
    if "\\" in text:
        text = _ACCENT.sub(lambda m: unicodedata.normalize("NFC", m[2] + _COMBINING[m[1]]), text)
    for needed, pattern, replacement in _REPAIRS:
        if needed in text:
            text = pattern.sub(replacement, text)
    return text.strip()


# --- search ------------------------------------------------------------------------------------

STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being
    below between both but by can could did do does doing down during each few for from further
    had has have having he her here hers him his how i if in into is it its itself just me more
    most my no nor not now of off on once only or other our ours out over own same she should so
    some such than that the their theirs them then there these they this those through to too
    under until up upon us very was we were what when where which while who whom why will with
    would you your yours""".split()
)
_WORD = re.compile(r"[^\W_]+(?:[.'’^+/-][^\W_]+)*\+{0,2}")
_PART = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_NOT_ALNUM = re.compile(r"[\W_]+")
_LIGATURES = str.maketrans(
    {
        "μ": "mu",
        "µ": "mu",
        "α": "alpha",
        "β": "beta",
        "λ": "lambda",
        "ε": "epsilon",
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
    }
)
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=\w{3})is(?=(?:e|ed|es|er|ers|ing|ation|ations)$)", "iz"),
        (r"(?<=\w{3})ys(?=(?:e|ed|es|er|ers|ing)$)", "yz"),
        (r"(?<=\w{3})ou(?=r(?:s|ed|ing|al|able|ful)?$)", "o"),
        (r"(?<=\w{3})ll(?=(?:ed|ing|er|ers)$)", "l"),
        (r"(?<=\w{3})tre(?=s?$)", "ter"),
    )
)


def fold(text: str) -> str:
    """Lower case without accents; compatibility forms (½, ², ﬁ) become plain characters."""
    if text.isascii():
        return text.lower()
    text = text.translate(_LIGATURES)
    text = unicodedata.normalize("NFKD", text)
    return "".join(c for c in text if not unicodedata.combining(c)).lower()


def squash(text: str) -> str:
    """Only the letters and digits, folded: equal for titles that differ in nothing else."""
    return _NOT_ALNUM.sub("", fold(readable(text)))


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The Snowball (Porter 2) stem of a folded word, British spellings as American ones."""
    if not word.isalpha() or len(word) < 4:
        return word
    for pattern, replacement in _SPELLINGS:
        word = pattern.sub(replacement, word)
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer():  # type: ignore[no-untyped-def]
    import Stemmer

    return Stemmer.Stemmer("english")


def words(text: str) -> list[str]:
    """Folded words as written, compounds whole (`lora-sb`, `1.58-bit`), stop words kept."""
    return [
        word.replace("’", "'").removesuffix("'s") for word in _WORD.findall(fold(readable(text)))
    ]


def tokens(text: str) -> list[str]:
    """Stemmed index terms, without stop words.

    A compound gives its parts and the whole written together: `LoRA-SB` gives `lora`, `sb` and
    `lorasb`; `llama2` gives `llama2`, `llama` and `2`; so `LoRASB`, `lora sb`, `Llama-2` match.
    """
    return [term for word in words(text) for term in terms(word)]


@lru_cache(maxsize=1 << 16)
def terms(word: str) -> tuple[str, ...]:
    """The index terms of one word as `words` gives it; none for a stop word."""
    if word in STOP_WORDS:
        return ()
    parts = _PART.findall(word)
    if len(parts) <= 1:
        return (stem(parts[0] if parts else word),)
    whole = _NOT_ALNUM.sub("", word)
    kept = [stem(part) for part in parts if part not in STOP_WORDS]
    return (*kept, whole)


# --- sentences ---------------------------------------------------------------------------------

_URL = re.compile(r"https?://\S*|www\.\S+|\b[\w.-]+\.(?:com|org|io|net|ai|edu)/\S*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|etc|vs|cf|resp|approx|w\.r\.t|Fig|Figs|Eq|Eqs|Sec|Tab|No|Dr|Prof|al|"
    r"St|i\.i\.d|a\.k\.a|incl|viz)|(?<![\w@&-])[A-Z])\.$"
)
_BOUNDARY = re.compile(
    r"[.!?]+[\"'”’)\]}]*(?:\s+\.(?=[A-Z][a-z])|(?=\s+[\"'“‘(\[{$\\]*[^\s]))"  # an end mark, a space
    # glued: "…the model.However, …", "… (D-RoI).Moreover, …"
    r"|(?:(?<=[a-z0-9)\]%]{2})|(?<=[A-Z]\)))[.!?](?=[A-Z][a-z]+[A-Za-z]*[\s,])"
    r"|\n\s*\n"
)


def sentences(text: str) -> list[Span]:
    """Spans of the sentences of a text, in order, without the white space around them.

    Does not split at abbreviations, initials, decimals, links or list marks such as "(1)"; does
    split where an exporter glued two sentences together.
    """
    links = [match.span() for match in _URL.finditer(text)]
    spans: list[Span] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        end = match.end()
        if any(a <= match.start() < b and end < b for a, b in links):
            continue
        if not _ends_sentence(text, start, end):
            continue
        spans.append(Span(start, end))
        start = end
    spans.append(Span(start, len(text)))
    spans = _join_list_marks(text, spans)
    return [trimmed for span in spans if (trimmed := _trim(text, span)).start < trimmed.end]


def _ends_sentence(text: str, start: int, end: int) -> bool:
    before = text[start:end]
    if before.endswith(".") and _ABBREVIATION.search(before):
        # "et al." and "etc." may end a sentence; only a capitalised word after them says so.
        return bool(re.search(r"\b(?:etc|et al)\.$", before) and re.match(r"\s+[A-Z]", text[end:]))
    following = text[end:].lstrip()
    return (
        not following[:1].islower()
        or len(following.split(maxsplit=1)[0]) == 1
        or bool(re.match(r"[a-z]+[A-Z\d-]", following))
    )


def _join_list_marks(text: str, spans: list[Span]) -> list[Span]:
    """A span that is no more than a list mark ("3.") belongs to what follows it."""
    joined: list[Span] = []
    for span in reversed(spans):
        if not any(c.isalnum() for c in text[span.start : span.end]) and span.start:
            continue  # a stray mark; the sentence before is stretched over it below
        if joined and re.search(r"(?:^|[\s,;:])\(?\w\)?[.]$", text[span.start : span.end]):
            head = text[joined[-1].start : joined[-1].end].lstrip()[:1]
            if head.islower() or span.end - span.start < 6:
                joined[-1] = Span(span.start, joined[-1].end)
                continue
        joined.append(span)
    joined.reverse()
    ends = [span.start for span in joined[1:]] + [len(text)]
    return [Span(span.start, end) for span, end in zip(joined, ends, strict=True)]


def _trim(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
