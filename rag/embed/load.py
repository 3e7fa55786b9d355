"""Embedders by name: MiniLM, models as ONNX files, and the embedding classes of llama-index."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rag.embed.minilm import MiniLM
from rag.embed.onnx_embedder import OnnxEmbedder
from rag.embed.onnx_files import find_onnx, is_onnx
from rag.embed.onnx_graph import find_model
from rag.errors import ConfigError, ModelError, missing_extra
from rag.plugins import EMBEDDERS, installed, make
from rag.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from rag.types import Embedder, Vectors


def load_embedder(
    name: str = "minilm",
    *,
    cache_dir: Path,
    threads: int | None = None,
    max_tokens: int = 256,
    model_dir: Path | None = None,
    api_key: str | None = None,
    base_url: str | None = None,
) -> Embedder:
    """The embedder called `name`: `minilm`, `openvino/minilm`, `onnx/REPOSITORY-OR-FOLDER`, or
    `openai/…`, `huggingface/…` or `ollama/…`.

    `cache_dir` receives what is computed from a model once; `threads` defaults to all cores.
    `model_dir` holds `model.safetensors` and `tokenizer.json` of MiniLM; `max_tokens`, at most
    512, is where MiniLM truncates. Raises ConfigError when the name, the model or a package
    is missing.
    """
    if name in ("minilm", "openvino/minilm"):
        if name != "minilm" and find_spec("openvino") is None:
            raise missing_extra(f"The embedder {name}", "openvino")
        return MiniLM(
            find_model(model_dir), cache_dir=cache_dir, threads=threads, max_tokens=max_tokens,
            engine="onnx" if name == "minilm" else "openvino",
        )  # fmt: skip
    if is_onnx(name):
        return OnnxEmbedder(find_onnx(name, "RAG_EMBEDDING"), threads)
    return _load_integration(name, api_key=api_key, base_url=base_url)


def embedder_for(settings: Settings) -> Embedder:
    """The embedder that the settings name; also one that another package brings.

    Raises ConfigError when the name, the model or a package is missing.
    """
    name = settings.embedding
    provider, _, model = name.partition("/")
    # Plug-ins are looked for only when nothing else has the name: that takes a while.
    ours = ("openvino", "onnx", *_LOADERS)
    if model and provider not in ours and provider in installed(EMBEDDERS):
        return as_embedder(make(EMBEDDERS, provider, model, settings), name)
    return load_embedder(
        name,
        cache_dir=settings.cache,
        threads=settings.threads,
        model_dir=settings.model_dir,
        api_key=settings.openai_api_key.get_secret_value() or None,
        base_url=settings.base_url,
    )


def as_embedder(embedding: BaseEmbedding | Embedder, name: str = "") -> Embedder:
    """An embedding model of llama-index that the user made, behind our interface; ours as it is.

    It is known by its class and `model_name`, unless by `name`. That is part of an index's
    fingerprint: two that differ otherwise need different names. What it raises comes out as
    ModelError.
    """
    if hasattr(embedding, "embed"):  # told apart without llama-index, which takes long to load
        return cast("Embedder", embedding)
    name = name or f"{type(embedding).__name__}/{embedding.model_name}"
    return LlamaIndexEmbedder(embedding, name, errors=(Exception,))


class LlamaIndexEmbedder:
    """An embedding model of llama-index, its vectors scaled to length 1.

    `errors` are what the model raises when it does not answer; they come out as ModelError.
    """

    def __init__(
        self, model: BaseEmbedding, name: str, *, errors: tuple[type[Exception], ...] = ()
    ) -> None:
        self._model = model
        self._name = name
        self._errors = errors

    @property
    def name(self) -> str:
        return self._name

    @cached_property
    def dimension(self) -> int:
        """Learnt from the model's first answer, so this may be a request."""
        return len(self._request(["dimension"])[0])

    @property
    def max_tokens(self) -> int:
        """What the model says of itself, else the 8191 of OpenAI's models."""
        return int(getattr(self._model, "max_length", None) or 8191)

    def count_tokens(self, text: str) -> int:
        """Tokens as OpenAI counts them; for other models an estimate."""
        from llama_index.core.utils import get_tokenizer

        return len(get_tokenizer()(text))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1, in order.

        Raises ModelError when the model does not answer, or with fewer vectors than texts.
        """
        import numpy as np

        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        # Some services refuse an empty text; a space means the same to those that do not.
        vectors = np.array(self._request([text or " " for text in texts]), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if len(vectors) != len(texts) or not lengths.all():
            raise ModelError(f"{self._name} did not return one vector for each text; try again.")
        unit: Vectors = vectors / lengths
        return unit

    def _request(self, texts: list[str]) -> list[list[float]]:
        try:
            return self._model.get_text_embedding_batch(texts)
        except self._errors as error:
            raise ModelError(f"{self._name}: {error}") from error


def _load_integration(name: str, *, api_key: str | None, base_url: str | None) -> Embedder:
    """The embedder `provider/model` through llama-index's package for that provider."""
    provider, _, model = name.partition("/")
    if provider not in _LOADERS or not model:
        names = ["minilm", "openvino/minilm", "onnx/REPOSITORY-OR-FOLDER"]
        names += [f"{key}/MODEL" for key in (*_LOADERS, *installed(EMBEDDERS))]
        raise ConfigError(
            f"There is no embedder called {name!r}: use {', '.join(names[:-1])} or {names[-1]}."
        )
    try:
        return _LOADERS[provider](name, model, api_key, base_url)
    except ImportError as error:
        raise missing_extra(f"The embedder {name}", provider) from error


def _openai(name: str, model: str, api_key: str | None, base_url: str | None) -> LlamaIndexEmbedder:
    from llama_index.embeddings.openai import OpenAIEmbedding
    from openai import OpenAIError

    if not api_key and not base_url:
        raise ConfigError(f"The embedder {name} needs a key: set OPENAI_API_KEY.")
    engine = OpenAIEmbedding(
        model_name=model,
        # Both are always given, so that llama-index looks for neither in the environment.
        api_key=api_key or "none",
        api_base=base_url or "https://api.openai.com/v1",
        # It retries twice over: inside the client, and around it.
        max_retries=3,
        timeout=60.0,
    )
    return LlamaIndexEmbedder(engine, name, errors=(OpenAIError,))


def _huggingface(
    name: str, model: str, api_key: str | None, base_url: str | None
) -> LlamaIndexEmbedder:
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    try:
        engine = HuggingFaceEmbedding(model_name=model, **({"token": api_key} if api_key else {}))
    except OSError as error:
        raise ConfigError(f"The embedder {name} could not be loaded: {error}") from error
    return LlamaIndexEmbedder(engine, name)


def _ollama(name: str, model: str, api_key: str | None, base_url: str | None) -> LlamaIndexEmbedder:
    from httpx import HTTPError
    from llama_index.embeddings.ollama import OllamaEmbedding
    from ollama import ResponseError

    engine = OllamaEmbedding(
        model_name=model,
        base_url=base_url or "http://localhost:11434",
        client_kwargs={"timeout": 60.0},
    )
    return LlamaIndexEmbedder(engine, name, errors=(ResponseError, HTTPError, ConnectionError))


_LOADERS = {"openai": _openai, "huggingface": _huggingface, "ollama": _ollama}
