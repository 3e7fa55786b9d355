"""How a question is understood, before anything is searched: its kind, conditions and form."""

from rag.plan.constraints import Constraints, read_constraints
from rag.plan.facets import aside
from rag.plan.followup import condense, leans, names, searched, standalone
from rag.plan.plan import LABELS, apart, in_words, make_plan

__all__ = [
    "Constraints",
    "LABELS",
    "apart",
    "aside",
    "condense",
    "in_words",
    "leans",
    "make_plan",
    "names",
    "read_constraints",
    "searched",
    "standalone",
]
