"""Conditions on stored fields as people state them, and what only looks like one."""

import pytest

from rag.plan import read_constraints
from rag.store import Catalogue, Library
from rag.testing import FakeEmbedder
from rag.types import Filters, Paper, Plan
from tests import builders

JAE, NATURE = "Journal of Alpine Ecology (JAE)", "Nature"
MACHINE = "International Conference on Machine Learning"
PAPERS = [
    Paper("a1", "Grassland carbon after 2001: what a 2003 heat wave did", "Carbon.",
          ("Jonas Müller", "Elisabeth Kranz"), 2005, JAE, keywords=("soil carbon",)),
    Paper("a2", "Frail hearts", "Hearts.", ("Ingrid Müller", "Lars Østergaard"), 2016, NATURE),
    Paper("a3", "Storks", "Storks.", ("Pieter van der Berg", "Wei Adam"), 2018, MACHINE),
    Paper("a4", "Eels", "Eels.", ("Siobhán O'Connor", "Tomás Herrera Díaz"), 2021, "Rivers"),
    Paper("a5", "Larches", "Trees.", ("Rita Young", "John Taylor", "王伟"), 2022, "Patterns"),
]  # fmt: skip
MUELLERS = ("Ingrid Müller", "Jonas Müller")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    home = builders.library(tmp_path_factory.mktemp("plan") / "home", PAPERS, FakeEmbedder())
    library = Library(home, readonly=True)
    return Catalogue(lambda: [library])


@pytest.fixture
def read(catalogue):
    return lambda question: read_constraints(question, catalogue, now_year=2024)


@pytest.mark.parametrize(
    ("question", "first", "last", "rest"),
    [
        ("papers from 2018 on about model merging", 2018, None, "model merging"),
        ("papers from 2018 on model merging", 2018, 2018, "model merging"),
        ("How many papers on eels appeared in 2016?", 2016, 2016, "eels"),
        ("papers about eels since 2016", 2016, None, "eels"),
        ("which papers after 2016 deal with eels", 2017, None, "eels"),
        ("papers before 2016", None, 2015, ""),
        ("papers until 2016", None, 2016, ""),
        ("papers not older than 2016", 2016, None, ""),
        ("papers no later than 2016", None, 2016, ""),
        ("papers between 2010 and 2018 on eels", 2010, 2018, "eels"),
        ("papers 2016-2018", 2016, 2018, ""),
        ("papers of the 2010s", 2010, 2019, ""),
        ("papers from the last five years about storks", 2019, None, "storks"),
        ("papers published this year", 2024, 2024, ""),
        ("2018: how many papers?", 2018, 2018, ""),
        ("all 2018 papers about storks", 2018, 2018, "storks"),
        ("Wie viele Arbeiten seit 2016 zu Störchen?", 2016, None, "Störchen"),
        ("Combien d'articles ont été publiés en 2016 ?", 2016, 2016, ""),
        ("artículos entre 2016 y 2018 sobre anguilas", 2016, 2018, "anguilas"),
        ("2016年以来关于土壤的论文", 2016, None, "土壤"),
        ("2016年到2018年的论文", 2016, 2018, ""),
    ],
)
def test_years_are_read_and_leave_the_topic(read, question, first, last, rest):
    found = read(question)
    assert (found.filters.year_from, found.filters.year_to) == (first, last)
    assert found.rest == rest


@pytest.mark.parametrize(
    ("question", "names", "rest"),
    [
        ("papers by Jonas Müller about carbon", ("Jonas Müller",), "carbon"),
        ("papers by muller", MUELLERS, ""),
        ("papers by J. Müller", ("Jonas Müller",), ""),
        ("papers by Mullar", MUELLERS, ""),
        ("Müller's papers", MUELLERS, ""),
        ("What did Müller et al. find about hearts?", MUELLERS, "hearts"),
        ("how many papers has Ingrid Müller written", ("Ingrid Müller",), ""),
        ("what has van der Berg published", ("Pieter van der Berg",), ""),
        ("Can you list everything by P. van den Berg?", ("Pieter van der Berg",), ""),
        ("papers by Herrera", ("Tomás Herrera Díaz",), ""),
        ("papers by oconnor", ("Siobhán O'Connor",), ""),
        ("papers by Young", ("Rita Young",), ""),
        ("Ingrid Müller", ("Ingrid Müller",), ""),
        ("Arbeiten von Müller zu Herzen", MUELLERS, "Herzen"),
        ("articles de Müller sur le coeur", MUELLERS, "coeur"),
        ("¿Cuántos artículos publicó Müller?", MUELLERS, ""),
        ("Ingrid Müller发表了多少篇论文", ("Ingrid Müller",), ""),
        ("王伟的论文", ("王伟",), ""),
    ],
)
def test_authors_are_found_by_any_form_of_their_name(read, question, names, rest):
    found = read(question)
    assert (tuple(sorted(found.filters.authors)), found.rest) == (names, rest)
    assert not found.missing


def test_two_authors_are_both_meant_or_either(read, catalogue):
    both = read("papers by Müller and Østergaard").filters
    assert catalogue.ids(both) == ["a2"]
    either = read("papers by Kranz or Østergaard").filters
    assert sorted(catalogue.ids(either)) == ["a1", "a2"]


