"""A model fitted again, shown beside the one in use, and written to `rag/weights.json`."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import rag
from eval.fit.regression import Array, Flags
from rag.atomic import replace_text
from rag.linear_model import LinearModel

WEIGHTS = Path(rag.__file__).parent / "weights.json"
TRAIN, HELD_OUT = "train", "held out"


@dataclass(frozen=True, slots=True)
class Refit:
    """A model of `rag/weights.json`, fitted again."""

    task: str
    parts: Mapping[str, LinearModel]
    """By name; a model of one part has the name ""."""
    digits: int
    """To which the weights are rounded."""
    data: Mapping[str, Path]
    """The files that it was fitted on, by the names that are written down."""
    rows: Mapping[str, int]
    auc: Mapping[str, float]
    """Area under the ROC curve of what was fitted, by part of the data."""
    auc_in_use: Mapping[str, float]
    rival: str
    """The simplest thing that could do the same, in words."""
    rival_auc: Mapping[str, float]
    notes: Sequence[str] = ()
    """What bears on the thresholds, which a person chooses."""

    def markdown(self) -> str:
        """Weights and areas, in use and refitted."""
        lines = ["| | in use | refitted |", "|---|---|---|"]
        for part, model in self.parts.items():
            used = LinearModel.load(f"{self.task}.{part}" if part else self.task)
            figures = {"intercept": (used.intercept, model.intercept)} | {
                name: (used.weights.get(name, 0.0), weight)
                for name, weight in model.weights.items()
            }
            for name, (old, new) in figures.items():
                label = f"{part} {name}".strip()
                lines.append(f"| {label} | {old:.{self.digits}f} | {new:.{self.digits}f} |")
        lines += ["", f"| AUC | n | in use | refitted | {self.rival} |", "|---|---|---|---|---|"]
        lines += [
            f"| {name} | {self.rows[name.partition(',')[0]]} | {self.auc_in_use[name]:.3f} "
            f"| {area:.3f} | {self.rival_auc[name]:.3f} |"
            for name, area in self.auc.items()
        ]
        return "\n".join([*lines, *(["", *self.notes] if self.notes else [])])


def write(refit: Refit, path: Path = WEIGHTS, *, today: datetime.date | None = None) -> None:
    """Put the weights and where they come from into the file; thresholds stay as they are."""
    entries: dict[str, Any] = json.loads(path.read_text("utf-8"))
    entry = entries[refit.task]
    for part, model in refit.parts.items():
        target = entry[part] if part else entry
        target["intercept"] = round(model.intercept, refit.digits)
        target["weights"] = {n: round(w, refit.digits) for n, w in model.weights.items()}
    entry["provenance"] = provenance(refit, today or datetime.date.today())
    replace_text(path, json.dumps(entries, indent=2) + "\n")


def provenance(refit: Refit, date: datetime.date) -> dict[str, Any]:
    """Where the numbers come from, as it stands in the file."""
    return {
        "command": f"rag-eval fit {refit.task} --write",
        "date": date.isoformat(),
        "data": digests(refit.data),
        "rows": dict(refit.rows),
        "auc": {name: round(area, 3) for name, area in refit.auc.items()},
        "rival": {
            "name": refit.rival,
            "auc": {name: round(area, 3) for name, area in refit.rival_auc.items()},
        },
    }  # fmt: skip


def digests(files: Mapping[str, Path]) -> dict[str, str]:
    """The SHA-256 of each file, by its name."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def areas(scores: Sequence[float] | Array, labels: Flags, train: Flags) -> dict[str, float]:
    """Areas under the ROC curve of both parts of the data."""
    from sklearn.metrics import roc_auc_score

    given = np.asarray(scores)
    parts = ((TRAIN, train), (HELD_OUT, ~train))
    return {name: float(roc_auc_score(labels[mask], given[mask])) for name, mask in parts}
