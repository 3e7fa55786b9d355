"""The bundled papers and questions, for the benchmarks."""

from __future__ import annotations

import json
from typing import Any

from eval.bench.harness import ROOT
from eval.cases import QUESTIONS
from rag.corpus import read
from rag.types import Paper

SEEDS = sorted((ROOT / "seeds").glob("*.txt"))


def papers() -> list[Paper]:
    """As they stand in the files, some of them twice."""
    return [paper for path in SEEDS for paper in read(path) if isinstance(paper, Paper)]


def questions() -> list[str]:
    """Those in English."""
    return [row["question"] for row in _rows() if row["language"] == "en"]


def first_questions() -> list[str]:
    """Those that need no earlier turn."""
    return [row["question"] for row in _rows() if not row.get("history")]


def _rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
