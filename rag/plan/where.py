"""Conditions on venues, files and keywords: "in JAE", "from refs.bib", "with the keyword soil"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from rag.plan.names import Venues
from rag.plan.scan import CARRIER, TAKEN, Scan
from rag.text import fold
from rag.types import Filters

KNOWN = frozenset(
    """ICML NeurIPS NIPS ICLR CVPR ICCV ECCV ACL EMNLP NAACL EACL AAAI IJCAI KDD SIGIR COLING
    INTERSPEECH ICASSP UAI AISTATS COLT TACL TMLR JMLR PNAS JAMA BMJ NEJM MICCAI VLDB SIGMOD CHI
    ICRA IROS CoRL MLSys WACV BMVC CIKM WSDM RecSys""".split()
)
"""Venues by abbreviation that can only be venues: asked for where no paper carries them."""
_W = r"[\w&'’.():-]+"
_RUN = rf"(?P<n>{_W}(?: (?:& )?{_W}){{0,11}})"
_IN = r"(?:in|at|from|by|of|bei|dans|en|im|auf|à|au|de|aus)"
_OUT = (
    r"(?:publish(?:ed)?|appear(?:ed|ing)?|appears|printed|presented|accepted|veröffentlicht"
    r"|erschienen|publiés?|publiées?|parus?|publicados?|came out|come out|published anything)"
)
_KIND = (
    r"(?:journal|conference|venue|symposium|workshop|proceedings|magazine|zeitschrift|revue"
    r"|revista)"
)
_ABBREVIATION = re.compile(r"(?<![\w-])[A-Za-z&]*[A-Z][A-Za-z&]*[A-Z]s?(?![\w-])")
_LONG = 10
"""Letters of several words that can only be the slip of a venue, whatever their case."""
_FLAGS = re.IGNORECASE
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            rf"\b{_OUT} {_IN} (?:the )?(?:{_KIND} (?!of ))?(?:called |named )?{_RUN}", _FLAGS
        ),
        "plain",
    ),
    (
        re.compile(rf"\b(?:in|at|from|by) (?:the )?{_KIND}s? (?:called |named )?{_RUN}", _FLAGS),
        "plain",
    ),
    (re.compile(rf"\b{_KIND} (?:called |named |= ?|: ?){_RUN}", _FLAGS), "plain"),
    (
        re.compile(
            rf"\b(?:{CARRIER}|anything|everything|year|author) {_IN} (?:the )?{_RUN}", _FLAGS
        ),
        "noun",
    ),
    (re.compile(rf"{TAKEN} {_IN} (?:the )?{_RUN}", _FLAGS), "noun"),
    (re.compile(rf"\b(?:in|at|from) (?:the )?{_RUN}", 0), "whole"),
)
_SPELT = re.compile(r"^(?:the )?(?:[A-Z]|journal|conference)")
_SOURCE = re.compile(
    r"(?:\b(?:in|from|of|aus|dans|de) )?(?:the |my )?(?:file |source |folder )?"
    r"(?P<n>[\w./-]+\.(?:bib|ris|jsonl?|csv|tsv|txt|xml|nbib|xlsx?|md|enw))\b"
    r"|\b(?:in|from|of) (?:the |my )?(?:file|source|folder) (?P<s>[\w./-]+)", _FLAGS,
)  # fmt: skip
_KEYWORD = re.compile(
    r"(?:\b(?:with|carry|carrying|have|having|under|by|for|tagged|mit|avec|con) )?"
    r"(?:(?:the|a|dem) )?(?:\b(?:key ?words?|tags?|schlagw[oö]rt(?:ern)?|mots?[- ]clés?)\b"
    r"(?: is| are|:)?|\btagged(?: with| as)?) (?P<n>[^?.!,;]+)", _FLAGS,
)  # fmt: skip


class Places:
    """Where papers were published and come from, as it is read."""

    def __init__(self, venues: Venues) -> None:
        self._venues = venues
        self.filters = Filters()
        self.missing: list[str] = []

    def read_venues(self, scan: Scan) -> None:
        """The venues that the question asks for, taken out of it."""
        for pattern, sure in _FORMS:
            scan.take(pattern, partial(self._run, sure=sure))
        scan.take(_ABBREVIATION, self._abbreviated)
        scan.take(_before_papers(self._venues), self._whole)

    def read_sources(self, scan: Scan, sources: Iterable[str]) -> None:
        """The files that the question asks for, taken out of it."""

        def read(match: re.Match[str]) -> str | None:
            named = match["n"] or match["s"]
            if any(named.lower() in source.lower() for source in sources):
                self.filters = self.filters.also(Filters(source=named))
            elif match["n"]:
                self.missing.append(f"a source named {named}")
                self.filters = self.filters.also(Filters(source=named))
            else:
                return None
            return f" {TAKEN} "

        scan.take(_SOURCE, read)

    def read_keywords(self, scan: Scan, keywords: Iterable[str]) -> None:
        """The keywords that the question asks for, taken out of it."""
        known = {fold(word): word for word in keywords}

        def read(match: re.Match[str]) -> str | None:
            text = scan.shown(match["n"]).strip("\"“”'« »")
            words = text.split()
            for size in range(len(words), 0, -1):
                word = known.get(fold(" ".join(words[:size])).strip("\"“”'« »"))
                if word is not None:
                    # In JSON as it is stored, the quotation marks are the ends of a keyword.
                    self.filters = self.filters.also(Filters(where={"keywords": f'"{word}"'}))
                    return f" {TAKEN} {' '.join(words[size:])}"
            if re.match(
                r"\W*(?:are|is|does|do|of|has|have|in|occur|most|there|per)\b", text, _FLAGS
            ):
                return None
            self.missing.append(f"the keyword {text}")
            self.filters = self.filters.also(Filters(where={"keywords": f'"{text}"'}))
            return f" {TAKEN} "

        scan.take(_KEYWORD, read)

    def _run(self, match: re.Match[str], *, sure: str) -> str | None:
        words = match["n"].split(" ")
        for size in range(len(words), 0, -1):
            text = " ".join(words[:size]).strip(",.:")
            if names := self._meant(text, words[size:], sure):
                return self._taken(match, words, size, names)
        size = next((n for n, w in enumerate(words) if not re.match(r"[A-Z&]|of$|the$|and$|for$"
                                                                    r"|on$", w)),
                    len(words))  # fmt: skip
        text = " ".join(words[:size])
        for end in range(len(words) if sure != "whole" else 0, 0, -1):
            slip = " ".join(words[:end])
            if (sure == "plain" and end <= size) or (end > 1 and len(slip) > _LONG):
                if names := self._venues.near(slip):
                    return self._taken(match, words, end, names)
        if size and (text in KNOWN or (sure == "plain" and _is_venue(match[0], text))):
            self.missing.append(f"a venue named {text}")
            self.filters = self.filters.also(Filters(venue=text))
            return self._replaced(match, words, size)
        return None

    def _meant(self, text: str, after: list[str], sure: str) -> tuple[str, ...]:
        """The venues that a text stands for in its place."""
        words = text.split()
        if not words or words[-1].lower() in ("and", "of", "the", "in", "&"):
            return ()
        if sure == "whole":
            names = self._venues.exact(text, whole=True)
            return names if len(words) > 1 and _SPELT.match(text) else ()
        names = self._venues.exact(text, whole=sure == "noun" and len(words) < 2)
        names = names or tuple(self._venues.abbreviations.get(text, ()))
        if len(words) > 1:
            return names
        # A word by itself may be a common one: it is a venue with its capitals.
        return names if text[0].isupper() or text in self._venues.abbreviations else ()

    def _abbreviated(self, match: re.Match[str]) -> str | None:
        """ "ICML papers", "in JAE", "JAE 2019": capitals in the place of a venue."""
        text = match[0]
        before, after = match.string[: match.start()], match.string[match.end() :]
        placed = re.search(rf"(?:\b(?:in|at|from|for|of|bei)(?: the)?|{TAKEN}) ?$", before, _FLAGS)
        led = re.match(
            rf" ?(?:{TAKEN}|{CARRIER}\b|(?:19|20)\d\d\b|paper count|journal|conference)",
            after,
            _FLAGS,
        )
        names = self._venues.abbreviations.get(text, ())
        if names and (placed or led):
            self.filters = self.filters.also(Filters(venues=tuple(names)))
            return f" {TAKEN} "
        if not names and text in KNOWN and (led or (placed and _has_carrier(match.string))):
            self.missing.append(f"a venue named {text}")
            self.filters = self.filters.also(Filters(venue=text))
            return f" {TAKEN} "
        return None

    def _whole(self, match: re.Match[str]) -> str:
        names = self._venues.exact(match["n"], whole=True)
        self.filters = self.filters.also(Filters(venues=names))
        return f" {TAKEN} "

    def _taken(
        self, match: re.Match[str], words: list[str], size: int, names: tuple[str, ...]
    ) -> str:
        self.filters = self.filters.also(Filters(venues=names))
        return self._replaced(match, words, size)

    def _replaced(self, match: re.Match[str], words: list[str], size: int) -> str:
        head = match[0][: match.start("n") - match.start()]
        noun = re.match(rf"(?:{CARRIER}|{_OUT}|year|author)\b", head, _FLAGS)
        return f"{noun[0] if noun else ''} {TAKEN} {' '.join(words[size:])}"


def _is_venue(whole: str, text: str) -> bool:
    """Whether capitals in the place of a venue can be nothing else: no country, no language."""
    if not text or not text[0].isupper() or TAKEN in text:
        return False
    kind = re.search(rf"\b{_KIND}\b", whole, _FLAGS)
    return bool(kind or re.search(r"\b(?:presented|published|appeared) at\b", whole, _FLAGS))


def _has_carrier(text: str) -> bool:
    return bool(re.search(rf"\b{CARRIER}\b", text, _FLAGS))


def _before_papers(venues: Venues) -> re.Pattern[str]:
    """A venue's whole name, its capitals kept, before a noun for papers, a year, or alone."""
    names = "|".join(sorted(map(re.escape, venues.spelt), key=len, reverse=True)) or r"(?!)"
    return re.compile(
        rf"(?:(?<=^)|(?<= ))(?P<n>{names})(?=\s*(?:{CARRIER}\b|{TAKEN}|[?:.,]|$|(?:19|20)\d\d))"
    )
