"""A question of two parts: "how large is it, and what was it trained on?"."""

from __future__ import annotations

import re

MOST = 3
"""Parts at most."""
_ASKS = (
    r"(?:by |on |in |with |for |at |to |from )?(?:what|which|how|why|when|where|whether|who|whom)"
    r"\b|"
    r"(?:does|do|did|is|are|was|were|can|could|has|have|will)\b"
)
_BREAK = re.compile(
    rf"(?<=\?)\s+(?=\w)|[,;]?\s+(?:and|or)\s+(?:also\s+)?(?={_ASKS})|;\s+(?={_ASKS})", re.IGNORECASE
)
_ASKING = re.compile(rf"\b(?:{_ASKS}|tell|explain|describe|name|give|show)", re.IGNORECASE)


def split_question(question: str) -> tuple[str, ...]:
    """The questions in it, each as it stands; the question alone where there is but one."""
    found = [part.strip(" ,;") for part in _BREAK.split(question)]
    asking = [part for part in found if _ASKING.search(part) and len(part.split()) > 2]
    whole = len(asking) == len(found) and 1 < len(found) <= MOST
    return tuple(found) if whole else (question,)
