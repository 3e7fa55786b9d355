"""What no cassette can hold: silence, broken connections, stopping. On a local server."""

import asyncio
import json
import logging
import multiprocessing
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rag import Assistant
from rag.errors import ModelError
from rag.llm.backends import backend_for
from rag.llm.background import Stop
from rag.llm.cache import ReplyCache
from rag.llm.model import LanguageModel
from rag.llm.usage import UsageMeter
from rag.settings import Settings
from rag.types import Message
from tests.builders import QUESTION, real_embedder
from tests.wire.model_server import ModelServer
from tests.wire.tapes import PLANTED

SOON = 20
"""Seconds that a test waits at most for what happens at once."""


@pytest.fixture
def server():
    with ModelServer() as running:
        yield running


@pytest.fixture
def assistant(home, tmp_path, server):
    def make(model: str, **settings) -> Assistant:
        given = {
            "llm": f"openai-like/{model}", "llm_base_url": f"{server.url}/v1",
            "llm_api_key": PLANTED, "cache": tmp_path / "cache", "k": 3, "llm_retries": 0,
        }  # fmt: skip
        return Assistant(home=home, embedding=real_embedder(), **{**given, **settings})

    return make


@pytest.mark.parametrize(
    ("model", "settings", "said", "arrives"),
    [
        ("scribe-silent", {"llm_timeout": 0.2}, "sent nothing for too long", False),
        ("scribe-stall", {"llm_timeout": 0.2}, "sent nothing for too long", True),
        ("scribe-stall", {"llm_deadline": 0.5}, "was cut at 0.5 s", True),
        ("scribe-drop", {}, "broke off in mid-answer", True),
        ("scribe-loop", {"max_tokens": 50}, "was cut at 50 tokens", True),
    ],
)
def test_a_broken_connection_keeps_what_arrived(assistant, model, settings, said, arrives):
    answer = assistant(model, **settings).ask(QUESTION)
    assert said in answer.notice and "\n" not in answer.notice
    before, label, after = answer.text.partition("Without the model, from the abstracts:")
    assert answer.fallback and label and "30%" in after
    assert bool(before.strip()) is arrives
    assert len(before) < 50 * 8 + 100


def test_a_server_that_is_not_there_is_named(home, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Assistant(
        home=home, embedding=real_embedder(), llm="openai-like/x", answer_cache=False,
        llm_base_url=f"http://user:{PLANTED}@127.0.0.1:{port}/v1", llm_retries=0,
    ) as one:  # fmt: skip
        answer = one.ask(QUESTION)
    assert f"Nothing answers at http://127.0.0.1:{port}/v1" in answer.notice
    assert "RAG_LLM_BASE_URL" in answer.notice and answer.fallback


def test_closing_the_stream_hangs_up(assistant, server):
    server.pause = 0.01
    growing = assistant("scribe-loop").stream(QUESTION)
    while next(growing).stage != "write":
        pass
    growing.close()
    assert server.hung_up.wait(SOON)


def test_a_stop_from_another_thread_hangs_up_before_the_first_word(assistant, server):
    stop = Stop()
    growing = assistant("scribe-silent").stream(QUESTION, stop=stop)
    threading.Thread(target=lambda: server.received.wait(SOON) and stop.set()).start()
    assert [next(growing).stage for _ in range(3)] == ["search", "search", "read"]
    with pytest.raises(ModelError, match="stopped"):
        next(growing)
    assert server.hung_up.wait(SOON)


def test_a_cancelled_task_hangs_up(assistant, server):
    server.pause = 0.01
    one = assistant("scribe-loop")

    async def cancelled() -> None:
        started = asyncio.Event()

        async def read() -> None:
            async for answer in one.astream(QUESTION):
                if answer.stage == "write":
                    started.set()

        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert server.hung_up.wait(SOON)


def test_all_ways_of_asking_work_in_a_notebook(assistant):
    one = assistant("scribe")

    async def cell():
        asked = one.ask(QUESTION)
        again = await one.aask(QUESTION, fresh=True)
        steps = [answer async for answer in one.astream(QUESTION, fresh=True)]
        both = await asyncio.gather(
            one.aask(QUESTION, fresh=True), one.aask("How fast does ZipNN compress?")
        )
        return asked, again, steps, both

    asked, again, steps, both = asyncio.run(cell())
    assert asked.text == again.text == steps[-1].text == both[0].text and "30%" in asked.text
    assert "ZipNN" in both[1].text
    assert len([step for step in steps if step.stage == "write"]) > 5


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork")
def test_a_forked_process_asks_over_connections_of_its_own(server, tmp_path):
    settings = Settings.load(
        llm="openai-like/scribe", llm_base_url=f"{server.url}/v1", llm_retries=0, llm_timeout=5.0
    )
    model = LanguageModel(backend_for(settings), settings, ReplyCache(tmp_path))

    def ask(word: str) -> str:
        return model.complete([Message("user", word)], UsageMeter(), Stop())

    assert ask("one") and ask("two")
    ours, theirs = multiprocessing.Pipe()
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=lambda: theirs.send(ask("three") + ask("four")), daemon=True)
    child.start()
    child.join(SOON)
    assert child.exitcode == 0, "the child hangs or failed"
    assert ours.recv() == ask("three") + ask("four") and ask("five")
    assert len(server.asked) == 5


