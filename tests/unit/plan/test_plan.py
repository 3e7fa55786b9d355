"""A question made into a plan: kind, conditions, form, and all of it in words."""

from dataclasses import replace

import pytest

from rag.plan import apart, in_words, make_plan, plan, with_conditions, with_kind
from rag.plan.plan import LABELS
from rag.store import Catalogue, Library
from rag.testing import FakeEmbedder
from rag.types import KINDS, Filters, Paper, Plan
from tests import builders


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    papers = [Paper("a", "Soils", "Soils hold carbon.", ("Ann Lee",), 2020),
              Paper("b", "Birds", "Birds fly.", ("Bob Ray",), 2010)]  # fmt: skip
    home = builders.library(tmp_path_factory.mktemp("plan") / "home", papers, FakeEmbedder())
    library = Library(home, readonly=True)
    return Catalogue(lambda: [library])


def likely(monkeypatch, **kinds: float) -> None:
    """Every question is of these kinds, as likely as that."""
    every = {kind: kinds.get(kind, 0.0) for kind in KINDS}
    monkeypatch.setattr(plan, "likely_kinds", lambda *_: every)


def test_a_plan_holds_what_is_said_of_kind_form_and_language(monkeypatch):
    likely(monkeypatch, number=0.9)
    made = make_plan("Wie viel spart das ZipNN? In 30 Wörtern als Tabelle")
    assert (made.kind, made.form, made.words, made.language) == ("number", "table", 30, "de")
    assert made.subjects == ("ZipNN",) and made.likely["number"] == 0.9
    assert made.query == made.queries[0] == "Wie viel spart das ZipNN? In 30 Wörtern als Tabelle"


def test_a_follow_up_has_a_standalone_form_and_what_is_searched():
    made = make_plan("and why?", standalone="ZipNN: and why?", wanted="What is ZipNN? and why?")
    assert (made.query, made.queries) == ("ZipNN: and why?", ("What is ZipNN? and why?",))
    assert made.subjects == ("ZipNN",)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("And on MATH?", "What does FNet score? And on MATH?"),  # asks what was asked before
        ("How many tokens does it need?", "How many tokens does it need?"),
    ],
)
def test_the_kind_is_told_by_the_users_own_words_where_there_are_some(monkeypatch, question, asked):
    seen = []
    every = dict.fromkeys(KINDS, 0.1)
    monkeypatch.setattr(plan, "likely_kinds", lambda text, _: seen.append(text) or every)
    make_plan(question, standalone=f"What does FNet score? {question}")
    assert seen == [asked]


@pytest.mark.parametrize("question", ["/help", "???", "", "1", "?"])
def test_commands_and_what_has_no_word_are_no_questions(monkeypatch, question):
    likely(monkeypatch, fact=1.0)
    assert make_plan(question).kind == "chat" and apart(question)


def test_what_a_person_says_was_meant_tells_the_kind(monkeypatch):
    likely(monkeypatch, fact=1.0)
    assert make_plan("x", standalone="How much memory does ZipNN save?").kind == "fact"


@pytest.mark.parametrize(
    ("kinds", "is_apart"),
    [
        ({"chat": 0.51}, True), ({"out_of_scope": 0.51}, True), ({"chat": 0.49}, False),
        ({"chat": 0.3, "fact": 0.2}, False), ({"fact": 0.9}, False),
    ],
)  # fmt: skip
def test_what_is_likely_no_question_of_papers_stands_apart(monkeypatch, kinds, is_apart):
    likely(monkeypatch, **kinds)
    assert apart("well, well") is is_apart


@pytest.mark.parametrize(("name", "known"), [("minilm-l6-v2 (int8)", True), ("other", False)])
def test_the_vector_counts_where_the_model_knows_the_embedder(monkeypatch, name, known):
    embedder = builders.real_embedder() if known else FakeEmbedder(name)
    with_it, without = (plan.likely_kinds("Tell me of soils", each) for each in (embedder, None))
    assert (with_it != without) is known


def test_another_kind_changes_form_length_and_facets():
    made = with_kind(make_plan("What is soil carbon?"), "list")
    assert (made.kind, made.form, made.words, made.facets) == (
        "list", "list", 400, ("soil carbon",)
    )  # fmt: skip
    assert made.likely == {}
    assert with_kind(made, "definition").facets == ()


def test_conditions_are_put_into_lists(catalogue):
    asked = Plan("list", "papers on soil since 2015", queries=("papers on soil since 2015", "b"))
    made = with_conditions(asked, catalogue)
    assert made.filters == Filters(year_from=2015)
    assert "2015" not in made.query and made.queries == (made.query, "b")
    assert made.facets == ("soil",) and "from 2015 on" in made.understood


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("What do papers since 2015 say of carbon?", Filters(year_from=2015)),
        ("What do papers since 2023 say of carbon?", Filters()),  # no paper would be left
    ],
)
def test_where_content_is_asked_about_conditions_only_narrow(catalogue, question, filters):
    made = with_conditions(Plan("fact", question, queries=(question,)), catalogue)
    assert (made.filters, made.query, made.queries) == (filters, question, (question,))
    assert made.missing == ()


def test_small_talk_has_no_conditions(catalogue):
    made = with_conditions(Plan("chat", "Thanks, since 2015!"), catalogue)
    assert (made.filters, made.facets, made.understood) == (Filters(), (), "small talk")


def test_facets_that_are_known_are_kept(catalogue):
    made = with_conditions(Plan("list", "papers on soil", facets=("carbon",)), catalogue)
    assert made.facets == ("carbon",)


START = Plan("list", "q")


@pytest.mark.parametrize(
    ("understood", "words"),
    [
        (replace(START, facets=("diffusion", "1 bit")), "papers that fit: diffusion + 1 bit"),
        (Plan("reason", "q", subjects=("A",)), "a reason, of A"),
        (Plan("comparison", "q", subjects=("A", "B", "C")), "a comparison, of A, B and C"),
        (Plan("chat", "q", subjects=("A",)), "small talk"),
        (replace(START, filters=Filters(year_from=2020)), "papers that fit; from 2020 on"),
        (replace(START, form="table"), "papers that fit; as a table"),
    ],
)
def test_a_plan_in_words(understood, words):
    assert in_words(understood) == words


def test_every_kind_has_words():
    assert set(LABELS) == set(KINDS) and len(set(LABELS.values())) == len(KINDS)
