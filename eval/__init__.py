"""Measuring answers: any function from a question to an `Answer`, with error bars and a gate.

from eval import Case, compare_runs, gate, open_dataset, run
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval.cases import Case
    from eval.compare import compare_runs, gate
    from eval.datasets import open_dataset
    from eval.runs import Report, run

__all__ = ["Case", "Report", "compare_runs", "gate", "open_dataset", "run"]
_PLACES = {
    "Case": "eval.cases", "Report": "eval.runs", "compare_runs": "eval.compare",
    "gate": "eval.compare", "open_dataset": "eval.datasets", "run": "eval.runs",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Each is loaded when it is first asked for, so that `import eval` stays light."""
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
