"""Every way in which a client fails is one sentence that says what to do."""

import json

import httpx
import openai
import pytest

from rag.errors import ModelError
from rag.llm.failures import Endpoint, explain, redact

SECRET = "planted-secret-0123456789"
ENDPOINT = Endpoint("openai", "gpt-x", "http://host/v1", "OPENAI_API_KEY", (SECRET,))
REQUEST = httpx.Request("POST", "http://host/v1/chat/completions")


def refused(status: int, headers=None, **error) -> Exception:
    """What the openai client raises for a reply with an error."""
    body = {"message": f"It says {SECRET} and sk-abc123def456.", "type": "x", "code": None, **error}
    response = httpx.Response(status, headers=headers, json={"error": body}, request=REQUEST)
    client = openai.OpenAI(api_key="none")
    return client._make_status_error_from_response(response)


class Google(Exception):
    code = 429
    status = "RESOURCE_EXHAUSTED"


class Ollama(Exception):
    status_code = 404


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


TOO_LONG = "This endpoint's maximum context length is 200000 tokens. However, you requested more."


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused(401, code="invalid_api_key"), "key"),
        (refused(403), "key"),
        (refused(400, code="invalid_api_key"), "key"),
        (refused(404, code="model_not_found"), "model"),
        (Ollama("model 'x' not found"), "model"),
        (ValueError("Unknown model: x."), "model"),
        (refused(429, code="insufficient_quota"), "quota"),
        (refused(429, type="insufficient_quota"), "quota"),
        (refused(402), "quota"),
        (refused(429, code="rate_limit_exceeded"), "rate"),
        (refused(429, code="RateLimitReached"), "rate"),
        (Google("too many"), "rate"),
        (refused(400, code="context_length_exceeded"), "context"),
        (refused(400, code=400, message=TOO_LONG), "context"),
        (refused(400, message="prompt is too long: 210000 tokens > 200000 maximum"), "context"),
        (refused(500, message="the request exceeds the available context size"), "context"),
        (refused(400, code="unsupported_parameter", param="temperature"), "parameter"),
        (refused(400, message="Unrecognized request argument supplied: 'seed'"), "parameter"),
        (refused(422, message="'stream_options' is not supported"), "parameter"),
        (refused(400, message="No such thing."), "rejected"),
        (refused(500), "server"),
        (refused(503), "server"),
        (openai.APIError("late", REQUEST, body={"type": "server_error"}), "server"),
        (openai.APITimeoutError(request=REQUEST), "timeout"),
        (httpx.ReadTimeout("slow"), "timeout"),
        (TimeoutError(), "timeout"),
        (ConnectionError("refused"), "connection"),
        (caused(openai.APIConnectionError(request=REQUEST), httpx.ConnectError("x")), "connection"),
        (caused(openai.APIConnectionError(request=REQUEST), httpx.ReadError("x")), "dropped"),
        (openai.APIConnectionError(request=REQUEST), "dropped"),
        (httpx.RemoteProtocolError("peer closed"), "dropped"),
        (json.JSONDecodeError("x", "y", 0), "malformed"),
        (AttributeError("'str' object has no attribute 'choices'"), "malformed"),
        (RuntimeError(f"odd {SECRET}"), "rejected"),
    ],
)  # fmt: skip
def test_a_failure_is_told_apart_and_put_in_one_sentence(error, kind):
    found = explain(error, ENDPOINT)
    said = str(found)
    assert found.kind == kind, said
    assert said.endswith(".") and "\n" not in said and "openai" in said
    assert SECRET not in said and "abc123" not in said


def test_what_is_explained_already_stays_as_it_is():
    known = ModelError("Known.", "quota")
    assert explain(known, ENDPOINT) is known


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read(headers, seconds):
    assert explain(refused(429, headers), ENDPOINT).retry_after == seconds


def test_the_parameter_that_is_not_taken_is_named():
    assert explain(refused(400, code="unsupported_value", param="top_p"), ENDPOINT).parameter == (
        "top_p"
    )
    found = explain(refused(400, message="Unsupported parameter: 'seed'"), ENDPOINT)
    assert found.parameter == "seed"


def test_a_long_reply_of_a_server_is_shortened():
    assert len(str(explain(refused(400, message="word " * 500), ENDPOINT))) < 300


def test_whatever_looks_like_a_key_is_left_out():
    text = f"Bearer abcdefghij, sk-proj-AAAA_bbbb-1234, AIzaSyA1234567, {'x9' * 20} and {SECRET}"
    shown = redact(text, [SECRET, ""])
    assert shown.count("…") == 5
    assert redact("The model skips keyboards.") == "The model skips keyboards."
