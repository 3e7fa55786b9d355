"""Conditions on years: "since 2018", "between 2010 and 2015", "the 2010s", "last five years"."""

from __future__ import annotations

import re
from functools import partial

from rag.plan.scan import CARRIER, PUBLISH, TAKEN, Scan
from rag.types import Filters

_Y = r"(?<![\w.,-])(?P<{}>(?:1[89]|20)\d\d)(?![\w%]|[.,-]\d|-\w)"
_ONE = _Y.format("y")
_SPAN = (
    r"(?<![\w.,-])(?P<a>(?:1[89]|20)\d\d)(?!\w)"
    + r"\s*年?\s*{}\s*"
    + r"(?P<b>(?:1[89]|20)\d\d)(?![\w%]|[.,-]\d|-\w)"
)
_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "fifteen": 15, "twenty": 20, "couple of": 2, "few": 3,
    "zwei": 2, "drei": 3, "fünf": 5, "zehn": 10, "deux": 2, "trois": 3, "cinq": 5, "dix": 10,
    "dos": 2, "tres": 3, "cinco": 5, "diez": 10,
}  # fmt: skip
_MONTH = (
    r"(?:(?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r" )?"
)
# What happened in a year, or was collected then, was not published then.
_EVENTS = re.compile(
    r"(?:drought|heat ?waves?|fires?|pandemic|outbreak|election|epidemic|crisis|floods?|storms?"
    r"|season|hurricane|earthquake|war|cohort|survey|census|datasets?|data|exams?|challenge|task"
    r"|competition|edition|benchmark|olympics|summer|winter|spring|autumn|tests?|version|measured"
    r"|collected|recorded|started|began|observed|sampled|happened|born|died|conducted"
    r"|changes?)\s*$",
    re.IGNORECASE,
)
# "in 2023 exams" is about exams; "in 2023 about exams" is not.
_FREE = (
    r"(?=\s*(?:$|[?.!,;:)\]–—" + TAKEN + r"]|(?:about|on|that|which|who|whose|by|at|in|from|with"
                                         r"|for|and"
    r"|or|is|are|was|were|do|does|did|have|has|had|use[sd]?|using|deal|dealing|mention|mentioning"
    r"|discuss|address|concerning|regarding|there|exist|of|to|study|studied|über|von|zu|sur|par|de"
    r"|sobre|et|und|y|only|please|alone|where|what|when|as|published|but|not|still|per|" + CARRIER
    + r")\b|[\u4e00-\u9fff]))"
)  # fmt: skip
_FLAGS = re.IGNORECASE


def read_years(scan: Scan, now_year: int) -> Filters:
    """The years that the question asks for, taken out of it."""
    reading = _Years(scan, now_year)
    for pattern, low, high, strict in _FORMS:
        scan.take(pattern, partial(reading.bound, low=low, high=high, strict=strict))
    scan.take(_DECADE, reading.decade)
    scan.take(_LAST_YEARS, reading.last)
    scan.take(_THIS_YEAR, reading.this)
    return reading.filters


def _form(
    pattern: str, low: int | None, high: int | None, strict: bool = False
) -> tuple[re.Pattern[str], int | None, int | None, bool]:
    """A pattern, what is added to its year for the first and the last one (None: no such bound).

    A strict one stands right behind a noun or verb of publishing; others anywhere in a question
    that has one.
    """
    return re.compile(pattern, _FLAGS), low, high, strict