MODELS = ["scribe", "scribe-401", "scribe-echo", "scribe-500", "scribe-drop", "scribe-json"]


@pytest.mark.parametrize("model", MODELS)
def test_a_key_is_nowhere(assistant, model, caplog, capfd, tmp_path):
    caplog.set_level(logging.DEBUG)
    one = assistant(model)
    answer = one.ask(QUESTION)
    shown = [repr(answer), json.dumps(answer.to_dict()), repr(one.settings), repr(vars(one))]
    with pytest.raises(ModelError) as raised:
        assistant("scribe-echo", fallback=False).ask(QUESTION, fresh=True)
    shown += [repr(raised.value), repr(raised.value.__cause__), caplog.text, *capfd.readouterr()]
    kept = [path.read_bytes().decode("latin-1") for path in (tmp_path / "cache").rglob("*.db*")]
    assert kept
    for text in [*shown, *kept]:
        assert PLANTED not in text and PLANTED[:12] not in text


def run(home, server, *arguments, **variables):
    environment = {
        **os.environ, "RAG_HOME": str(home), "RAG_CACHE": str(Path("cache").resolve()),
        "RAG_LLM": "openai-like/scribe", "RAG_LLM_BASE_URL": f"{server.url}/v1",
        "RAG_LLM_API_KEY": PLANTED, "RAG_LLM_RETRIES": "0", **variables,
    }  # fmt: skip
    return [sys.executable, "-m", "rag", *arguments], environment


def test_status_says_who_answers_and_check_calls_each_once(home, server):
    command, environment = run(
        home, server, "status", "--check", "--json",
        RAG_LLM_JUDGE="openai-like/scribe-404", RAG_LLM_REWRITE="anthropic/x",
    )  # fmt: skip
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    answer, rewrite, judge, check = json.loads(done.stdout)["models"]
    assert done.returncode == 1 and PLANTED not in done.stdout + done.stderr
    assert (answer["provider"], answer["model"], answer["problem"]) == ("openai-like", "scribe", "")
    assert answer["endpoint"] == f"{server.url}/v1" and answer["key"] == "RAG_LLM_API_KEY is set"
    assert "ANTHROPIC_API_KEY" in rewrite["problem"] and "no model" in judge["problem"]
    assert (check["role"], check["model"], check["problem"]) == ("check", "scribe", "")
    assert [body["model"] for body in server.asked] == ["scribe", "scribe-404"]


def test_ctrl_c_stops_an_answer_and_the_conversation_goes_on(home, server):
    server.pause = 0.02
    command, environment = run(home, server, "chat", RAG_LLM="openai-like/scribe-loop")
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        command, env={**environment, "TERM": "xterm", "COLUMNS": "120"}, stdin=theirs,
        stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    os.close(theirs)
    try:
        terminal = Terminal(ours)
        terminal.until("> ")
        os.write(ours, f"{QUESTION}\n".encode())
        seen = terminal.until("30%")
        os.killpg(child.pid, signal.SIGINT)
        seen += terminal.until("(stopped)")
        assert server.hung_up.wait(SOON)
        terminal.until("> ")
        os.write(ours, b"\n")
        assert child.wait(SOON) == 0
    finally:
        child.kill()
        os.close(ours)
    assert "src-" not in seen and "Traceback" not in seen


class Terminal:
    """Reads what a child writes to a terminal, up to what is waited for."""

    def __init__(self, terminal: int) -> None:
        self.terminal = terminal
        self.rest = ""

    def until(self, wanted: str) -> str:
        while wanted not in self.rest:
            poller = select.poll()  # unlike select, for descriptors above 1,023, too
            poller.register(self.terminal, select.POLLIN)
            assert poller.poll(1000 * SOON), f"no {wanted!r} in {self.rest!r}"
            self.rest += os.read(self.terminal, 4096).decode(errors="replace")
        seen, found, self.rest = self.rest.partition(wanted)
        return seen + found
