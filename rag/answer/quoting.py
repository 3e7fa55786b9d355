"""A sentence of the evidence as it is quoted: fit to stand alone, or with the one before it."""

from __future__ import annotations

from collections.abc import Iterable

from rag.answer.citations import AnswerSentence
from rag.answer.edits import alone, dangles
from rag.answer.evidence import Evidence, EvidenceSentence
from rag.answer.prose import is_question
from rag.types import Quote

LONGEST = 70
"""Words of a quotation of two sentences, at most."""


def quoted(sentence: EvidenceSentence, evidence: Evidence) -> AnswerSentence:
    """The sentence as a quotation.

    One that points at what stood before it ("This is the Reversal Curse.") is quoted with it.
    """
    before = evidence.before(sentence)
    text = alone(sentence.text, sentence.paper, before.text if before else "")
    if before is None or not dangles(text) or is_question(before.text):
        return AnswerSentence(text, sentence.paper, sentence.quote)
    both = f"{alone(before.text, before.paper)} {sentence.text}"
    if len(both.split()) > LONGEST:
        return AnswerSentence(text, sentence.paper, sentence.quote)
    start, end = before.quote.start, sentence.quote.end
    quote = Quote(sentence.paper.abstract[start:end], start, end)
    return AnswerSentence(both, sentence.paper, quote)


def all_quoted(
    sentences: Iterable[EvidenceSentence], evidence: Evidence
) -> tuple[AnswerSentence, ...]:
    """Sentences of one paper as quotations; none that another, quoted with it, holds already."""
    said = [quoted(sentence, evidence) for sentence in dict.fromkeys(sentences)]
    return tuple(s for s in said if not any(s is not other and _within(s, other) for other in said))


def _within(part: AnswerSentence, whole: AnswerSentence) -> bool:
    return whole.quote.start <= part.quote.start and part.quote.end <= whole.quote.end
