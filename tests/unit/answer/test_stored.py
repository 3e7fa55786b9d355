"""Answers from stored fields: what is counted, looked up and refused."""

import json

import pytest

from rag.answer import how_decided, is_stored, stored_answer, stored_refusal
from rag.answer.membership import FITS
from rag.plan import read_constraints
from rag.store import Catalogue, Library
from rag.testing import FakeEmbedder
from rag.text import tokens
from rag.types import Answer, Filters, Paper, Plan, Usage
from tests import builders
from tests.finding import EMBEDDER

PAPERS = [
    Paper("a1", "Carbon in Grassland", "Grassland soil stores carbon.",
          ("Jonas Müller", "Eva Kranz"), 2005, "Soils", doi="10.1/g"),
    Paper("a2", "FRAILBETA: Beta-blockers in Frail Hearts", "Beta-blockers help old hearts.",
          ("Ingrid Müller",), 2016, "Hearts", doi="10.1/f", keywords=("frailty",)),
    Paper("a3", "Soil under Warming", "Warming makes soil breathe.", ("Jonas Müller",), 2020,
          "Soils"),
    Paper("a4", "Storks on Landfills", "Storks eat what is left.", ("Henrik Åkesson",), 2020),
    Paper("a5", "Eels [2] and <b>Weirs</b>", "Eels climb.", ("Noriko Tanabe",)),
]  # fmt: skip


def catalogue_of(home, papers):
    library = Library(builders.library(home, papers, FakeEmbedder()), readonly=True)
    return Catalogue(lambda: [library])


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return catalogue_of(tmp_path_factory.mktemp("stored") / "home", PAPERS)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    papers = [Paper(f"b{n}", f"Title {n}", f"Abstract {n}.") for n in range(3)]
    return catalogue_of(tmp_path_factory.mktemp("bare") / "home", papers)


def asked(question, catalogue, kind, filters=None):
    """The answer to a question, with a search that counts common words."""

    def find(topic, filters):
        def score(paper):
            wanted = set(tokens(topic))
            return len(wanted & set(tokens(f"{paper.title} {paper.abstract}"))) / len(wanted)

        found = catalogue.papers(catalogue.ids(filters))
        return sorted((builders.hit(p, score(p)) for p in found), key=lambda hit: -hit.score)

    plan = read_constraints(question, catalogue, now_year=2024).put_into(
        Plan(kind, question, filters=filters or Filters())
    )
    start = Answer(question, question, "", "answered", None, 0.0, (), (), (), Usage())

    def about(topic, filters):
        return [hit for hit in find(topic, filters) if hit.score > 0]

    return stored_answer(start, plan, catalogue, find, about, how=how_decided(plan.topic, EMBEDDER))


def cited(answer):
    return [citation.paper.id for citation in answer.citations]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many papers are there?", "There are 5 papers in this library."),
        ("How many papers by Müller?", "3 of the 5 papers in this library are by "),
        ("How many papers from 2016?", "1 of the 5 papers in this library is from 2016: "),
        ("How many papers on soil?", "2 of the 5 papers in this library are about soil: "),
        ("What share of the papers is from 2020?", "2 of the 5 papers in this library, 40%, are"),
        ("How many papers lack a DOI?", "3 of the 5 papers carry no DOI: “Soil under Warming” [1]"),
        ("How many papers have a DOI?", "2 of the 5 papers carry a DOI."),
        ("How many authors are there?", "The papers carry 5 authors: Jonas Müller, "),
        ("papers per year", "5 papers by year: 2005: 1, 2016: 1 and 2020: 2. 1 paper carries no"),
        ("How many papers with the keyword frailty?", "1 of the 5 papers in this library comes"),
    ],
)  # fmt: skip
def test_the_first_sentence_of_a_count_answers(catalogue, question, text):
    answer = asked(question, catalogue, "count")
    assert answer.text.startswith(text) and answer.status == "answered"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who wrote the paper on beta blockers in old hearts?", "was written by Ingrid Müller."),
        ("Who wrote FRAILBETA and when?", "was written by Ingrid Müller. It is from 2016."),
        ("DOI of Carbon in Grassland", "The DOI of “Carbon in Grassland” [1] is 10.1/g."),
        ("how many authors does “Carbon in Grassland” have", "has 2 authors: Jonas Müller and Eva"),
        ("who is the first author of the storks paper", "The first author of “Storks"),
        ("papers by Müller about soil", "2 papers are by Jonas Müller or Ingrid Müller"),
        ("newest paper by Müller", "The newest paper by Jonas Müller or Ingrid Müller is"),
        ("oldest paper", "The oldest paper is from 2005: “Carbon in Grassland” [1]. 1 paper"),
        ("most prolific author", "The author with the most papers is Jonas Müller, with 2 papers."),
        ("which year has the most papers", "The year with the most papers is 2020, with 2 papers."),
        ("with whom has Jonas Müller written", "Jonas Müller has 1 co-author here: Eva Kranz."),
        ("list all venues", "The papers carry 2 venues: Soils and Hearts."),
        ("which years are covered", "The papers are from 2005 to 2020, of 3 years."),
    ],
)  # fmt: skip
def test_look_ups_are_answered_by_what_is_stored(catalogue, question, text):
    answer = asked(question, catalogue, "lookup")
    assert text in answer.text and answer.status == "answered"


