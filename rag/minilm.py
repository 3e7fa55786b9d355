"""all-MiniLM-L6-v2 as an ONNX graph, built from the weights that its authors publish.

Only this file imports onnx. The graph uses ONNX Runtime's fused `com.microsoft` operators and
ends in mean pooling and normalisation, so a session returns finished sentence vectors.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Weights = dict[str, NDArray[np.float32]]

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` of sentence-transformers/all-MiniLM-L6-v2."""

GRAPH = "fp32-1"
"""Names what `build_graph` makes; a change of the graph must change it, for caches outlive us."""

HEAD_SIZE = 32
EPSILON = 1e-12


def cached_graph(weights: Path, cache_dir: Path, *, sha256: str = WEIGHTS_SHA256) -> Path:
    """The path of the ONNX file made from `weights`, which is built when it is not there yet.

    Raises ConfigError when the weights are not those that `sha256` (hexadecimal) stands for.
    """
    path = cache_dir / f"minilm-{GRAPH}-{sha256[:12]}.onnx"
    if not path.exists():
        write_graph(weights, path, sha256=sha256)
    return path


def write_graph(weights: Path, path: Path, *, sha256: str = WEIGHTS_SHA256) -> None:
    """Build the graph and put it in place in one step, so that no reader sees half a file."""
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if found != sha256:
        raise ConfigError(
            f"{weights} is not the model that was expected (its sha256 is {found}, not {sha256}); "
            "remove it and install the model again."
        )
    model = build_graph(read_safetensors(weights))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(model)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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


class _Graph:
    """Collects the nodes and constants of one ONNX graph."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(value, name))
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


def build_graph(weights: Weights) -> bytes:
    """A serialised ONNX model of BERT with mean pooling.

    Inputs `ids` and `mask`, int32 of shape (batch, tokens); output `vectors`, float32 of shape
    (batch, hidden), each of length 1.
    """
    from onnx import TensorProto, helper

    graph = _Graph()
    state = _embeddings(graph, weights)
    layers = sum(name.endswith("intermediate.dense.weight") for name in weights)
    for layer in range(layers):
        state = _layer(graph, weights, f"encoder.layer.{layer}.", state)
    _pooling(graph, state)
    hidden = weights["embeddings.LayerNorm.weight"].shape[0]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "minilm",
            [
                helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "tokens"])
                for name in ("ids", "mask")
            ],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", hidden])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
        ir_version=8,
        producer_name="paper-rag",
    )
    return bytes(model.SerializeToString())


def _embeddings(graph: _Graph, weights: Weights) -> str:
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


def _layer(graph: _Graph, weights: Weights, at: str, state: str) -> str:
    import numpy as np

    parts = [f"{at}attention.self.{part}." for part in ("query", "key", "value")]
    qkv = np.concatenate([weights[f"{part}weight"].T for part in parts], axis=1)
    bias = np.concatenate([weights[f"{part}bias"] for part in parts])
    attended = graph.add(
        "Fused:Attention",
        [state, graph.constant(f"{at}qkv", qkv), graph.constant(f"{at}qkv.bias", bias), "mask"],
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


def _matmul(graph: _Graph, weights: Weights, at: str, state: str) -> str:
    import numpy as np

    matrix = graph.constant(f"{at}matrix", np.ascontiguousarray(weights[f"{at}weight"].T))
    return graph.add("MatMul", [state, matrix], f"{at}product")


def _add_and_norm(graph: _Graph, weights: Weights, at: str, state: str, skip: str) -> str:
    constants = [
        graph.constant(f"{at}{name}", weights[f"{at}{name}"])
        for name in ("LayerNorm.weight", "LayerNorm.bias", "dense.bias")
    ]
    product = _matmul(graph, weights, f"{at}dense.", state)
    return graph.add(
        "Fused:SkipLayerNormalization", [product, skip, *constants], f"{at}normed", epsilon=EPSILON
    )


def _pooling(graph: _Graph, state: str) -> None:
    """Sum of the tokens' vectors, to length 1: the division by their number drops out."""
    import numpy as np
    from onnx import TensorProto

    axis = graph.constant("axis", np.array([1], dtype=np.int64))
    mask = graph.add("Cast", ["mask"], "mask.float", to=TensorProto.FLOAT)
    mask = graph.add("Unsqueeze", [mask, axis], "mask.row")
    total = graph.add("MatMul", [mask, state], "sum.row")
    total = graph.add("Squeeze", [total, axis], "sum")
    graph.add("LpNormalization", [total], "vectors", axis=-1, p=2)
