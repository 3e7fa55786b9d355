"""Requests to one language model: what is sent along, what is sent again, and what came of it.

Calls go through llama-index's classes (`rag/llm/providers.py`) on the background loop. Retries and
waits are made here, alike for all providers; failures come out as `ModelError`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from rag.llm.backends import OPENAI_PROTOCOL, Backend
from rag.llm.failures import LONGEST_WAIT, PASSING, excerpt, explain
from rag.llm.providers import build, parameters
from rag.types import Message

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatMessage, ChatResponse

    from rag.settings import Settings

T = TypeVar("T")
logger = logging.getLogger(__name__)

SHOWN = 200
"""Characters of a prompt or a reply that are logged."""
_LIMITS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


class Client:
    """The llama-index class of one model, and which parameters the model takes.

    `llm` is one that the user made; it is sent nothing but the messages.
    """

    def __init__(self, backend: Backend, settings: Settings, llm: LLM | None = None) -> None:
        self._backend = backend
        self._settings = settings
        self._given = llm
        self._llms = {os.getpid(): llm or build(backend, settings)}
        """By process: connections cannot be shared with a forked one."""
        self._parameters: dict[str, Any] = {}
        """What is sent with every request, less what the model turned out not to take."""
        self._refused_parameters: set[str] = set()
        """What the model has said that it does not take."""
        self._adaptable = llm is None and backend.provider in OPENAI_PROTOCOL
        if self._adaptable:
            usage = {"stream_options": {"include_usage": True}}
            self._parameters = parameters(backend, settings) | usage

    @property
    def llm(self) -> LLM:
        """This process's own."""
        process = os.getpid()
        if process not in self._llms:
            self._llms[process] = self._given or build(self._backend, self._settings)
        return self._llms[process]

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[ChatResponse, None]:
        """The parts of a reply, from the first attempt that brings a first one.

        Raises `ModelError`, and after the first part whatever the client raises.
        """
        chat = self._chat(messages)

        async def start() -> tuple[Any, Any]:
            parts = await self.llm.astream_chat(chat, **self._sent())
            first = await anext(parts, None)
            if first is None:  # a server that does not stream, or does not say what went wrong
                first = await self.llm.achat(chat, **self._sent())
                first.delta = first.message.content or ""
            return parts, first

        parts, first = await self._retried(start)
        yield first
        async for part in parts:
            # A model that is not asynchronous never waits: it would not hear that it is stopped.
            await asyncio.sleep(0)
            yield part

    async def complete(self, messages: Sequence[Message]) -> ChatResponse:
        """The whole reply. Raises `ModelError`."""
        chat = self._chat(messages)
        return await self._retried(lambda: self.llm.achat(chat, **self._sent()))

    async def _retried(self, call: Callable[[], Awaitable[T]]) -> T:
        """The call's result, repeated while that may help. Raises `ModelError`.

        By hand: a refused parameter is no attempt and servers say how long to wait, so that it
        would be longer with tenacity.
        """
        tried = 0
        while True:
            try:
                return await call()
            except Exception as error:  # of any client; what it means is told by `explain`
                failure = explain(error, self._backend.endpoint)
            if failure.kind == "parameter" and self._adapt(failure.parameter):
                continue
            if failure.kind not in PASSING or tried >= self._settings.llm_retries:
                raise failure
            pause = failure.retry_after
            if pause is None:
                pause = min(0.5 * 2**tried, 8.0) * random.uniform(0.75, 1.25)
            if pause > LONGEST_WAIT:
                raise failure
            tried += 1
            logger.debug("%s Asked again in %.1f s.", failure, pause)
            await asyncio.sleep(pause)

    def _adapt(self, parameter: str) -> bool:
        """Go without a parameter that this model does not take; whether that is possible."""
        name = parameter.partition(".")[0]
        if name not in self._parameters or name in self._refused_parameters:
            return False
        self._refused_parameters.add(name)
        if name in _LIMITS and _LIMITS[name] not in self._refused_parameters:
            self._parameters[_LIMITS[name]] = self._parameters[name]
        del self._parameters[name]
        return True

    def _sent(self) -> dict[str, Any]:
        """Parameters of a request; llama-index sends a temperature unless told not to."""
        if not self._adaptable:
            return {}
        from openai import omit

        return {"temperature": omit, **self._parameters}

    def _chat(self, messages: Sequence[Message]) -> list[ChatMessage]:
        """The messages for llama-index, noted in the log."""
        from llama_index.core.llms import ChatMessage, MessageRole

        if logger.isEnabledFor(logging.DEBUG):
            backend, prompt = self._backend, messages[-1].content
            size = sum(len(message.content) for message in messages)
            shown = excerpt(prompt, backend.endpoint.secrets, SHOWN)
            logger.debug("%s is asked, %d characters: %s", backend.name, size, shown)
        return [ChatMessage(role=MessageRole(m.role), content=m.content) for m in messages]
