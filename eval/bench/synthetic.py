"""Papers for measuring at scale: sentences of the bundled abstracts, recombined by a seeded draw.

A vector of such a paper is the mean of the real MiniLM vectors of its sentences and of a little
noise, to length 1, so that a million papers can be had without embedding a million texts. What
embedding costs is measured apart (eval/bench/embed.py).
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eval.bench import bundled
from rag.text import readable, sentences
from rag.types import Embedder, Paper

if TYPE_CHECKING:
    from rag.types import Vectors

SENTENCES = 5
"""Sentences of a paper, which make one passage."""
YEARS = (1990, 2026)
AUTHORS, VENUES = 5000, 60


class Source:
    """The titles and sentences that are recombined."""

    def __init__(self) -> None:
        real = bundled.papers()
        self.titles = sorted({readable(paper.title) for paper in real})
        cut = {readable(p.abstract[a:b]) for p in real for a, b in sentences(p.abstract)}
        self.sentences = sorted(text for text in cut if 8 <= len(text.split()) <= 40)

    def papers(self, count: int, seed: int = 1) -> Iterator[Paper]:
        """The same for the same seed; a longer draw begins with a shorter one."""
        draw = random.Random(seed)
        for number in range(count):
            words = f"{draw.choice(self.titles)} {draw.choice(self.titles)}".split()
            title = " ".join(draw.sample(words, min(9, len(words))))
            yield Paper(
                id=f"{seed:04x}{number:016x}",
                title=f"{title} {number:x}",
                abstract=" ".join(draw.sample(self.sentences, SENTENCES)),
                authors=tuple(f"Author {draw.randrange(AUTHORS)}" for _ in range(2)),
                year=draw.randint(*YEARS),
                venue=f"Venue {draw.randrange(VENUES)}",
                sources=(f"synthetic:{number + 1}",),
            )


class MeanOfSentences:
    """An embedder for synthetic papers; what is none of theirs is embedded for real."""

    def __init__(self, real: Embedder, source: Source | None = None) -> None:
        self._real = real
        self._source = source
        self.name = f"{real.name}-mean-of-sentences"
        self.dimension = real.dimension
        self.max_tokens = real.max_tokens

    def count_tokens(self, text: str) -> int:
        return self._real.count_tokens(text)

    @cached_property
    def _known(self) -> dict[str, Vectors]:
        if self._source is None:
            return {}
        vectors = self._real.embed(self._source.sentences)
        return dict(zip(self._source.sentences, vectors, strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        unknown: list[int] = []
        for row, text in enumerate(texts):
            body = text.partition("\n")[2]
            parts = [self._known.get(body[a:b]) for a, b in sentences(body)]
            found = [part for part in parts if part is not None]
            if found:
                draw = np.random.default_rng(zlib.crc32(text.encode()))
                vectors[row] = np.mean(found, axis=0) + draw.normal(0, 0.01, self.dimension)
            else:
                unknown.append(row)
        if unknown:
            vectors[unknown] = self._real.embed([texts[row] for row in unknown])
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit
