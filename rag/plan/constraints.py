"""Conditions on stored fields, read by a closed grammar over the library's own values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.plan.asked import Order, read_asked
from rag.plan.names import People, Venues
from rag.plan.scan import CARRIER, PUBLISH, TAKEN, Scan
from rag.plan.where import Places
from rag.plan.who import Authors
from rag.plan.years import read_years
from rag.store import Catalogue
from rag.types import Filters, Plan, StoredField, wording

# Words around what is asked: of asking, of libraries, and those that join both to a topic.
_CARRIERS = frozenset(
    """a all also an any anything are article articles about ask at be been belong by can collection
    common concern concerning concerns contain contained contains corpus could count counts cover
    covered covers database deal dealing deals dealt did different discuss discusses discussing do
    document documents does entire entries ever every everything examine examines exist existing
    exists figure find for from get give given had has have held here his her hi hello how i in
    index indexed into is it its just kind know large library like list listed look many me
    mention mentioned mentioning mentions more much name named need new nr number of on one only
    or our out paper papers papres people please pls preprints present publication publications
    publish published publishes record records regarding related report reported said say says see
    share percentage percent show showing shown size so some stored studied studies study studying
    tell that the their them then there these they this those title titled titles to together
    topic topics total treat treated treats u us use used uses using want was we were what what's
    which who whole whom will with work worked works would write writes writing written wrote yet
    you your yours wehn bibliography reference references abstracts abstract cite full called
    first small short table tables chart overview both years year's included inclusive including
    got you've i've that's far times cited one's either too well dear thanks thank studie
    untersuchung untersuchungen aufsatz étude estudio hold holds often proposed introduced
    introduces i'd se publicó lack lacks describe described describes exactly currently right now
    altogether overall and come came appear appeared appears appearing again hwo mnay how's big
    author authors year venue wie viele gibt es arbeiten artikel zu über von vom der die das den
    dem hast du hat haben ich zeig zeige mir alle welche wurden wurde veröffentlicht geschrieben
    sind ist im anzahl veröffentlichungen publikationen ein eine einen einer und aus zum zur
    handeln befassen sich mit studien untersuchen erschienen bitte wir combien d'articles
    l'article l'étude avez-vous sur de des les le la l' y a-t-il il quels quelles ont été publiés
    publiées parus sont est tu as par études portent traitent un une cherche montre-moi donne-moi
    liste avons-nous avons dans bibliothèque sont-ils cuántos cuantos artículos articulos hay
    sobre tienes el los las del que fueron publicados publicado en cuáles cuales son número numero
    trabajos tratan muéstrame dame lista biblioteca
    """.split()
)
_KEPT_INSIDE = re.compile(r"[^\W_]")
_CJK = re.compile(
    r"有?(?:多少|几)篇|篇|(?:库里|这里|图书馆)?(?:一共)?有?(?:哪些|多少|几篇)|的?(?:论文|文章|研究|文献)|关于|发表(?:了|的|于)?"
    r"|写了?|请|列出|的(?=\s|$|[?？])|在(?=\s|$)|^的|有|[?？。，]|是$|呢|吗"
)
_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a question says of stored fields, and what else is in it."""

    filters: Filters = Filters()
    rest: str = ""
    """The question without conditions and without the words around them: its topic, or ""."""
    fields: tuple[StoredField, ...] = ()
    """Stored fields asked for, in the order of the question."""
    by: StoredField | None = None
    """The field that papers are to be counted by."""
    order: Order | None = None
    missing: tuple[str, ...] = ()
    """Conditions plainly stated that no paper meets, in words: "an author named Smith"."""
    unheld: tuple[str, ...] = ()
    """What is asked for that no library holds: "citation counts"."""

    @property
    def understood(self) -> str:
        """The conditions and the topic in one line: "papers from 2018 on about model merging"."""
        parts = ["papers", wording.conditions(self.filters), f"about {self.rest}" * bool(self.rest)]
        return " ".join(filter(None, parts))

    def put_into(self, plan: Plan) -> Plan:
        """A plan with these conditions; its own filters stay beside them."""
        return replace(
            plan, filters=plan.filters.also(self.filters), topic=self.rest, fields=self.fields,
            by=self.by, order=self.order, missing=self.missing, unheld=self.unheld,
            understood=plan.understood or self.understood,
        )  # fmt: skip


