"""From papers to passages: whole sentences of an abstract, sized for the embedder.

Chunking is llama-index's `SentenceSplitter`, given our own sentence boundaries (abstracts hold
glued sentences and damaged LaTeX that trip general splitters) and the embedder's own tokens.
The title is the context of every passage: it is embedded and indexed with each one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.text import readable, sentences
from rag.types import Paper, Passage

if TYPE_CHECKING:
    from llama_index.core.node_parser import SentenceSplitter

CHUNKER = "sentences-240-60-v1"
"""Names the way of chunking; part of the index fingerprint, so a change rebuilds the index."""
PASSAGE_TOKENS = 240
OVERLAP_TOKENS = 60


def passages(paper: Paper, count_tokens: Callable[[str], int]) -> list[Passage]:
    """The passages of a paper, in order; together they cover the whole abstract.

    `count_tokens` is the embedder's. A passage is a run of whole sentences; only a sentence that
    is longer than a passage is itself divided.
    """
    splitter = _splitter(count_tokens)
    parts: list[Passage] = []
    for chunk in splitter.split_text(paper.abstract):
        start = _place(paper.abstract, chunk, parts[-1] if parts else None, count_tokens)
        parts.append(passage_at(paper, chunk, start))
    return parts


def embedding_text(paper: Paper, passage: Passage) -> str:
    """What is embedded for a passage: the title as context, then the passage, both readable."""
    return f"{readable(paper.title)}\n{readable(passage.text)}"


def _place(
    text: str, chunk: str, previous: Passage | None, count_tokens: Callable[[str], int]
) -> int:
    """Where a chunk starts. Of text that is repeated, what overlaps as little as it should."""
    if previous is None:
        return text.index(chunk)
    start = text.index(chunk, previous.start + 1)
    while (later := text.find(chunk, start + 1)) >= 0:
        if count_tokens(text[start : previous.end]) <= OVERLAP_TOKENS:
            break
        start = later
    return start


def passage_at(paper: Paper, text: str, start: int) -> Passage:
    key = f"{CHUNKER}\0{paper.id}\0{paper.title}\0{start}\0{text}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:20]
    return Passage(digest, paper.id, text, start, start + len(text))


@lru_cache(maxsize=4)
def _splitter(count_tokens: Callable[[str], int]) -> SentenceSplitter:
    from llama_index.core.node_parser import SentenceSplitter

    return SentenceSplitter(
        chunk_size=PASSAGE_TOKENS,
        chunk_overlap=OVERLAP_TOKENS,
        # The splitter only takes the length of what its tokenizer returns.
        tokenizer=lambda text: range(count_tokens(text)),
        chunking_tokenizer_fn=_split_sentences,
    )


def _split_sentences(text: str) -> list[str]:
    """Sentences with the white space after them, so that joined they are the text again."""
    starts = [span.start for span in sentences(text)]
    if not starts:
        return [text]
    starts[0] = 0
    ends = [*starts[1:], len(text)]
    return [text[a:b] for a, b in zip(starts, ends, strict=True)]
