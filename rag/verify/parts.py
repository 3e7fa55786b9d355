"""A long claim taken apart, so that each part can be judged."""

from __future__ import annotations

import re

SHORTEST = 5
"""Words that a part has at least."""
_BETWEEN = re.compile(
    r"(?:\s*;|,\s+(?:and|but|while|whereas|although|though|yet|so)|\s+(?:while|whereas|although))\s+"
)


def split_claim(text: str) -> list[str]:
    """The clauses of a claim, in order; only itself where it says one thing."""
    parts: list[str] = []
    start = 0
    for match in _BETWEEN.finditer(text):
        part, rest = text[start : match.start()], text[match.end() :]
        if min(len(part.split()), len(rest.split())) >= SHORTEST:
            parts.append(part)
            start = match.end()
    return [*parts, text[start:]]
