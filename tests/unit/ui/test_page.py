"""What the page's events do, apart from Gradio; and starting the server."""

import asyncio
import subprocess
import sys
from dataclasses import replace

import pytest

from rag import Assistant, ConfigError, Filters, UsageError
from rag.testing import ScriptedModel
from rag.text import leading_name
from tests.builders import QUESTION, real_embedder
from ui.__main__ import _auth, _users, serve
from ui.history import Conversations
from ui.page import KEYS, Page
from ui.session import SAMPLE, Session, examples, follow_ups
from ui.settings import UISettings


@pytest.fixture
def page(home, tmp_path):
    with Assistant(home=home, embedding=real_embedder(), k=3) as assistant:
        yield Page(assistant, Conversations(tmp_path))


def ask(page: Page, question: str, session: Session, **given) -> list:
    async def read():
        return [state async for state in page.ask(question, session, **given)]

    return asyncio.run(read())


def test_an_answer_is_shown_while_it_grows_and_stored_when_complete(page):
    own = Session(owner="ann")
    states = ask(page, QUESTION, own)
    first, last = states[0], states[-1]
    assert "Searching 6 papers" in first[0][1]["content"].replace("&#8230;", "…")
    assert "quoted" in last[0][1]["content"] and "KVSharer" in last[1] and last[2]
    assert own.pending is None and len(own.answers) == 1
    assert page.listed(own) == [(QUESTION, own.conversation)]
    assert page.listed(Session(owner="bob")) == []


def test_how_a_question_is_understood_is_shown_while_it_is_searched(page):
    states = ask(page, QUESTION, Session(owner="ann"))
    shown = [messages[1]["content"] for messages, *_ in states]
    planned = [content for content in shown if "Understood as" in content]
    assert "Understood as" not in shown[0] and "Searching" in planned[0]
    assert "KVSharer" in planned[0] and planned[-1] == shown[-1]


def test_the_last_question_is_asked_again_as_it_was_meant(page):
    own = Session(owner="ann")
    assert page.corrected(own, "list", "") == ("", {})
    ask(page, QUESTION, own)
    ask(page, "Does it need training?", own)
    assert own.standalone() == own.answers[1].query != "Does it need training?"
    with pytest.raises(UsageError, match="kind is one of"):
        page.corrected(own, "lst", "")
    assert len(own.answers) == 2
    question, plan = page.corrected(own, "list", " Which papers need no training? ")
    assert question == "Does it need training?" and len(own.answers) == 1
    ask(page, question, own, plan=plan)
    again = own.answers[1]
    assert (again.question, again.query) == (question, "Which papers need no training?")
    assert again.plan.kind == "list" and own.standalone() == again.query
    assert len(page.conversations.answers("ann", own.conversation)) == 2
    own.pending = again
    assert page.corrected(own, "fact", "x") == ("", {}) and len(own.answers) == 2
    own.pending = None
    assert page.corrected(own, "fact", question)[1] == {"kind": "fact"}


def test_conditions_taken_out_of_a_question_are_still_in_what_is_corrected(page):
    own = Session(owner="ann")
    ask(page, QUESTION, own)
    plan = replace(own.answers[0].plan, query="owls", topic="owls", filters=Filters(year_from=2020))
    own.answers = [replace(own.answers[0], query="owls", plan=plan)]
    assert own.standalone() == QUESTION


def test_a_second_question_waits_and_an_empty_one_is_none(page):
    own = Session(owner="ann")
    assert ask(page, "  ", own) == [] and not own.answers
    ask(page, QUESTION, own)
    own.pending = own.answers[0]
    assert ask(page, QUESTION, own) == []


def test_a_page_that_the_server_forgot_is_to_be_reloaded(page):
    with pytest.raises(ConfigError, match="reload it"):
        ask(page, QUESTION, Session())


