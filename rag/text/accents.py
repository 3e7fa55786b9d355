r"""LaTeX accents (`\"o`, `\'{e}`, `\v{c}`, `\'{\i}`) as the letters that they stand for."""

from __future__ import annotations

import re
import unicodedata

_ACCENT = re.compile(
    r"\\(?:[\"'`^~=.]\s*(?:\{\\?[A-Za-z]\s*\}|\\[ij](?![A-Za-z])|[A-Za-z])"
    r"|[cvuHk](?:\s*\{\\?[A-Za-z]{1,2}\s*\}|\s+[A-Za-z]))"
)
_MARKUP = re.compile(r"[\\{}\s]")
_COMBINING = dict(
    zip(
        "\"'`^~=.cvuHk",
        "\u0308\u0301\u0300\u0302\u0303\u0304\u0307\u0327\u030c\u0306\u030b\u0328",
        strict=True,
    )
)


def with_accents(text: str) -> str:
    """The text with the accents of LaTeX put on their letters; braces around both stay."""
    return _ACCENT.sub(_composed, text) if "\\" in text else text


def _composed(match: re.Match[str]) -> str:
    plain = _MARKUP.sub("", match[0])
    return unicodedata.normalize("NFC", plain[1] + _COMBINING[plain[0]]) + plain[2:]
