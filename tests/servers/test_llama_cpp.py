"""The server of llama-cpp-python, with a model of random weights: real protocol, nonsense text.

Stopping in mid-answer is tried on our own server only (tests/wire/test_live.py): this one never
answers again after any client, curl too, has hung up on a stream, or asked for one too long.
"""

import asyncio
import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from rag import Assistant
from rag.errors import ModelError
from rag.llm.backends import backend_for
from rag.llm.background import Stop
from rag.llm.model import LanguageModel, probe
from rag.llm.usage import UsageMeter
from rag.types import Message
from tests.builders import QUESTION, real_embedder

PYTHON = os.environ["PAPER_RAG_SERVER_PYTHON"]
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("llama")
    weights = folder / "tiny.gguf"
    subprocess.run([PYTHON, str(HERE / "tiny_model.py"), str(weights)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(
        [PYTHON, "-m", "llama_cpp.server", "--model", str(weights), "--port", str(port),
         "--n_ctx", "8192"], stdout=log, stderr=log,
    )  # fmt: skip
    try:
        yield _when_ready(f"http://127.0.0.1:{port}/v1", server)
    finally:
        server.kill()
        server.wait()


def _when_ready(url: str, server: subprocess.Popen) -> str:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{url}/models"):
                return url
        except OSError:
            assert server.poll() is None, "the server ended"
            time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.fixture
def assistant(home, url, tmp_path):
    def make(**settings) -> Assistant:
        given = {
            "llm": "openai-like/tiny", "llm_base_url": url, "k": 2, "max_tokens": 48,
            "cache": tmp_path, "answer_cache": False,
        }  # fmt: skip
        return Assistant(home=home, embedding=real_embedder(), **{**given, **settings})

    return make


def made_up_for(answer) -> bool:
    """Nonsense was recognised as such, and the extractive answer follows, each sentence checked."""
    before, label, after = answer.text.partition("Without the model, from the abstracts:")
    extracted = [s for s in answer.sentences if s.start > len(before)]
    return (
        answer.fallback and bool(label) and "30%" in after and "src-" not in answer.text
        and bool(extracted) and {s.support for s in extracted} == {"supported"}
        and ("was cut at 48 tokens" in answer.notice or "cited none" in answer.notice)
    )  # fmt: skip


def test_a_plain_call_is_answered(assistant):
    assert probe(assistant().settings, "answer") == ""


def test_an_answer_is_streamed_and_counted_as_the_server_counts(assistant):
    steps = list(assistant().stream(QUESTION))
    assert len([step for step in steps if step.stage == "write" and step.text]) > 3
    assert made_up_for(steps[-1])
    usage = steps[-1].usage
    assert usage.calls == 1 and 0 < usage.tokens_out <= 48 and usage.cost is None


def test_all_ways_of_asking_get_the_same_from_the_same_seed(assistant):
    one = assistant(seed=3)
    asked = one.ask(QUESTION)
    assert made_up_for(asked) and asyncio.run(one.aask(QUESTION)).text == asked.text


def test_a_request_that_is_too_long_is_told_apart(assistant):
    settings = assistant().settings
    model = LanguageModel(backend_for(settings), settings)
    with pytest.raises(ModelError) as raised:
        model.complete([Message("user", "word " * 3000)], UsageMeter(), Stop())
    assert raised.value.kind == "context"


def test_a_wrong_address_is_told(assistant, url):
    answer = assistant(llm_base_url=f"{url}/nowhere").ask(QUESTION)
    assert answer.fallback and "check RAG_LLM" in answer.notice
