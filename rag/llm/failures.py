"""Why a model did not answer, as one sentence that says what to do.

Errors are told apart by HTTP status, `code` and `type`, which the OpenAI, Anthropic, Mistral,
Google and Ollama clients all carry, and only then by wording, which servers change. What a server
says is shown only where it helps, shortened and without anything that looks like a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from rag.errors import Failure, ModelError
from rag.text import visible

PASSING: frozenset[Failure] = frozenset({"rate", "server", "timeout", "connection"})
"""Failures that may be gone when the call is repeated."""
LONGEST_WAIT = 30.0
"""Seconds; a server that asks for more is not waited for."""

_CONTEXT = re.compile(
    r"context[ _-]?(?:length|window|size)|maximum context|prompt is too long|too many tokens"
    r"|exceeds? (?:the )?(?:model'?s? )?(?:maximum|limit)[^.]* tokens|input is too long",
    re.IGNORECASE,
)
_PARAMETER = re.compile(
    r"(?:unsupported|unrecogni[sz]ed|unknown|extra|unexpected)[\w ]*(?:parameter|argument|value"
    r"|field|inputs?)[^'\"`]*['\"`](?P<name>[\w.]+)"
    r"|['\"`](?P<first>[\w.]+)['\"`] (?:is not supported|does not support)",
    re.IGNORECASE,
)
_MALFORMED = {
    "DecodingError", "JSONDecodeError", "ValidationError", "APIResponseValidationError",
    "ValueError", "KeyError", "AttributeError", "TypeError", "IndexError",
}  # fmt: skip
"""What clients raise for a reply that is not what they expect, many of them by accident."""
_KEYLIKE = re.compile(
    r"\b(?:(?:sk|pk|rk|gsk|xai|key)[-_]|AIza|Bearer )[A-Za-z0-9*_.-]{6,}|\b[A-Za-z0-9_-]{32,}\b"
)


class Endpoint(NamedTuple):
    """Who was asked, for the sentence."""

    provider: str
    model: str
    url: str | None
    key_name: str
    """The variable that holds the key."""
    secrets: tuple[str, ...] = ()
    """What must never be shown."""

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


def explain(error: Exception, endpoint: Endpoint) -> ModelError:
    """What an exception of a client means."""
    if isinstance(error, ModelError):
        return error
    status, code, message = _facts(error)
    if status is not None or code:
        return _answered(error, endpoint, status, code, message)
    return _unanswered(error, endpoint)


def _answered(
    error: Exception, endpoint: Endpoint, status: int | None, code: str, message: str
) -> ModelError:
    """The server replied with an error."""
    if code == "insufficient_quota" or status == 402:
        return ModelError(
            f"The account behind {endpoint} has no quota left: add credit, or choose another model "
            "with RAG_LLM.",
            "quota",
        )
    if status in (401, 403) or code == "invalid_api_key":
        return ModelError(
            f"{endpoint} refused the key ({status}): set a valid one in {endpoint.key_name}.",
            "key",
        )
    if code == "context_length_exceeded" or (
        status in (400, 413, 422, 500) and _CONTEXT.search(message)
    ):
        return ModelError(
            f"The question with its papers is too long for {endpoint}: lower RAG_K, or tell its "
            "window with RAG_CONTEXT.",
            "context",
        )
    if status == 404 or code == "model_not_found":
        return ModelError(
            f"{endpoint.provider} has no model {endpoint.model!r}, or the key may not use it"
            f"{_at(endpoint)}: check RAG_LLM.",
            "model",
        )
    if status == 429 or code in ("rate_limit_exceeded", "RateLimitReached"):
        wait = _retry_after(error)
        wish = f"; it asks to wait {wait:.0f} s" if wait else ""
        return ModelError(
            f"{endpoint} gets too many requests (429){wish}: try again later.",
            "rate",
            retry_after=wait,
        )
    if status in (400, 422) and (parameter := _parameter(error, code, message)):
        return ModelError(
            f"{endpoint} does not take the parameter {parameter!r}.",
            "parameter",
            parameter=parameter,
        )
    if status is None or status in (408, 409) or status >= 500:
        number = f" ({status})" if status else ""
        return ModelError(
            f"{endpoint} failed on its side{number}: try again later.",
            "server",
            retry_after=_retry_after(error),
        )
    quote = _quoted(message, endpoint.secrets)
    return ModelError(f"{endpoint} rejected the request ({status}){quote}.", "rejected")


def _unanswered(error: Exception, endpoint: Endpoint) -> ModelError:
    """No whole reply came: the connection, or what came over it, was broken."""
    names = {kind.__name__ for part in _chain(error) for kind in type(part).__mro__}
    if names & {"APITimeoutError", "TimeoutException", "TimeoutError"}:
        return ModelError(
            f"{endpoint} sent nothing for too long{_at(endpoint)}: try again, or raise "
            "RAG_LLM_TIMEOUT.",
            "timeout",
        )
    if names & {"ConnectError", "ConnectionError", "UnsupportedProtocol", "gaierror"}:
        return ModelError(
            f"Nothing answers{_at(endpoint)} for {endpoint}: check that the server runs and "
            "that RAG_LLM_BASE_URL is right.",
            "connection",
        )
    if names & {"RemoteProtocolError", "ReadError", "NetworkError", "IncompleteRead"}:
        return dropped(endpoint)
    if "nknown model" in str(error):  # llama-index's own lists of names
        return ModelError(
            f"{endpoint.provider} has no model {endpoint.model!r} that is known: check RAG_LLM.",
            "model",
        )
    if names & _MALFORMED:
        return malformed(endpoint)
    if "APIConnectionError" in names:
        return dropped(endpoint)
    quote = _quoted(str(error), endpoint.secrets)
    return ModelError(f"{endpoint} failed: {type(error).__name__}{quote}.", "rejected")


def dropped(endpoint: Endpoint) -> ModelError:
    """The reply ended before its end."""
    return ModelError(f"The connection to {endpoint} broke off in mid-answer.", "dropped")


def all_thinking(endpoint: Endpoint, tokens: int) -> ModelError:
    """The reply was cut before the model had thought to the end."""
    return ModelError(
        f"{endpoint} thought for all of its {tokens} tokens and said nothing: raise "
        "RAG_MAX_TOKENS, or lower RAG_REASONING_EFFORT.",
        "endless",
    )


def malformed(endpoint: Endpoint) -> ModelError:
    """The reply is not what the provider's protocol says."""
    return ModelError(
        f"{endpoint} sent what is not the protocol of {endpoint.provider}{_at(endpoint)}: "
        "check RAG_LLM_BASE_URL.",
        "malformed",
    )


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with every secret, and all that looks like one, left out."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    return _KEYLIKE.sub("…", text)