def read_constraints(question: str, catalogue: Catalogue, *, now_year: int) -> Constraints:
    """The conditions on stored fields that a question states, by the values of the library.

    What is no condition by its form stays in `rest`: years of data, names of methods. `now_year`
    is the year in which it is asked.
    """
    scan = Scan(question.rstrip(" ?？!."))
    _set_titles_aside(scan, catalogue)
    people = catalogue.cached("people", lambda: People(catalogue.values("author")))
    venues = catalogue.cached("venues", lambda: Venues(catalogue.values("venue")))
    places, authors = Places(venues), Authors(people)
    places.read_sources(scan, catalogue.values("source"))
    places.read_keywords(scan, catalogue.values("keyword"))
    places.read_venues(scan)
    authors.read(scan)
    years = read_years(scan, now_year)
    asked = read_asked(scan)
    missing = (*authors.missing, *places.missing, *_missing_years(years, catalogue))
    return Constraints(
        filters=years.also(authors.filters).also(places.filters), rest=_topic(scan),
        missing=missing, **asked._asdict(),
    )  # fmt: skip


def _set_titles_aside(scan: Scan, catalogue: Catalogue) -> None:
    """Titles of papers hold years, names and words of asking, and none of them is a condition."""
    for title in catalogue.titles_in(scan.text):
        if found := _spelling(title).search(scan.text):
            scan.hold(found.start(), found.end())


def _spelling(title: str) -> re.Pattern[str]:
    """A title whatever stands between its words, and around it."""
    words = re.findall(r"[^\W_]+", title)
    return re.compile(r"[\W_]*".join(map(re.escape, words)), re.IGNORECASE)


def _missing_years(years: Filters, catalogue: Catalogue) -> list[str]:
    if not years or catalogue.count(years) or not catalogue.carrying("year"):
        return []
    if years.year_from == years.year_to:
        return [f"the year {years.year_from}"]
    return [f"a year {wording.years(years)}"]


def _topic(scan: Scan) -> str:
    """What is left when words of asking are taken off both ends."""
    text = _CJK.sub(" ", scan.text) if re.search(r"[\u4e00-\u9fff]", scan.text) else scan.text
    *before, last = re.split(r"(?<=[.!?]) (?=\S)", text)
    # Where people explain themselves first, the last sentence asks, if it says of what.
    if before and re.search(rf"\b{CARRIER}\b|[\ue100-\ue1ff]", last, re.IGNORECASE):
        text = last
    runs = [run for part in text.split(TAKEN) if (run := _stripped(part.split()))]
    return scan.shown(" ".join(runs)).strip(" ,;:.?!–—-")


def _stripped(words: Sequence[str]) -> str:
    start, end = 0, len(words)
    while start < end and _is_carrier(words[start]):
        start += 1
    while end > start and _is_carrier(words[end - 1]):
        end -= 1
    return " ".join(words[start:end])


def _is_carrier(word: str) -> bool:
    """Whether a word says nothing of a topic; names written in capitals do."""
    bare = word.strip(".,;:?!()[]\"'“”’#¿¡«»–—-")
    if not _KEPT_INSIDE.search(bare):
        return not any("\ue100" <= char <= "\ue1ff" for char in word)
    if len(bare) > 1 and bare.isupper():
        return False
    low = bare.lower()
    return low in _CARRIERS or bool(re.fullmatch(rf"{CARRIER}|{PUBLISH}", low))
