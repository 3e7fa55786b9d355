"""Optional steps: several queries, reordering, summaries."""

import sys
from types import SimpleNamespace

import pytest

from rag import Assistant, ConfigError, Hit, Paper, Passage
from rag.answer.summaries import summaries
from rag.embed.cross_encoder import load_cross_encoder
from rag.errors import ModelError
from rag.llm.usage import RunContext
from rag.retrieve.rerank import reorder
from rag.retrieve.retrieval import retrieve
from rag.settings import Settings
from rag.testing import ScriptedModel
from tests.finding import query_of


def hit(name: str, score: float) -> Hit:
    paper = Paper(name, f"On {name}", f"All about {name}.")
    return Hit(paper, Passage(f"{name}:0", name, paper.abstract, 0, len(paper.abstract)), score)


HITS = [hit("cats", 0.9), hit("dogs", 0.6), hit("trees", 0.3)]


def names(hits) -> list[str]:
    return [one.paper.id for one in hits]


class Shelf:
    """A retriever that remembers what it was asked."""

    def __init__(self, **found: list[Hit]) -> None:
        self.found = found
        self.asked: list[str] = []

    def search(self, query, *, k=10):
        self.asked.append(query.text)
        return self.found.get(query.text.split()[0], [])[:k]


def test_one_query_asks_no_model():
    shelf, script = Shelf(cats=HITS), ScriptedModel()
    found = retrieve(
        query_of("cats"), shelf, Settings(k=2), reword=query_of, helper=script,
        context=RunContext("x"),
    )  # fmt: skip
    assert names(found) == ["cats", "dogs"] and not script.requests


def test_several_queries_give_each_paper_its_best_score():
    shelf = Shelf(cats=HITS, felines=[hit("dogs", 0.95), hit("lions", 0.5)])
    found = retrieve(
        query_of("cats"), shelf, Settings(k=3, queries=3), reword=query_of,
        context=RunContext("x"),
        helper=ScriptedModel('1. "felines at home"\n- pets\n\nmore than asked for'),
    )  # fmt: skip
    assert names(found) == ["dogs", "cats", "lions"]
    assert shelf.asked == ["cats", "felines at home", "pets"]


def test_a_listwise_order_is_taken_and_what_it_leaves_out_comes_last():
    order = reorder(
        "q", HITS, by="llm", model=ScriptedModel("{3} src-zzzz {1} {3}"), context=RunContext("x")
    )
    assert names(order) == ["trees", "cats", "dogs"]
    assert [one.score for one in order] == [0.9, 0.6, 0.3]


def test_a_model_that_fails_leaves_the_order_and_is_told():
    context = RunContext("x")
    failing = ScriptedModel(ModelError("It is down.", "server"))
    assert names(reorder("q", HITS, by="llm", model=failing, context=context)) == names(HITS)
    assert context.notices == ["It is down."]


@pytest.fixture
def cross_encoder(monkeypatch):
    """A cross-encoder that prefers what comes last in the alphabet."""

    class CrossEncoder:
        def __init__(self, name: str) -> None:
            if name == "missing":
                raise OSError("no such model")

        def predict(self, pairs):
            return [float(ord(text.split()[1][0])) for _, text in pairs]

    load_cross_encoder.cache_clear()
    module = SimpleNamespace(CrossEncoder=CrossEncoder)
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    yield
    load_cross_encoder.cache_clear()


def test_a_cross_encoder_reorders_by_its_scores(cross_encoder):
    order = reorder("q", HITS, by="a-model", model=None, context=RunContext("x"))
    assert names(order) == ["trees", "dogs", "cats"]
    with pytest.raises(ConfigError, match="could not be loaded"):
        reorder("q", HITS, by="missing", model=None, context=RunContext("x"))


def test_without_its_package_the_extra_is_named(monkeypatch):
    load_cross_encoder.cache_clear()
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ConfigError, match=r"paper-rag\[cross-encoder\]"):
        reorder("q", HITS, by="a-model", model=None, context=RunContext("x"))


def test_summaries_are_ordered_by_their_score_and_empty_ones_are_left_out():
    script = ScriptedModel("About cats.\n2", "Not applicable.", "About trees, at length.\nScore: 9")
    found = summaries("q", HITS, script, RunContext("x"))
    assert list(found.items()) == [("trees", "About trees, at length."), ("cats", "About cats.")]


@pytest.mark.parametrize("settings", [{"rerank": "llm"}, {"queries": 2}])
def test_steps_that_need_a_model_say_so_at_once(tmp_path, settings):
    with pytest.raises(ConfigError, match="set RAG_LLM"):
        Assistant(home=tmp_path, **settings)
