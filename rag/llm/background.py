"""Model calls on an event loop of their own, so that any thread or task can cancel them.

A blocking read cannot be interrupted from another thread; a task can. So every call to a language
model runs on one background loop: closing the iterator, Ctrl-C in the thread that waits for it,
or `Stop.set()` from anywhere cancels the task, which closes its connection. anyio's BlockingPortal
would take the place of `_loop` only, and of nothing else here.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import aclosing, contextmanager
from queue import SimpleQueue
from typing import Any, TypeVar

from rag.errors import ModelError

T = TypeVar("T")


class Stop:
    """Lets another thread end the model calls of one question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[Future[Any]] = set()
        self._stopped = False

    def set(self) -> None:
        """Cancel what is running, and what would be started later."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for call in running:
            call.cancel()

    @contextmanager
    def holding(self, call: Future[Any]) -> Iterator[None]:
        """Cancels the call when this stop is set, and in any case at the end."""
        with self._lock:
            self._running.add(call)
            stopped = self._stopped
        if stopped:
            call.cancel()
        try:
            yield
        finally:
            call.cancel()
            with self._lock:
                self._running.discard(call)


def wait_for(call: Coroutine[Any, Any, T], stop: Stop) -> T:
    """The result of a call. Raises `ModelError` of kind "stopped" when it was stopped."""
    running = asyncio.run_coroutine_threadsafe(call, _loop())
    with stop.holding(running):
        try:
            return running.result()
        except CancelledError:
            raise _stopped() from None


def iterate(source: Callable[[], AsyncGenerator[T, None]], stop: Stop) -> Iterator[T]:
    """The items of an asynchronous generator as they come.

    Raises what it raises, and `ModelError` of kind "stopped" when it was stopped.
    """
    items: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

    async def pump() -> None:
        try:
            async with aclosing(source()) as generator:
                async for item in generator:
                    items.put((True, item))
        except asyncio.CancelledError:
            items.put((False, _stopped()))
            raise
        except Exception as error:  # carried to the thread that waits, and raised there
            items.put((False, error))
        else:
            items.put((False, None))

    running = asyncio.run_coroutine_threadsafe(pump(), _loop())
    # A task that is cancelled before its first step never runs its `except`.
    running.add_done_callback(lambda done: items.put((False, _stopped())))
    with stop.holding(running):
        while True:
            more, item = items.get()
            if more:
                yield item
            elif item is None:
                return
            else:
                raise item


def _stopped() -> ModelError:
    return ModelError("The answer was stopped.", "stopped")


_starting = threading.Lock()
_background: asyncio.AbstractEventLoop | None = None
_inherited: list[asyncio.AbstractEventLoop] = []
"""Loops of a parent process, never closed: closing one would end what the parent waits for."""


def _loop() -> asyncio.AbstractEventLoop:
    """The loop, in a daemon thread that starts with the first call."""
    global _background
    with _starting:
        if _background is None:
            _background = asyncio.new_event_loop()
            threading.Thread(target=_background.run_forever, name="rag-models", daemon=True).start()
        return _background


def _forget() -> None:
    """In a forked process the loop's thread does not exist: the next call starts another."""
    global _starting, _background
    _starting = threading.Lock()  # the other may have been held when the process was forked
    if _background is not None:
        _inherited.append(_background)
        _background = None


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing is forked
    os.register_at_fork(after_in_child=_forget)