def test_what_was_stopped_is_kept_as_partial(page):
    own = Session(owner="ann")
    ask(page, QUESTION, own)
    own.pending = own.answers[0]
    page.stop(own)
    assert [a.status for a in own.answers] == ["answered", "partial"] and own.pending is None
    assert "Stopped" in own.answers[1].notice
    assert len(page.conversations.answers("ann", own.conversation)) == 2


def test_cutting_gives_the_question_back(page):
    own = Session(owner="ann")
    ask(page, QUESTION, own)
    ask(page, "Does it need training?", own)
    assert page.cut(own, 1) == "Does it need training?" and len(own.answers) == 1
    assert len(page.conversations.answers("ann", own.conversation)) == 1
    assert page.cut(own, 7) == QUESTION and not own.answers
    assert page.cut(own, 0) == ""


def test_an_answer_to_a_question_that_was_taken_back_is_not_kept(page):
    own = Session(owner="ann")

    async def read():
        states = page.ask(QUESTION, own)
        await anext(states)
        assert page.cut(own, 0) == QUESTION
        return [state async for state in states]

    assert asyncio.run(read()) == [] and not own.answers and not page.listed(own)


def test_history_and_filters_are_the_sessions_own(page):
    own = Session(owner="ann")
    ask(page, QUESTION, own)
    ask(page, "Does it need training?", own)
    assert "KVSharer" in own.answers[1].query
    own.only = (own.answers[0].citations[0].paper.id,)
    ask(page, "What is said about memory?", own)
    assert {hit.paper.id for hit in own.answers[2].hits} == set(own.only)
    own.start()
    assert not own.answers and own.filters() is None


def test_ratings_and_comments_reach_the_answer(page):
    own = Session(owner="ann")
    ask(page, QUESTION, own)
    page.comment(own, "before any rating")
    page.rate(own, 0, liked=False)
    page.comment(own, "wrong number")
    assert page.conversations.ratings("ann", own.conversation) == [(False, "wrong number")]


def test_settings_are_a_visitors_own_and_share_the_library(page):
    own = Session(owner="ann", changes={"words": 30})
    chosen = own.chosen(page.assistant)
    assert chosen.settings.words == 30 and page.assistant.settings.words == 400
    assert chosen.library is page.assistant.library and own.chosen(page.assistant) is chosen
    with pytest.raises(ConfigError, match="needs a key"):
        page.assistant.adjusted(llm="openai/gpt-4o")


GIVEN = {"llm": "extractive", "key": "", "address": "", "repair": False, "k": 4, "words": 50,
         "style": "concise", "language": "", "price_in": "", "price_out": "",
         "first": "", "last": "2021", "source": ""}  # fmt: skip


