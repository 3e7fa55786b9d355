"""What each part of retrieval is worth: python -m eval.bench.retrieval [FOLDER[:SPLIT] ...]

Every row is the product's own search, `make_query` and `HybridRetriever`, with one thing switched
off or set otherwise; so "in use" is what is in use. Sets are BEIR folders; `ours` is our own
questions, over the library of `RAG_HOME`. Prints nDCG@10, and against "in use" the mean difference
with its paired 95 % interval.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

from eval.bench import harness
from eval.datasets import Dataset, open_dataset
from eval.statistics import compare
from rag.plan import standalone
from rag.settings import Settings

OURS = "ours"
VARIANTS: dict[str, Mapping[str, Any]] = {
    "in use": {},
    "BM25 alone": {"hybrid.LEXICAL_WEIGHT": 1.0, "hybrid.LONG_WEIGHT": 1.0},
    "MiniLM alone": {"hybrid.LEXICAL_WEIGHT": 0.0, "hybrid.LONG_WEIGHT": 0.0},
    **{f"w {weight}": {"hybrid.LEXICAL_WEIGHT": weight} for weight in (0.45, 0.5, 0.6)},
    "no guesses": {"query.guesses": lambda text, vocabulary: ()},
    "no bonus for titles": {"hybrid.bonuses": lambda *_: {}},
    "no bonus for concepts": {"titles.CONCEPT_BONUS": 0.0},
    "no feedback but for lists": {"hybrid.DESCRIBES": 10**9},
    "feedback from 5": {"hybrid.FEEDBACK": 5},
    "feedback, share 0.2": {"hybrid.FEEDBACK_WEIGHT": 0.2},
    "long requests as others": {"hybrid.LONG": 10**9},
    "long requests, w 0.3": {"hybrid.LONG_WEIGHT": 0.3},
    "long requests, w 0.5": {"hybrid.LONG_WEIGHT": 0.5},
}
"""By name: what is set, by module of `rag.retrieve` and name in it."""


@contextmanager
def switched(values: Mapping[str, Any]) -> Iterator[None]:
    """Names in modules of `rag.retrieve` set to other values for a while."""
    patches = []
    for place, value in values.items():
        module, name = place.split(".")
        target = importlib.import_module(f"rag.retrieve.{module}")
        patches.append(mock.patch.object(target, name, value))
    try:
        for patch in patches:
            patch.start()
        yield
    finally:
        mock.patch.stopall()


def ndcg(data: Dataset) -> list[float]:
    """nDCG@10 of each question that has an answer, searched as the assistant searches."""
    cases = [case for case in data.cases if case.answerable]
    rankings = {
        case.id: [
            hit.paper.id
            for hit in data.assistant.search(standalone(case.question, case.history), k=10)
        ]
        for case in cases
    }
    values = harness.ndcg({case.id: case.gains for case in cases}, rankings)
    return [values.get(case.id, 0.0) for case in cases]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="FOLDER[:SPLIT]", default=[OURS])
    names = parser.parse_args().sets
    sets = []
    for name in names:
        folder, _, split = name.partition(":")
        where = None if folder == OURS else folder
        sets.append(open_dataset(where, Settings.load(), split=split or None))
    harness.heading("", *(f"{one.name} ({len(one.cases)})" for one in sets))
    in_use = [ndcg(one) for one in sets]
    for name, values in VARIANTS.items():
        cells = []
        with switched(values):
            for one, before in zip(sets, in_use, strict=True):
                after = ndcg(one)
                gap = compare(before, after)
                mean = sum(after) / len(after)
                cells.append(f"{mean:.3f} ({gap.value:+.3f}, {gap.low:+.3f} to {gap.high:+.3f})")
        harness.row(name, *cells)


if __name__ == "__main__":
    main()
