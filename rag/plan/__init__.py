"""How a question is understood, before anything is searched: its kind, conditions and form."""

from rag.plan.constraints import Constraints, read_constraints
from rag.plan.facets import aside, stated_facets
from rag.plan.followup import only_form, searched, standalone
from rag.plan.parts import split_question
from rag.plan.plan import (
    LABELS,
    NOT_SEARCHED,
    apart,
    in_words,
    make_plan,
    with_conditions,
    with_kind,
)
from rag.plan.written import is_simple, written_plan

__all__ = [
    "Constraints",
    "LABELS",
    "NOT_SEARCHED",
    "apart",
    "aside",
    "in_words",
    "is_simple",
    "make_plan",
    "read_constraints",
    "only_form",
    "split_question",
    "searched",
    "standalone",
    "stated_facets",
    "with_conditions",
    "with_kind",
    "written_plan",
]
