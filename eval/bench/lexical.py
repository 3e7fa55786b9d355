"""Tantivy, bm25s and SQLite FTS5 side by side: quality, latency, update cost.

pip install bm25s
python -m eval.bench.lexical quality BEIR_FOLDER...     nDCG@10 with our analysis on all sides
python -m eval.bench.lexical speed --passages 200000    on seeds recombined at random, seeded
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

import bm25s
import numpy as np

from eval.cases import QUESTIONS
from rag.corpus import read
from rag.store import LexicalIndex
from rag.text import sentences, tokens
from rag.types import Paper

Documents = Sequence[tuple[str, str]]
Search = Callable[[str, int], list[str]]


class Tantivy:
    def __init__(self, folder: Path, documents: Documents) -> None:
        self.index = LexicalIndex.open(folder / "tantivy")
        self.add(documents)

    def add(self, documents: Documents) -> None:
        self.index.add((key, key, "", text) for key, text in documents)
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
        found, _ = self.index.retrieve([known], k=k, show_progress=False)
        return [self.documents[int(n)][0] for n in np.asarray(found)[0]]


ENGINES = {"Tantivy": Tantivy, "bm25s": Bm25s, "FTS5": Fts5}


def _plain(text: str) -> list[str]:
    return [token.replace(".", "p") for token in tokens(text)]


def quality(folders: Sequence[Path]) -> None:
    print("| |", " | ".join(folder.name for folder in folders), "|")
    print("|---" * (len(folders) + 1) + "|")
    for name, engine in ENGINES.items():
        cells = []
        for folder in folders:
            documents = [
                (row["_id"], f"{row.get('title', '')}\n{row['text']}")
                for row in _rows(folder / "corpus.jsonl")
            ]
            with tempfile.TemporaryDirectory() as scratch:
                search = engine(Path(scratch), documents).search
                cells.append(f"{fmean(_ndcg(folder, search)):.3f}")
        print(f"| {name} |", " | ".join(cells), "|")


def _ndcg(folder: Path, search: Search) -> Iterator[float]:
    relevant: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        query, document, gain = line.split("\t")
        relevant.setdefault(query, {})[document] = int(gain)
    for row in _rows(folder / "queries.jsonl"):
        gains = {d: g for d, g in relevant.get(row["_id"], {}).items() if g > 0}
        if gains:
            got = [gains.get(key, 0) for key in search(row["text"], 10)]
            yield _dcg(got) / _dcg(sorted(gains.values(), reverse=True)[:10])


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def speed(count: int) -> None:
    documents = _recombined(count)
    questions = [row["question"] for row in _rows(QUESTIONS) if row["language"] == "en"][:150]
    print(f"{count} passages\n")
    print("| | build s | p50 ms | p99 ms | add 100 s | delete 100 s |")
    print("|---|---|---|---|---|---|")
    for name, engine in ENGINES.items():
        with tempfile.TemporaryDirectory() as scratch:
            built, index = _timed(lambda e=engine, s=scratch: e(Path(s), documents))
            times = [1000 * _timed(lambda q=q, i=index: i.search(q, 100))[0] for q in questions]
            new = [(f"new{n}", text) for n, (_, text) in enumerate(documents[:100])]
            added, _ = _timed(lambda i=index, n=new: i.add(n))
            gone, _ = _timed(lambda i=index, n=new: i.delete([key for key, _ in n]))
        p99 = quantiles(times, n=100)[98]
        print(
            f"| {name} | {built:.1f} | {median(times):.1f} | {p99:.1f} |"
            f" {added:.2f} | {gone:.2f} |",
            flush=True,
        )


def _recombined(count: int) -> list[tuple[str, str]]:
    """Passages of five sentences, each drawn from any seed abstract."""
    pool = [
        paper.abstract[start:end]
        for path in sorted(Path("seeds").glob("*.txt"))
        for paper in read(path)
        if isinstance(paper, Paper)
        for start, end in sentences(paper.abstract)
    ]
    draw = random.Random(7)
    return [(f"p{n}", " ".join(draw.sample(pool, 5))) for n in range(count)]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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
