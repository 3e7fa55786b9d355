"""What was judged before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self

from rag.llm import ReplyCache
from rag.types import Quote
from rag.verify import Checker, Claim, Verdict


class KeptVerdicts:
    """A checker that judges only what it has not judged before.

    A verdict is kept by the claim, the titles and abstracts, and the checker's name, so that what
    changes any of these is judged again. `fresh` passes over what is kept.
    """

    def __init__(self, checker: Checker, folder: Path, *, fresh: bool = False) -> None:
        self.name = checker.name
        self._checker = checker
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
        return hashlib.sha256(json.dumps([self.name, claim.text, sources]).encode()).hexdigest()


def _verdict(text: str) -> Verdict:
    raw = json.loads(text)
    return Verdict(**{**raw, "quote": raw["quote"] and Quote(**raw["quote"])})
