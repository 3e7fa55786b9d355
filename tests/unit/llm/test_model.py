"""A model of llama-index that the user made, and what is logged of a call."""

import logging
import threading
import time

import pytest
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata, MockLLM
from llama_index.llms.openai_like import OpenAILike

from rag.errors import ModelError
from rag.llm.background import Stop
from rag.llm.model import as_language_model
from rag.llm.usage import UsageMeter
from rag.settings import Settings
from rag.types import Message

ASKED = [Message("system", "Be brief."), Message("user", "Why?")]
SOON = 20
"""Seconds that a test waits at most for what happens at once."""
SECRET = "sk-planted-0123456789"


class Own(CustomLLM):
    """Says what it is told to, or raises it; a reply in words."""

    replies: list = []
    usage: dict | None = None
    ended: str | None = None
    api_key: str = SECRET

    @property
    def metadata(self):
        return LLMMetadata(context_window=3000, model_name="mine")

    def complete(self, prompt, formatted=False, **kwargs):
        assert not kwargs
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return CompletionResponse(text=reply, raw={"usage": self.usage, "done_reason": self.ended})

    def stream_complete(self, prompt, formatted=False, **kwargs):
        whole = self.complete(prompt, **kwargs)
        for word in whole.text.split(" "):
            yield CompletionResponse(text=whole.text, delta=word, raw=whole.raw)


class Silent(Own):
    """Says nothing for a while, without ever waiting."""

    to_the_end: bool = False

    def stream_complete(self, prompt, formatted=False, **kwargs):
        end = time.monotonic() + SOON
        while time.monotonic() < end:
            yield CompletionResponse(text="", delta="")
        self.to_the_end = True


def settings(**given) -> Settings:
    return Settings.load(llm_retries=1, **given)


def test_it_has_the_interface_of_ours():
    model, meter = (
        as_language_model(Own(replies=["a b c", "d", "e", "f"]), settings()),
        UsageMeter(),
    )
    assert list(model.stream(ASKED, meter, Stop())) == ["a", "b", "c"]
    assert model.complete(ASKED, meter, Stop()) == "d"
    assert sorted(model.complete_all([ASKED, ASKED], meter, Stop())) == ["e", "f"]
    assert as_language_model(model, settings()) is model
    assert model.name == "Own/mine" and model.prompt_budget == 3000 - 1024 - 64
    assert model.count_tokens("two words") > 1
    assert meter.calls == 4 and meter.tokens_in > 0 and meter.cost is None and meter.cached == 0


def test_tokens_are_counted_by_the_server_where_it_does():
    usage = {"prompt_tokens": 500, "completion_tokens": 7}
    model, meter = as_language_model(Own(replies=["a"], usage=usage), settings()), UsageMeter()
    before = model.count_tokens("many words " * 50)
    model.complete(ASKED, meter, Stop())
    assert (meter.tokens_in, meter.tokens_out) == (500, 7)
    assert model.count_tokens("many words " * 50) > 10 * before


def test_a_failure_is_explained_without_a_key():
    model = as_language_model(
        Own(replies=[ValueError("x"), RuntimeError(f"no {SECRET}")]), settings()
    )
    with pytest.raises(ModelError, match="Own/mine sent what is not the protocol"):
        model.complete(ASKED, UsageMeter(), Stop())
    with pytest.raises(ModelError, match="Own/mine failed: RuntimeError") as error:
        list(model.stream(ASKED, UsageMeter(), Stop()))
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("reply", "ended", "said"),
    [
        ("<think>So. It", "length", "thought for all of its 1024 tokens .*RAG_MAX_TOKENS"),
        ("<think>So.</think> It", "length", "was cut at 1024 tokens"),
        ("<think>So. It", "stop", "sent an empty reply"),
        ("So. It</think>", "stop", "sent an empty reply"),
    ],
)
def test_a_reply_of_nothing_but_thinking_is_a_failure(reply, ended, said):
    own = [as_language_model(Own(replies=[reply], ended=ended), settings()) for _ in range(2)]
    with pytest.raises(ModelError, match=said):
        own[0].complete(ASKED, UsageMeter(), Stop())
    with pytest.raises(ModelError, match=said):
        list(own[1].stream(ASKED, UsageMeter(), Stop()))


def test_a_passing_failure_is_repeated_by_us_alone():
    class Late(Exception):
        status_code = 503
        response = type("Response", (), {"headers": {"retry-after": "0"}})

    model = as_language_model(Own(replies=[Late(), "a"]), settings())
    assert model.complete(ASKED, UsageMeter(), Stop()) == "a"
    given = OpenAILike(model="x", api_key="k", is_chat_model=True, temperature=0.7, max_retries=3)
    ours = as_language_model(given, settings())
    assert ours._client.llm.max_retries == 0 and given.max_retries == 3
    assert ours._client._sent() == {} and ours._client.llm.temperature == 0.7


def test_a_model_that_is_not_asynchronous_can_be_stopped():
    silent, stop = Silent(), Stop()
    reply = as_language_model(silent, settings()).stream(ASKED, UsageMeter(), stop)
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(ModelError) as error:
        list(reply)
    assert error.value.kind == "stopped"
    # The loop is free again.
    model = as_language_model(MockLLM(max_tokens=2), settings())
    assert model.complete(ASKED, UsageMeter(), Stop()) and not silent.to_the_end


def test_its_price_is_the_users():
    model, meter = (
        as_language_model(
            Own(replies=["a"], usage={"prompt_tokens": 2_000_000, "completion_tokens": 1_000_000}),
            settings(llm="Own/mine", price_in=1.0, price_out=3.0),
        ),
        UsageMeter(),
    )
    model.complete(ASKED, meter, Stop())
    assert meter.cost == 5.0


def test_a_call_is_logged_in_two_lines_without_its_key(caplog):
    caplog.set_level(logging.DEBUG, "rag")
    long = f"{SECRET} and {'words ' * 100}"
    model = as_language_model(Own(replies=[long]), settings())
    model.complete([ASKED[0], Message("user", long)], UsageMeter(), Stop())
    asked, replied = [r.getMessage() for r in caplog.records if r.name.startswith("rag.")]
    assert asked.startswith(f"Own/mine is asked, {len(long) + 9} characters: … and words words")
    assert replied.startswith("Own/mine took ") and " tokens in, " in replied
    assert asked.endswith("…") and len(asked) < 260 and len(replied) < 300
    assert SECRET not in asked + replied


def test_nothing_is_logged_above_debug(caplog):
    caplog.set_level(logging.INFO, "rag")
    as_language_model(Own(replies=["a"]), settings()).complete(ASKED, UsageMeter(), Stop())
    assert not caplog.records
