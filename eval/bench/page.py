"""The page under load: `make bench-page`, or with options: `python -m eval.bench.page --help`.

Starts the server over a copy of the bundled papers and visits it as so many browsers do, each with
a session of its own, speaking the protocol of Gradio's own page. While they ask, papers are added.
Prints a table; exits 1 when an answer is missing or shows another visitor's question.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent.parent
VISIT = 5
"""Questions that a visitor asks before another comes."""


def questions() -> list[str]:
    lines = (ROOT / "eval" / "data" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [case["question"] for line in lines if not (case := json.loads(line)).get("history")]


class Browser:
    """One visitor's page."""

    def __init__(self, http: httpx.AsyncClient, config: dict[str, Any]) -> None:
        self.http, self.session = http, secrets.token_hex(6)
        ids = {c["props"].get("elem_id"): c["id"] for c in config["components"]}
        after = {d.get("trigger_after"): d["id"] for d in config["dependencies"]}
        submits = [d for d in config["dependencies"] if [ids["question"], "submit"] in d["targets"]]
        self.take = submits[0]["id"]
        self.answer = after[self.take]
        loads = [d for d in config["dependencies"] if d["targets"] and d["targets"][0][1] == "load"]
        self.load = max(loads, key=lambda d: len(d["outputs"]))["id"]
        self.asked: list[str] = []

    async def open(self) -> None:
        await self.call(self.load, [None, secrets.token_hex(8), ""])

    async def ask(self, question: str) -> tuple[float, float]:
        """Seconds until something is shown, and until the answer is complete."""
        self.asked.append(question)
        start = time.perf_counter()
        body = {"data": [question], "fn_index": self.take, "session_hash": self.session}
        (await self.http.post("/gradio_api/run/predict", json=body)).raise_for_status()
        first, output = await self.call(self.answer, [None, None])
        told = time.perf_counter() - start
        messages = json.dumps(output["data"][0], ensure_ascii=False)
        shown = messages.count('class=\\"question\\"')
        if shown != len(self.asked) or 'class=\\"foot\\"' not in messages:
            told_of = f"{shown} questions shown, {len(self.asked)} asked"
            raise AssertionError(f"{told_of}: {messages[-300:]}")
        return first - start, told

    async def call(self, function: int, data: list[Any]) -> tuple[float, dict[str, Any]]:
        body = {"data": data, "fn_index": function, "session_hash": self.session}
        sent = await self.http.post("/gradio_api/queue/join", json=body)
        sent.raise_for_status()
        first = 0.0
        url = f"/gradio_api/queue/data?session_hash={self.session}"
        async with self.http.stream("GET", url) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                if message["msg"] == "process_generating":
                    first = first or time.perf_counter()
                elif message["msg"] == "process_completed":
                    if not message["success"]:
                        raise AssertionError(str(message)[:500])
                    return first or time.perf_counter(), message["output"]
        raise AssertionError("the stream ended without an answer")


def memory(pid: int) -> float:
    """Resident megabytes of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def visitor(http: Any, config: Any, todo: list[str], times: list[Any]) -> None:
    while todo:
        browser = Browser(http, config)
        await browser.open()
        for _ in range(min(VISIT, len(todo))):
            if todo:
                times.append(await browser.ask(todo.pop()))


async def probe(http: httpx.AsyncClient, waits: list[float], pid: int, sizes: list[float]) -> None:
    """How long the page itself takes meanwhile, and how large the server is."""
    while True:
        start = time.perf_counter()
        (await http.get("/")).raise_for_status()
        waits.append(time.perf_counter() - start)
        sizes.append(memory(pid))
        await asyncio.sleep(2)


async def adding(home: str, added: list[int]) -> None:
    """Papers that come in meanwhile, from another process."""
    for number in range(1000):
        await asyncio.sleep(10)
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write(json.dumps({"title": f"New {number}", "abstract": f"It is new: {number}."}))
            file.flush()
            command = [sys.executable, "-m", "rag", "--home", home, "add", file.name, "--quiet"]
            process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
            try:
                if await process.wait():
                    raise AssertionError("rag add failed")
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                raise
            added.append(number)


async def load(url: str, home: str, pid: int, users: int, count: int) -> dict[str, Any]:
    limits = httpx.Limits(max_connections=4 * users + 20)
    asked = questions()
    todo = [asked[n % len(asked)] for n in range(count)]
    times: list[tuple[float, float]] = []
    waits: list[float] = []
    sizes: list[float] = []
    added: list[int] = []
    async with httpx.AsyncClient(base_url=url, timeout=600, limits=limits) as http:
        config = (await http.get("/config")).json()
        beside = [
            asyncio.create_task(probe(http, waits, pid, sizes)),
            asyncio.create_task(adding(home, added)),
        ]
        start = time.perf_counter()
        await asyncio.gather(*(visitor(http, config, todo, times) for _ in range(users)))
        seconds = time.perf_counter() - start
        for task in beside:
            if task.done():
                task.result()
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    firsts, whole = sorted(t[0] for t in times), sorted(t[1] for t in times)
    quarter = len(sizes) // 4
    return {
        "users": users, "questions": len(times), "seconds": f"{seconds:.0f}",
        "a second": f"{len(times) / seconds:.1f}",
        "first p50 / p95, s": f"{median(firsts):.2f} / {firsts[int(0.95 * len(firsts))]:.2f}",
        "whole p50 / p95, s": f"{median(whole):.2f} / {whole[int(0.95 * len(whole))]:.2f}",
        "page p50 / max, s": f"{median(waits):.2f} / {max(waits):.2f}",
        "MB in each quarter": " ".join(
            f"{median(sizes[n * quarter : (n + 1) * quarter] or sizes):.0f}" for n in range(4)
        ),
        "papers added": len(added),
    }  # fmt: skip


@contextmanager
def model_server() -> Iterator[str]:
    """A model that streams about 200 pieces in 2 seconds; its address."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "tests.wire.model_server",
        "--port",
        str(port),
        "--pause",
        "0.01",
    ]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def serve(home: str, **variables: str) -> tuple[subprocess.Popen[bytes], str, float]:
    port = free_port()
    environment = {**os.environ, "RAG_HOME": home, "RAG_ANSWER_CACHE": "false", **variables}
    start = time.perf_counter()
    command = [sys.executable, "-m", "ui", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    while True:
        try:
            httpx.get(url).raise_for_status()
            return server, url, time.perf_counter() - start
        except httpx.HTTPError:
            time.sleep(0.05)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--users", type=int, default=40)
    options.add_argument("--questions", type=int, default=2000)
    options.add_argument("--streamed", type=int, default=200, help="questions asked of a model")
    given = options.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as home, model_server() as address:
        add = [sys.executable, "-m", "rag", "--home", home, "add", "seeds", "--quiet"]
        subprocess.run(add, check=True, cwd=ROOT)
        slow = {"RAG_LLM": "openai-like/scribe-long", "RAG_LLM_BASE_URL": address}
        for name, variables, count in (
            ("extractive", {}, given.questions), ("slow model", slow, given.streamed)
        ):  # fmt: skip
            server, url, ready = serve(home, **variables)
            try:
                rows[name] = asyncio.run(load(url, home, server.pid, given.users, count))
                rows[name]["ready after, s"] = f"{ready:.1f}"
            finally:
                server.terminate()
                server.wait()
    print("| |", " | ".join(rows), "|\n|---|" + "---|" * len(rows))
    for label in next(iter(rows.values())):
        print(f"| {label} |", " | ".join(str(row[label]) for row in rows.values()), "|")


if __name__ == "__main__":
    main()
