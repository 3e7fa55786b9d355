"""From papers to an answer: evidence, whether it suffices, the text, its citations."""

from rag.answer.citations import Checks
from rag.answer.decision import THRESHOLD, confidence, decide
from rag.answer.evidence import Evidence, gather
from rag.answer.extract import ExtractiveAnswerer
from rag.answer.refusals import refused, unmentioned
from rag.answer.stored import by_score, how_by_score, is_stored, stored_answer, stored_refusal
from rag.answer.written import WrittenAnswerer

__all__ = [
    "Checks",
    "Evidence",
    "ExtractiveAnswerer",
    "THRESHOLD",
    "WrittenAnswerer",
    "by_score",
    "confidence",
    "decide",
    "gather",
    "how_by_score",
    "is_stored",
    "refused",
    "stored_answer",
    "stored_refusal",
    "unmentioned",
]
