"""Optional steps: several queries, reordering, summaries."""

import re

import pytest

from rag import Assistant, ConfigError, Hit, Paper, Passage
from rag.answer.summaries import summaries
from rag.errors import ModelError
from rag.llm.usage import RunContext
from rag.retrieve.rerank import reorder
from rag.retrieve.retrieval import retrieve
from rag.settings import Settings
from rag.testing import ScriptedModel
from tests.finding import query_of
from tests.onnx_models import write_model


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


WORDS = {"cats": [1.0], "dogs": [2.0], "trees": [3.0]}


def reordered(model) -> list[str]:
    return names(
        reorder("q", HITS, by=f"onnx/{model}", model=None, context=RunContext("x"), threads=1)
    )


def test_a_cross_encoder_reorders_by_its_logit(tmp_path):
    assert reordered(write_model(tmp_path, WORDS)) == ["trees", "dogs", "cats"]


@pytest.mark.parametrize(
    ("labels", "best"),
    [(["LABEL_0", "LABEL_1"], "trees"), (["irrelevant", "Relevant"], "trees"),
     (["relevant", "irrelevant"], "cats")],
)  # fmt: skip
def test_of_two_logits_that_of_the_relevant_class_counts(tmp_path, labels, best):
    rows = {word: [5.0, 5.0 + row[0]] for word, row in WORDS.items()}
    config = {"id2label": {str(place): label for place, label in enumerate(labels)}}
    assert reordered(write_model(tmp_path, rows, config=config))[0] == best


def test_a_model_of_more_classes_is_no_reranker(tmp_path):
    with pytest.raises(ConfigError, match="is no reranker: its labels are LABEL_0, LABEL_1"):
        reordered(write_model(tmp_path, {"cats": [1.0, 2.0, 3.0]}))


def test_a_model_without_its_onnx_file_says_what_to_write():
    with pytest.raises(ConfigError, match="RAG_RERANK=cross-encoder/x .* write onnx/"):
        reorder("q", HITS, by="cross-encoder/x", model=None, context=RunContext("x"))


def test_an_assistant_answers_from_the_order_of_its_reranker(home, tmp_path):
    question = "Which methods shrink the memory of models?"
    with Assistant(home=home) as plain:
        before = [hit.paper.title for hit in plain.ask(question).hits]
    rows = {re.split(r"\W", title.lower())[0]: [10.0**n] for n, title in enumerate(before)}
    model = write_model(tmp_path, rows)
    with Assistant(home=home, rerank=f"onnx/{model}") as assistant:
        after = [hit.paper.title for hit in assistant.ask(question).hits]
    assert after == before[::-1] != before


def test_summaries_are_ordered_by_their_score_and_empty_ones_are_left_out():
    script = ScriptedModel("About cats.\n2", "Not applicable.", "About trees, at length.\nScore: 9")
    found = summaries("q", HITS, script, RunContext("x"))
    assert list(found.items()) == [("trees", "About trees, at length."), ("cats", "About cats.")]


@pytest.mark.parametrize("settings", [{"rerank": "llm"}, {"queries": 2}])
def test_steps_that_need_a_model_say_so_at_once(tmp_path, settings):
    with pytest.raises(ConfigError, match="set RAG_LLM"):
        Assistant(home=tmp_path, **settings)
