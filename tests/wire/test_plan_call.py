"""The call that plans a question, on a local server: what is done with its reply, or without it."""

import threading

import pytest

from rag import Assistant, Turn
from rag.errors import ModelError
from rag.llm.background import Stop
from tests.builders import QUESTION, real_embedder
from tests.wire.model_server import ModelServer
from tests.wire.test_live import SOON

HISTORY = (Turn("user", QUESTION), Turn("assistant", "By 30% [1]."))
FOLLOW_UP = "Does it need training?"
WHOLE = "Does KVSharer need training?"


@pytest.fixture
def server():
    with ModelServer() as running:
        yield running


@pytest.fixture
def assistant(home, tmp_path, server):
    """Makes an assistant whose questions one model plans and another answers."""

    def make(planner: str = "scribe", **settings) -> Assistant:
        given = {
            "llm": "openai-like/scribe", "llm_rewrite": f"openai-like/{planner}",
            "llm_base_url": f"{server.url}/v1", "llm_api_key": "k", "cache": tmp_path / "cache",
            "k": 3, "llm_retries": 0,
        }  # fmt: skip
        return Assistant(home=home, embedding=real_embedder(), **{**given, **settings})

    return make


def models_asked(server) -> list[str]:
    return [body["model"] for body in server.asked]


def test_a_simple_question_is_not_planned_by_a_call(assistant, server):
    answer = assistant("scribe-404").ask(QUESTION)
    assert models_asked(server) == ["scribe"] and not answer.notice
    assert answer.plan.kind == "number" and answer.plan.likely


@pytest.mark.parametrize(
    ("question", "history"),
    [
        (FOLLOW_UP, HISTORY),
        ("How fast does ZipNN compress?", HISTORY),
        ("Which papers speed up generation?", ()),
        ("Compare KVSharer and ZipNN.", ()),
        ("Um wie viel verkleinert KVSharer den Speicher des Caches?", ()),
        (f"{QUESTION[:-1]} when it is used with a model of many layers and of many heads whose "
         "cache is large because a long text is read at once?", ()),
    ],
)  # fmt: skip
def test_what_is_not_simple_is_planned_by_one_call(assistant, server, question, history):
    answer = assistant("scribe-small").ask(question, history=history)
    assert models_asked(server) == ["scribe-small", "scribe"] and not answer.notice
    assert not answer.plan.likely and answer.usage.calls == 2


def test_what_the_model_says_is_the_plan_and_all_its_queries_are_searched(assistant, monkeypatch):
    one = assistant()
    searched = []
    search = one.retriever.search
    monkeypatch.setattr(
        one.retriever,
        "search",
        lambda query, k: (searched.append(query.wanted), search(query, k=k))[1],
    )
    answer = one.ask("Compare KVSharer and ZipNN.")
    assert (answer.plan.kind, answer.plan.words, answer.plan.form) == ("comparison", 200, "text")
    assert answer.plan.facets == ("KVSharer", "ZipNN")
    assert answer.plan.understood == "a comparison: KVSharer + ZipNN"
    expected = ["Compare KVSharer and ZipNN.", "KVSharer and ZipNN in abstracts"]
    assert searched == expected == list(answer.plan.queries)


@pytest.mark.parametrize("planner", ["scribe-plan-prose", "scribe-plan-bytes", "scribe-plan-odd"])
def test_what_is_of_use_in_a_reply_is_used(assistant, planner):
    answer = assistant(planner).ask(FOLLOW_UP, history=HISTORY)
    assert answer.query == WHOLE and not answer.notice and answer.status == "answered"
    assert answer.citations[0].paper.title.startswith("KVSharer")


def test_values_of_the_wrong_kind_are_left_out(assistant):
    plan = assistant("scribe-plan-odd").ask(FOLLOW_UP, history=HISTORY).plan
    by_rule = assistant(llm="extractive", llm_rewrite=None).ask(FOLLOW_UP).plan
    assert plan.query == WHOLE and plan.queries == (WHOLE,) and plan.facets == ("1 facet",)
    assert (plan.kind, plan.words, plan.form) == (by_rule.kind, by_rule.words, by_rule.form)


@pytest.mark.parametrize("kind", ["none", "broken", "array", "deep", "refuse", "wrong"])
def test_a_reply_that_is_no_plan_is_made_up_for_by_rule(assistant, server, kind):
    answer = assistant(f"scribe-plan-{kind}").ask(FOLLOW_UP, history=HISTORY)
    by_rule = assistant(llm="extractive", llm_rewrite=None).ask(FOLLOW_UP, history=HISTORY)
    assert answer.plan == by_rule.plan and "KVSharer" in answer.query
    assert server.asked[1]["messages"][1]["content"].endswith(f"Question: {by_rule.query}")
    assert answer.status == "answered" and not answer.notice and not answer.fallback


@pytest.mark.parametrize(
    ("planner", "said"),
    [("scribe-404", "has no model 'scribe-404'"), ("scribe-empty", "sent an empty reply"),
     ("scribe-json", "is not the protocol of openai")],
)  # fmt: skip
def test_a_plan_call_that_fails_is_told_once_and_made_up_for(assistant, planner, said):
    answer = assistant(planner).ask(FOLLOW_UP, history=HISTORY)
    by_rule = assistant(llm="extractive", llm_rewrite=None).ask(FOLLOW_UP, history=HISTORY)
    assert answer.notice.count(said) == 1 and "\n" not in answer.notice
    assert answer.plan == by_rule.plan
    assert answer.status == "answered" and not answer.fallback


def test_a_model_that_fails_to_plan_and_to_answer_is_told_of_once(assistant, server):
    answer = assistant("scribe-401", llm="openai-like/scribe-401").ask(FOLLOW_UP, history=HISTORY)
    assert models_asked(server) == ["scribe-401"] * 2
    assert answer.notice.count("refused the key") == 1 and answer.fallback
    assert "No training is needed" in answer.text


def test_a_stop_while_it_is_planned_hangs_up(assistant, server):
    stop = Stop()
    growing = assistant("scribe-silent").stream(FOLLOW_UP, history=HISTORY, stop=stop)
    assert next(growing).stage == "search"
    threading.Thread(target=lambda: server.received.wait(SOON) and stop.set()).start()
    with pytest.raises(ModelError, match="stopped"):
        next(growing)
    assert server.hung_up.wait(SOON) and models_asked(server) == ["scribe-silent"]
