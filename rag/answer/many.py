"""Answers about many papers from what they carry: how many, which, of which years and authors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answer.stored_text import (
    NAMED,
    NOUNS,
    answered,
    article,
    count_table,
    listing,
    named,
    paper_table,
    papers,
    which,
)
from rag.store import Catalogue, CatalogueField
from rag.types import Answer, Filters, Hit, Plan, Reason, StoredField, wording

DEEP = 60
"""Papers that a search for all papers on a topic looks at, and rows of the newest ones."""
_YEARS = 30
"""So many years are named one by one, as a row that is broken off tells little."""
_TOPICAL = 0.7
"""Confidence of an answer that rests on a search for a topic."""
_SHARE = re.compile(r"\b(?:share|percent\w*|proportion|fraction|anteil|prozent)\b", re.IGNORECASE)
_LACKS = re.compile(r"\b(?:lack\w*|without|miss\w*|no|not|none|ohne|sans|sin)\b", re.IGNORECASE)
_CARRY = re.compile(
    r"\b(?:have|has|having|with|without|lack\w*|carr\w+|miss\w*|no)\b", re.IGNORECASE
)


class ManyPapers:
    """The ways of answering about many papers."""

    def __init__(self, answer: Answer, plan: Plan, catalogue: Catalogue, how: str) -> None:
        self._answer = answer
        self._plan = plan
        self._catalogue = catalogue
        self._filters = plan.filters
        self._ranks: dict[str, int] = {}
        self._how = f" {how}" if plan.topic else ""
        self._which = which(plan)
        self._total = catalogue.count()

    def refusal(self) -> Answer | None:
        """Where nothing can be told: no library holds it, no paper carries it or meets it."""
        plan = self._plan
        if plan.unheld:
            text = f"No field of this library holds {' or '.join(plan.unheld)}."
            return self._refused(text, "no_such_field")
        fields = [*_conditioned(plan.filters), *plan.fields]
        fields += [plan.by] if plan.by is not None else []
        fields += ["year"] if plan.order in ("newest", "oldest") else []
        for field in fields:
            if field == "paper" or not self._total:
                continue
            if not self._catalogue.carrying(field):
                these = f"these {papers(self._total)}" if self._total > 1 else "the 1 paper here"
                text = f"None of {these} carries {article(NOUNS[field][0])}."
                return self._refused(text, "no_such_field")
        if plan.missing:
            text = f"No paper in this library has {' or '.join(plan.missing)}."
            return self._refused(text, "no_match_for_filter")
        return None

    def narrow(self, hits: Sequence[Hit]) -> bool:
        """Only these papers, which are about the topic; whether there are any."""
        self._ranks = {hit.paper.id: rank for rank, hit in enumerate(hits)}
        self._filters = self._filters.also(Filters(ids=tuple(self._ranks)))
        self._answer = replace(self._answer, hits=tuple(hits), confidence=_TOPICAL)
        return bool(hits)

    def nothing(self) -> Answer:
        """No paper meets the conditions."""
        reason: Reason = "no_match_for_filter" if self._plan.filters else "not_in_corpus"
        if self._plan.topic:  # a search found none, which is not to say that there is none
            return self._refused(f"No paper{self._which} was found in this library.", reason)
        return self._refused(f"No paper in this library {self._are(1)}.", reason)

    def counted(self) -> Answer:
        """The answer to how many there are."""
        plan, question = self._plan, self._answer.question
        if plan.by is not None:
            return self._groups(plan.by)
        field: CatalogueField | None = next((f for f in plan.fields if f != "paper"), None)
        if re.search(r"\babstracts?\b", question) and _LACKS.search(question):
            field = "abstract"
        if field is not None and (_CARRY.search(question) or field in ("doi", "url", "abstract")):
            asks_values = re.search(r"\b(?:does|do) (?:you|the library|it)\b", question)
            if not asks_values and not (field == "author" and plan.filters.authors):
                return self._carrying(field)
        if field is not None and field != "abstract":
            return self._values(field)
        answer = self._number()
        if plan.order in ("newest", "oldest") and answer.status == "answered":
            return self._with_order(answer)
        return answer

    def looked_up(self) -> Answer:
        """The papers asked for, or the values of a field."""
        plan = self._plan
        if plan.by is not None:
            return self._groups(plan.by)
        if plan.order in ("newest", "oldest"):
            return self._ordered()
        field = next((field for field in plan.fields if field != "paper"), None)
        if field is None:
            return self._listed()
        if _LACKS.search(self._answer.question):
            return self._carrying(field)
        return self._values(field)

    # -- inside --------------------------------------------------------------------------------

    def _number(self) -> Answer:
        """ "23 of the 60 papers in this library are by Ann Lee: …" """
        number = self._catalogue.count(self._filters)
        verb = "is" if number == 1 else "are"
        if not self._which:
            return answered(self._answer, f"There {verb} {papers(number)} in this library.")
        share = f", {number / self._total:.0%}," if _SHARE.search(self._answer.question) else ""
        text = f"{number:,} of the {papers(self._total)} in this library{share} {self._are(number)}"
        found = self._catalogue.papers(self._ids())
        if not found:
            return answered(self._answer, f"{text}.{self._how}")
        titles = named(found)
        return answered(
            self._answer, f"{text}: {titles.text}.{self._how}", titles.cited, paper_table(found)
        )

    def _listed(self) -> Answer:
        """The papers that meet the conditions."""
        found = self._catalogue.papers(self._ids())
        if not found:
            return self.nothing()
        if not self._which:
            text = (
                f"There {'is' if len(found) == 1 else 'are'} {papers(len(found))} in this library"
            )
        else:
            text = f"{papers(len(found))} {self._are(len(found))}"
        titles = named(found)
        return answered(
            self._answer, f"{text}: {titles.text}.{self._how}", titles.cited, paper_table(found)
        )

    def _ordered(self) -> Answer:
        """The newest or the oldest papers: those of that year in the text, more in the table."""
        oldest = self._plan.order == "oldest"
        ids = self._catalogue.by_year(self._filters, oldest=oldest, limit=DEEP)
        number = self._catalogue.count(self._filters)
        if not number:
            return self.nothing()
        if not ids:
            return self._refused(f"The papers{self._which} carry no year.", "not_stated")
        found = self._catalogue.papers(ids)
        first = [paper for paper in found if paper.year == found[0].year]
        titles = named(first)
        noun, verb = ("papers", "are") if len(first) > 1 else ("paper", "is")
        which = f"The {self._plan.order} {noun}{self._which}"
        text = f"{which} {verb} from {found[0].year}: {titles.text}."
        undated = number - self._catalogue.carrying("year", self._filters)
        if undated:
            text += f" {papers(undated)} without a year {'is' if undated == 1 else 'are'} left out."
        return answered(self._answer, text + self._how, titles.cited, paper_table(found))

    def _with_order(self, answer: Answer) -> Answer:
        """A count, and which of these papers is the newest."""
        ids = self._catalogue.by_year(self._filters, oldest=self._plan.order == "oldest", limit=1)
        if not ids or not answer.citations:
            return answer
        paper = self._catalogue.papers(ids)[0]
        cited = [citation.paper for citation in answer.citations]
        cited += [paper] * (paper not in cited)
        number = cited.index(paper) + 1
        text = f"{answer.text} The {self._plan.order} of them is [{number}], from {paper.year}."
        return answered(answer, text, cited, answer.table)

    def _groups(self, by: StoredField) -> Answer:
        """How many papers there are of each year, venue, author, …"""
        field: CatalogueField = "source" if by == "paper" else by
        counts = self._catalogue.counts(field, self._filters)
        noun, plural = NOUNS[field]
        number = self._catalogue.count(self._filters)
        if not counts:
            return self.nothing() if not number else self._refused(
                f"The papers{self._which} carry no {noun}.", "not_stated"
            )  # fmt: skip
        if self._plan.order == "most":
            counts = sorted(counts, key=lambda item: (-item[1], item[0]))
            text = self._leading(counts, noun, plural)
        else:
            counts = sorted(counts) if field == "year" else counts
            most = len(counts) if field == "year" and len(counts) <= _YEARS else NAMED
            parts = [f"{name}: {count:,}" for name, count in counts[:most]]
            text = f"{papers(number)}{self._which} by {noun}: {listing(parts, len(counts))}."
        bare = number - self._catalogue.carrying(field, self._filters)
        if bare:
            text += f" {papers(bare)} {'carries' if bare == 1 else 'carry'} no {noun}."
        return answered(self._answer, text + self._how, table=count_table(noun, counts))

    def _leading(self, counts: Sequence[tuple[str, int]], noun: str, plural: str) -> str:
        """Which group is the largest; all that are."""
        most = counts[0][1]
        first = [name for name, count in counts if count == most]
        names = listing(first[:NAMED], len(first))
        among = f" among those{self._which}" if self._which else ""
        each = " each" if len(first) > 1 else ""
        if len(first) == 1:
            return f"The {noun} with the most papers{among} is {names}, with {papers(most)}."
        return f"The {plural} with the most papers{among} are {names}, with {papers(most)}{each}."

    def _carrying(self, field: CatalogueField) -> Answer:
        """How many papers carry a field, or do not."""
        noun = NOUNS[field][0]
        number = self._catalogue.count(self._filters)
        carrying = self._catalogue.carrying(field, self._filters)
        lacks = bool(_LACKS.search(self._answer.question))
        share = number - carrying if lacks else carrying
        verb = "carries" if share == 1 else "carry"
        what = f"no {noun}" if lacks else article(noun)
        text = f"{share:,} of the {papers(number)}{self._which} {verb} {what}.{self._how}"
        if not lacks:
            return answered(self._answer, text)
        with_it = set(self._catalogue.ids_carrying(field, self._filters))
        bare = self._catalogue.papers([key for key in self._ids() if key not in with_it])
        titles = named(bare) if bare else None
        if titles is None:
            return answered(self._answer, text)
        text = f"{text.removesuffix('.' + self._how)}: {titles.text}.{self._how}"
        return answered(self._answer, text, titles.cited, paper_table(bare))

    def _values(self, field: StoredField) -> Answer:
        """All values of a field: the authors, the venues; of an author, the co-authors."""
        assert field != "paper"
        counts = self._catalogue.counts(field, self._filters)
        noun, plural = NOUNS[field]
        own = set(self._filters.authors) if field == "author" else set()
        if own:
            counts = [(name, count) for name, count in counts if name not in own]
            noun, plural = "co-author", "co-authors"
        if not counts:
            text = f"The papers{self._which} carry no {noun}."
            return self.nothing() if not self._catalogue.count(self._filters) else self._refused(
                text, "not_stated"
            )  # fmt: skip
        many = f"{len(counts):,} {noun if len(counts) == 1 else plural}"
        names = listing([name for name, _ in counts[:NAMED]], len(counts))
        if own:
            text = f"{wording.either(self._filters.authors)} has {many} here: {names}."
        elif field == "year" and len(counts) > 1:
            years = [int(name) for name, _ in counts]
            text = f"The papers{self._which} are from {min(years)} to {max(years)}, of {many}."
        else:
            text = f"The papers{self._which} carry {many}: {names}."
        return answered(self._answer, text + self._how, table=count_table(noun, counts))

    def _are(self, number: int) -> str:
        """What so many papers are: "are by Ann Lee and about soils"."""
        said = which(self._plan, joint=" and")
        if said.startswith(" with"):
            return f"{'comes' if number == 1 else 'come'}{said}"
        return f"{'is' if number == 1 else 'are'}{said}"

    def _ids(self) -> list[str]:
        """The papers that pass: the nearest to the topic first, else the newest."""
        if self._ranks:
            return sorted(self._catalogue.ids(self._filters), key=lambda key: self._ranks[key])
        dated = self._catalogue.by_year(self._filters)
        return list(dict.fromkeys([*dated, *self._catalogue.ids(self._filters)]))

    def _refused(self, text: str, reason: Reason) -> Answer:
        return replace(self._answer, text=text, status="refused", reason=reason, confidence=0.0)


def _conditioned(filters: Filters) -> list[StoredField]:
    """The fields that conditions are on."""
    fields: dict[StoredField, object] = {
        "year": filters.year_from is not None or filters.year_to is not None,
        "author": filters.author or filters.authors,
        "venue": filters.venue or filters.venues,
        "keyword": "keywords" in filters.where,
    }
    return [field for field, asked in fields.items() if asked]
