"""A real Chroma server for tests, behind a guard that wants a token and can be told to fail."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

TOKEN = "open-sesame"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class ChromaServer:
    """`chroma run` on a folder; it can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [Path(sys.executable).parent / "chroma", "run", "--path", self.folder]
        options = ["--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(600):
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/api/v2/heartbeat").status_code == 200:
                    return
            threading.Event().wait(0.05)
        raise AssertionError("the Chroma server did not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Guard:
    """A proxy that passes on what carries the token; `before` sees each request's path."""

    def __init__(self, server: ChromaServer, before: Callable[[str], None] | None = None) -> None:
        self.before = before or (lambda path: None)
        self.seen: list[str] = []
        guard = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if self.headers.get("authorization") != f"Bearer {TOKEN}":
                    self._reply(401, b'{"error": "no"}')
                    return
                guard.seen.append(self.path)
                guard.before(self.path)
                kept = {"content-type": self.headers.get("content-type") or "application/json"}
                try:
                    reply = httpx.request(
                        self.command, server.url + self.path, content=body, headers=kept, timeout=30
                    )
                    self._reply(reply.status_code, reply.content)
                except httpx.TransportError:
                    self._reply(502, b"<html>Bad Gateway</html>")

            def _reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = _pass_on

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
