"""Who judges claims, and what was judged before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self

from rag.embed import CachedEmbedder
from rag.llm import ReplyCache
from rag.text import readable, sentences
from rag.types import Quote
from rag.verify import Checker, Claim, Similarity, Verdict, check, nearest


class OfflineChecker:
    """The check of answers: rules and small models, no language model."""

    name = "offline/1"

    def __init__(self, similarity: Similarity) -> None:
        self._similarity = similarity

    def check(self, claims: Sequence[Claim]) -> list[Verdict]:
        """A verdict for each claim, in order."""
        return [self._judge(claim) for claim in claims]

    def _judge(self, claim: Claim) -> Verdict:
        found = check(claim.text, claim.sources, similarity=self._similarity)
        support = found.support
        if support == "unsupported":
            support = "contradicted" if found.contradicted else "unverified"
        quote, source = self._span(claim)
        return Verdict(support, found.score, found.why, quote, source)

    def _span(self, claim: Claim) -> tuple[Quote | None, int]:
        """The sentence of an abstract that bears most on a claim."""
        spans = [
            (Quote(paper.abstract[a:b], a, b), number)
            for number, paper in enumerate(claim.sources)
            for a, b in sentences(paper.abstract)
        ]
        if not spans:
            return None, 0
        texts = [readable(quote.text) for quote, _ in spans]
        return spans[nearest(claim.text, texts, similarity=self._similarity)]


class KeptVerdicts:
    """A checker that judges only what it has not judged before.

    A verdict is kept by the claim, the titles and abstracts, and the checker's name, so that what
    changes any of these is judged again. `fresh` passes over what is kept.
    """

    def __init__(self, checker: Checker, name: str, folder: Path, *, fresh: bool = False) -> None:
        self._checker = checker
        self._name = name
        self._kept = ReplyCache(folder)
        self._fresh = fresh

    def check(self, claims: Sequence[Claim]) -> list[Verdict]:
        """A verdict for each claim, in order."""
        keys = [self._key(claim) for claim in claims]
        known: dict[str, Verdict] = {}
        if not self._fresh:
            kept = {key: self._kept.get(key) for key in keys}
            known = {key: _verdict(text) for key, text in kept.items() if text is not None}
        new = {key: claim for key, claim in zip(keys, claims, strict=True) if key not in known}
        for key, verdict in zip(new, self._checker.check(list(new.values())), strict=True):
            known[key] = verdict
            self._kept.put(key, json.dumps(asdict(verdict)))
        return [known[key] for key in keys]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    def _key(self, claim: Claim) -> str:
        sources = [(source.title, source.abstract) for source in claim.sources]
        return hashlib.sha256(json.dumps([self._name, claim.text, sources]).encode()).hexdigest()


def _verdict(text: str) -> Verdict:
    raw = json.loads(text)
    return Verdict(**{**raw, "quote": raw["quote"] and Quote(**raw["quote"])})


def checker_for(embedder: CachedEmbedder, cache: Path, *, fresh: bool = False) -> KeptVerdicts:
    """Who judges manuscripts; what was judged is kept in a folder below `cache`."""
    offline = OfflineChecker(embedder.similarities)
    name = f"{offline.name} {embedder.name}"
    return KeptVerdicts(offline, name, cache / "verdicts", fresh=fresh)
