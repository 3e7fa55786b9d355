"""A question while it is read: what was understood is taken out, and leaves a mark in its place."""

from __future__ import annotations

import re
from collections.abc import Callable

TAKEN = "\ue000"
"""Stands where a condition was: "papers by Lee in 2019" is "papers ␣ in 2019" by then."""
CARRIER = (
    r"(?:papers?|papres?|articles?|stud(?:y|ies)|works?|publications?|documents?|entries|records"
    r"|abstracts?|preprints?|titles|surveys?|manuscripts?|paper count|everything|anything|something"
    r"|arbeit(?:en)?|artikeln?|veröffentlichungen|publikationen|studien|aufsätze|beiträge"
    r"|études|travaux|artículos?|articulos?|publicaciones|trabajos|estudios|论文|文章)"
)
"""Nouns for papers, in the languages that are read; "paper" itself is German, too."""
PUBLISH = (
    r"(?:publish(?:ed|es)?|appear(?:ed|s)?|written|writes?|wrote|came out|come out|released"
    r"|printed|presented|authored|dated|stored|(?:veröffentlicht|erschienen|geschrieben|publiziert)"
    r"|publiés?|publiées?|parus?|écrits?|publicad[oa]s?|escrit[oa]s?|发表)"
)
"""Verbs of publishing."""
_QUOTED = re.compile(r"[\"“„«»]\s*([^\"“”„«»]{4,}?)\s*[\"”“»«]")
# Latin letters and digits within Chinese text are words of their own.
_SCRIPTS = re.compile(
    r"(?<=[A-Za-zÀ-ž\d])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[A-Za-zÀ-ž\d])"
)
_HELD = re.compile("[\ue100-\ue1ff]")


class Scan:
    """The text that is left, and what was set aside so that no rule looks inside of it."""

    def __init__(self, question: str) -> None:
        self.held: list[str] = []
        self.text = " ".join(_SCRIPTS.sub(" ", question).split())
        self.take(_QUOTED, lambda match: self._hold(match[0]))

    def hold(self, start: int, end: int) -> None:
        """Set a part of the text aside: a title."""
        self.text = self.text[:start] + self._hold(self.text[start:end]) + self.text[end:]

    def take(self, pattern: re.Pattern[str], read: Callable[[re.Match[str]], str | None]) -> None:
        """Read every match of a pattern; `read` gives what is put there, None to leave it."""

        def reading(match: re.Match[str]) -> str:
            replacement = read(match)
            return match[0] if replacement is None else replacement

        self.text = " ".join(pattern.sub(reading, self.text).split())

    def shown(self, text: str) -> str:
        """A part of the text as the user typed it, without the marks."""
        text = _HELD.sub(lambda match: self.held[ord(match[0]) - 0xE100], text)
        return " ".join(text.replace(TAKEN, " ").split())

    def _hold(self, text: str) -> str:
        if len(self.held) > 0xFF:
            return text
        self.held.append(text)
        return chr(0xE100 + len(self.held) - 1)
