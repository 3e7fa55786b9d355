r"""Text out of BibTeX values: accents, letters and escaped signs decoded, the rest as it stands.

Handing a whole abstract to a LaTeX parser loses text: "%" begins a comment there, and unknown
macros vanish. So only what is surely markup is decoded; formulas and macros such as `\tool` stay.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.text import with_accents

_TOKEN = re.compile(
    r"\\[dbrt](?:\s*\{\\?[A-Za-z]{1,2}\s*\}|\s+[A-Za-z])"  # the rarer accents: \d{u} \r a
    r"|\\(?:ss|o|O|ae|AE|oe|OE|aa|AA|l|L|i|j|dh|DH|th|TH)(?![A-Za-z])(?:\{\}|\s+)?"
    r"|\\text(?:asciitilde|endash|emdash|quote(?:left|right|dblleft|dblright))(?![A-Za-z])(?:\{\})?"
    r"|\\[%&_#$]"
)
_MATH = re.compile(r"(?<!\\)(\$[^$]*(?<!\\)\$)")
_FONT = re.compile(
    r"\\(?:text(?:bf|it|sc|tt|rm|sf|sl|up|md|normal)|emph|mbox|url)\s*(?=\{)"
    r"|(?<=\{)\\(?:em|it|bf|sc|tt|rm|sf|sl)\s+"
)


def plain_text(value: str) -> str:
    """The value without accents' markup, font changes and grouping braces."""
    if "\\" not in value and "{" not in value:
        return value
    parts = _MATH.split(value)  # every second part is a formula
    parts[::2] = [_TOKEN.sub(_decoded, with_accents(_FONT.sub("", part))) for part in parts[::2]]
    return _without_groups("".join(parts))


def _decoded(match: re.Match[str]) -> str:
    return _decode(match[0])


@lru_cache(maxsize=1024)
def _decode(token: str) -> str:
    from pylatexenc.latex2text import LatexNodes2Text

    return str(LatexNodes2Text(keep_comments=True).latex_to_text(token.strip()))


def _without_groups(text: str) -> str:
    """Braces removed that only group; those of formulas, `x^{2}` and unknown macros stay."""
    output: list[str] = []
    open_braces: list[bool] = []  # whether each open brace was removed
    for part in re.split(r"(\\?[{}]|(?<!\\)\$[^$]*(?<!\\)\$)", text):
        if part == "{":
            before = "".join(output[-2:])
            open_braces.append(not re.search(r"(?:[\^_]|\\[A-Za-z]+|\})$", before))
            part = "" if open_braces[-1] else part
        elif part == "}" and open_braces:
            part = "" if open_braces.pop() else part
        if part:
            output.append(part)
    return "".join(output)
