"""Tiny published models, as folders with an ONNX file: a row of numbers for each word, no more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
SECOND = "2:"
"""Before a word that is meant as one of the second text of a pair."""


def write_model(
    folder: Path,
    rows: Mapping[str, Sequence[float]],
    *,
    output: str = "logits",
    file: str = "model.onnx",
    inputs: Sequence[str] = ("input_ids", "attention_mask", "token_type_ids"),
    config: Mapping[str, object] | None = None,
    **files: object,
) -> Path:
    """A folder with a model that knows the words of `rows`; the folder.

    `logits` are the sums of a pair's rows, and any other output is the rows themselves. The row of
    [PAD] is large, so that padding that counts is seen. `files` are JSON files without their ends.
    """
    words = [*SPECIAL, *(w for w in rows if w not in SPECIAL and not w.startswith(SECOND))]
    width = len(next(iter(rows.values())))
    table = np.zeros((2 * len(words), width), dtype=np.float32)
    for number, word in enumerate(words):
        table[number] = rows.get(word, np.full(width, 50.0 if word == "[PAD]" else 0.0))
        table[number + len(words)] = rows.get(f"{SECOND}{word}", table[number])
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(_graph(table, output, inputs))
    (folder / "tokenizer.json").write_text(_tokenizer(words), encoding="utf-8")
    for name, content in {"config": dict(config or {}), **files}.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder


def _graph(table: np.ndarray, output: str, inputs: Sequence[str]) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    known = {"words": np.array(len(table) // 2), "last": np.array([-1]), "tokens": np.array([1])}
    constants = [numpy_helper.from_array(value, name) for name, value in known.items()]
    nodes = [
        helper.make_node("Mul", ["token_type_ids", "words"], ["shift"]),
        helper.make_node("Add", ["input_ids", "shift"], ["at"]),
        helper.make_node("Gather", ["table", "at"], ["rows"]),
    ]
    if "token_type_ids" not in inputs:
        nodes = [helper.make_node("Gather", ["table", "input_ids"], ["rows"])]
    if output == "logits":
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "last"], ["seen"]),
            helper.make_node("Mul", ["rows", "seen"], ["kept"]),
            helper.make_node("ReduceSum", ["kept", "tokens"], [output], keepdims=0),
        ]
    else:
        nodes.append(helper.make_node("Identity", ["rows"], [output]))
    shape = ["batch", "tokens", table.shape[1]]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(n, TensorProto.INT64, shape[:2]) for n in inputs],
        [helper.make_tensor_value_info(
            output, TensorProto.FLOAT, shape[::2] if output == "logits" else shape
        )],
        [*constants, numpy_helper.from_array(table, "table")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def _tokenizer(words: Sequence[str]) -> str:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.enable_truncation(4)  # to be undone, as in published files
    tokenizer.enable_padding(length=9)
    return str(tokenizer.to_str())
