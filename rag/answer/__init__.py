"""From papers to an answer: evidence, whether it suffices, the text, its citations."""

from rag.answer.aspects import DOES, REPORTS
from rag.answer.citations import Checks
from rag.answer.decision import THRESHOLD, confidence, decide
from rag.answer.edits import called
from rag.answer.evidence import Evidence, gather
from rag.answer.extract import ExtractiveAnswerer
from rag.answer.lists import about, how_decided
from rag.answer.membership import Candidates, closely_read, judged_alone
from rag.answer.prose import as_stored
from rag.answer.refusals import refused, unmentioned
from rag.answer.small_talk import chat_answer
from rag.answer.stored import is_stored, stored_answer, stored_refusal
from rag.answer.written import WrittenAnswerer

__all__ = [
    "Candidates",
    "Checks",
    "DOES",
    "Evidence",
    "ExtractiveAnswerer",
    "REPORTS",
    "THRESHOLD",
    "WrittenAnswerer",
    "about",
    "as_stored",
    "called",
    "chat_answer",
    "closely_read",
    "confidence",
    "decide",
    "gather",
    "how_decided",
    "is_stored",
    "judged_alone",
    "refused",
    "stored_answer",
    "stored_refusal",
    "unmentioned",
]