_AND = r"(?:and|to|until|till|through|und|bis|et|à|a|y|al|-|–|—|到|至)"
_FORMS = (
    _form(rf"(?:between|zwischen|entre)\s+{_SPAN.format(_AND)}", 0, 0),
    _form(rf"(?:in the years |years |from |in |von |de |desde |从)?{_SPAN.format(_AND)}\s*(?:年"
          rf"|之?间)?",
          0, 0),
    _form(rf"(?:from|in|ab|von)\s+{_ONE}\s+(?:on|an)(?:wards?)?{_FREE}", 0, None),
    _form(rf"(?:from\s+)?{_ONE}\s+(?:onwards?|and (?:later|after|newer)|or (?:later|after"
          rf"|newer))", 0,
          None),
    _form(rf"{_ONE}\s+(?:and|or) (?:earlier|before|older)", None, 0),
    _form(rf"(?:not |no )?(?:older|earlier) than\s+{_ONE}", None, -1),
    _form(rf"(?:(?:not|no) )?(?:later|newer|younger|more recent) than\s+{_ONE}", 1, None),
    _form(rf"(?:ever )?(?:since|starting (?:in|from)|as of|seit|ab|depuis|à partir de|desde)\s+"
          rf"(?:the year |el año |dem jahr )?{_MONTH}{_ONE}", 0, None),
    _form(rf"(?:自|从)?\s*{_ONE}\s*年?(?:以来|之后|以后|起)", 0, None),
    _form(rf"{_ONE}\s*年?(?:以前|之前)", None, -1),
    _form(rf"(?:after|nach|après|después de|despues de)\s+(?:the year )?{_ONE}", 1, None),
    _form(rf"(?:before|prior to|vor|avant|antes de)\s+(?:the year )?{_ONE}", None, -1),
    _form(rf"(?:until|up to|till|up until|through|by the end of|bis(?: zu)?|jusqu['’]en|hasta)\s+"
          rf"(?:the year )?{_ONE}", None, 0),
    _form(rf"(?:aus|im|in|from|of|during|for|en|de|dated|du)?\s*(?:the |dem |l['’])?"
          rf"(?:years?|jahre?|année|año|publication year|annum)(?:\s+of)?(?:\s+is"
          rf"|:)?\s+{_ONE}", 0, 0),
    _form(rf"(?:from|of|in|during|aus|im|von|en|de)\s+{_MONTH}{_ONE}{_FREE}", 0, 0, True),
    _form(rf"{_ONE}(?=\s+(?:\w+\s)?{CARRIER}\b)", 0, 0, True),
    _form(rf"{_ONE}\s*年", 0, 0),
    _form(rf"(?<=papers ){_ONE}", 0, 0, True),
    _form(rf"\(?{_ONE}\)?(?=\s*[?:.,]|\s*$|\s+{CARRIER}|\s+(?:on|about|by|are|is|were"
          rf"|exist)\b)", 0, 0, True),
)  # fmt: skip
_DECADE = re.compile(
    r"(?:in |from |of |during )?(?:the )?(?:early |late )?(?P<y>(?:1[89]|20)\d0"
    r"|['’]?[5-9]0)['’]?s\b"
    + _FREE, _FLAGS,
)  # fmt: skip
_LAST_YEARS = re.compile(
    r"(?:in|from|over|within|during|of|in den|dans|en)?\s*(?:the|den|les|los)?\s*\b"
    rf"(?:last|past|previous|letzten|vergangenen|últimos|ultimos)\s+(?P<n>\d{{1,2}}|"
    rf"{'|'.join(_NUMBERS)})\s+(?:years|jahren?|ans|années|años)"
    rf"|(?:au cours |ces )?(?:des |les )?(?P<fr>\d{{1,2}}|{'|'.join(_NUMBERS)}) dernières années",
    _FLAGS,
)
_THIS_YEAR = re.compile(
    r"(?:in |from |of )?\b(?P<y>this year|last year|dieses jahr"
    r"|cette année|este año|今年|去年)(?!\w)",
    _FLAGS,
)
_NOUN = re.compile(rf"\b(?:{CARRIER}|{PUBLISH})\b|[论文章]|发表", _FLAGS)
_BEHIND = re.compile(
    rf"(?:\b(?:{CARRIER}|{PUBLISH}|came|come|publications?)|{TAKEN})(?:\s+(?:up|are|were|was|there"
    r"|you have|do you have|stored|only))?\s*[,:(]?\s*$", _FLAGS,
)  # fmt: skip
# "the 2000 NLP tasks", "all 2000 papers": a count, not a year.
_COUNTED = re.compile(r"\b(?:the|all|these|those|than|over|about|of|some|nearly|first)\s*$", _FLAGS)


class _Years:
    """Years as they are read; a paper must meet all that is said of them."""

    def __init__(self, scan: Scan, now_year: int) -> None:
        self._scan = scan
        self._now = now_year
        self.filters = Filters()

    def bound(
        self, match: re.Match[str], low: int | None, high: int | None, strict: bool
    ) -> str | None:
        """Years from the first to the last that a match names."""
        years = sorted(int(y) for name, y in match.groupdict().items() if y and name in "yab")
        before = match.string[: match.start()]
        if years[-1] > self._now + 1 and not _BEHIND.search(before):
            return None
        if not self._is_meant(match, before, strict):
            return None
        first = None if low is None else years[0] + low
        last = None if high is None else years[-1] + high
        if re.match(r"(?:not|no)\b", match[0], _FLAGS):  # "not older than", "no later than"
            year = years[0]
            first, last = (year, None) if first is None else (None, year)
        return self._keep(first, last)

    def _is_meant(self, match: re.Match[str], before: str, strict: bool) -> bool:
        text = match.string
        behind = bool(_BEHIND.search(before))
        alone = not before.strip()
        if _EVENTS.search(before) and not behind:
            return False
        if match[0][0].isdigit() and strict:  # no word says that it is a year
            round_ = match["y"].endswith("00") and _COUNTED.search(before)
            ahead = re.match(rf"\s+(?:\w+\s)?{CARRIER}\b", text[match.end() :], _FLAGS)
            return not round_ and bool(behind or ahead or alone)
        if not _NOUN.search(text) and TAKEN not in text:
            return False
        # "of 2018" belongs to the noun before it; "in" and "from" may be said of the papers.
        return behind or alone or not (strict and re.match(r"(?:of|de|von|im)\b", match[0], _FLAGS))

    def decade(self, match: re.Match[str]) -> str | None:
        digits = re.sub(r"\D", "", match["y"])
        first = int(digits) if len(digits) == 4 else 1900 + int(digits)
        if not _NOUN.search(match.string):
            return None
        return self._keep(first, first + 9)

    def last(self, match: re.Match[str]) -> str | None:
        number = (match["n"] or match["fr"]).lower()
        if not _NOUN.search(match.string):
            return None
        return self._keep(self._now - (_NUMBERS.get(number) or int(number)), None)

    def this(self, match: re.Match[str]) -> str | None:
        if not _NOUN.search(match.string):
            return None
        year = self._now - (match["y"].lower() in ("last year", "去年"))
        return self._keep(year, year)

    def _keep(self, first: int | None, last: int | None) -> str:
        self.filters = self.filters.also(Filters(year_from=first, year_to=last))
        return f" {TAKEN} "
