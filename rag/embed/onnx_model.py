"""A published transformer as an ONNX file, run on ONNX Runtime without torch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rag.embed.minilm import encodable, open_session, open_tokenizer
from rag.embed.onnx_files import TOKENIZER, OnnxFiles
from rag.errors import ConfigError
from rag.plugins import sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding

    from rag.types import Vectors

BATCH = 16
"""Texts run together, padded to the longest of them."""
LONGEST = 512
"""Tokens; abstracts are shorter, and attention costs the square."""
FED = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""What a graph may want, and what tokenizers calls it."""
FROM_PADDING = {"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer"}
"""Architectures that count positions from the padding token on, and so lose some of them."""


class OnnxModel:
    """Tokenizer and graph; one may be used from several threads at once."""

    def __init__(self, files: OnnxFiles, threads: int | None = None) -> None:
        """Raises `ConfigError` for a file that cannot be read, or wants more than tokens."""
        self.name = files.name
        try:
            self._tokenizer = open_tokenizer(files.folder / TOKENIZER)
            self._session = open_session(files.graph, threads or os.cpu_count() or 1, fused=False)
        except Exception as error:  # those of ONNX Runtime and tokenizers share no class
            raise ConfigError(f"{files.name} cannot be loaded: {sentence(error)}") from error
        self._inputs = {each.name: each.type for each in self._session.get_inputs()}
        if unknown := sorted(set(self._inputs) - set(FED)):
            raise ConfigError(
                f"{files.name} wants {', '.join(unknown)} besides tokens: take a model that is an "
                "encoder, such as BERT."
            )
        self.outputs: list[str] = [each.name for each in self._session.get_outputs()]
        config = files.read("config.json")
        self._padding = int(config.get("pad_token_id") or 0)
        self.max_tokens = _max_tokens(files, config, self._padding)

    def tokens(self, texts: Sequence[str]) -> list[Encoding]:
        """The texts' tokens, without special ones and untruncated."""
        return self._tokenizer.encode_batch(list(map(encodable, texts)), add_special_tokens=False)

    def room(self, *, pair: bool) -> int:
        """How many tokens of texts fit, alone or as a pair."""
        return self.max_tokens - self._tokenizer.num_special_tokens_to_add(pair)

    def joined(self, first: Encoding, second: Encoding | None = None) -> Encoding:
        """A text or a pair with its special tokens."""
        return self._tokenizer.post_process(first, second)

    def run(
        self, encodings: Sequence[Encoding], output: str
    ) -> Iterator[tuple[list[int], Vectors, NDArray[np.int64]]]:
        """The output for all encodings, in batches of about the same length: which of them, values,
        and a mask that is 0 at padding."""
        import numpy as np

        order = sorted(range(len(encodings)), key=lambda n: len(encodings[n].ids))
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            fed = self._padded([encodings[n] for n in batch])
            types = {"tensor(int32)": np.int32}
            inputs = {
                name: fed[name].astype(types.get(kind, np.int64))
                for name, kind in self._inputs.items()
            }
            values = self._session.run([output], inputs)[0]
            yield batch, values.astype(np.float32), fed["attention_mask"]

    def _padded(self, encodings: Sequence[Encoding]) -> dict[str, NDArray[np.int64]]:
        import numpy as np

        longest = max(len(encoding.ids) for encoding in encodings)
        fed = {name: np.zeros((len(encodings), longest), dtype=np.int64) for name in FED}
        fed["input_ids"][:] = self._padding
        for row, encoding in enumerate(encodings):
            for name, attribute in FED.items():
                fed[name][row, : len(encoding.ids)] = getattr(encoding, attribute)
        return fed


def _max_tokens(files: OnnxFiles, config: dict[str, Any], padding: int) -> int:
    """The least of what the model's files say, and of `LONGEST`."""
    positions = config.get("max_position_embeddings")
    if isinstance(positions, int) and config.get("model_type") in FROM_PADDING:
        positions -= padding + 1
    stated = (
        LONGEST,
        positions,
        files.read("tokenizer_config.json").get("model_max_length"),
        files.read("sentence_bert_config.json").get("max_seq_length"),
    )
    return min(each for each in stated if isinstance(each, int) and each > 0)