@pytest.mark.parametrize(
    ("question", "venue", "rest"),
    [
        ("papers in the Journal of Alpine Ecology", JAE, ""),
        ("papers published in alpine ecolgy about grass", JAE, "grass"),
        ("JAE papers on carbon", JAE, "carbon"),
        ("ICML papers", MACHINE, ""),
        ("which papers were published in Nature?", NATURE, ""),
        ("how many papers per year in Nature", NATURE, ""),
    ],
)
def test_venues_are_found_by_name_part_or_abbreviation(read, question, venue, rest):
    found = read(question)
    assert (found.filters.venues, found.rest) == ((venue,), rest)


@pytest.mark.parametrize(
    "question",
    [
        "Does GPT-4 pass the bar in 2023 exams?",
        "Which papers use ImageNet-1k 2012?",
        "How many papers cover the 2000 NLP tasks?",
        "papers about the drought of 2018",
        "How has the treeline shifted since 1956?",
        "Which trees died in 2018?",
        "Which papers study young trees?",
        "papers by young researchers",
        "Is Adam better than SGD?",
        "Which papers train with Adam?",
        "papers about nature",
        "papers on machine learning",
        "papers about estimation by Taylor expansion",
        "pattern recognition papers",
        "papers about rivers",
        "LLM papers",
        "papers by year",
        "who wrote Grassland carbon after 2001: what a 2003 heat wave did",
        'who wrote "papers by Müller from 2018"?',
    ],
)
def test_what_only_looks_like_a_condition_is_none(read, question):
    found = read(question)
    assert not found.filters and not found.missing


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("papers by Smith", "an author named Smith"),
        ("papers by Ingrid Schmidt", "an author named Ingrid Schmidt"),
        ("papers from 1990", "the year 1990"),
        ("papers since 2023", "a year from 2023 on"),
        ("CVPR papers", "a venue named CVPR"),
        ("published in the Journal of Finance", "a venue named Journal of Finance"),
        ("papers with the keyword gold", "the keyword gold"),
        ("papers from other.bib", "a source named other.bib"),
    ],
)
def test_what_no_paper_carries_is_told_and_lets_none_pass(read, catalogue, question, missing):
    found = read(question)
    assert found.missing == (missing,)
    assert catalogue.count(found.filters) == 0


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("who wrote the stork paper", ("author",)),
        ("when was the stork study published and where", ("year", "venue")),
        ("in which journal did the stork paper appear", ("venue",)),
        ("doi and link of the stork paper", ("doi", "url")),
        ("cite the stork paper", ("paper",)),
        ("Wer hat die Studie über Störche geschrieben?", ("author",)),
        ("En quelle année l'étude sur les cigognes a été publiée ?", ("year",)),
        ("¿Quién escribió el artículo?", ("author",)),
        ("谁写了这篇论文?", ("author",)),
        ("how many papers lack a DOI", ("doi",)),
        ("How many storks are there?", ()),
    ],
)
def test_fields_asked_for_come_in_their_order(read, question, fields):
    assert read(question).fields == fields


@pytest.mark.parametrize(
    ("question", "by", "order", "rest"),
    [
        ("papers per year on eels", "year", None, "eels"),
        ("How many papers for each journal?", "venue", None, ""),
        ("most prolific author", "author", "most", ""),
        ("Who has published most about eels?", "author", "most", "eels"),
        ("which year has the most papers", "year", "most", ""),
        ("Anzahl der Veröffentlichungen pro Jahr", "year", None, ""),
        ("newest paper on eels", None, "newest", "eels"),
        ("What is the latest study about eels?", None, "newest", "eels"),
        ("the oldest papers", None, "oldest", ""),
        ("first author of the eel paper", None, None, "eel"),
        ("latest findings on eels", None, None, "latest findings on eels"),
    ],
)
def test_groups_and_order_are_read(read, question, by, order, rest):
    found = read(question)
    assert (found.by, found.order, found.rest) == (by, order, rest)


@pytest.mark.parametrize(
    ("question", "unheld"),
    [
        ("How many citations does the stork paper have?", "citation counts"),
        ("how often has the eel study been cited", "citation counts"),
        ("h-index of Müller", "h-indices"),
        ("affiliations of the authors of Storks", "affiliations"),
    ],
)
def test_what_no_library_holds_is_told(read, question, unheld):
    assert read(question).unheld == (unheld,)


def test_keywords_are_a_condition_only_where_they_are_called_so(read, catalogue):
    assert catalogue.ids(read("papers with the keyword soil carbon").filters) == ["a1"]
    assert not read("papers on soil carbon").filters


def test_a_plan_takes_them_beside_its_own(read):
    plan = Plan("list", "q", filters=Filters(year_from=2010, year_to=2020))
    planned = read("papers by Ingrid Müller since 2015 about hearts").put_into(plan)
    assert planned.filters == Filters(year_from=2015, year_to=2020, authors=("Ingrid Müller",))
    assert planned.topic == "hearts"
    assert planned.understood == "papers by Ingrid Müller from 2015 on about hearts"
