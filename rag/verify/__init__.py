"""Whether the abstracts that a sentence cites support it: no language model, no torch."""

from rag.verify.check import (
    Comparison,
    Entailment,
    Evidence,
    Verdict,
    check,
    compare,
    nearest,
)

__all__ = ["Comparison", "Entailment", "Evidence", "Verdict", "check", "compare", "nearest"]
