"""From papers to an answer: evidence, whether it suffices, the text, its citations."""

from rag.answer.citations import Checks
from rag.answer.decision import THRESHOLD, confidence, decide
from rag.answer.evidence import Evidence, gather
from rag.answer.extract import ExtractiveAnswerer
from rag.answer.refusals import refused, unmentioned
from rag.answer.written import WrittenAnswerer

__all__ = [
    "Checks",
    "Evidence",
    "ExtractiveAnswerer",
    "THRESHOLD",
    "WrittenAnswerer",
    "confidence",
    "decide",
    "gather",
    "refused",
    "unmentioned",
]
