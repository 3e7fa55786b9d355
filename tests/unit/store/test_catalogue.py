"""Papers counted and listed by what they carry."""

import pytest

from rag.ingest import SourceFile, Writer
from rag.store import Catalogue, Library
from rag.testing import FakeEmbedder
from rag.types import Filters, Paper

PAPERS = [
    Paper("a1", "Rain", "It rains.", ("José Müller", "Ann Lee"), 1990, "ICML", keywords=("wet",)),
    Paper("a2", "Snow", "It snows.", ("Ann Lee",), 2015, "Journal of Snow", doi="10.1/s"),
    Paper("b3", "Fog", "It is foggy.", ("Kim Leeson",), 2015, keywords=("wet", "grey")),
    Paper("c4", "Wind", "It blows.", url="https://example.org/w"),
]
OTHER = [PAPERS[1], Paper("d5", "Hail", "It hails.", ("Ann Lee",), 2020)]


def built(home, papers, name="x.bib"):
    with Writer(home, FakeEmbedder()) as writer:
        records = [
            Paper(**{**_fields(paper), "sources": (f"{name}:{line}",)})
            for line, paper in enumerate(papers, 1)
        ]
        writer.add([SourceFile(home, name, str(len(papers)))], lambda _: records)
    return Library(home, readonly=True)


def _fields(paper):
    return {name: getattr(paper, name) for name in Paper.__dataclass_fields__}


@pytest.fixture
def library(tmp_path):
    return built(tmp_path / "one", PAPERS)


@pytest.fixture
def one(library):
    return Catalogue(lambda: [library])


@pytest.fixture
def two(library, tmp_path):
    other = built(tmp_path / "two", OTHER, "y.bib")
    return Catalogue(lambda: [library, other])


def test_papers_are_counted_under_filters(one):
    assert one.count() == 4
    assert one.count(Filters(year_from=2000)) == 2
    assert one.count(Filters(authors=("ann lee",))) == 2  # not Leeson


def test_what_carries_a_field_is_counted(one):
    carried = {f: one.carrying(f) for f in ("author", "year", "venue", "doi", "url", "keyword")}
    assert carried == {"author": 3, "year": 3, "venue": 2, "doi": 1, "url": 1, "keyword": 2}
    assert one.carrying("doi", Filters(year_to=2000)) == 0


def test_values_come_with_counts_the_most_or_the_latest_first(one):
    assert list(one.values("author").items()) == [
        ("Ann Lee", 2), ("José Müller", 1), ("Kim Leeson", 1)
    ]  # fmt: skip
    assert list(one.values("year").items()) == [("2015", 2), ("1990", 1)]
    assert dict(one.values("keyword")) == {"wet": 2, "grey": 1}
    assert dict(one.values("source")) == {"x.bib": 4}
    assert one.counts("venue", Filters(year_from=2000)) == [("Journal of Snow", 1)]


def test_a_paper_of_two_libraries_counts_once(two):
    assert two.count() == 5
    assert two.values("author")["Ann Lee"] == 3
    assert two.values("year")["2015"] == 2
    assert len(two.ids()) == len(set(two.ids())) == 5
    assert [paper.id for paper in two.papers(["d5", "a2", "zz"])] == ["d5", "a2"]


def test_the_newest_and_the_oldest_come_first_whatever_the_library(two):
    assert two.by_year(limit=2) == ["d5", "b3"]
    assert two.by_year(oldest=True, limit=1) == ["a1"]
    assert two.by_year(Filters(authors=("Ann Lee",))) == ["d5", "a2", "a1"]


def test_ids_are_by_title(one):
    assert one.ids() == ["b3", "a1", "a2", "c4"]


def test_what_is_kept_is_made_anew_when_the_library_changes(one, tmp_path):
    made = []
    for _ in range(2):
        one.cached("x", lambda: made.append(1))
    assert one.values("year") is one.values("year") and len(made) == 1
    with Writer(tmp_path / "one", FakeEmbedder()) as writer:
        more = Paper("e6", "Heat", "It is hot.", year=2021, sources=("z:1",))
        writer.add([SourceFile(tmp_path / "one", "z", "1")], lambda _: [more])
    assert one.values("year")["2021"] == 1


@pytest.mark.parametrize(
    ("first", "second", "ids"),
    [
        (Filters(year_from=1980, year_to=2015), Filters(year_from=2000), ["b3", "a2"]),
        (Filters(authors=("Ann Lee",)), Filters(authors=("José Müller",)), ["a1"]),
        (Filters(author="lee"), Filters(authors=("Kim Leeson",)), ["b3"]),
        (Filters(author="lee"), Filters(author="kim"), ["b3"]),
        (Filters(ids=("a1", "b3")), Filters(ids=("b3", "c4")), ["b3"]),
        (Filters(ids=("a1",)), Filters(ids=("c4",)), []),
        (Filters(where={"keywords": "wet"}), Filters(where={"keywords": "grey"}), ["b3"]),
        (Filters(where={"keywords": "wet"}), Filters(where={"title": "rain"}), ["a1"]),
        (Filters(venues=("ICML",)), Filters(venues=("icml", "x")), ["a1"]),
        (Filters(), Filters(year_to=1990), ["a1"]),
    ],
)
def test_both_conditions_hold_whichever_comes_first(one, first, second, ids):
    assert one.ids(first.also(second)) == one.ids(second.also(first)) == ids


def test_many_names_are_looked_for_as_few_are(one):
    strangers = tuple(f'Nobody "{n}" Someone' for n in range(40))
    assert one.ids(Filters(authors=(*strangers, "jose muller"))) == ["a1"]
    assert one.ids(Filters(authors=strangers)) == []
