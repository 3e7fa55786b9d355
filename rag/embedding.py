"""Text to unit vectors: MiniLM on ONNX Runtime, and the embedding classes of llama-index.

`load_embedder` is the way in. Only this file imports tokenizers, and onnxruntime for embedding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ConfigError, ModelError
from rag.minilm import WEIGHTS_SHA256, ModelFiles, cached_graph, find_model, write_graph

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from rag.types import Embedder, Vectors

WINDOW = 1024
"""Texts tokenised at once; bounds memory and still leaves enough to sort by length."""
BATCH_TOKENS = 1024
"""Tokens in a batch; more of them would leave the processor's cache and run slower."""


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
    """The embedder called `name`: `minilm`, or `openai/…`, `huggingface/…` or `ollama/…`.

    `cache_dir` receives what is computed from a model once; `threads` defaults to all cores.
    `model_dir` holds `model.safetensors` and `tokenizer.json` of MiniLM; `max_tokens`, at most
    512, is where MiniLM truncates. Raises ConfigError when the name, the model or a package
    is missing.
    """
    if name == "minilm":
        files = find_model(model_dir)
        return MiniLM(files, cache_dir=cache_dir, threads=threads, max_tokens=max_tokens)
    return _load_integration(name, api_key=api_key, base_url=base_url)


class MiniLM:
    """all-MiniLM-L6-v2 on ONNX Runtime; one may be used from several threads at once."""

    def __init__(
        self,
        files: ModelFiles,
        *,
        cache_dir: Path,
        threads: int | None = None,
        max_tokens: int = 256,
        sha256: str = WEIGHTS_SHA256,
    ) -> None:
        from tokenizers import Tokenizer

        if not 3 <= max_tokens <= 512:
            raise ConfigError(f"max_tokens of MiniLM must be from 3 to 512, not {max_tokens}.")
        self._max_tokens = max_tokens
        self._session = _open_session(files.weights, cache_dir, threads=threads, sha256=sha256)
        self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._start, self._end = self._tokenizer.encode("").ids
        self._dimension: int = self._session.get_outputs()[0].shape[1]

    @property
    def name(self) -> str:
        return f"minilm-l6-v2-fp32-{self._max_tokens}"

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def count_tokens(self, text: str) -> int:
        """How many word pieces the text takes, without special tokens and untruncated."""
        return len(self._tokenizer.encode(_encodable(text), add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1, in order."""
        import numpy as np

        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        for first in range(0, len(texts), WINDOW):
            rows = self._tokenize(texts[first : first + WINDOW])
            for batch in _batches([len(row) for row in rows]):
                index = np.array(batch) + first
                ids = np.array([rows[i] for i in batch], dtype=np.int32)
                vectors[index] = self._session.run(None, {"ids": ids})[0]
        return vectors

    def _tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        room = self._max_tokens - 2
        encodings = self._tokenizer.encode_batch_fast(
            [_encodable(text) for text in texts], add_special_tokens=False
        )
        return [[self._start, *encoding.ids[:room], self._end] for encoding in encodings]


def _encodable(text: str) -> str:
    """The text with `?` for lone surrogates, which have no UTF-8 form."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of texts of the same length, at most BATCH_TOKENS a batch.

    Equal lengths need no padding and no mask, and make a vector independent of its neighbours.
    """
    groups: dict[int, list[int]] = {}
    for index, length in enumerate(lengths):
        groups.setdefault(length, []).append(index)
    for length, group in groups.items():
        size = max(1, BATCH_TOKENS // length)
        for first in range(0, len(group), size):
            yield group[first : first + size]


def _open_session(weights: Path, cache_dir: Path, *, threads: int | None, sha256: str) -> Any:
    """A session on the cached graph; a file that cannot be read is built again, once."""
    from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions
    from onnxruntime.capi.onnxruntime_pybind11_state import (
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
        NoSuchFile,
    )

    options = SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The graph is fused already; what is left to optimise costs more than it brings.
    options.graph_optimization_level = GraphOptimizationLevel.ORT_DISABLE_ALL
    # Idle threads would burn a core each while a server or an ingest waits for something else.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")

    def load(path: Path) -> Any:
        return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    path = cached_graph(weights, cache_dir, sha256=sha256)
    try:
        return load(path)
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile):
        write_graph(weights, path, sha256=sha256)
        return load(path)


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
    loaders: dict[str, Callable[[], LlamaIndexEmbedder]] = {
        "openai": lambda: _openai(name, model, api_key=api_key, base_url=base_url),
        "huggingface": lambda: _huggingface(name, model, token=api_key),
        "ollama": lambda: _ollama(name, model, base_url=base_url),
    }
    if provider not in loaders or not model:
        raise ConfigError(
            f"There is no embedder called {name!r}: use minilm, openai/MODEL, huggingface/MODEL "
            "or ollama/MODEL."
        )
    try:
        return loaders[provider]()
    except ImportError as error:
        raise ConfigError(
            f"The embedder {name} needs a package that is not installed: run "
            f"`pip install 'paper-rag[{provider}]'`."
        ) from error


def _openai(
    name: str, model: str, *, api_key: str | None, base_url: str | None
) -> LlamaIndexEmbedder:
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


def _huggingface(name: str, model: str, *, token: str | None) -> LlamaIndexEmbedder:
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    try:
        engine = HuggingFaceEmbedding(model_name=model, **({"token": token} if token else {}))
    except OSError as error:
        raise ConfigError(f"The embedder {name} could not be loaded: {error}") from error
    return LlamaIndexEmbedder(engine, name)


def _ollama(name: str, model: str, *, base_url: str | None) -> LlamaIndexEmbedder:
    from httpx import HTTPError
    from llama_index.embeddings.ollama import OllamaEmbedding
    from ollama import ResponseError

    engine = OllamaEmbedding(
        model_name=model,
        base_url=base_url or "http://localhost:11434",
        client_kwargs={"timeout": 60.0},
    )
    return LlamaIndexEmbedder(engine, name, errors=(ResponseError, HTTPError, ConnectionError))
