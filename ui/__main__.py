"""`rag-ui`: serve the chat page."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from rag.errors import ConfigError, RagError

Users = list[tuple[str, str]] | Callable[[str, str], bool]
"""Who is let in: names with passwords, or a function of both."""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 7860,
    home: Annotated[
        Path | None, typer.Option(help="Folder of the library (else RAG_HOME).")
    ] = None,
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Serve the same functions as tools of an MCP server.")
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page.")] = False,
) -> None:
    """Serve the chat page; Ctrl-C ends it."""
    from rag import Assistant, log
    from rag.settings import Settings
    from ui import library
    from ui.app import build_app, launch
    from ui.history import Conversations
    from ui.settings import UISettings

    settings = Settings.load(home=home)
    log.configure(settings.log)
    users = _auth(UISettings().auth.get_secret_value())
    _check(host, users, mcp=mcp)
    if not users and not library.exists(settings.home):
        library.create(settings)
    with Assistant(settings).open() as assistant:
        page = build_app(assistant, Conversations(settings.home), private=bool(users))
        address = launch(
            page, server_name=host, server_port=port, auth=users or None, share=False,
            inbrowser=open_browser, mcp=mcp,
        )  # fmt: skip
        print(f"Paper RAG is at {address} (Ctrl-C ends it)", flush=True)
        page.block_thread()


def _check(host: str, users: Users, *, mcp: bool) -> None:
    """Raises `ConfigError` for what would let others in, or cannot be served."""
    if host not in ("127.0.0.1", "localhost", "::1") and not users:
        raise ConfigError(
            f"To listen on {host}, set RAG_UI_AUTH to user:password pairs, separated by commas, "
            "or to python:MODULE:FUNCTION, which is asked with user and password."
        )
    if mcp and users:
        raise ConfigError("The MCP server asks for no password: leave out --mcp, or RAG_UI_AUTH.")
    if mcp and find_spec("mcp") is None:
        raise ConfigError("--mcp needs a package: pip install 'paper-rag[mcp]'.")


def _auth(text: str) -> Users:
    """Who is let in: pairs, or `python:MODULE:FUNCTION` that is asked with user and password."""
    if not text.startswith("python:"):
        return _users(text)
    module, _, name = text.removeprefix("python:").partition(":")
    try:
        hook = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"RAG_UI_AUTH: there is no {module}:{name} ({error}).") from None
    if not callable(hook):
        raise ConfigError(f"RAG_UI_AUTH: {module}:{name} is no function of user and password.")
    return lambda user, password: bool(hook(user, password))


def _users(text: str) -> list[tuple[str, str]]:
    """User and password of each pair. Raises `ConfigError` for what is no pair."""
    pairs = [pair.strip().partition(":") for pair in text.split(",") if pair.strip()]
    if any(not colon or not name or not password for name, colon, password in pairs):
        raise ConfigError("RAG_UI_AUTH must be user:password pairs, separated by commas.")
    return [(name, password) for name, _, password in pairs]


def main() -> None:
    """Run the server; what the user can mend is one sentence."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    try:
        app()
    except RagError as error:
        print(f"rag-ui: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:  # Gradio's word for a port that is taken
        print(f"rag-ui: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
