"""Cassettes of model calls: readable, without secrets, matched by body, played to the end.

`tests/wire/cassettes/recorded.json` says what they were recorded from. Record them anew with

    make record                                              # from tests/wire/model_server.py
    make record RAG_TEST_URL=https://api.openai.com/v1 RAG_TEST_MODEL=gpt-4o-mini   # the real API

where the real API's key is taken from OPENAI_API_KEY and never written down. The second command
records only what the real API can be made to say; failures are always played by the local server.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "cassettes"
ORIGIN = FOLDER / "recorded.json"
RECORDING = os.environ.get("RECORD", "none")
REAL_URL = os.environ.get("RAG_TEST_URL", "")
PORT = 18080
LOCAL = f"http://127.0.0.1:{PORT}"
PLANTED = "sk-planted0123456789abcdef"
"""The key of all recordings from the local server; no file may hold it."""
KEPT_HEADERS = ("content-type", "retry-after", "retry-after-ms")


def model() -> str:
    """The model that recordings were made with."""
    if RECORDING != "none":
        return os.environ.get("RAG_TEST_MODEL") or "scribe"
    return str(json.loads(ORIGIN.read_text())["model"])


def url() -> str:
    return REAL_URL or f"{LOCAL}/v1"


def key() -> str:
    return os.environ.get("OPENAI_API_KEY", PLANTED) if REAL_URL else PLANTED


@contextmanager
def playing(name: str) -> Iterator[Any]:
    """Play a cassette, or record it; a request that it lacks, or one left over, is an error."""
    import vcr

    tape = vcr.VCR(
        record_mode=RECORDING,
        match_on=("method", "path", "query", "body"),
        before_record_request=_plain_request,
        before_record_response=_plain_response,
        decode_compressed_response=True,
    )
    tape.register_serializer("readable", Readable)
    path = FOLDER / f"{name}.yaml"
    if RECORDING != "none":
        path.unlink(missing_ok=True)
        origin = {"model": model(), "server": REAL_URL or "tests/wire/model_server.py"}
        ORIGIN.write_text(json.dumps(origin, indent=2) + "\n")
    with tape.use_cassette(str(path), serializer="readable") as cassette:
        yield cassette
    assert cassette.all_played or RECORDING != "none", f"{name}: not every request was made"


def bodies(cassette: Any) -> list[dict[str, Any]]:
    """What was sent, in order."""
    return [json.loads(request.body) for request in cassette.requests]


def _plain_request(request: Any) -> Any:
    request.headers = {"content-type": "application/json"}
    return request


def _plain_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in response["headers"].items()}
    body = response["body"]["string"]
    response["body"]["string"] = body.replace(key().encode(), b"<key>")
    response["headers"] = {name: headers[name] for name in KEPT_HEADERS if name in headers}
    return response


class Readable:
    """YAML with JSON bodies as data and text as blocks, so that a change of wording is a diff."""

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        for interaction in cassette["interactions"]:
            request, response = interaction["request"], interaction["response"]
            request["body"] = _parsed(request["body"])
            response["body"] = _parsed(response["body"]["string"])
        return yaml.dump(cassette, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        cassette: dict[str, Any] = yaml.safe_load(text)
        for interaction in cassette["interactions"]:
            request, response = interaction["request"], interaction["response"]
            request["body"] = _raw(request["body"])
            response["body"] = {"string": _raw(response["body"])}
        return cassette


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _block)


def _parsed(body: Any) -> Any:
    text = body.decode() if isinstance(body, bytes) else body
    try:
        return {"json": json.loads(text)}
    except ValueError:
        return {"text": text}


def _raw(body: dict[str, Any]) -> bytes:
    text = body["text"] if "text" in body else json.dumps(body["json"], ensure_ascii=False)
    return str(text).encode()
