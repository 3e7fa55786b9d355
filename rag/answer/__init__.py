"""From papers to an answer: evidence, whether it suffices, the text, its citations."""

from rag.answer.citations import AnswerBuilder, Cited, Similarity
from rag.answer.decision import THRESHOLD, confidence, decide
from rag.answer.evidence import Evidence, gather
from rag.answer.generate import GeneratedAnswer
from rag.answer.refusals import refusal, unmentioned

__all__ = [
    "AnswerBuilder",
    "Cited",
    "Evidence",
    "GeneratedAnswer",
    "Similarity",
    "THRESHOLD",
    "confidence",
    "decide",
    "gather",
    "refusal",
    "unmentioned",
]
