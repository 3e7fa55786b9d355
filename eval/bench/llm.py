"""What our chain adds to a model's own time: `make bench-llm`.

A local server streams replies at a fixed pace and notes when it sent the first and the last piece.
Both clients are timed from there, in turn, in the same run: ours up to what a user sees, and the
openai client used directly, with the same request, up to its deltas.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from eval.bench import harness
from eval.bench.harness import ROOT

PIECES = 120
PAUSE = 0.01
RUNS = 40
QUESTION = "What does LoRA-SB change about LoRA-XS?"
Moments = tuple[float, float]


class Handler(BaseHTTPRequestHandler):
    """Streams words, with the first passage's key after every twelfth."""

    protocol_version = "HTTP/1.1"
    asked: list[object] = []
    sent: list[Moments] = []

    def do_GET(self) -> None:
        data = json.dumps([self.asked[-1], self.sent[-1]]).encode()
        self.send_response_only(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append(body)
        key = body["messages"][-1]["content"].split('key="')[1][:8]
        self.send_response_only(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        moments = []
        for number in range(PIECES):
            text = f" [{key}]." if number % 12 == 11 else " initialization"
            time.sleep(PAUSE)
            moments.append(time.monotonic())
            self._event({"delta": {"content": text}, "finish_reason": None})
        self.sent.append((moments[0], moments[-1]))
        self._event({"delta": {}, "finish_reason": "stop"})
        self._send(b"data: [DONE]\n\n")
        self._send(b"")

    def _event(self, choice: dict[str, object]) -> None:
        data = {
            "id": "x", "object": "chat.completion.chunk", "created": 0, "model": "timed",
            "choices": [{"index": 0, "logprobs": None, **choice}],
        }  # fmt: skip
        self._send(b"data: " + json.dumps(data).encode() + b"\n\n")

    def _send(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


def serve() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


def ours(home: str, url: str) -> Callable[[], Moments]:
    """Asks the assistant; when the first and the last piece of text could be seen."""
    from rag import Assistant

    assistant = Assistant(
        home=home, llm="openai-like/timed", llm_base_url=f"{url}/v1", answer_cache=False
    )

    def ask() -> Moments:
        seen = [time.monotonic() for answer in assistant.stream(QUESTION) if answer.text]
        return seen[0], seen[-2]  # the last one comes after the check

    return ask


def direct(url: str, request: dict[str, object]) -> Callable[[], Moments]:
    """Sends the same request with the openai client alone."""
    from openai import OpenAI

    client = OpenAI(base_url=f"{url}/v1", api_key="none")

    def ask() -> Moments:
        chunks = client.chat.completions.create(**request)  # type: ignore[call-overload]
        seen = [
            time.monotonic() for chunk in chunks if chunk.choices and chunk.choices[0].delta.content
        ]
        return seen[0], seen[-1]

    return ask


def served(url: str) -> tuple[dict[str, object], Moments]:
    with urllib.request.urlopen(url) as reply:
        request, moments = json.load(reply)
    return request, moments


def measure(home: str, url: str) -> None:
    assistant = ours(home, url)
    assistant()
    arms = {"Paper RAG": assistant, "openai client": direct(url, served(url)[0])}
    waits: dict[str, list[Moments]] = {name: [] for name in arms}
    for run in range(RUNS + 3):
        for name, ask in arms.items():
            first, last = ask()
            began, ended = served(url)[1]
            if run >= 3:
                waits[name].append((1000 * (first - began), 1000 * (last - ended)))
    print(f"{RUNS} replies of {PIECES} pieces, one every {1000 * PAUSE:g} ms; milliseconds\n")
    harness.heading("", "first byte to first character, p50 (p90)", "last piece, p50 (p90)")
    for name, rows in waits.items():
        columns = list(zip(*rows, strict=True))
        cells = [
            f"{statistics.median(column):.2f} ({statistics.quantiles(column, n=10)[8]:.2f})"
            for column in columns
        ]
        harness.row(name, *cells)


def main() -> None:
    if sys.argv[1:] == ["serve"]:
        serve()
        return
    command = [sys.executable, "-m", "eval.bench.llm", "serve"]
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        try:
            seeds = str(ROOT / "seeds")
            subprocess.run(
                [sys.executable, "-m", "rag", "--home", home, "add", seeds, "--quiet"], check=True
            )
            assert server.stdout is not None
            measure(home, f"http://127.0.0.1:{server.stdout.readline().strip()}")
        finally:
            server.kill()


if __name__ == "__main__":
    main()
