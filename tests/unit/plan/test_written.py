"""The plan by a language model: when it is asked for, and what is taken of its reply."""

import json
from dataclasses import replace

import pytest

from rag.errors import ModelError
from rag.llm import RunContext
from rag.plan import is_simple, written_plan
from rag.plan.written import LONG, MOST_QUERIES, SETTLED
from rag.testing import ScriptedModel
from rag.types import Plan, Turn

HISTORY = [Turn("user", "What is FNet?"), Turn("assistant", "A net.")]
PLAN = Plan("fact", "why?", queries=("why?",), words=50, likely={"fact": 0.9})


def written(reply, history=HISTORY, start=PLAN) -> Plan:
    return written_plan(start, "why?", history, ScriptedModel(reply), RunContext("fake"))


def test_what_a_model_says_is_taken():
    said = {"question": "Why is FNet fast?", "kind": "reason", "facets": ["speed", "not size"],
            "queries": ["FNet speed", "Why is FNet fast?"], "words": 90,
            "form": "list"}  # fmt: skip
    plan = written(f"Here it is:\n```json\n{json.dumps(said)}\n```")
    assert (plan.kind, plan.words, plan.form) == ("reason", 90, "list")
    assert plan.query == said["question"]
    assert plan.queries == ("Why is FNet fast?", "FNet speed")
    assert plan.facets == ("speed", "not size") and plan.likely == {}


@pytest.mark.parametrize(
    "reply",
    ["", "FNet", "[]", "{", '{"question": 3}', '{"question": " "}', '{"kind": "list"}',
     json.dumps({"question": "x" * 601, "kind": "list"}), '{"question": "a" "b"}',
     ModelError("fake/script is down.", "server")],
)  # fmt: skip
def test_without_a_question_in_the_reply_the_plan_stays_as_it_was(reply):
    assert written(reply) == PLAN


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("kind", "poem", "fact"), ("kind", None, "fact"), ("form", "song", "text"),
        ("words", 9, 50), ("words", 10, 10), ("words", 600, 600), ("words", 601, 50),
        ("words", "60", 50), ("facets", "speed", ()),
        ("facets", ["a", 3, " ", "b\nc"], ("a", "b c")),
        ("facets", [str(n) for n in range(9)], tuple("012345")),
        ("queries", [" ", 5, "y" * 301], ("Why is FNet fast?",)),
    ],
)  # fmt: skip
def test_what_no_plan_has_is_left_out(field, value, kept):
    plan = written(json.dumps({"question": "Why is FNet fast?", field: value}))
    assert getattr(plan, field) == kept and plan.query == "Why is FNet fast?"


def test_only_so_many_queries_are_searched():
    queries = [f"query {n}" for n in range(MOST_QUERIES + 2)]
    plan = written(json.dumps({"question": "q?", "queries": queries}))
    assert plan.queries == ("q?", *queries[:MOST_QUERIES])


def test_the_model_is_shown_the_conversation_and_the_question():
    model = ScriptedModel("{}")
    written_plan(PLAN, "why?", HISTORY, model, RunContext("fake"))
    shown = model.requests[0][1].content
    assert "user: What is FNet?\nassistant: A net." in shown and "Question: why?" in shown


def test_a_failure_is_noted_and_a_stop_ends_it():
    context = RunContext("fake")
    failed = ScriptedModel(ModelError("fake/script is down.", "server"))
    assert written_plan(PLAN, "why?", [], failed, context) == PLAN
    assert context.notices == ["fake/script is down."]
    with pytest.raises(ModelError, match="stopped"):
        written(ModelError("The answer was stopped.", "stopped"))


SIMPLE = Plan("fact", "What does FNet mix?", likely={"fact": SETTLED})


@pytest.mark.parametrize(
    ("plan", "history", "simple"),
    [
        (SIMPLE, [], True),
        (SIMPLE, HISTORY, False),
        (replace(SIMPLE, likely={"fact": SETTLED - 0.01}), [], False),
        (replace(SIMPLE, likely={}), [], True),
        (replace(SIMPLE, language="de"), [], False),
        (replace(SIMPLE, kind="list"), [], False),
        (replace(SIMPLE, kind="overview"), [], False),
        (replace(SIMPLE, kind="comparison"), [], False),
        (replace(SIMPLE, kind="number"), [], True),
        (replace(SIMPLE, query="word " * LONG), [], True),
        (replace(SIMPLE, query="word " * (LONG + 1)), [], False),
    ],
)
def test_a_simple_question_that_stands_alone_needs_no_model(plan, history, simple):
    assert is_simple(plan, history) is simple
