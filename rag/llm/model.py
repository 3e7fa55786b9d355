"""A language model behind one small interface: streamed or whole replies, metered and cached.

Calls go through llama-index's classes (`rag/llm/providers.py`) on the background loop. Retries,
waits and limits are made here, alike for all providers; failures come out as `ModelError`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from rag.errors import ModelError
from rag.llm.background import Stop, iterate, wait_for
from rag.llm.cache import ReplyCache, request_key
from rag.llm.failures import LONGEST_WAIT, PASSING, dropped, explain
from rag.llm.pricing import ModelInfo, listed
from rag.llm.prompts import Message
from rag.llm.providers import OPENAI_PROTOCOL, Backend, build, parameters
from rag.llm.usage import UsageMeter, counts, ending, without_thinking

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatMessage

    from rag.settings import Settings

T = TypeVar("T")

CHARACTERS_PER_TOKEN = 8
"""More than any tokeniser averages over a reply; beyond it a server ignores the limit given."""
_LIMITS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_NO_MARK_OF_END = frozenset({"anthropic", "gemini", "mistral"})
"""Providers whose llama-index class hides how a reply ended."""


class LanguageModel:
    """One model as the settings name it; safe to share between threads.

    Raises `ConfigError` when a key, an address or a package is missing.
    """

    def __init__(self, one: Backend, settings: Settings, cache: ReplyCache | None = None) -> None:
        self.backend = one
        self.cache = cache
        self._settings = settings
        self._llm: LLM = build(one, settings)
        self._parameters = parameters(one, settings)
        if one.provider in OPENAI_PROTOCOL:
            self._parameters["stream_options"] = {"include_usage": True}
        self._refused: set[str] = set()
        self._ratio = 1.0

    @property
    def name(self) -> str:
        return self.backend.name

    @property
    def room(self) -> int:
        """How many tokens a request may have, so that the reply still fits."""
        return max(self.backend.window - self._settings.max_tokens - 64, 256)

    def count_tokens(self, text: str) -> int:
        """How many tokens a text takes: tiktoken's count, corrected by what the server counted."""
        from llama_index.core.utils import get_tokenizer

        return int(len(get_tokenizer()(text)) * self._ratio) + 1

    def stream(
        self, messages: Sequence[Message], meter: UsageMeter, stop: Stop, *, fresh: bool = False
    ) -> Iterator[str]:
        """The reply in pieces as they come, or whole from the cache unless `fresh`.

        Raises `ModelError`, also in mid-reply; what came before it stands.
        """
        key = self._key("stream", messages)
        if (kept := self._kept(key, fresh)) is not None:
            meter.cached += 1
            yield kept
            return
        parts: list[str] = []
        for piece in iterate(lambda: self._stream(messages, meter), stop):
            parts.append(piece)
            yield piece
        self._keep(key, "".join(parts))

    def complete(
        self, messages: Sequence[Message], meter: UsageMeter, stop: Stop, *, fresh: bool = False
    ) -> str:
        """The whole reply. Raises `ModelError`."""
        key = self._key("whole", messages)
        if (kept := self._kept(key, fresh)) is not None:
            meter.cached += 1
            return kept
        reply = wait_for(self._complete(messages, meter), stop)
        self._keep(key, reply)
        return reply

    def complete_all(
        self, requests: Sequence[Sequence[Message]], meter: UsageMeter, stop: Stop
    ) -> list[str]:
        """The replies to several requests at once, in order. Raises `ModelError`."""
        keys = [self._key("whole", messages) for messages in requests]
        kept = [self._kept(key, False) for key in keys]
        missing = [n for n, reply in enumerate(kept) if reply is None]

        async def every() -> list[str]:
            gate = asyncio.Semaphore(4)

            async def one(number: int) -> str:
                async with gate:
                    return await self._complete(requests[number], meter)

            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(n)) for n in missing]
            return [task.result() for task in tasks]

        meter.cached += len(requests) - len(missing)
        try:
            replies = wait_for(every(), stop) if missing else []
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        for number, reply in zip(missing, replies, strict=True):
            kept[number] = reply
            self._keep(keys[number], reply)
        return [reply or "" for reply in kept]

    # -- inside, on the background loop ----------------------------------------------------------

    async def _stream(
        self, messages: Sequence[Message], meter: UsageMeter
    ) -> AsyncGenerator[str, None]:
        """The pieces of one reply; metered also when it breaks off."""
        sent = self._count(messages)
        length, ended, told = 0, None, None
        limit = self._settings.max_tokens * CHARACTERS_PER_TOKEN
        try:
            async with asyncio.timeout(self._settings.llm_deadline):
                async for part in self._opened(messages):
                    told = counts(part) or told
                    ended = ending(part.raw) or ended
                    if part.delta:
                        length += len(part.delta)
                        yield part.delta
                    if length > limit:
                        ended = "length"
                        break
            self._check_end(ended, length)
        except ModelError:
            raise
        except TimeoutError:
            raise self._too_long(f"{self._settings.llm_deadline:g} s") from None
        except Exception as error:
            raise explain(error, self.backend.endpoint) from None
        finally:
            guessed = (sent, -(-length // 4)) if length else (0, 0)
            self._meter(meter, sent, told or guessed, told=told is not None)

    async def _opened(self, messages: Sequence[Message]) -> AsyncGenerator[Any, None]:
        """The parts of a reply, from the first attempt that brings a first one."""
        chat = _chat_messages(messages)

        async def start() -> tuple[Any, Any]:
            parts = await self._llm.astream_chat(chat, **self._sent())
            first = await anext(parts, None)
            if first is None:  # a server that does not stream, or does not say what went wrong
                first = await self._llm.achat(chat, **self._sent())
                first.delta = first.message.content or ""
            return parts, first

        parts, first = await self._retried(start)
        yield first
        async for part in parts:
            yield part

    async def _complete(self, messages: Sequence[Message], meter: UsageMeter) -> str:
        chat = _chat_messages(messages)
        try:
            async with asyncio.timeout(self._settings.llm_deadline):
                response = await self._retried(lambda: self._llm.achat(chat, **self._sent()))
        except TimeoutError:
            raise self._too_long(f"{self._settings.llm_deadline:g} s") from None
        text = without_thinking(response.message.content or "")
        sent, told = self._count(messages), counts(response)
        self._meter(meter, sent, told or (sent, len(text) // 4), told=told is not None)
        self._check_end(ending(response.raw) or "stop", len(text))
        return text

    async def _retried(self, call: Callable[[], Awaitable[T]]) -> T:
        """The call's result, repeated while that may help. Raises `ModelError`."""
        tried = 0
        while True:
            try:
                return await call()
            except Exception as error:  # of any client; what it means is told by `explain`
                failure = explain(error, self.backend.endpoint)
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
            await asyncio.sleep(pause)

    def _adapt(self, parameter: str) -> bool:
        """Go without a parameter that this model does not take; whether that is possible."""
        name = parameter.partition(".")[0]
        if name not in self._parameters or name in self._refused:
            return False
        self._refused.add(name)
        if name in _LIMITS and _LIMITS[name] not in self._refused:
            self._parameters[_LIMITS[name]] = self._settings.max_tokens
        del self._parameters[name]
        return True

    def _sent(self) -> dict[str, Any]:
        """Parameters of a request; llama-index sends a temperature unless told not to."""
        if self.backend.provider not in OPENAI_PROTOCOL:
            return {}
        from openai import omit

        return {"temperature": omit, **self._parameters}

    def _check_end(self, ended: str | None, length: int) -> None:
        """Raises `ModelError` for a reply that is empty, cut or broken off."""
        if ended in ("length", "max_tokens", "MAX_TOKENS"):
            raise self._too_long(f"{self._settings.max_tokens} tokens")
        if ended is None and self.backend.provider not in _NO_MARK_OF_END:
            raise dropped(self.backend.endpoint)
        if ended == "content_filter":
            raise ModelError(f"{self.name} withheld its reply (content filter).", "rejected")
        if not length:
            raise ModelError(f"{self.name} sent an empty reply.", "empty")

    def _too_long(self, limit: str) -> ModelError:
        return ModelError(
            f"The reply of {self.name} was cut at {limit}: raise RAG_MAX_TOKENS or "
            "RAG_LLM_DEADLINE, or ask for less.",
            "endless",
        )

    def _meter(self, meter: UsageMeter, sent: int, counted: tuple[int, int], *, told: bool) -> None:
        """Count a call, and learn how the server counts."""
        tokens_in, tokens_out = counted
        if told and sent:
            self._ratio = max(1.0, self._ratio * tokens_in / sent)
        row = self._price()
        local = self.backend.provider == "ollama"
        cost = 0.0 if local else None
        if row:
            cost = (tokens_in * row.dollars_in + tokens_out * row.dollars_out) / 1e6
        meter.add(tokens_in, tokens_out, cost)

    def _price(self) -> ModelInfo | None:
        settings = self._settings
        own = settings.price_in, settings.price_out
        if self.name == settings.llm and own != (None, None):
            return ModelInfo(self.backend.window, own[0] or 0.0, own[1] or 0.0)
        return listed(self.backend.model, settings.prices)

    def _count(self, messages: Sequence[Message]) -> int:
        return sum(self.count_tokens(message.content) + 4 for message in messages)

    # -- cache -------------------------------------------------------------------------------------

    def _key(self, kind: str, messages: Sequence[Message]) -> str:
        settings = self._settings
        given = {
            "kind": kind,
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
            "seed": settings.seed,
            "reasoning_effort": settings.reasoning_effort,
            "window": self.backend.window,
        }
        return request_key(self.name, self.backend.url, given, messages)

    def _kept(self, key: str, fresh: bool) -> str | None:
        return None if fresh or self.cache is None else self.cache.get(key)

    def _keep(self, key: str, reply: str) -> None:
        if self.cache is not None and reply.strip():
            self.cache.put(key, reply)


def _chat_messages(messages: Sequence[Message]) -> list[ChatMessage]:
    from llama_index.core.llms import ChatMessage, MessageRole

    return [ChatMessage(role=MessageRole(m.role), content=m.content) for m in messages]
