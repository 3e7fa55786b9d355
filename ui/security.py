"""What every answer of the web server must keep to, whatever the parts above it do.

Nothing is fetched from other servers, by the page or through ours; uploads are never served.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' blob: data:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
"""Gradio compiles functions in the browser, hence 'unsafe-eval'; what counts is 'self'."""
_HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
}
_CLOSED = re.compile(r"^(?:/gradio_api)?/(?:file|proxy)[=/]")
"""Gradio's routes to uploaded files and to other servers; the page needs neither."""


class SecurityHeaders:
    """ASGI middleware: closes those routes and adds the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: list[Any] = [h for h in message["headers"] if h[0].lower() not in _HEADERS]
                message = {**message, "headers": [*headers, *_HEADERS.items()]}
            await send(message)

        if _CLOSED.match(scope["path"]):
            await guarded({"type": "http.response.start", "status": 404, "headers": []})
            await guarded({"type": "http.response.body", "body": b"Not found"})
            return
        await self.app(scope, receive, guarded)
