"""The ranking of the bundled papers is what it was: ids and scores of the first hits.

`ranking.json` holds questions, most of them of eval/data/questions.jsonl, with their hits. Where a
change is meant to move them, have them written anew, and look at what moved:

    SNAPSHOT=write python -m pytest tests/unit/retrieve/test_ranking.py
"""

import json
import os
from itertools import combinations
from pathlib import Path

import pytest

from rag import Assistant, Filters
from tests.builders import real_embedder

FILE = Path(__file__).with_name("ranking.json")
SNAPSHOTS = json.loads(FILE.read_text(encoding="utf-8"))
WRITE = os.environ.get("SNAPSHOT") == "write"
ROUNDING = 2e-3
"""Vectors differ a little between machines: so much may a score, and hits that are no further
apart may change places."""
ANEW = "if that is meant: SNAPSHOT=write python -m pytest tests/unit/retrieve/test_ranking.py"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seeds(seeds_home):
    """An assistant over the bundled papers."""
    with Assistant(home=seeds_home, embedding=real_embedder()) as assistant:
        yield assistant


def search(seeds: Assistant, snapshot: dict) -> dict[str, float]:
    """Scores of the first ten papers by id, best first."""
    given = snapshot.get("filters", {})
    filters = Filters(**{name: tuple(v) if name == "ids" else v for name, v in given.items()})
    hits = seeds.search(snapshot["question"], k=10, filters=filters)
    return {hit.paper.id: round(hit.score, 4) for hit in hits}


def moves(old: dict[str, float], new: dict[str, float]) -> list[str]:
    """What differs by more than rounding, in words."""
    found = [
        f"{key}: {old[key]} became {new[key]}"
        for key in old.keys() & new.keys()
        if abs(old[key] - new[key]) > ROUNDING
    ]
    # A paper may fall off the end, or come up to it, from just beside the last score.
    for some, others, word in ((old, new, "left"), (new, old, "came")):
        last = min(some.values(), default=0.0)
        found += [
            f"{key}: {word}, with {score}"
            for key, score in some.items()
            if key not in others and (score - last > ROUNDING or len(old) != len(new))
        ]
    places = list(new)
    found += [
        f"{a} and {b} changed places"
        for a, b in combinations([key for key in old if key in new], 2)
        if old[a] - old[b] > ROUNDING and places.index(a) > places.index(b)
    ]
    return sorted(found)


@pytest.mark.skipif(WRITE, reason="the snapshot is being written")
@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda s: s["question"][:40])
def test_the_first_papers_and_their_scores_are_what_they_were(seeds, snapshot):
    moved = moves(snapshot["hits"], search(seeds, snapshot))
    assert not moved, "\n".join([snapshot["question"], *moved, ANEW])


@pytest.mark.skipif(not WRITE, reason="only where SNAPSHOT=write")
def test_the_snapshot_is_written(seeds):
    rows = [{**snapshot, "hits": search(seeds, snapshot)} for snapshot in SNAPSHOTS]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


OLD = {"a": 0.9, "b": 0.5, "c": 0.499, "d": 0.3}


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({"a": 0.901, "b": 0.5, "c": 0.499, "d": 0.3}, []),
        ({"a": 0.9, "c": 0.5, "b": 0.499, "d": 0.3}, []),
        ({"a": 0.9, "b": 0.5, "c": 0.499, "e": 0.301}, []),
        ({"a": 0.89, "b": 0.5, "c": 0.499, "d": 0.3}, ["a: 0.9 became 0.89"]),
        ({"a": 0.9, "b": 0.5, "c": 0.499}, ["d: left, with 0.3"]),
        ({"a": 0.9, "e": 0.6, "b": 0.5, "c": 0.499}, ["e: came, with 0.6"]),
        ({"b": 0.5, "a": 0.499, "c": 0.499, "d": 0.3},
         ["a and b changed places", "a: 0.9 became 0.499"]),
    ],
)  # fmt: skip
def test_rounding_is_no_move_and_anything_else_is(new, words):
    assert moves(OLD, new) == words
