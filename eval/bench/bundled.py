"""The bundled papers and questions, for the benchmarks."""

from __future__ import annotations

import json
from pathlib import Path

from rag.corpus import read
from rag.types import Paper

ROOT = Path(__file__).parent.parent.parent
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))


def papers() -> list[Paper]:
    """As they stand in the files, some of them twice."""
    return [paper for path in SEEDS for paper in read(path) if isinstance(paper, Paper)]


def questions() -> list[str]:
    """Those in English."""
    lines = (ROOT / "eval" / "data" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [row["question"] for row in map(json.loads, lines) if row["language"] == "en"]