def excerpt(text: str, secrets: Iterable[str], length: int) -> str:
    """The beginning of a text in one line, without any key; `length` is in characters."""
    shown = redact(" ".join(visible(text).split()), secrets)
    return shown if len(shown) <= length else f"{shown[:length].rstrip('. ')}…"


def _facts(error: Exception) -> tuple[int | None, str, str]:
    """HTTP status, error code and message, as far as the exception carries them."""
    status = getattr(error, "status_code", None) or getattr(error, "http_status", None)
    body: Any = getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    fields = body if isinstance(body, dict) else {}
    code = getattr(error, "code", None) or fields.get("code")
    if isinstance(code, int):  # Google and OpenRouter put the status there
        status, code = status or code, None
    if not isinstance(status, int) or status < 100:
        status = None
    kind = fields.get("type") or getattr(error, "type", None)
    code = code or (kind if kind in ("insufficient_quota", "server_error") else "")
    return status, str(code or ""), str(fields.get("message") or error)


def _parameter(error: Exception, code: str, message: str) -> str:
    named = getattr(error, "param", None)
    if named and (code.startswith("unsupported") or _PARAMETER.search(message)):
        return str(named)
    match = _PARAMETER.search(message)
    return (match["name"] or match["first"]) if match else ""


def _retry_after(error: Exception) -> float | None:
    """Seconds that the reply's headers ask to wait (RFC 9110, 10.2.3; and OpenAI's in ms)."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return float(headers.get(name, "")) / unit
        except ValueError:  # absent, or a date, which no model server sends
            continue
    return None


def _chain(error: BaseException) -> Iterable[BaseException]:
    """The exception and what caused it; clients wrap those of their transport."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    return seen


def _at(endpoint: Endpoint) -> str:
    return f" at {endpoint.url}" if endpoint.url else ""


def _quoted(message: str, secrets: Iterable[str]) -> str:
    quote = excerpt(message, secrets, 160).rstrip(". ")
    return f": {quote}" if quote else ""
