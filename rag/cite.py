"""From drafted sentences to a numbered, quoted and checked answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rag.extract import Block, Draft
from rag.types import Citation, Paper, Quote, Sentence
from rag.verify import Evidence, check

Similarity = Callable[[str, Sequence[str]], Sequence[float]]


class Cited(NamedTuple):
    """The text of an answer with its citations and checked sentences."""

    text: str
    citations: tuple[Citation, ...]
    sentences: tuple[Sentence, ...]


def cite(blocks: Sequence[Block], *, similarity: Similarity | None = None) -> Cited:
    """Number the papers from 1 in order of first use, and check each sentence against its paper."""
    papers: dict[str, Paper] = {}
    quotes: dict[str, list[Quote]] = {}
    numbers: dict[str, int] = {}
    lines: list[str] = []
    sentences: list[Sentence] = []
    for block in blocks:
        parts: list[str] = []
        for draft in block.drafts:
            number = numbers.setdefault(draft.paper.id, len(numbers) + 1)
            papers.setdefault(draft.paper.id, draft.paper)
            if draft.quote not in quotes.setdefault(draft.paper.id, []):
                quotes[draft.paper.id].append(draft.quote)
            parts.append(f"{draft.text} [{number}]")
            sentences.append(_checked(draft, number, similarity))
        text = " ".join(parts)
        lines.append(f"{block.heading}: {text}" if block.heading else text)
    citations = [
        Citation(number, papers[key], tuple(quotes[key])) for key, number in numbers.items()
    ]
    itemised = len(lines) > 1
    return Cited(
        "\n".join(f"- {line}" if itemised else line for line in lines),
        tuple(citations),
        tuple(sentences),
    )


def _checked(draft: Draft, number: int, similarity: Similarity | None) -> Sentence:
    source = Evidence(draft.paper.title, draft.paper.abstract)
    verdict = check(draft.text, [source], similarity=similarity)
    return Sentence(draft.text, (number,), verdict.support, verdict.score, verdict.why)