def test_settings_are_applied_or_left_as_they_were(page):
    own = Session(owner="ann")
    assert page.change(own, GIVEN) == "extractive"
    assert own.chosen(page.assistant).settings.k == 4 and own.years == (None, 2021)
    for wrong, said in (
        ({"llm": "openai/gpt-4o", "k": 7}, "needs a key"), ({"first": "long ago"}, "A year is"),
        ({"price_in": "cheap"}, "A price is"), ({"language": "<b>"}, "language"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=said):
            page.change(own, {**GIVEN, **wrong})
    assert own.chosen(page.assistant).settings.k == 4
    page.change(own, {**GIVEN, "llm": "openai/gpt-4o", "key": "sk-planted"})
    page.change(own, {**GIVEN, "llm": "openai/gpt-4o", "k": 9})
    assert own.chosen(page.assistant).settings.k == 9 and "sk-planted" not in repr(own)
    page.change(own, {**GIVEN, "style": "plain", "language": "German", "price_in": "0.5"})
    now = own.chosen(page.assistant).settings
    assert (now.style, now.language, now.price_in, now.price_out) == ("plain", "German", 0.5, None)


def test_the_servers_keys_are_not_sent_to_where_a_visitor_says(home, tmp_path):
    settings = {"llm": "openai/gpt-4o", "openai_api_key": "sk-servers", "llm_api_key": "sk-own"}
    with Assistant(home=home, embedding=real_embedder(), **settings) as assistant:
        page, own = Page(assistant, Conversations(tmp_path)), Session(owner="eve")
        there = {**GIVEN, "address": "http://eve.test/v1"}
        with pytest.raises(ConfigError, match="needs a key"):
            page.change(own, {**there, "llm": "openai/gpt-4o"})
        page.change(own, {**there, "llm": "openai-like/x"})
        told = own.chosen(assistant).settings
        assert not any(getattr(told, name).get_secret_value() for name in KEYS)


def test_a_model_gets_the_conversation(page):
    own = Session(owner="ann", changes={"llm": "ollama/x"})
    script = ScriptedModel(
        "It saves 30% [{1}].", '{"question": "Does KVSharer train?"}', "No training [{1}]."
    )
    models = {"answer": script, "rewrite": script, "check": None}
    own.chosen(page.assistant).pipeline._models = models
    ask(page, QUESTION, own)
    ask(page, "Does it need training?", own)
    assert f"user: {QUESTION}" in script.requests[1][1].content
    assert own.answers[1].query == "Does KVSharer train?"


def test_exports_are_files_with_the_conversation(page):
    own = Session(owner="ann")
    assert page.export(own, "md") is None
    ask(page, QUESTION, own)
    for kind in ("md", "json", "bib", "ris"):
        assert "KVSharer" in page.export(own, kind)


def test_examples_and_follow_ups_name_papers_that_are_there(page):
    found = examples(page.papers.sample(SAMPLE))
    assert 2 <= len(found) <= 4 and any("KVSharer" in q or "ZipNN" in q for q in found)
    own = Session(owner="ann")
    ask(page, QUESTION, own)
    assert any("KVSharer" in question for question in follow_ups(own.answers[0]))
    assert leading_name("LoRA-Drop: Pruning") == "LoRA-Drop"
    assert leading_name("A study: of it") == ""


@pytest.mark.parametrize("text", ["ann", "ann:", ":pw", "ann:pw,bob"])
def test_users_are_pairs(text):
    with pytest.raises(ConfigError, match="user:password"):
        _users(text)


def test_users_may_have_colons_in_passwords():
    assert _users("ann:a:b, bob:c") == [("ann", "a:b"), ("bob", "c")] and _users("") == []
    assert "pw" not in repr(UISettings(auth="ann:pw"))


def test_who_is_let_in_may_be_told_by_a_function():
    assert _auth("python:operator:eq")("same", "same") and not _auth("python:operator:eq")("a", "b")
    for wrong in ("python:nowhere:f", "python:operator:none", "python:", "python:sys:path"):
        with pytest.raises(ConfigError, match="RAG_UI_AUTH"):
            _auth(wrong)


@pytest.mark.slow
def test_the_mcp_server_is_refused_where_there_are_passwords(home, monkeypatch):
    monkeypatch.setenv("RAG_HOME", str(home))
    monkeypatch.setenv("RAG_UI_AUTH", "ann:pw")
    command = [sys.executable, "-m", "ui", "--mcp"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "asks for no password" in done.stderr


def test_the_page_logs_as_it_is_set(home, monkeypatch):
    levels = []
    monkeypatch.setattr("rag.log.configure", levels.append)
    monkeypatch.setenv("RAG_LOG", "info")
    with pytest.raises(ConfigError, match="To listen on"):
        serve(host="0.0.0.0", home=home, mcp=False)
    assert levels == ["info"]


@pytest.mark.slow
def test_others_are_let_in_only_with_users(home, monkeypatch):
    monkeypatch.setenv("RAG_HOME", str(home))
    command = [sys.executable, "-m", "ui", "--host", "0.0.0.0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.startswith("rag-ui: ")
    assert "RAG_UI_AUTH" in done.stderr and done.stderr.count("\n") == 1
