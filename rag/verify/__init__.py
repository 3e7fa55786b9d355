"""Whether the abstracts that a sentence cites support it: no language model, no torch."""

from rag.verify.ablation import list_sources, without_list
from rag.verify.alignment import Similarity, read_source
from rag.verify.claims import read_statement, strip_citations
from rag.verify.nli import load_entailment
from rag.verify.protocol import Checker, Claim, Source, Verdict
from rag.verify.verdict import Comparison, Entailment, check, compare, nearest

__all__ = [
    "Checker",
    "Claim",
    "Comparison",
    "Entailment",
    "Similarity",
    "Source",
    "Verdict",
    "check",
    "compare",
    "list_sources",
    "load_entailment",
    "nearest",
    "read_source",
    "read_statement",
    "strip_citations",
    "without_list",
]
