"""Text as people meant it.

Papers are stored as they stand. Abstracts exported from LaTeX are damaged in known ways
(`6.54times`, `sim700`, `\\%`, `$\\mu$`); `readable` undoes that for display.
"""

from __future__ import annotations

import re

from rag.text.accents import with_accents

_COMMAND = r"\\?(?:textbf|textit|textsc|texttt|textrm|text|emph|mathbf|mathrm|mathcal|mathbb)"
_REPAIRS: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (needed, re.compile(pattern), replacement)
    # The first is in every text that the pattern finds something in: looking for it is quicker.
    for needed, pattern, replacement in (
        *2 * (("{", _COMMAND + r"\s?\{([^{}]*)\}", r"\1"),),  # twice, for one inside another
        ("{", _COMMAND + r"\s?\{", ""),  # never closed
        ("{", r"\{\s?\\?(?:em|it|bf|sc|tt)\s([^{}]*)\}", r"\1"),
        ("{", r"\\footnote\s?\{([^{}]*)\}?", r" (\1)"),
        ("\\", r"\\(?=[%&#_$])", ""),
        ("\\", r"\\[()\[\]]|\\break\b", " "),
        ("circ", r"\^\{?\\?circ\}?", "°"),
        ("times", r"(?<=\d)\\?times(?=[A-Z])", "× "),
        ("times", r"(?<=\d)\\?times(?![a-z])", "×"),
        ("times", r"(?<=[\d°])\s\\?times\s(?=\d)", " × "),
        ("sim", r"(?<=\d)\\?sim(?=\s?\d)", " ~"),
        ("sim", r"(?<![A-Za-z])\\?sim\s?(?=\d)", "~"),
        ("approx", r"(?<![A-Za-z])\\?approx\s?(?=\d)", "≈"),
        ("ge", r"(?<![A-Za-z])\\?geq?\s?(?=\d)", "≥"),
        ("le", r"(?<![A-Za-z])\\?leq?\s?(?=\d)", "≤"),
        ("$", r"\$([^$\s][^$]{0,60}?)\$", r"\1"),
        ("^{", r"\^\{([^{}]*)\}", r"^\1"),
        ("_{", r"_\{([\w.]+)\}", r"_\1"),
        ("{", r"\{([^\W\d_A-Za-z])\}", r"\1"),  # braces around an accent: G{\"o}del
        ("{", r"(?<!\w)\{([A-Za-z][\w.-]*)\}(?![\w-])", r"\1"),
        ("$", r"(?<=[a-z])\$(?=\s)", ""),  # its pair was lost
        ("~", r"(?<=[A-Za-z0-9)])~(?=[A-Za-z(\[])", " "),
        ("~", r"(?<=[A-Za-z0-9])~(?=\s)", ""),
        ("%", r"(?:^|(?<=[.!?] ))%\s(?=[A-Z])", ""),  # a comment's mark
        ("``", r"``", '"'),
        ("''", r"''", '"'),
        ("\\", r"\\([A-Za-z]+)\b", r"\1"),
        # A reference number of the abstract must not look like one of our citations.
        ("[", r"\[(\d{1,3}(?:\s?[,-]\s?\d{1,3})*)\]", r"(\1)"),
        ("", r"\s{2,}", " "),
    )
)
_POSSESSIVE = re.compile(r"\\+(?='s\b)")  # "the model\'s": no accent on an s
# Characters that reorder or hide text: dropped from anything that is shown.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text without the characters that hide or reorder text, or steer a terminal."""
    return _INVISIBLE.sub("", text)


def readable(text: str) -> str:
    """The text with export damage undone, for display; meaning and words stay as they are."""
    text = visible(text)
    if "\\" in text:
        text = with_accents(_POSSESSIVE.sub("", text))
    for needed, pattern, replacement in _REPAIRS:
        if needed in text:
            text = pattern.sub(replacement, text)
    return text.strip()
