"""MiniLM as an embedder: texts to unit vectors, on ONNX Runtime or OpenVINO.

Only this file imports tokenizers and onnxruntime.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rag.embed.minilm_reader import MiniLMReader
from rag.embed.minilm_verifier import MiniLMVerifier
from rag.embed.onnx_graph import WEIGHTS_SHA256, ModelFiles, cached_graph, write_graph
from rag.errors import ConfigError
from rag.types import TokenStates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

    from rag.types import Vectors

WINDOW = 1024
"""Texts tokenised at once; bounds memory and still leaves enough to find equal lengths."""
BATCH_TOKENS = 256
"""Tokens in a batch; more of them would leave the processor's cache and run slower."""
MOST_FOR_ONE = 4
"""Threads that work on a single short text together; more would wait for each other."""


class Engine(Protocol):
    """Runs the model; from several threads at once."""

    precision: str
    dimension: int

    def run(self, ids: NDArray[np.int32], *, alone: bool = False) -> Vectors:
        """Unit vectors of shape (batch, dimension) for token ids of shape (batch, tokens).

        `alone` says that no other batch is waiting, so that all threads may work on this one.
        """

    def states(self, ids: NDArray[np.int32]) -> tuple[Vectors, Vectors]:
        """The same vectors, and those of the tokens after half of the layers: of shape (batch,
        tokens, dimension), of any length."""


class MiniLM:
    """all-MiniLM-L6-v2; one may be used from several threads at once."""

    def __init__(
        self,
        files: ModelFiles,
        *,
        cache_dir: Path,
        threads: int | None = None,
        max_tokens: int = 256,
        sha256: str = WEIGHTS_SHA256,
        engine: Literal["onnx", "openvino"] = "onnx",
    ) -> None:
        if not 3 <= max_tokens <= 512:
            raise ConfigError(f"max_tokens of MiniLM must be from 3 to 512, not {max_tokens}.")
        self._max_tokens = max_tokens
        self._files = files
        self._cache_dir = cache_dir
        self._threads = threads or os.cpu_count() or 1
        self._engine: Engine
        if engine == "openvino":
            from rag.embed.openvino import OpenVINO

            self._engine = OpenVINO(files.weights, cache_dir, self._threads, sha256=sha256)
        else:
            self._engine = Onnx(files.weights, cache_dir, self._threads, sha256=sha256)
        self._tokenizer = open_tokenizer(files.tokenizer)
        self._start, self._end = self._tokenizer.encode("").ids

    @property
    def name(self) -> str:
        return f"minilm-l6-v2-{self._engine.precision}-{self._max_tokens}"

    @property
    def dimension(self) -> int:
        return self._engine.dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def count_tokens(self, text: str) -> int:
        """How many word pieces the text takes, without special tokens and untruncated."""
        return len(self._tokenizer.encode(encodable(text), add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1, in order."""
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(texts), WINDOW):
            rows = self._tokenize(texts[first : first + WINDOW])
            batches = list(_batches([len(row) for row in rows]))

            def compute(batch: list[int], first: int = first, rows: list[list[int]] = rows) -> None:
                ids = np.array([rows[i] for i in batch], dtype=np.int32)
                vectors[np.array(batch) + first] = self._engine.run(ids, alone=len(texts) == 1)

            if len(batches) == 1 or self._threads == 1:
                for batch in batches:
                    compute(batch)
            else:
                # A thread a batch, instead of all threads on each: nobody waits for the others.
                list(self._pool.map(compute, batches))
        return vectors

    def token_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Each text read halfway, in order, up to `max_tokens`."""
        import numpy as np

        rows = self._tokenize(texts)
        found: dict[int, TokenStates] = {}

        def compute(batch: list[int]) -> None:
            ids = np.array([rows[i] for i in batch], dtype=np.int32)
            pooled, middle = self._engine.states(ids)
            for place, index in enumerate(batch):
                found[index] = TokenStates(
                    middle[place].copy(), pooled[place].copy(), tuple(rows[index])
                )

        list(self._pool.map(compute, _batches([len(row) for row in rows])))
        return [found[index] for index in range(len(texts))]

    @cached_property
    def reader(self) -> MiniLMReader:
        """Reads a question together with an abstract, from such vectors on."""
        opened = partial(open_session, threads=self._threads)
        return MiniLMReader(self._files.weights, self._cache_dir, opened)

    @cached_property
    def verifier(self) -> MiniLMVerifier:
        """Reads a claim together with what it cites, from such vectors on."""
        return MiniLMVerifier()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="embed")

    def _tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch_fast(
            [encodable(text) for text in texts], add_special_tokens=False
        )
        return [self._row(encoding) for encoding in encodings]

    def _row(self, encoding: Encoding) -> list[int]:
        return [self._start, *encoding.ids[: self._max_tokens - 2], self._end]


def encodable(text: str) -> str:
    """The text with `?` for lone surrogates, which have no UTF-8 form."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of texts of the same length, at most BATCH_TOKENS a batch, the longest texts first.

    Equal lengths need no padding and no mask; a vector hangs on its neighbours only by rounding.
    """
    groups: dict[int, list[int]] = {}
    for index, length in enumerate(lengths):
        groups.setdefault(length, []).append(index)
    for length, group in sorted(groups.items(), reverse=True):
        size = max(1, BATCH_TOKENS // length)
        for first in range(0, len(group), size):
            yield group[first : first + size]


class Onnx:
    """The graph of `rag.embed.onnx_graph` on ONNX Runtime."""

    precision = "fp32"

    def __init__(self, weights: Path, cache_dir: Path, threads: int, *, sha256: str) -> None:
        self._open = partial(_open_session, weights, cache_dir, sha256=sha256)
        self._session = self._open(1)
        self._threads = min(MOST_FOR_ONE, threads)
        self._lone = 0
        self.dimension = int(self._session.get_outputs()[0].shape[1])

    def run(self, ids: NDArray[np.int32], *, alone: bool = False) -> Vectors:
        self._lone += alone
        # A process that asks once does not wait for a second session to load.
        session = self._wide if alone and self._lone > 1 and self._threads > 1 else self._session
        vectors: Vectors = session.run(["vectors"], {"ids": ids})[0]
        return vectors

    def states(self, ids: NDArray[np.int32]) -> tuple[Vectors, Vectors]:
        vectors, middle = self._session.run(["vectors", "middle"], {"ids": ids})
        return vectors, middle

    @cached_property
    def _wide(self) -> Any:
        """Half the time for one text, and the same vector to the bit; 40 MB."""
        return self._open(self._threads)


def open_tokenizer(path: Path) -> Tokenizer:
    """A tokenizer that neither pads nor cuts, whatever its file says."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def open_session(path: Path, threads: int, *, fused: bool = True) -> Any:
    """A session on an ONNX file; one that we wrote is `fused`."""
    from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait for the next question must not do so in a loop.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.log_severity_level = 3
    if fused:  # what is left to optimise costs more than it brings
        options.graph_optimization_level = GraphOptimizationLevel.ORT_DISABLE_ALL
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _open_session(weights: Path, cache_dir: Path, threads: int, *, sha256: str) -> Any:
    """A session on the cached graph; a file that cannot be read is built again, once."""
    from onnxruntime.capi.onnxruntime_pybind11_state import (
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
        NoSuchFile,
    )

    path = cached_graph(weights, cache_dir, sha256=sha256)
    try:
        return open_session(path, threads)
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile):
        write_graph(weights, path, sha256=sha256)
        return open_session(path, threads)
