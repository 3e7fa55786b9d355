"""Tantivy, bm25s and SQLite FTS5 side by side: quality, latency, update cost.

pip install bm25s
python -m eval.bench.lexical quality BEIR_FOLDER...     nDCG@10 with our analysis on all sides
python -m eval.bench.lexical speed --passages 200000    on seeds recombined at random, seeded
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import Protocol

import bm25s
import numpy as np

from eval.bench import bundled, harness
from eval.bench.harness import timed
from eval.datasets import beir_cases
from rag.store import LexicalIndex
from rag.text import sentences, tokens

Documents = Sequence[tuple[str, str]]


class Engine(Protocol):
    """An index of documents, made from (id, text) in a folder of its own."""

    def add(self, documents: Documents) -> None: ...

    def delete(self, keys: Sequence[str]) -> None: ...

    def search(self, question: str, k: int) -> list[str]: ...


class Tantivy:
    def __init__(self, folder: Path, documents: Documents) -> None:
        self.index = LexicalIndex.open(folder / "tantivy")
        self.add(documents)

    def add(self, documents: Documents) -> None:
        self.index.add((key, "", text) for key, text in documents)
        self.index.commit()

    def delete(self, keys: Sequence[str]) -> None:
        self.index.delete(keys)
        self.index.commit()

    def search(self, question: str, k: int) -> list[str]:
        return [key for key, _ in self.index.search(question, k=k)]


class Fts5:
    """Rows of analysed terms; bm25() has k1 1.2 and b 0.75, not to be changed."""

    def __init__(self, folder: Path, documents: Documents) -> None:
        self.db = sqlite3.connect(folder / "fts.db")
        self.db.execute("CREATE VIRTUAL TABLE t USING fts5(id UNINDEXED, terms, tokenize='ascii')")
        self.add(documents)

    def add(self, documents: Documents) -> None:
        rows = ((key, " ".join(_plain(text))) for key, text in documents)
        self.db.executemany("INSERT INTO t VALUES (?, ?)", rows)
        self.db.commit()

    def delete(self, keys: Sequence[str]) -> None:
        self.db.executemany("DELETE FROM t WHERE id = ?", [(key,) for key in keys])
        self.db.commit()

    def search(self, question: str, k: int) -> list[str]:
        query = " OR ".join(f'"{term}"' for term in dict.fromkeys(_plain(question)))
        sql = "SELECT id FROM t WHERE t MATCH ? ORDER BY bm25(t) LIMIT ?"
        return [row[0] for row in self.db.execute(sql, (query, k))] if query else []


class Bm25s:
    """Scores computed at indexing; it cannot be updated, so adding builds it anew."""

    def __init__(self, folder: Path, documents: Documents) -> None:
        self.documents: list[tuple[str, str]] = []
        self.add(documents)

    def add(self, documents: Documents) -> None:
        self.documents += documents
        self._build()

    def delete(self, keys: Sequence[str]) -> None:
        gone = set(keys)
        self.documents = [item for item in self.documents if item[0] not in gone]
        self._build()

    def _build(self) -> None:
        self.index = bm25s.BM25(k1=0.9, b=0.4, method="lucene")
        self.index.index([tokens(text) for _, text in self.documents], show_progress=False)

    def search(self, question: str, k: int) -> list[str]:
        known = [t for t in tokens(question) if t in self.index.vocab_dict]
        if not known:
            return []
        numbers, _ = self.index.retrieve([known], k=k, show_progress=False)
        return [self.documents[int(n)][0] for n in np.asarray(numbers)[0]]


ENGINES: dict[str, Callable[[Path, Documents], Engine]] = {
    "Tantivy": Tantivy,
    "bm25s": Bm25s,
    "FTS5": Fts5,
}


def _plain(text: str) -> list[str]:
    return [token.replace(".", "p") for token in tokens(text)]


def quality(folders: Sequence[Path]) -> None:
    """nDCG@10 on the test part of each folder."""
    harness.heading("", *(folder.name for folder in folders))
    for name, engine in ENGINES.items():
        harness.row(name, *(f"{_ndcg(folder, engine):.3f}" for folder in folders))


def _ndcg(folder: Path, engine: Callable[[Path, Documents], Engine]) -> float:
    with (folder / "corpus.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    documents = [(row["_id"], f"{row.get('title', '')}\n{row['text']}") for row in rows]
    cases = beir_cases(folder / "queries.jsonl", folder / "qrels" / "test.tsv", "test")
    with tempfile.TemporaryDirectory() as scratch:
        index = engine(Path(scratch), documents)
        rankings = {case.id: index.search(case.question, 10) for case in cases}
    return fmean(harness.ndcg({case.id: case.gains for case in cases}, rankings).values())


def speed(count: int) -> None:
    """Building, searching and changing an index of so many passages."""
    documents = _recombined(count)
    questions = bundled.questions()[:150]
    new = [(f"new{n}", text) for n, (_, text) in enumerate(documents[:100])]
    print(f"{count} passages\n")
    harness.heading("", "build s", "p50 ms", "p99 ms", "add 100 s", "delete 100 s")
    for name, engine in ENGINES.items():
        with tempfile.TemporaryDirectory() as scratch:
            built, index = timed(partial(engine, Path(scratch), documents))
            times = harness.milliseconds(partial(index.search, k=100), questions)
            added, _ = timed(partial(index.add, new))
            deleted, _ = timed(partial(index.delete, [key for key, _ in new]))
        harness.row(
            name, f"{built:.1f}", f"{median(times):.1f}",
            f"{harness.percentile(times, 0.99):.1f}", f"{added:.2f}", f"{deleted:.2f}",
        )  # fmt: skip


def _recombined(count: int) -> list[tuple[str, str]]:
    """Passages of five sentences, each drawn from any seed abstract."""
    pool = [
        paper.abstract[start:end]
        for paper in bundled.papers()
        for start, end in sentences(paper.abstract)
    ]
    draw = random.Random(7)
    return [(f"p{n}", " ".join(draw.sample(pool, 5))) for n in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("quality").add_argument("folders", nargs="+", type=Path)
    commands.add_parser("speed").add_argument("--passages", type=int, default=200_000)
    options = parser.parse_args()
    if options.command == "quality":
        quality(options.folders)
    else:
        speed(options.passages)


if __name__ == "__main__":
    main()
