"""A local server that speaks the OpenAI protocol, Azure's form of it, and Ollama's.

    python -m tests.wire.model_server --port 18080

Cassettes are recorded from it and failures are tried on it; `tests/wire/scribe.py` writes its
replies. The name of the model asked for says which failure it plays. Identifiers and dates are
fixed, so that recordings differ only where the protocol does.
"""

from __future__ import annotations

import argparse
import base64
import json
import socket
import struct
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.wire import scribe

CREATED = 1795219200
PIECE = 5
"""Characters of a streamed piece; keys are longer, so every one of them is split."""
ERRORS: dict[str, tuple[int, dict[str, str], dict[str, Any]]] = {
    "scribe-401": (401, {}, {
        "message": "Incorrect API key provided: sk-plan****-key. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
        "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}),
    "scribe-404": (404, {}, {
        "message": "The model `scribe-404` does not exist or you do not have access to it.",
        "type": "invalid_request_error", "param": None, "code": "model_not_found"}),
    "scribe-quota": (429, {}, {
        "message": "You exceeded your current quota, please check your plan and billing details.",
        "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}),
    "scribe-limited": (429, {"retry-after": "90"}, {
        "message": "Rate limit reached for scribe-limited. Please try again in 90s.",
        "type": "tokens", "param": None, "code": "rate_limit_exceeded"}),
    "scribe-500": (500, {}, {
        "message": "The server had an error processing your request. Sorry about that!",
        "type": "server_error", "param": None, "code": None}),
}  # fmt: skip
RATE = (429, {"retry-after-ms": "20", "retry-after": "1"}, {
    "message": "Rate limit reached for scribe-rate. Please try again in 20ms.",
    "type": "requests", "param": None, "code": "rate_limit_exceeded"})  # fmt: skip
CONTEXT = (400, {}, {
    "message": "This model's maximum context length is 1200 tokens. However, your messages "
    "resulted in more. Please reduce the length of the messages.",
    "type": "invalid_request_error", "param": "messages",
    "code": "context_length_exceeded"})  # fmt: skip
PARAMETER = (400, {}, {
    "message": "Unsupported parameter: 'temperature' is not supported with this model.",
    "type": "invalid_request_error", "param": "temperature",
    "code": "unsupported_parameter"})  # fmt: skip


class ModelServer(ThreadingHTTPServer):
    """Use as a context manager; `url` is where it listens."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0, pause: float = 0.0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.pause = pause
        """Seconds between two streamed pieces."""
        self.asked: list[dict[str, Any]] = []
        """The bodies of all requests."""
        self.counts: Counter[str] = Counter()
        self.received = threading.Event()
        """Set when a request has come."""
        self.hung_up = threading.Event()
        """Set when a client goes away in mid-reply."""
        self.first_byte = 0.0
        """When the first piece of the last reply was sent (time.perf_counter)."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> ModelServer:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no error here."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(body)
        self.server.received.set()
        path = self.path.partition("?")[0]
        model = body.get("model") or path.split("/")[3]
        if "/deployments/" in path:
            model = path.split("/")[3]
        if path == "/api/chat":
            self._ollama(model, body)
        elif path.endswith("/embeddings"):
            self._embeddings(model, body)
        elif path.endswith("/chat/completions"):
            self._chat(model, body)
        else:
            self._error(404, {}, {"message": f"Unknown path {path}", "type": "", "code": None})

    # -- the OpenAI protocol ---------------------------------------------------------------------

    def _chat(self, model: str, body: dict[str, Any]) -> None:
        self.server.counts[model] += 1
        refused = self._refusal(model, body)
        if refused is not None:
            self._error(*refused)
            return
        if model == "scribe-silent":
            self._wait_until_gone()
            return
        if model == "scribe-json":
            self._send(200, "application/json", b'{"id": "chatcmpl-1", "choices": [{"mess')
            return
        if model == "scribe-page":
            self._send(200, "text/html", b"<html><body>Welcome to the router.</body></html>")
            return
        text = scribe.reply(model, body["messages"])
        usage = _usage(body["messages"], text)
        if body.get("stream"):
            self._stream(model, body, text, usage)
        else:
            choice = {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
            self._json(200, {}, {
                "id": "chatcmpl-scribe", "object": "chat.completion", "created": CREATED,
                "model": model, "choices": [choice], "usage": usage,
                "system_fingerprint": "fp_scribe",
            })  # fmt: skip

    def _refusal(self, model: str, body: dict[str, Any]) -> tuple[int, Any, Any] | None:
        if model in ERRORS:
            return ERRORS[model]
        if model == "scribe-echo":  # a server that repeats the whole key
            key = self.headers.get("authorization", "") + self.headers.get("api-key", "")
            return 400, {}, {"message": f"Bad request with {key}", "type": "x", "code": "bad"}
        if model == "scribe-rate" and self.server.counts[model] == 1:
            return RATE
        if model == "scribe-context" and body["messages"][-1]["content"].count("<passage ") > 4:
            return CONTEXT
        if model == "scribe-parameter" and "temperature" in body:
            return PARAMETER
        return None

    def _stream(self, model: str, body: dict[str, Any], text: str, usage: dict[str, Any]) -> None:
        self._head(200, "text/event-stream; charset=utf-8", {"transfer-encoding": "chunked"})
        told = bool((body.get("stream_options") or {}).get("include_usage"))
        pieces = [text[n : n + PIECE] for n in range(0, len(text), PIECE)]
        half = len(pieces) // 2
        self._event(_chunk(model, {"role": "assistant", "content": "", "refusal": None}, told=told))
        self.server.first_byte = time.perf_counter()
        for number, piece in enumerate(pieces):
            if number == half and self._break_off(model):
                return
            if self.server.pause:
                time.sleep(self.server.pause)
            if not self._event(_chunk(model, {"content": piece}, told=told)):
                return
        ended = "length" if model == "scribe-endless" else "stop"
        self._event(_chunk(model, {}, told=told, ended=ended))
        if told:
            last = _chunk(model, {}, told=True)
            self._event({**last, "choices": [], "usage": usage})
        self._chunked(b"data: [DONE]\n\n")
        self._chunked(b"")

    def _break_off(self, model: str) -> bool:
        """Play a failure in the middle of a stream; whether the stream is over."""
        if model == "scribe-drop":  # the connection is lost
            self.connection.shutdown(socket.SHUT_RDWR)
            return True
        if model == "scribe-cut":  # the reply ends, but says nothing of its end
            self._chunked(b"")
            return True
        if model == "scribe-sse":
            self._chunked(b'data: {"id": "chatcmpl-scribe", "choi\n\n')
        if model == "scribe-midway":  # an error sent within the stream
            self._event({"error": {"message": "The server is overloaded.", "type": "server_error",
                                   "param": None, "code": None}})  # fmt: skip
            self._chunked(b"")
            return True
        if model == "scribe-stall":
            self._wait_until_gone()
            return True
        return False

    def _embeddings(self, model: str, body: dict[str, Any]) -> None:
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        rows = []
        for number, text in enumerate(texts):
            vector = [float(len(text) % 7 + 1), float(text.count("e") + 1), 1.0, 0.5]
            packed = base64.b64encode(struct.pack("<4f", *vector)).decode()
            value = packed if body.get("encoding_format") == "base64" else vector
            rows.append({"object": "embedding", "index": number, "embedding": value})
        count = sum(len(text) for text in texts) // 4
        self._json(200, {}, {
            "object": "list", "data": rows, "model": model,
            "usage": {"prompt_tokens": count, "total_tokens": count},
        })  # fmt: skip

    # -- Ollama ----------------------------------------------------------------------------------

    def _ollama(self, model: str, body: dict[str, Any]) -> None:
        if model == "scribe-404":
            self._json(404, {}, {"error": "model 'scribe-404' not found"})
            return
        text = scribe.reply(model, body["messages"])
        usage = _usage(body["messages"], text)
        whole = {
            "model": model, "created_at": "2026-11-21T00:00:00Z", "done": True,
            "done_reason": "stop", "total_duration": 1, "load_duration": 1,
            "prompt_eval_count": usage["prompt_tokens"], "prompt_eval_duration": 1,
            "eval_count": usage["completion_tokens"], "eval_duration": 1,
        }  # fmt: skip
        if not body.get("stream"):
            self._json(200, {}, {**whole, "message": {"role": "assistant", "content": text}})
            return
        self._head(200, "application/x-ndjson", {"transfer-encoding": "chunked"})
        for n in range(0, len(text), PIECE):
            part = {
                "model": model, "created_at": whole["created_at"], "done": False,
                "message": {"role": "assistant", "content": text[n : n + PIECE]},
            }  # fmt: skip
            self._chunked(json.dumps(part).encode() + b"\n")
        last = {**whole, "message": {"role": "assistant", "content": ""}}
        self._chunked(json.dumps(last).encode() + b"\n")
        self._chunked(b"")

    # -- bytes -----------------------------------------------------------------------------------

    def _event(self, data: dict[str, Any]) -> bool:
        return self._chunked(b"data: " + json.dumps(data).encode() + b"\n\n")

    def _chunked(self, data: bytes) -> bool:
        """Send one piece; False when the client has gone."""
        try:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        except OSError:
            self.server.hung_up.set()
            self.close_connection = True
            return False
        return True

    def _wait_until_gone(self) -> None:
        """Say nothing until the client closes its end."""
        self.connection.settimeout(30)
        if not self.rfile.read(1):
            self.server.hung_up.set()
        self.close_connection = True

    def _error(self, status: int, headers: dict[str, str], error: dict[str, Any]) -> None:
        self._json(status, headers, {"error": error})

    def _json(self, status: int, headers: dict[str, str], data: Any) -> None:
        self._send(status, "application/json", json.dumps(data, indent=2).encode(), headers)

    def _send(
        self, status: int, kind: str, data: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self._head(status, kind, {"content-length": str(len(data)), **(headers or {})})
        self.wfile.write(data)

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        self.send_header("content-type", kind)
        self.send_header("x-request-id", "req_scribe")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _chunk(
    model: str, delta: dict[str, Any], *, told: bool, ended: str | None = None
) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": ended}
    chunk = {
        "id": "chatcmpl-scribe", "object": "chat.completion.chunk", "created": CREATED,
        "model": model, "system_fingerprint": "fp_scribe", "choices": [choice],
    }  # fmt: skip
    return {**chunk, "usage": None} if told else chunk


def _usage(messages: scribe.Messages, text: str) -> dict[str, Any]:
    """Four characters a token, as a stand-in for a tokeniser."""
    tokens_in = sum(len(scribe.text_of(message)) for message in messages) // 4
    tokens_out = max(1, len(text) // 4)
    return {
        "prompt_tokens": tokens_in, "completion_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=18080)
    parser.add_argument("--pause", type=float, default=0.02, help="seconds between pieces")
    given = parser.parse_args()
    with ModelServer(given.port, given.pause) as running:
        print(f"{running.url}/v1 (stop with Ctrl-C)")
        threading.Event().wait()
