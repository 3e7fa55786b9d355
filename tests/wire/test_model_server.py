"""The local server speaks the protocol: the same fields as recorded exchanges with real servers."""

import json

import httpx
import pytest

from tests.wire.model_server import ModelServer

# Fields of real exchanges, read off recordings of api.openai.com; "." enters an object or a list.
CHUNK = "id object created model system_fingerprint choices usage"
CHOICE = "index delta logprobs finish_reason"
PLAIN = "id object created model choices usage system_fingerprint"
USAGE = (
    "prompt_tokens completion_tokens total_tokens prompt_tokens_details completion_tokens_details"
)
ERROR = "message type param code"


@pytest.fixture(scope="module")
def server():
    with ModelServer() as running:
        yield running


def ask(server, model="scribe", **given) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **given}
    return httpx.post(f"{server.url}/v1/chat/completions", json=body)


def same(data: dict, fields: str) -> bool:
    return set(data) == set(fields.split())


def test_a_stream_has_the_fields_of_a_real_one_and_ends_as_one(server):
    reply = ask(server, stream=True, stream_options={"include_usage": True})
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    *events, done = [line.removeprefix("data: ") for line in reply.text.split("\n") if line]
    assert done == "[DONE]"
    first, *middle, end, last = [json.loads(event) for event in events]
    assert all(same(event, CHUNK) for event in (first, *middle, end, last))
    assert all(same(event["choices"][0], CHOICE) for event in (first, *middle, end))
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert end["choices"][0] == {
        "index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"
    }  # fmt: skip
    assert last["choices"] == [] and same(last["usage"], USAGE)
    assert all(event["usage"] is None for event in (first, *middle, end))


def test_without_the_option_a_stream_does_not_tell_its_usage(server):
    assert "usage" not in ask(server, stream=True).text


def test_a_plain_reply_has_the_fields_of_a_real_one(server):
    data = ask(server).json()
    assert same(data, PLAIN) and same(data["usage"], USAGE)
    assert same(data["choices"][0], "index message logprobs finish_reason")
    assert same(data["choices"][0]["message"], "role content refusal")


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("scribe-401", 401, "invalid_api_key"),
        ("scribe-404", 404, "model_not_found"),
        ("scribe-quota", 429, "insufficient_quota"),
        ("scribe-parameter", 400, "unsupported_parameter"),
        ("scribe-500", 500, None),
    ],
)
def test_errors_have_the_fields_of_real_ones(server, model, status, code):
    reply = ask(server, model, temperature=0)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (status, code) and same(error, ERROR)


def test_embeddings_come_packed_or_as_numbers(server):
    def embed(encoding: str) -> dict:
        body = {"model": "m", "input": ["a", "b"], "encoding_format": encoding}
        return httpx.post(f"{server.url}/v1/embeddings", json=body).json()

    assert same(embed("float"), "object data model usage")
    assert same(embed("float")["data"][1], "object index embedding")
    assert isinstance(embed("base64")["data"][0]["embedding"], str)
    assert isinstance(embed("float")["data"][0]["embedding"], list)
