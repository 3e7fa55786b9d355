"""A question of several parts, each answered by a sentence of the paper that it is about."""

from __future__ import annotations

from rag.answer.citations import AnswerBlock, Composed
from rag.answer.closely import NOT_STATED, ask
from rag.answer.edits import called
from rag.answer.evidence import Evidence, EvidenceSentence
from rag.answer.quoting import all_quoted
from rag.embed import CachedEmbedder
from rag.plan import split_question
from rag.text import mentions

SAYS_ENOUGH = 4
"""Words that a part must have to be said to find nothing: "how many?" hangs on the others."""


def in_parts(evidence: Evidence, embedder: CachedEmbedder) -> Composed | None:
    """A sentence for each part, and which part found none; None for a question of one part.

    None, too, without a reader, and where one sentence answers all or none does.
    """
    asked = split_question(evidence.query.text)
    subject = evidence.subject
    if len(asked) == 1 or subject is None or embedder.reader is None:
        return None
    name = called(subject)
    names = (*evidence.query.names, *evidence.query.proper)
    chosen: dict[EvidenceSentence, None] = {}
    lacking = []
    for part in asked:
        question = part if any(mentions(part, each) for each in names) else f"{name}: {part}"
        found = ask(question, subject, evidence, embedder)
        if found is not None and found.answers >= NOT_STATED:
            chosen.setdefault(found.sentences[0])
        elif len((said := part.rpartition(": ")[2]).split()) >= SAYS_ENOUGH:
            lacking.append(said)
    if not chosen or (not lacking and len(chosen) == 1):
        return None
    told = f"I found nothing in it on “{' … '.join(lacking)}”." if lacking else ""
    return Composed((AnswerBlock(all_quoted(chosen, evidence)),), lacking=told)
