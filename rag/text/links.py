"""Web addresses in a text."""

from __future__ import annotations

import re

# Signs that never stand in an address end it, and punctuation at its end is the sentence's.
_INSIDE = r"[^\s<>\"'{}|\\^`]*"
_LAST = r"[^\s<>\"'{}|\\^`.,;:!?)\]]"
URL = re.compile(
    r"(?:https?://|www\.|\b[\w.-]+\.(?:com|org|io|net|ai|edu)/)" + _INSIDE + _LAST,
)
"""An address with a scheme, with "www.", or a bare one with a path (github.com/x/y)."""