def test_papers_named_are_cited_without_quotes_and_all_are_in_the_table(catalogue):
    answer = asked("papers by Müller", catalogue, "lookup")
    assert cited(answer) == ["a3", "a2", "a1"]  # the newest first
    assert all(not citation.quotes for citation in answer.citations)
    assert answer.table.columns == ("Title", "Authors", "Year", "Venue", "DOI")
    assert [row.paper.id for row in answer.table.rows] == cited(answer)
    assert Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer
    assert "[3]" in str(answer) and "“" not in answer.to_text().partition("[1] Jonas")[2]


def test_a_long_result_names_ten_papers_and_tells_how_many_more(tmp_path):
    papers = [Paper(f"p{n:02}", f"Title {n}", f"Abstract {n}.", year=2001) for n in range(23)]
    answer = asked("papers from 2001", catalogue_of(tmp_path / "home", papers), "list")
    assert answer.text.endswith("[10] and 13 more.") and len(answer.citations) == 10
    assert len(answer.table.rows) == 23


def test_a_title_cannot_look_like_a_citation_or_markup(catalogue):
    answer = asked("papers by Tanabe", catalogue, "lookup")
    assert "“Eels (2) and <b>Weirs</b>” [1]" in answer.text
    assert "<b>Weirs" not in answer.to_html()


@pytest.mark.parametrize(
    ("question", "kind", "reason", "text"),
    [
        ("papers by Smith", "list", "no_match_for_filter", "has an author named Smith."),
        ("How many papers from 1990?", "count", "no_match_for_filter", "has the year 1990."),
        ("papers by Kranz since 2016", "lookup", "no_match_for_filter", "Eva Kranz from 2016 on."),
        ("How many citations does FRAILBETA have?", "lookup", "no_such_field", "citation counts."),
        ("DOI of DFloat11", "lookup", "not_in_corpus", "No paper on “DFloat11” was found"),
        ("where was the storks paper published", "lookup", "not_stated", "carries no venue."),
        ("How many papers are about gravity?", "count", "not_in_corpus", "about gravity was found"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_with_a_reason(catalogue, question, kind, reason, text):
    answer = asked(question, catalogue, kind)
    assert (answer.status, answer.reason) == ("refused", reason)
    assert text in answer.text and not answer.citations and answer.confidence == 0


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("papers per year", "None of these 3 papers carries a year."),
        ("papers from 2018", "None of these 3 papers carries a year."),
        ("who wrote Title 1", "None of these 3 papers carries an author."),
        ("papers by Smith", "None of these 3 papers carries an author."),
        ("newest paper", "None of these 3 papers carries a year."),
    ],
)
def test_a_field_that_no_paper_carries_is_told_as_such(bare, question, text):
    answer = asked(question, bare, "lookup")
    assert (answer.status, answer.reason, answer.text) == ("refused", "no_such_field", text)


def test_what_a_paper_carries_in_part_is_a_partial_answer(catalogue):
    answer = asked("who wrote Storks on Landfills and where was it published", catalogue, "lookup")
    assert (answer.status, answer.reason) == ("partial", "not_stated")
    assert answer.text.endswith("by Henrik Åkesson. It carries no venue.")


def test_the_users_own_filters_hold_beside_those_of_the_question(catalogue):
    answer = asked("papers by Müller", catalogue, "lookup", Filters(year_from=2010, year_to=2019))
    assert cited(answer) == ["a2"]


def test_the_text_says_how_papers_on_a_topic_were_told(catalogue):
    answer = asked("How many papers on soil since 2010?", catalogue, "count")
    assert cited(answer) == ["a3"] and answer.text.endswith(f". {how_decided('soil', EMBEDDER)}")
    assert f"(probability at least {FITS:.2f})" in answer.text
    assert answer.hits and answer.confidence < 1


def test_stored_fields_answer_counts_and_look_ups_and_lists_by_conditions_alone():
    conditions = Filters(year_from=2010)
    assert is_stored(Plan("count", "q", topic="soil")) and is_stored(Plan("lookup", "q"))
    assert is_stored(Plan("list", "q", filters=conditions))
    assert not is_stored(Plan("list", "q", filters=conditions, topic="soil"))
    assert not is_stored(Plan("overview", "q")) and not is_stored(Plan("fact", "q"))


def test_lists_on_a_topic_are_refused_by_conditions_that_nothing_can_meet(catalogue, bare):
    start = Answer("q", "q", "", "answered", None, 0.0, (), (), (), Usage())
    plan = Plan("list", "q", filters=Filters(year_from=2010), topic="soil")
    assert stored_refusal(start, plan, catalogue) is None
    refused = stored_refusal(start, plan, bare)
    assert (refused.status, refused.reason) == ("refused", "no_such_field")
