"""Whether the abstracts that a sentence cites support it, checked offline or by a model."""

from rag.verify.alignment import Similarity, read_source
from rag.verify.by_model import ModelChecker
from rag.verify.checkers import check_settings, checker_for, offline_checker
from rag.verify.claims import strip_citations
from rag.verify.offline import Comparison, OfflineChecker, Reading, compare, nearest
from rag.verify.protocol import Checker, Claim, Source, Verdict

__all__ = [
    "Checker",
    "Claim",
    "Comparison",
    "ModelChecker",
    "OfflineChecker",
    "Reading",
    "Similarity",
    "Source",
    "Verdict",
    "check_settings",
    "checker_for",
    "compare",
    "nearest",
    "offline_checker",
    "read_source",
    "strip_citations",
]
