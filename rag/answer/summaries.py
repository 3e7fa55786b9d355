"""What each paper says about a question, in a model's words: they stand in for abstracts.

Off by default: it costs a call a paper (contextual summaries as in PaperQA2, Skarlinski et al.,
"Language Agents Achieve Superhuman Synthesis of Scientific Knowledge", 2024).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.errors import ModelError
from rag.llm import RunContext, prompts
from rag.types import Hit

if TYPE_CHECKING:
    from rag.llm import LanguageModel


def summaries(
    query: str, hits: Sequence[Hit], model: LanguageModel, context: RunContext
) -> dict[str, str] | None:
    """What each paper says about the question, by id, the most helpful first.

    Papers that say nothing about it are left out; None when the model failed.
    """
    keys = prompts.keys_for(query, [hit.paper for hit in hits])
    requests = [prompts.summarise(query, key, paper) for key, paper in keys.items()]
    try:
        replies = model.complete_all(requests, context.meter, context.stop)
    except ModelError as error:
        context.note(error)
        return None
    scored: list[tuple[int, str, str]] = []
    for paper, reply in zip(keys.values(), replies, strict=True):
        text, _, last = reply.strip().rpartition("\n")
        score = re.search(r"\d+", last)
        if "NOT APPLICABLE" in reply.upper() or not reply.strip():
            continue
        scored.append((int(score[0]) if score else 5, paper.id, text or reply))
    scored.sort(key=lambda item: -item[0])
    return {paper_id: text for _, paper_id, text in scored}
