"""Adding and searching from 700 papers to a million: python -m eval.bench.scale --folder DIR

Sizes up to --real are added as a user would (`rag.ingest`; synthetic papers, vectors from those of
sentences); larger ones are loaded in bulk into the same three stores, each row as the writer makes
it, except that Chroma then holds no text. Each library is searched by a process of its own, with
real questions. The folder keeps what was built: a second run measures the search only.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TypedDict

from eval.bench import bundled, harness
from eval.bench.synthetic import MeanOfSentences, Source
from eval.report import plots
from rag.embed import embedder_for
from rag.ingest import SourceFile, Writer, text_key
from rag.retrieve import HybridRetriever, make_query
from rag.settings import Settings
from rag.store import (
    Library,
    PassageIndex,
    SourceRecord,
    embedding_text,
    fingerprint,
    index_folder,
    passage_at,
)
from rag.types import Filters, Paper

WARMING, QUESTIONS = 20, 180
SLICE = 4000
FILTERS: dict[str, Filters | None] = {
    "no filter": None,
    "10 of 37 years": Filters(year_from=2010, year_to=2019),
    "1 year": Filters(year_from=2015, year_to=2015),
    "1 author of 5,000": Filters(author="Author 77"),
}


class Searches(TypedDict):
    """What the process that searches measures."""

    cold: float
    """Seconds to open the library and search it once."""
    ms: dict[str, list[float]]
    """By filter: median and 99th percentile of warm searches, and the first."""
    mb: float


class Figures(Searches):
    """A size's row of the table."""

    papers: int
    real: bool
    """Whether the papers were added as a user would."""
    seconds: float
    bytes: dict[str, int]
    """On disk, by store."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[721, 10_000, 100_000])
    parser.add_argument("--real", type=int, default=100_000)
    parser.add_argument("--plots", type=Path, help="folder for scale-*.svg")
    parser.add_argument("--search", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.search:
        print(json.dumps(search(options.search)))
        return
    folder: Path = options.folder.absolute()
    rows = [measure(folder / str(size), size, size <= options.real) for size in options.sizes]
    (folder / "scale.json").write_text(json.dumps(rows, indent=1))
    print(table(rows))
    if options.plots:
        for name, svg in drawn(rows).items():
            (options.plots / f"scale-{name}.svg").write_text(svg, encoding="utf-8")


def measure(home: Path, size: int, real: bool) -> Figures:
    """Build a library of this size unless it is there, and search it."""
    note = home / "built.json"
    if not note.exists():
        source = Source()
        embedder = _embedder(source)
        embedder.embed([f"\n{source.sentences[0]}"])  # that of the sentences is not counted
        make = build if real else load
        seconds, _ = harness.timed(lambda: make(home, size, source, embedder))
        note.write_text(json.dumps({"papers": size, "real": real, "seconds": seconds}))
    index = _index(home)
    sizes = {
        "library.db": (home / "library.db").stat().st_size,
        "Chroma": _size(index / "chroma"),
        "Tantivy": sum(map(_size, index.glob("lexical-*"))),
    }
    command = [sys.executable, "-m", "eval.bench.scale", "--folder", str(home), "--search",
               str(home)]  # fmt: skip
    searched = json.loads(harness.run(command).output)
    figures: Figures = json.loads(note.read_text()) | {"bytes": sizes} | searched
    print(json.dumps(figures), file=sys.stderr, flush=True)
    return figures


def _index(home: Path) -> Path:
    """The folder of the index that is searched."""
    library = Library(home, readonly=True)
    try:
        index = library.indexes.active()
        assert index is not None, "what was built has an index"
        return index_folder(home, index)
    finally:
        library.close()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _embedder(source: Source | None = None) -> MeanOfSentences:
    return MeanOfSentences(embedder_for(Settings.load(embedding="minilm")), source)


# -- building --------------------------------------------------------------------------------------


def build(home: Path, size: int, source: Source, embedder: MeanOfSentences) -> None:
    """As `rag add` does it."""
    with Writer(home, embedder) as writer:
        writer.add([SourceFile(home, "synthetic", str(size))], lambda _: source.papers(size))


def load(home: Path, size: int, source: Source, embedder: MeanOfSentences) -> None:
    """The same rows in bulk; Chroma in a thread beside the others."""
    library = Library(home)
    library.database.ensure_library_id()
    with library.database.transaction():
        index = library.indexes.add(fingerprint(embedder))
    both = PassageIndex(library, index, create=True)
    collection = both.dense._open()  # type: ignore[attr-defined]
    papers = source.papers(size)
    with ThreadPoolExecutor(1) as beside:
        pending = None
        for number, batch in enumerate(_sliced(papers)):
            passages = [passage_at(paper, paper.abstract, 0) for paper in batch]
            texts = [embedding_text(p, q) for p, q in zip(batch, passages, strict=True)]
            vectors = embedder.embed(texts)
            if pending is not None:
                pending.result()
            pending = beside.submit(
                collection.add,
                ids=[passage.id for passage in passages],
                embeddings=list(vectors),
                metadatas=[{"paper_id": paper.id} for paper in batch],
            )
            keys = [text_key(text) for text in texts]
            with library.database.transaction():
                library.indexes.put_vectors(embedder.name, keys, vectors)
                library.indexes.put_passages(index, zip(passages, keys, strict=True))
                for line, paper in enumerate(batch, number * SLICE + 1):
                    library.put_record(SourceRecord("synthetic", line, paper, str(size)))
                    library.put_paper(paper)
            both.lexical.add((paper.id, paper.title, paper.abstract) for paper in batch)
            print(f"\r{(number + 1) * SLICE:,}", end="", file=sys.stderr, flush=True)
        if pending is not None:
            pending.result()
    both.lexical.commit()
    both.lexical.close()
    with library.database.transaction():
        library.indexes.activate(index)
    library.close()


def _sliced(papers: Iterator[Paper]) -> Iterator[list[Paper]]:
    while batch := list(islice(papers, SLICE)):
        yield batch


# -- searching -------------------------------------------------------------------------------------


def search(home: Path) -> Searches:
    """First and warm times, and memory, of this process, without pages of mapped files.

    The files are read once before, so that the system keeps what it has memory for: what is
    measured is neither the disk nor what was measured before.
    """
    for path in home.rglob("*"):
        if path.is_file():
            subprocess.run(["cat", str(path)], check=True, stdout=subprocess.DEVNULL)
    questions = bundled.questions()
    before = harness.memory("RssAnon")
    start = time.perf_counter()
    library = Library(home, readonly=True)
    retriever = HybridRetriever(library, _embedder())
    retriever.search(make_query(questions[0], retriever.vocabulary()), k=8)
    cold = time.perf_counter() - start
    times: dict[str, list[float]] = {}
    for name, filters in FILTERS.items():

        def one(question: str, filters: Filters | None = filters) -> None:
            retriever.search(make_query(question, retriever.vocabulary(), filters=filters), k=8)

        taken = harness.milliseconds(one, questions[: WARMING + QUESTIONS])
        warm = taken[WARMING:]
        times[name] = [median(warm), harness.percentile(warm, 0.99), taken[0]]
    return {"cold": cold, "ms": times, "mb": harness.memory("RssAnon") - before}


def table(rows: Sequence[Figures]) -> str:
    lines = [
        "| papers | added, /s | KB a paper: library, Chroma, Tantivy | first search, s |"
        " MB | " + " | ".join(f"{name}, p50 / p99 (first) ms" for name in FILTERS) + " |",
        "|" + "---|" * (5 + len(FILTERS)),
    ]
    for row in rows:
        size = row["papers"]
        disk = ", ".join(f"{value / size / 1000:.1f}" for value in row["bytes"].values())
        rate = f"{size / row['seconds']:.0f}" + ("" if row["real"] else " (bulk)")
        times = " | ".join(
            f"{p50:.1f} / {p99:.1f} ({first:.0f})" for p50, p99, first in row["ms"].values()
        )
        lines.append(
            f"| {size:,} | {rate} | {disk} | {row['cold']:.2f} | {row['mb']:.0f} | {times} |"
        )
    return "\n".join(lines)


def drawn(rows: Sequence[Figures]) -> dict[str, str]:
    """Search and adding against the logarithm of the size."""
    sizes = [math.log10(row["papers"]) for row in rows]
    searches = [
        plots.Line(name, [(x, row["ms"][name][0]) for x, row in zip(sizes, rows, strict=True)])
        for name in FILTERS
    ]
    adding = [
        (x, 1000 * row["seconds"] / row["papers"])
        for x, row in zip(sizes, rows, strict=True)
        if row["real"]
    ]
    most = max(p[1] for line in searches for p in line.points)
    return {
        "search": plots.alone(
            plots.lines(
                "Search, warm, p50 in ms", searches, "log10 of papers", "ms", span_y=(0, most)
            )
        ),
        "add": plots.alone(
            plots.lines(
                "Adding a paper, without embedding, in ms",
                [plots.Line("a paper", adding)],
                "log10 of papers",
                "ms",
                span_y=(0, 2 * max(p[1] for p in adding)),
            )  # fmt: skip
        ),
    }


if __name__ == "__main__":
    main()
