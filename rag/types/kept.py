"""What answers hold, made again of the data that they were kept as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.types.papers import Paper, Quote
from rag.types.plans import Plan
from rag.types.queries import Filters
from rag.types.sentences import Sentence
from rag.types.tables import Cell, Row, Table


def read_sentence(data: Mapping[str, Any]) -> Sentence:
    """A sentence, also as version 0.1.0 kept it in conversations."""
    raw = {**data, "citations": tuple(data["citations"])}
    if raw.pop("contradicted", False):
        raw["support"] = "contradicted"
    if raw["support"] == "unsupported":
        raw["support"] = "unverified" if raw["citations"] else "uncited"
    if raw.get("quote"):
        raw["quote"] = Quote(**raw["quote"])
    return Sentence(**raw)


def read_paper(data: Mapping[str, Any]) -> Paper:
    """A paper."""
    lists = ("authors", "keywords", "sources")
    return Paper(**{**data, **{name: tuple(data[name]) for name in lists}})


def read_plan(data: Mapping[str, Any]) -> Plan:
    """A plan, with its filters."""
    raw: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    raw["filters"] = _filters(data["filters"])
    return Plan(**raw)


def _filters(data: Mapping[str, Any]) -> Filters:
    raw: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    return Filters(**{**raw, "beside": tuple(map(_filters, data.get("beside", ())))})


def read_table(data: Mapping[str, Any]) -> Table:
    """A table."""

    def cell(raw: Mapping[str, Any]) -> Cell:
        return Cell(raw["value"], Quote(**raw["quote"]) if raw["quote"] else None, raw["support"])

    def row(raw: Mapping[str, Any]) -> Row:
        paper = read_paper(raw["paper"]) if raw["paper"] else None
        return Row(tuple(map(cell, raw["cells"])), paper, raw["verdict"])

    return Table(tuple(data["columns"]), tuple(map(row, data["rows"])))
