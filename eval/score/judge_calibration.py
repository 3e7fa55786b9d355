"""What is known of a judge: how it agreed with human labels, beside the lexical floor.

A judge is a measuring instrument. One that was never checked, or that does worse than counting
shared words, may be used, but not without its figures saying so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple


class Standing(NamedTuple):
    """How a judge did on labelled claims."""

    name: str
    auc: float
    floor: float
    """Of lexical containment on the same claims."""
    kappa: float
    n: int

    @property
    def fit(self) -> bool:
        return self.auc > self.floor


def keep(one: Standing, cache: Path) -> None:
    """Remember what was found."""
    path = _path(cache)
    known = _known(path) | {one.name: one._asdict()}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(known, indent=1), encoding="utf-8")
    partial.replace(path)


def standing(name: str, cache: Path) -> list[str]:
    """What is to be said of a judge beside its figures; nothing when it was found fit."""
    raw = _known(_path(cache)).get(name)
    if raw is None:
        return [
            f"The judge {name} was never checked against human labels: run rag-eval judge-check."
        ]
    found = Standing(**raw)
    if found.fit:
        return []
    return [
        f"The judge {name} is worse than counting shared words (AUC {found.auc:.3f} against "
        f"{found.floor:.3f} on {found.n} labelled claims): do not rely on its figures."
    ]


def _path(cache: Path) -> Path:
    return cache / "eval" / "judges.json"


def _known(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError):
        return {}
