"""A language model behind one small interface: streamed or whole replies, metered and cached.

Waits and limits are the same for all providers; failures come out as `ModelError`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pydantic import SecretStr

from rag.errors import ConfigError, Failure, ModelError
from rag.llm.backends import OPENAI_PROTOCOL, Backend, Role, backend_for
from rag.llm.background import Stop, iterate, wait_for
from rag.llm.cache import ReplyCache, request_key
from rag.llm.client import SHOWN, Client
from rag.llm.failures import all_thinking, dropped, excerpt, explain
from rag.llm.pricing import dollars
from rag.llm.providers import reply_limit
from rag.llm.thinking import without_thinking
from rag.llm.usage import RunContext, UsageMeter, counts, ending
from rag.types import Message

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.settings import Settings

logger = logging.getLogger(__name__)

CHARACTERS_PER_TOKEN = 8
"""More than any tokeniser averages over a reply; beyond it a server ignores the limit given."""
_MARK_THEIR_END = (*OPENAI_PROTOCOL, "ollama")
"""Providers whose llama-index class tells how a reply ended."""


class LanguageModel:
    """One model as the settings name it; safe to share between threads.

    Raises `ConfigError` when a key, an address or a package is missing.
    """

    def __init__(
        self,
        backend: Backend,
        settings: Settings,
        cache: ReplyCache | None = None,
        *,
        llm: LLM | None = None,
    ) -> None:
        self.cache = cache
        self._settings = settings
        self._client = Client(backend, settings, llm)
        if not backend.context_window:
            window = self._client.llm.metadata.context_window
            backend = replace(backend, context_window=window)
        self.backend = backend
        self._reply_limit = reply_limit(backend, settings)
        self._token_ratio = 1.0
        """Tokens as the server counts them to ours, learnt from its replies; never below 1."""

    @property
    def name(self) -> str:
        return self.backend.name

    @property
    def prompt_budget(self) -> int:
        """How many tokens a request may have, so that the reply still fits."""
        return max(self.backend.context_window - self._reply_limit - 64, 256)

    @property
    def reply_budget(self) -> int:
        """How many tokens a reply may have, the thinking before it left aside."""
        return self._settings.max_tokens

    def count_tokens(self, text: str) -> int:
        """How many tokens a text takes: tiktoken's count, corrected by what the server counted."""
        from llama_index.core.utils import get_tokenizer

        return int(len(get_tokenizer()(text)) * self._token_ratio) + 1

    def stream(
        self, messages: Sequence[Message], meter: UsageMeter, stop: Stop, *, fresh: bool = False
    ) -> Iterator[str]:
        """The reply in pieces as they come, or whole from the cache unless `fresh`.

        Raises `ModelError`, also in mid-reply; what came before it stands.
        """
        key = self._key("stream", messages)
        if (reply := self._cached(key, fresh)) is not None:
            meter.cached += 1
            yield reply
            return
        pieces: list[str] = []
        for piece in iterate(lambda: self._stream(messages, meter), stop):
            pieces.append(piece)
            yield piece
        self._keep(key, "".join(pieces))

    def complete(
        self, messages: Sequence[Message], meter: UsageMeter, stop: Stop, *, fresh: bool = False
    ) -> str:
        """The whole reply. Raises `ModelError`."""
        key = self._key("whole", messages)
        if (reply := self._cached(key, fresh)) is not None:
            meter.cached += 1
            return reply
        reply = wait_for(self._complete(messages, meter), stop)
        self._keep(key, reply)
        return reply

    def complete_all(
        self, requests: Sequence[Sequence[Message]], meter: UsageMeter, stop: Stop
    ) -> list[str]:
        """The replies to several requests at once, in order. Raises `ModelError`."""
        keys = [self._key("whole", messages) for messages in requests]
        replies = [self._cached(key, False) for key in keys]
        uncached = [n for n, reply in enumerate(replies) if reply is None]

        async def every() -> list[str]:
            gate = asyncio.Semaphore(4)

            async def complete(number: int) -> str:
                async with gate:
                    return await self._complete(requests[number], meter)

            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(complete(n)) for n in uncached]
            return [task.result() for task in tasks]

        meter.cached += len(requests) - len(uncached)
        try:
            new = wait_for(every(), stop) if uncached else []
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        for number, reply in zip(uncached, new, strict=True):
            replies[number] = reply
            self._keep(keys[number], reply)
        return [reply or "" for reply in replies]

    # -- inside, on the background loop ----------------------------------------------------------

    async def _stream(
        self, messages: Sequence[Message], meter: UsageMeter
    ) -> AsyncGenerator[str, None]:
        """The pieces of one reply; metered also when it breaks off."""
        started = time.perf_counter()
        pieces: list[str] = []
        length, reason, counted = 0, None, None
        limit = self._reply_limit * CHARACTERS_PER_TOKEN
        try:
            async with asyncio.timeout(self._settings.llm_deadline):
                async for part in self._client.stream(messages):
                    counted = counts(part) or counted
                    reason = ending(part.raw) or reason
                    if part.delta:
                        pieces.append(part.delta)
                        length += len(part.delta)
                        yield part.delta
                    if length > limit:
                        reason = "length"
                        break
            self._check_end(reason, without_thinking("".join(pieces)))
        except ModelError:
            raise
        except TimeoutError:
            raise self._too_long(f"{self._settings.llm_deadline:g} s") from None
        except Exception as error:
            raise explain(error, self.backend.endpoint) from None
        finally:
            guess = (self._count(messages), -(-length // 4)) if length else (0, 0)
            self._account(meter, messages, counted, guess)
            self._log("".join(pieces), counted or guess, started)

    async def _complete(self, messages: Sequence[Message], meter: UsageMeter) -> str:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._settings.llm_deadline):
                response = await self._client.complete(messages)
        except TimeoutError:
            raise self._too_long(f"{self._settings.llm_deadline:g} s") from None
        reply = without_thinking(response.message.content or "")
        counted, guess = counts(response), (self._count(messages), len(reply) // 4)
        self._account(meter, messages, counted, guess)
        self._log(reply, counted or guess, started)
        self._check_end(ending(response.raw) or "stop", reply)
        return reply

    def _check_end(self, reason: str | None, said: str) -> None:
        """Raises `ModelError` for a reply that is empty but for thinking, cut or broken off."""
        if reason in ("length", "max_tokens", "MAX_TOKENS"):
            if not said:
                raise all_thinking(self.backend.endpoint, self._reply_limit)
            raise self._too_long(f"{self._reply_limit} tokens")
        if reason is None and self.backend.provider in _MARK_THEIR_END:
            raise dropped(self.backend.endpoint)
        if reason == "content_filter":
            raise ModelError(f"{self.name} withheld its reply (content filter).", "rejected")
        if not said:
            raise ModelError(f"{self.name} sent an empty reply.", "empty")

    def _too_long(self, limit: str) -> ModelError:
        return ModelError(
            f"The reply of {self.name} was cut at {limit}: raise RAG_MAX_TOKENS or "
            "RAG_LLM_DEADLINE, or ask for less.",
            "endless",
        )

    def _account(
        self,
        meter: UsageMeter,
        messages: Sequence[Message],
        counted: tuple[int, int] | None,
        guess: tuple[int, int],
    ) -> None:
        """Count a call, and learn how the server counts."""
        if counted and (sent := self._count(messages)):
            self._token_ratio = max(1.0, self._token_ratio * counted[0] / sent)
        tokens_in, tokens_out = counted or guess
        cost = dollars(self.backend.name, self._settings, tokens_in, tokens_out)
        meter.add(tokens_in, tokens_out, cost)

    def _log(self, reply: str, tokens: tuple[int, int], started: float) -> None:
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug(
                "%s took %.2f s, %d tokens in, %d out; %d characters: %s",
                self.name, time.perf_counter() - started, *tokens, len(reply),
                excerpt(reply, self.backend.endpoint.secrets, SHOWN),
            )  # fmt: skip

    def _count(self, messages: Sequence[Message]) -> int:
        return sum(self.count_tokens(message.content) + 4 for message in messages)

    # -- cache -------------------------------------------------------------------------------------

    def _key(self, kind: str, messages: Sequence[Message]) -> str:
        settings = self._settings
        # These names are part of the key: with others, no reply that is kept would be found.
        parameters = {
            "kind": kind,
            "temperature": settings.temperature,
            "max_tokens": self._reply_limit,
            "seed": settings.seed,
            "reasoning_effort": settings.reasoning_effort,
            "window": self.backend.context_window,
        }
        return request_key(self.name, self.backend.url, parameters, messages)

    def _cached(self, key: str, fresh: bool) -> str | None:
        return None if fresh or self.cache is None else self.cache.get(key)

    def _keep(self, key: str, reply: str) -> None:
        if self.cache is not None and reply.strip():
            self.cache.put(key, reply)


def as_language_model(llm: LLM | LanguageModel, settings: Settings) -> LanguageModel:
    """A model of llama-index that the user made, behind our interface; ours is taken as it is.

    It is called as it is set up: of the settings only limits, retries and prices concern it. Its
    own retries, where it has some, are turned off in a copy. Its replies are not kept on disk, for
    they depend on more than its name. One that is not asynchronous holds up other calls.
    """
    if not hasattr(llm, "astream_chat"):  # it has our methods, whatever its class
        return llm
    given = cast("LLM", llm)
    if getattr(given, "max_retries", 0):
        given = given.model_copy(update={"max_retries": 0})
    backend = Backend(
        provider=type(given).__name__,
        model=given.metadata.model_name,
        url=None,
        key=SecretStr(str(getattr(given, "api_key", None) or "")),
        key_name="the model that was given",
        context_window=settings.context or given.metadata.context_window,
    )
    return LanguageModel(backend, settings, llm=given)


def ask_helper(model: LanguageModel, request: Sequence[Message], context: RunContext) -> str | None:
    """The whole reply to a step that can be done without; None when it failed, which is noted.

    Raises `ModelError` only when the question was stopped.
    """
    try:
        return model.complete(request, context.meter, context.stop, fresh=context.fresh)
    except ModelError as error:
        context.note(error)
        return None


def probe(settings: Settings, role: Role) -> str:
    """Call the model of a role once; "" when it answered, else the sentence of its failure."""
    try:
        backend = backend_for(settings, role)
        if backend is None:
            return ""
        model = LanguageModel(backend, settings)
        model.complete([Message("user", "Reply with the word: ready")], UsageMeter(), Stop())
    except ModelError as error:
        alive: tuple[Failure, ...] = ("endless", "empty")  # it does answer
        return "" if error.kind in alive else str(error)
    except ConfigError as error:
        return str(error)
    return ""
