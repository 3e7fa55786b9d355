"""Published embedding models as ONNX files, used as sentence-transformers would use them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.embed.onnx_files import OnnxFiles
from rag.embed.onnx_model import OnnxModel
from rag.errors import ConfigError
from rag.plugins import sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.types import Vectors

POOLED = "sentence_embedding"
"""The output of graphs that pool by themselves."""
TINY = 1e-12
STATES = ("token_embeddings", "last_hidden_state")
FIRST = {"cls", "pooling_mode_cls_token"}
MEAN = {"mean", "pooling_mode_mean_tokens"}
"""What 1_Pooling/config.json calls a mode, in newer and older files."""


class OnnxEmbedder:
    """An `Embedder` and a `QueryEmbedder`; one may be used from several threads at once."""

    def __init__(self, files: OnnxFiles, threads: int | None = None) -> None:
        self._model = OnnxModel(files, threads)
        self._name = f"onnx/{files.name}-{files.digest()[:12]}"
        outputs = self._model.outputs
        self._output = next((n for n in (POOLED, *STATES) if n in outputs), outputs[0])
        self._cls = self._output != POOLED and _pools_first(files)
        self._query, self._passage = _prompts(files)
        try:
            vectors = self.embed(["a"])  # so that what is wrong is told at once
        except Exception as error:  # whatever the graph does not take
            raise ConfigError(f"{files.name} does not run: {sentence(error)}") from error
        self._dimension = int(vectors.shape[1])

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._model.max_tokens

    def count_tokens(self, text: str) -> int:
        """How many of the model's tokens the text takes, without special tokens and untruncated."""
        return len(self._model.tokens([text])[0].ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1, in order."""
        return self._embed([f"{self._passage}{text}" for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The same of questions, after the prompt that the model has for them."""
        return self._embed([f"{self._query}{text}" for text in texts])

    def _embed(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        tokens = self._model.tokens(texts)
        for encoding in tokens:
            encoding.truncate(self._model.room(pair=False))
        rows: dict[int, Vectors] = {}
        encodings = [self._model.joined(encoding) for encoding in tokens]
        for batch, values, mask in self._model.run(encodings, self._output):
            pooled = self._pooled(values, mask)
            length = np.linalg.norm(pooled, axis=1, keepdims=True)
            unit = pooled / np.maximum(length, TINY)
            rows |= dict(zip(batch, unit, strict=True))
        return np.stack([rows[n] for n in range(len(texts))])

    def _pooled(self, values: Vectors, mask: NDArray[np.int64]) -> Vectors:
        """Vectors of any length: the sum points where the mean does."""
        import numpy as np

        if values.ndim == 2:
            return values
        if self._cls:
            return values[:, 0]
        pooled: Vectors = np.einsum("btd,bt->bd", values, mask.astype(values.dtype))
        return pooled


def _pools_first(files: OnnxFiles) -> bool:
    """Whether a text's vector is that of its first token, and not the mean of all.

    Raises `ConfigError` where it is another, or where something not in the graph comes after.
    """
    modules = files.read("modules.json", list)
    kinds = {str(module["type"]).rpartition(".")[2] for module in modules}
    if extra := sorted(kinds - {"Transformer", "Pooling", "Normalize"}):
        raise ConfigError(
            f"{files.name} has a part that its ONNX file lacks, {extra[0]}: take another model."
        )
    pooling = files.read("1_Pooling/config.json")
    modes = [key for key, on in pooling.items() if key.startswith("pooling_mode_") and on is True]
    mode = pooling.get("pooling_mode") or "+".join(modes) or "mean"
    if mode not in FIRST | MEAN:
        raise ConfigError(
            f"{files.name} makes a vector by {mode}, and only the mean and the first token are "
            "supported: take another model."
        )
    return mode in FIRST


def _prompts(files: OnnxFiles) -> tuple[str, str]:
    """What is put before questions and before passages, named as sentence-transformers names it."""
    config = files.read("config_sentence_transformers.json")
    prompts = config.get("prompts") or {}
    default = prompts.get(config.get("default_prompt_name")) or ""
    passage = (prompts.get(name) for name in ("document", "passage", "corpus"))
    return prompts.get("query") or default, next((p for p in passage if p is not None), default)
