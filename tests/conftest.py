"""No test sees the user's settings or files, and none reaches the network."""

import os
import socket
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_world(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("RAG_") or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))  # for processes of tests
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def guard(connect):
        def guarded(self, address):
            local = self.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1", "localhost")
            if not local:
                raise AssertionError(f"a test tried to reach {address}")
            return connect(self, address)

        return guarded

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guard(getattr(socket.socket, name)))
