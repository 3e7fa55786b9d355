"""A model's stream turned into an answer's text as it arrives: keys become [1], [2], …

Nothing is shown before it is certain: a piece that may still become a citation marker, the line
that says what is not answered, or a model's thinking is held back until it is decided. However the
stream is cut into pieces, what is shown in the end is the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from rag.llm import GAP, KEY, THINKING, reply_start
from rag.text import visible

INNER = 120
"""Characters that a bracket may hold and still be a citation marker."""

_LOOSE_KEY = r"\bsrc-\w{1,12}\b"
"""A key as models garble them; what is not one of ours is dropped."""
_NUMBERS = r"\s*\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\s*"
_MARK = re.compile(
    rf"\s*[\[【]{{1,2}}(?P<inner>[^\[\]【】\n]{{0,{INNER}}})[\]】]{{1,2}}(?:\([^()\s]{{0,200}}\))?"
    rf"|\s*\((?P<list>{_LOOSE_KEY}(?:[\s,;]+(?:and\s+)?{_LOOSE_KEY}){{0,9}})\)"
    rf"|(?P<space>\s*)(?P<bare>{_LOOSE_KEY})",
    re.IGNORECASE,
)


def _beginnings(word: str) -> str:
    """A pattern of every beginning of a word, itself included, and the empty one."""
    pattern = ""
    for char in reversed(word):
        pattern = f"(?:{re.escape(char)}{pattern})?"
    return pattern


_STARTED_KEY = rf"\b(?:{_beginnings('src-')[3:-2]}|src-\w{{1,12}})"
_HELD = re.compile(
    r"(?:"
    rf"\s*[\[【]{{1,2}}[^\[\]【】\n]{{0,{INNER}}}(?:[\]】]{{1,2}}(?:\([^()\s]{{0,200}})?)?"
    rf"|\s*\((?:{_LOOSE_KEY}(?:[\s,;]+(?:and\s+)?{_LOOSE_KEY}){{0,9}}[\s,;]*(?:an?d?\s*)?)?"
    rf"(?:{_STARTED_KEY})?"
    rf"|\s*{_STARTED_KEY}"
    r"|\s+"
    r")\Z",
    re.IGNORECASE,
)
_DECORATION = r"[ \t*_#>-]*"
_GAP_LINE = re.compile(
    rf"(?:\A|\s*\n){_DECORATION}{GAP}(?:{_DECORATION}[:.—-]|{_DECORATION}(?=\n|\Z))", re.IGNORECASE
)
_GAP_STARTED = re.compile(
    rf"(?:\A|\s*\n)(?:{_DECORATION}{_beginnings(GAP)}|{_DECORATION}{GAP}{_DECORATION}[:.—-]?)\Z",
    re.IGNORECASE,
)


class CitationParser:
    """Reads a reply in pieces; `shown` grows, and never holds a key or half a marker."""

    def __init__(self, keys: Collection[str], passages: str = "") -> None:
        """`keys` are those given to the model; `passages` is the text that they stand for."""
        self._keys = set(keys)
        self._passages = passages
        self._held = ""
        self._gap: str | None = None
        self._started = False
        self.shown = ""
        """The text that is certain by now."""
        self.numbers: dict[str, int] = {}
        """The citation number of each key used, from 1 in order of first use."""
        self.dropped = 0
        """Markers that named no passage and were left out."""
        self.draft = ""
        """The reply as the model wrote it, without its thinking."""

    def feed(self, piece: str) -> str:
        """Take a piece in; what of the text became certain by it."""
        self._held += visible(piece)
        return self._advance(final=False)

    def close(self) -> str:
        """The rest, at the end of the reply; half a marker is dropped."""
        return self._advance(final=True)

    @property
    def gap(self) -> str | None:
        """What the model says is not answered: a part of the question, "" for all of it."""
        return None if self._gap is None else self._gap.strip().strip("*_ ")

    def _advance(self, *, final: bool) -> str:
        if not self._started and not self._skip_thinking(final=final):
            return ""
        before = len(self.shown)
        if self._gap is None:
            self._read_line_of_gap(final=final)
        else:
            self._take_gap(final=final)
        return self.shown[before:]

    def _skip_thinking(self, *, final: bool) -> bool:
        """Whether the reply proper has begun; a reasoning model may think aloud before it."""
        text = self._held.lstrip()
        start = reply_start(text)
        if start is None:
            if final:
                self._held = ""
            return False
        text = text[start:].lstrip()
        undecided = not text or (start == 0 and THINKING.startswith(text))
        if undecided and not final:
            return False
        self._held = text
        self._started = True
        return True

    def _read_line_of_gap(self, *, final: bool) -> None:
        # A line's beginning is told by the newline before it, which may be shown already.
        first = "" if not self.shown else "\0"
        text = first + self._held
        found = _GAP_LINE.search(text)
        if found and (final or found.end() < len(text)):
            self._show(text[len(first) : found.start()].rstrip())
            self._gap, self._held = "", text[found.end() :]
            self._take_gap(final=final)
            return
        if final:
            kept = _UNFINISHED.sub("", self._held).rstrip()
            self._held = ""
            self._show(kept)
            return
        held = [match.start() for p in (_HELD, _GAP_STARTED) if (match := p.search(text))]
        until = max(min(held, default=len(text)), len(first)) - len(first)
        ready, self._held = self._held[:until], self._held[until:]
        self._show(ready)

    def _take_gap(self, *, final: bool) -> None:
        """What follows the line's beginning is for the end; it holds no keys either."""
        if final:
            kept = _UNFINISHED.sub("", self._held)
            self.draft += f"\n{GAP}: {kept.strip()}"
            self._gap = _MARK.sub("", kept)
            self._held = ""

    def _show(self, text: str) -> None:
        self.draft += text
        self.shown += _MARK.sub(self._marker, text)
        if not self.shown.strip():
            self.shown = ""

    def _marker(self, match: re.Match[str]) -> str:
        whole = match.group()
        inner = match["inner"] or match["list"] or match["bare"] or ""
        named = [key.lower() for key in re.findall(_LOOSE_KEY, inner, re.IGNORECASE)]
        if not named:
            return self._without_key(whole, inner)
        known = [key for key in dict.fromkeys(named) if key in self._keys]
        self.dropped += len(set(named)) - len(known)
        marks = [f"[{self.numbers.setdefault(key, len(self.numbers) + 1)}]" for key in known]
        if not marks:
            return ""
        return ("\n" if "\n" in whole[: len(whole) - len(whole.lstrip())] else " ") + " ".join(
            marks
        )

    def _without_key(self, whole: str, inner: str) -> str:
        """Numbers in brackets would look like our citations, and none of them is one."""
        if not re.fullmatch(_NUMBERS, inner):
            return whole
        if f"[{inner}]" in self._passages:  # an interval, or the abstract's own reference
            return whole.replace("[", "(").replace("]", ")")
        self.dropped += 1
        return ""


_UNFINISHED = re.compile(
    rf"\s*(?:[\[【]{{1,2}}[^\[\]【】\n]{{0,{INNER}}}|\((?=src-)[^()\n]{{0,{INNER}}}"
    rf"|\b(?:src-?\w{{0,12}}))\Z",
    re.IGNORECASE,
)
assert re.fullmatch(_LOOSE_KEY, KEY.replace("[2-9bcdfghjkmnpqrstvwxz]{4}", "x7k2"))
