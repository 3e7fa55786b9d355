"""Cross-encoders: a question and an abstract, or an abstract and a claim, read as one text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.embed.onnx_files import OnnxFiles, find_onnx
from rag.embed.onnx_model import OnnxModel
from rag.errors import ConfigError
from rag.plugins import sentence

if TYPE_CHECKING:
    from rag.types import Vectors


class CrossEncoder:
    """A classifier of pairs; one may be used from several threads at once."""

    def __init__(self, files: OnnxFiles, threads: int | None = None) -> None:
        self._model = OnnxModel(files, threads)
        outputs = self._model.outputs
        self._output = "logits" if "logits" in outputs else outputs[0]
        try:
            logits = self.logits("a", ["b"])  # so that what is wrong is told at once
        except Exception as error:  # whatever the graph does not take
            raise ConfigError(f"{files.name} does not run: {sentence(error)}") from error
        if logits.ndim != 2:
            raise ConfigError(f"{files.name} is no cross-encoder: it does not classify texts.")
        named: dict[str, str] = files.read("config.json").get("id2label") or {}
        places = range(logits.shape[1])
        self.labels = [str(named.get(str(place), f"LABEL_{place}")) for place in places]
        """What the classes are called, in the order of the logits."""

    def fits(self, text: str) -> bool:
        """Whether a text is read whole, and leaves at least as much room for the passage."""
        return len(self._model.tokens([text])[0].ids) <= self._half

    def logits(self, text: str, passages: Sequence[str], *, passage_first: bool = False) -> Vectors:
        """Of shape (passages, labels). Passages are cut to what fits beside the text; the text
        itself only where it does not `fit`."""
        import numpy as np

        if not passages:
            return np.empty((0, len(self.labels)), dtype=np.float32)
        (beside,) = self._model.tokens([text])
        beside.truncate(self._half)
        encodings = []
        for passage in self._model.tokens(passages):
            passage.truncate(self._model.room(pair=True) - len(beside.ids))
            pair = (passage, beside) if passage_first else (beside, passage)
            encodings.append(self._model.joined(*pair))
        rows: dict[int, Vectors] = {}
        for batch, values, _ in self._model.run(encodings, self._output):
            rows |= dict(zip(batch, values, strict=True))
        return np.stack([rows[n] for n in range(len(passages))])

    @property
    def _half(self) -> int:
        return self._model.room(pair=True) // 2


@lru_cache(maxsize=2)
def load_cross_encoder(name: str, setting: str, threads: int | None = None) -> CrossEncoder:
    """The model that `setting` names, kept; `ConfigError` when it cannot be had or is another kind.

    `threads` defaults to all cores.
    """
    return CrossEncoder(find_onnx(name, setting), threads)
