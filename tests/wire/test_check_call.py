"""The call that checks an answer, on a local server: what becomes of its reply, or without it."""

import threading

import pytest

from rag import Assistant
from rag.errors import ModelError
from rag.llm import prompts
from rag.llm.background import Stop
from rag.verify.by_model import UNFOUND
from tests.builders import QUESTION, real_embedder
from tests.wire.model_server import ModelServer
from tests.wire.test_live import SOON


@pytest.fixture
def server():
    with ModelServer() as running:
        yield running


@pytest.fixture
def assistant(home, tmp_path, server):
    """Makes an assistant for which one model answers in words of its own and another checks."""

    def make(checker: str | None = "scribe", **settings) -> Assistant:
        given = {
            "llm": "openai-like/scribe-reword",
            "llm_check": f"openai-like/{checker}" if checker else None,
            "llm_base_url": f"{server.url}/v1", "llm_api_key": "k", "cache": tmp_path / "cache",
            "k": 3, "llm_retries": 0,
        }  # fmt: skip
        return Assistant(home=home, embedding=real_embedder(), **{**given, **settings})

    return make


def checks_asked(server) -> list[str]:
    """The models that were asked to check, in order."""
    asked = (body for body in server.asked if body["messages"][0]["content"] == prompts.CHECK)
    return [body["model"] for body in asked]


def supports(answer) -> list[str]:
    return [sentence.support for sentence in answer.sentences]


def offline(assistant) -> list[str]:
    """The verdicts without a model on the same answer."""
    found = supports(assistant(None, check="offline").ask(QUESTION))
    assert found
    return found


@pytest.mark.parametrize("checker", [None, "scribe-small"])
def test_the_answering_model_checks_unless_another_is_named(assistant, server, checker):
    answer = assistant(checker).ask(QUESTION)
    assert checks_asked(server) == [checker or "scribe-reword"]
    assert supports(answer) == ["supported"] * 2 and not answer.notice


@pytest.mark.parametrize("check", ["offline", "none"])
def test_no_model_checks_where_another_check_is_named(assistant, server, check):
    answer = assistant(check=check).ask(QUESTION)
    assert not checks_asked(server) and answer.usage.check_calls == 0
    assert (supports(answer) == ["unverified"] * 2) is (check == "none")


def test_a_model_may_check_alone_but_has_nothing_to_check_in_quotations(assistant, server):
    answer = assistant(
        None, llm="extractive", llm_check="openai/gpt-4o-mini", openai_api_key="k"
    ).ask(QUESTION)  # fmt: skip
    assert set(supports(answer)) == {"quoted"} and not server.asked


@pytest.mark.parametrize(
    ("checker", "said"),
    [("scribe-404", "has no model 'scribe-404'"), ("scribe-500", "failed on its side"),
     ("scribe-empty", "")],
)  # fmt: skip
def test_a_check_that_fails_is_told_and_made_up_for_offline(assistant, server, checker, said):
    answer = assistant(checker).ask(QUESTION)
    expected = offline(assistant)
    if said:
        assert answer.notice.count(said) == 1 and "\n" not in answer.notice
        assert supports(answer) == expected
    assert answer.status == "answered" and not answer.fallback


@pytest.mark.parametrize("kind", ["garbage", "refuse"])
def test_a_reply_without_verdicts_is_asked_for_once_more_and_then_judged_offline(
    assistant, server, kind
):
    answer = assistant(f"scribe-check-{kind}").ask(QUESTION)
    assert checks_asked(server) == [f"scribe-check-{kind}"] * 2
    assert supports(answer) == offline(assistant)


def test_of_a_reply_cut_short_the_first_verdict_stands_and_the_others_are_asked_for(
    assistant, server
):
    answer = assistant("scribe-check-cut").ask(QUESTION)
    first, second = (
        body["messages"][1]["content"].count(" (abstracts: ")
        for body in server.asked if body["messages"][0]["content"] == prompts.CHECK
    )  # fmt: skip
    assert (first, second) == (2, 1)
    assert answer.sentences[0].score == 1.0 and answer.sentences[1].score < 1


def test_a_quote_that_stands_nowhere_verifies_nothing(assistant):
    answer = assistant("scribe-check-unquoted").ask(QUESTION)
    assert {(s.support, s.why, s.quote) for s in answer.sentences} == {
        ("unverified", UNFOUND, None)
    }


def test_only_what_a_model_finds_wrong_is_mended(assistant, server):
    false = {"llm": "openai-like/scribe-false", "repair": True}
    kept = assistant(check="offline", **false).ask(QUESTION)
    assert "4711" in kept.text and supports(kept)[1] == "unverified" and len(server.asked) == 1
    mended = assistant(**false).ask(QUESTION, fresh=True)
    assert "4711" not in mended.text and mended.usage.calls == 2
    failed = assistant("scribe-404", **false).ask(QUESTION, fresh=True)
    assert "4711" in failed.text and failed.usage.calls == 1


def test_the_same_answer_is_not_checked_twice(assistant, server):
    one = assistant()
    first, second = one.ask(QUESTION), one.ask(QUESTION)
    assert len(checks_asked(server)) == 1 and supports(first) == supports(second)
    assert (second.usage.check_calls, second.usage.check_tokens) == (1, 0)
    one.ask(QUESTION, fresh=True)
    assert len(checks_asked(server)) == 2


def test_claims_that_one_reply_has_no_room_for_go_into_several_calls(assistant, server):
    answer = assistant(max_tokens=150).ask(QUESTION)
    assert len(checks_asked(server)) == answer.usage.check_calls == 2
    assert supports(answer) == ["supported"] * 2


def test_a_stop_while_it_is_checked_hangs_up(assistant, server):
    stop = Stop()
    growing = assistant("scribe-silent").stream(QUESTION, stop=stop)
    while next(growing).stage != "check":
        pass
    server.received.clear()
    threading.Thread(target=lambda: server.received.wait(SOON) and stop.set()).start()
    with pytest.raises(ModelError, match="stopped"):
        next(growing)
    assert server.hung_up.wait(SOON)
