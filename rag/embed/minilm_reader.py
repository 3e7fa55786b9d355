"""A small reader made from MiniLM: a question and an abstract read together.

The lower half of MiniLM reads each sentence by itself, so that what it finds can be kept; the upper
half, adapted (LoRA, Hu et al. 2021, rank 8 on queries, values and inner layers), reads question,
title and sentences as one text. A sentence is scored by late interaction and a small head; another
head says that none answers, as in SQuAD 2.0. The 278,000 numbers that were trained, on the labelled
sentences of the training papers, are in `minilm_reader.npz`; docs/answers.md says how.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.atomic import replaced
from rag.embed.onnx_graph import VERSION, build_upper, read_safetensors
from rag.types import Judgement, TokenStates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

LAYERS = range(3, 6)
"""Those that read all together."""
SCALE = 2.0
"""Alpha over rank of the adaptation."""
ADAPTED = {
    "q": "attention.self.query",
    "v": "attention.self.value",
    "i": "intermediate.dense",
    "u": "output.dense",
}
_QUESTION, _TITLE, _SENTENCES = range(3)


class MiniLMReader:
    """Reads on from the token vectors of MiniLM; one may be used from several threads at once."""

    def __init__(self, weights: Path, cache_dir: Path, open_session: Callable[[Path], Any]) -> None:
        self._weights = weights
        self._open_session = open_session
        # What is written there follows from the trained numbers, and from how graphs are built.
        digest = hashlib.sha256(_trained_file().read_bytes()).hexdigest()
        self._path = cache_dir / f"minilm-reader-{VERSION}-{digest[:12]}.onnx"
        self._lock = threading.Lock()

    def judge(
        self, question: TokenStates, title: TokenStates, sentences: Sequence[TokenStates]
    ) -> Judgement:
        """Which sentence answers, and whether one does."""
        import numpy as np

        kind = self._trained["kind"]
        read = [question.middle + kind[_QUESTION], title.middle + kind[_TITLE]]
        parts = [*read, *(sentence.middle + kind[_SENTENCES] for sentence in sentences)]
        states: Array = self._run(np.concatenate(parts)[None])[0]
        ends = np.cumsum([len(part) for part in parts])
        inner = [
            states[end - len(part) + 1 : end - 1] for end, part in zip(ends, parts, strict=True)
        ]
        return self._judged(inner[0], inner[2:], states[0])

    def _judged(self, question: Array, sentences: Sequence[Array], opening: Array) -> Judgement:
        import numpy as np

        own = question.mean(axis=0)
        means = np.stack([s.mean(axis=0) if len(s) else own * 0 for s in sentences])
        asked = unit(question)
        late = [float((asked @ unit(s).T).max(axis=1).mean()) if len(s) else 0 for s in sentences]
        cosine = unit(means) @ unit(own)
        joined = np.hstack([means, np.broadcast_to(own, means.shape), means * own])
        first, second = self._trained["ab"]
        scores = first * np.array(late) + second * cosine + self._head(joined, "f", "w")
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        none = self._head(np.concatenate([shares @ means, own, opening])[None], "nl", "nw")[0]
        total = float(np.log(np.exp(scores - scores.max()).sum()) + scores.max())
        return Judgement([float(score) for score in scores], total - float(none))

    def _head(self, values: Array, inner: str, outer: str) -> Array:
        trained = self._trained
        hidden = gelu(values @ trained[f"{inner}.weight"].T + trained[f"{inner}.bias"])
        scores: Array = hidden @ trained[f"{outer}.weight"][0] + trained[f"{outer}.bias"][0]
        return scores

    def _run(self, states: Array) -> Array:
        read: Array = self._session.run(["read"], {"states": states})[0]
        return read

    @cached_property
    def _trained(self) -> dict[str, Array]:
        import numpy as np

        with _trained_file().open("rb") as file:
            return {name: value.astype(np.float32) for name, value in np.load(file).items()}

    @property
    def _session(self) -> Any:
        with self._lock:
            return self._opened

    @cached_property
    def _opened(self) -> Any:
        if not self._path.exists():
            self._write()
        return self._open_session(self._path)

    def _write(self) -> None:
        """The upper layers with their adaptation, put in place in one step, the graph last."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        data = self._path.with_suffix(".data")
        with replaced(data) as file:
            model = build_upper(self._adapted(), LAYERS, file, data.name)
        with replaced(self._path) as file:
            file.write(model)

    def _adapted(self) -> dict[str, Array]:
        weights = read_safetensors(self._weights)
        for number in LAYERS:
            for short, name in ADAPTED.items():
                at = f"encoder.layer.{number}.{name}.weight"
                up = self._trained[f"bert.{number - LAYERS[0]}.{short}.B"]
                down = self._trained[f"bert.{number - LAYERS[0]}.{short}.A"]
                weights[at] = weights[at] + SCALE * (up @ down)
        return weights


def _trained_file() -> Traversable:
    return files("rag.embed").joinpath("minilm_reader.npz")


def unit(values: Array) -> Array:
    """Rows of length 1."""
    import numpy as np

    unit: Array = values / (np.linalg.norm(values, axis=-1, keepdims=True) + 1e-12)
    return unit


def gelu(values: Array) -> Array:
    """GELU, as approximated with tanh."""
    import numpy as np

    bent: Array = 0.5 * values * (1 + np.tanh(0.7978845608 * (values + 0.044715 * values**3)))
    return bent
