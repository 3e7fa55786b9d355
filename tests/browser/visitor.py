"""The page in a process of its own, and what a visitor does on it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

from tests import ROOT

SOON = 20_000
"""Milliseconds that a test waits at most."""


def ask(page, question: str, count: int = 1) -> None:
    """Ask, and wait until there are so many complete answers."""
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    expect(page.locator(".answer .foot")).to_have_count(count, timeout=SOON)


@contextmanager
def serving(home: Path, *options: str, **variables: str):
    """The page in a process of its own; where it is."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "RAG_HOME": str(home),
        "RAG_CACHE": str(Path.home() / ".cache" / "paper-rag"), "RAG_ANSWER_CACHE": "false",
        **variables,
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "ui", "--port", str(port), *options], env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield _when_ready(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait(20)


def _when_ready(url: str, server: subprocess.Popen) -> str:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url):
                return url
        except OSError:
            assert server.poll() is None, server.stdout and server.stdout.read()
            time.sleep(0.1)
    raise AssertionError("the page did not start")
