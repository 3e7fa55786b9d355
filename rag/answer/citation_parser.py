"""A model's stream turned into an answer's text as it arrives: keys become [1], [2], …

Nothing is shown before it is certain: a piece that may still become a citation marker, the line
that says what is not answered, or a model's thinking is held back until it is decided. However the
stream is cut into pieces, what is shown in the end is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.llm import GAP, KEY, Thinking
from rag.text import sentences, squash, visible

INNER = 240
"""Characters that a bracket may hold and still be a citation marker: a title, at most."""

_LOOSE_KEY = r"\bsrc-\w{1,12}\b"
"""A key as models garble them; what is not one of ours is dropped."""
_KEYS = rf"{_LOOSE_KEY}(?:[\s,;]+(?:and\s+)?{_LOOSE_KEY}){{0,9}}"
_PLACES = re.compile(
    r"\s*(?:\^|#|(?:passage|source|doc|document|paper|ref|reference|abstract)s?[ #:]*)?"
    r"(?P<first>\d{1,3})(?:\s*[–-]\s*(?P<last>\d{1,3}))?\s*",
    re.IGNORECASE,
)
"""Passages by number; "[passage 2]" and "[^2]", too."""
_MARK = re.compile(
    r"\s*(?P<tick>`?)(?:"
    rf"[\[【]{{1,2}}(?P<inner>[^\[\]【】\n]{{0,{INNER}}})[\]】]{{1,2}}(?:\([^()\s]{{0,200}}\))?"
    rf"|\((?P<list>{_KEYS})\)"
    rf"|(?P<bare>{_LOOSE_KEY})"
    r")(?P=tick)",
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
    rf"\s*`?[\[【]{{1,2}}[^\[\]【】\n]{{0,{INNER}}}(?:[\]】]{{1,2}}(?:\([^()\s]{{0,200}}\)?)?`?)?"
    rf"|\s*`?\((?:{_LOOSE_KEY}(?:[\s,;]+(?:and\s+)?{_LOOSE_KEY}){{0,9}}[\s,;]*(?:an?d?\s*)?)?"
    rf"(?:{_STARTED_KEY})?(?:(?<=\w)\)`?)?"
    rf"|\s*`?{_STARTED_KEY}`?"
    r"|(?:\A|\s*\n)[ \t]*`{1,3}\w{0,12}[ \t]*|\s*`?"
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
_UNFINISHED = re.compile(
    rf"\s*`?(?:[\[【]{{1,2}}[^\[\]【】\n]{{0,{INNER}}}|\((?=src-)[^()\n]{{0,{INNER}}}"
    rf"|\b(?:src-?\w{{0,12}}))\Z",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^[ \t]*```\w{0,12}[ \t]*(?:\n|\Z)", re.MULTILINE)
_SHOWN_MARK = re.compile(r"\[(\d+)\]")
_MUSING = re.compile(
    r"\b(?:I|[Ww]e|[Ll]et(?:['’]s| me| us)|[Oo]kay|O[Kk]|[Hh]mm|[Ww]ait|[Pp]assages?"
    r"|[Tt]he (?:user|question|answer|sources))\b"
)
"""Words of one who thinks before the answer; a reply that has them first is shown at its end."""
_OPENING = 3
"""Sentences within which an answer cites, so that it is shown while it comes."""


class CitationParser:
    """Reads a reply in pieces; `shown` grows, and never holds a key or half a marker.

    It shrinks in one case: when a closing tag tells that all before it was thinking. What may be
    that is not shown: an answer is, from its first citation on.
    """

    def __init__(self, keys: Iterable[str], passages: str = "", titles: Sequence[str] = ()) -> None:
        """`keys` are those given to the model, in order, `passages` is the text that they stand
        for, `titles` those of their papers."""
        self._keys = list(keys)
        self._short = {key.removeprefix("src-"): key for key in self._keys}
        self._titles = {squash(title): key for title, key in zip(titles, self._keys, strict=False)}
        self._passages = re.sub(r"\s", "", passages)
        self._thinking = Thinking()
        self.shown = ""
        """The text for the reader."""
        self._start()

    def _start(self) -> None:
        """Nothing was said yet, or what was is taken back."""
        self._held = ""
        self.text = ""
        """What is certain by now; it is shown once it is sure to be no thinking."""
        self._gaps: list[str] = []
        self._in_gap = False
        self._by_key = False
        self._is_answer = False
        self.numbers: dict[str, int] = {}
        """The citation number of each key used, from 1 in order of first use."""
        self.dropped = 0
        """Markers that named no passage and were left out."""

    def feed(self, piece: str) -> bool:
        """Take a piece in; whether `shown` is another by it."""
        return self._advance(visible(piece), final=False)

    def close(self) -> bool:
        """The rest, at the end of the reply; half a marker is dropped."""
        return self._advance("", final=True)

    @property
    def gap(self) -> str | None:
        """What the model says is not answered: a part of the question, "" for all of it."""
        return "; ".join(filter(None, self._gaps)) if self._gaps else None

    @property
    def draft(self) -> str:
        """The reply as the model wrote it, without its thinking and with its keys."""
        keys = {number: key for key, number in self.numbers.items()}
        text = _SHOWN_MARK.sub(lambda match: f"[{keys[int(match[1])]}]", self.shown)
        return text if self.gap is None else f"{text}\n{GAP}: {self.gap}".rstrip(": ")

    def cut(self, end: int) -> None:
        """Leave out what comes after so many characters of `text`, with what only it cites."""
        self.text = self.text[:end]
        used = {int(number) for number in _SHOWN_MARK.findall(self.text)}
        self.numbers = {key: n for key, n in self.numbers.items() if n in used}
        self._held, self._thinking = "", Thinking()
        self._show(final=False)

    def _advance(self, piece: str, *, final: bool) -> bool:
        mistaken, said = self._thinking.feed(piece, final=final)
        if mistaken:
            self._start()
        self._held += said
        while self._read_gap(final=final) if self._in_gap else self._read_text(final=final):
            pass
        before = self.shown
        self._show(final=final)
        return self.shown != before

    def _show(self, *, final: bool) -> None:
        self._is_answer = self._is_answer or final or self._cites_soon()
        self.shown = _FENCE.sub("", self.text) if self._is_answer else ""
        if final:
            self.shown = self.shown.strip()

    def _cites_soon(self) -> bool:
        first = _SHOWN_MARK.search(self.text)
        if first is None:
            return False
        before = self.text[: first.start()]
        return len(sentences(before)) <= _OPENING and not _MUSING.search(before)

    def _read_text(self, *, final: bool) -> bool:
        """Take in what is certain; whether the line of a gap began."""
        # A line's beginning is told by the newline before it, which may be read already.
        first = "\0" if self.text else ""
        text = first + self._held
        found = _GAP_LINE.search(text)
        if found and (final or found.end() < len(text)):
            self._add(text[len(first) : found.start()].rstrip())
            self._in_gap, self._held = True, text[found.end() :]
            return True
        if final:
            kept = _UNFINISHED.sub("", self._held).rstrip()
            self._held = ""
            self._add(kept)
            return False
        held = [match.start() for p in (_HELD, _GAP_STARTED) if (match := p.search(text))]
        until = max(min(held, default=len(text)), len(first)) - len(first)
        ready, self._held = self._held[:until], self._held[until:]
        self._add(ready)
        return False

    def _read_gap(self, *, final: bool) -> bool:
        """Take in the line of a gap, once it is whole: its first sentence says what is missing.

        What follows says something again, and is text that will be checked.
        """
        end = self._held.find("\n")
        if end < 0 and not final:
            return False
        end = len(self._held) if end < 0 else end
        line, self._held = self._held[:end], self._held[end:]
        line = _UNFINISHED.sub("", line) if not self._held else line
        stop = next((span.end for span in sentences(line)), 0)
        self._gaps.append(_MARK.sub("", line[:stop]).strip().strip("*_ "))
        self._in_gap = False
        if any(char.isalnum() for char in _MARK.sub("", line[stop:])):
            self._add("\n" + line[stop:].strip())
        return True

    def _add(self, text: str) -> None:
        read = _MARK.sub(self._marker, text)
        self.text += read if self.text else read.lstrip()

    def _marker(self, match: re.Match[str]) -> str:
        whole = match.group()
        inner = match["inner"] or match["list"] or match["bare"] or ""
        named = [key.lower() for key in re.findall(_LOOSE_KEY, inner, re.IGNORECASE)]
        if not named:
            return self._without_key(whole, inner)
        known = [key for key in named if key in self._keys]
        self.dropped += len(set(named)) - len(set(known))
        return self._cited(whole, known)

    def _cited(self, whole: str, keys: Sequence[str], *, by_key: bool = True) -> str:
        """Our markers for what names some passages."""
        self._by_key = self._by_key or (by_key and bool(keys))
        places = [self.numbers.setdefault(k, len(self.numbers) + 1) for k in dict.fromkeys(keys)]
        if not places:
            return ""
        space = whole[: len(whole) - len(whole.lstrip())]
        return ("\n" if "\n" in space else " ") + " ".join(f"[{n}]" for n in places)

    def _without_key(self, whole: str, inner: str) -> str:
        """A bracket that may name a passage otherwise: by its title, half a key or its number."""
        if key := self._titles.get(squash(inner)):
            return self._cited(whole, [key])
        parts = [part.removeprefix("src") for part in re.findall(r"[^\W_]+", inner.lower())]
        if short := [self._short[part] for part in parts if part in self._short]:
            return self._cited(whole, short)
        places = _places(inner)
        if not places:
            if "†" in inner:  # how an assistant of OpenAI cites files
                self.dropped += 1
                return ""
            return _in_parentheses(whole) if inner.strip().isdecimal() else whole
        ours = all(1 <= place <= len(self._keys) for place in places)
        written = re.sub(r"\s", "", inner)
        # An interval, or the abstract's own reference, which is shown to the model in parentheses.
        if f"[{written}]" in self._passages or (
            f"({written})" in self._passages and not (ours and len(places) == 1)
        ):
            return _in_parentheses(whole)
        # Who cites by keys means something else by a number.
        if ours and not self._by_key:
            return self._cited(whole, [self._keys[n - 1] for n in places], by_key=False)
        self.dropped += 1
        return ""


def _in_parentheses(whole: str) -> str:
    """Brackets that would look like our citations, as others."""
    return re.sub(r"[\[【]+", "(", re.sub(r"[\]】]+", ")", whole))


def _places(inner: str) -> list[int]:
    """The numbers in "2, 4-6" or "passage 2 and 3"; none where it holds anything else."""
    places: list[int] = []
    for part in re.split(r"[,;&]|\band\b", inner):
        found = _PLACES.fullmatch(part)
        if found is None:
            return []
        first = int(found["first"])
        places += range(first, int(found["last"] or first) + 1) or [0]
    return places


assert re.fullmatch(_LOOSE_KEY, KEY.replace("[2-9bcdfghjkmnpqrstvwxz]{4}", "x7k2"))
