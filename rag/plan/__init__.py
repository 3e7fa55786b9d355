"""How a question is understood, before anything is searched."""

from rag.plan.constraints import Constraints, read_constraints

__all__ = ["Constraints", "read_constraints"]
