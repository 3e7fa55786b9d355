"""Sentences of abstracts made fit to stand alone; every change is marked by square brackets.

"However, this method reduces memory." out of its paragraph points at nothing: it is shown as
"[DFloat11] reduces memory."
"""

from __future__ import annotations

import re

from rag.text import leading_name, mentions, readable, short_title
from rag.types import Paper

# BACKGROUND:, METHODS: … of structured abstracts.
_LABEL = re.compile(r"^\(?[A-Z][A-Z &/,-]{3,40}\)?\s?[:.–-]\s+(?=\S)|^(?:Abstract|Summary)[.:]\s+")
_CONNECTOR = re.compile(
    r"^(?:However|Moreover|Furthermore|In addition|Additionally|Therefore|Thus|Hence|Consequently|"
    r"Also|Finally|Lastly|Besides|Meanwhile|Nevertheless|Nonetheless|Yet|Conversely|"
    r"On the other hand|In contrast|As a result|For this reason|Accordingly|Subsequently|"
    r"Specifically|In particular|More specifically|Concretely|Indeed|In fact|Notably|Importantly|"
    r"Interestingly|Remarkably|Surprisingly|Then|Next|Second|Third|Secondly|Thirdly|First|Firstly|"
    r"Inspired by (?:this|these)(?: \w+){0,2}|Motivated by (?:this|these)(?: \w+){0,2}|"
    r"(?:Based|Building) on (?:this|these)(?: \w+){0,3}|To this end|To that end|"
    r"To (?:address|tackle|overcome|solve|mitigate|resolve|alleviate|bridge|fill) "
    r"(?:this|these|the above|such)(?: \w+){0,3}|"
    r"In (?:this|light of this|view of this)(?: (?:paper|work|study|article|report))?),\s+"
    r"|^(?:But|And|So|Thus|Hence|Yet|Then)\s+(?=\w)"
)
_WORK = (
    r"(?:method|approach|framework|model|technique|system|algorithm|architecture|strategy|pipeline|"
    r"design|solution|mechanism|scheme|procedure|module|dataset|benchmark|toolkit|library)"
)
_POINTER = re.compile(
    rf"^(?:This|The proposed|Our(?: proposed| new| novel)?|The|Such an?) {_WORK}\b(?! of)"
)
_IT = re.compile(r"^It(?= (?:is|was|has|can|does|\w+s)\b)")


# "This paper presents …" points at nothing that stood before.
_POINTS = re.compile(
    r"^\[?(?!This (?:\w+ )?(?:paper|work|study|article|survey|review|report|thesis|tutorial)\b)"
    r"(?:This|These|Those|Such|They|It|Both|Doing so|The (?:former|latter|two)|Here|There|"
    r"Their|"
    r"Its|As such|That)\b(?!\w)"
)
_OPENED = re.compile(r"^\[(\w)\]")
_SHORT = 7
"""Words up to which a sentence says too little by itself."""


def dangles(text: str) -> bool:
    """Whether a sentence, as it is shown, still points at what stood before it."""
    return bool(_POINTS.match(_OPENED.sub(r"\1", text))) or len(text.split()) < _SHORT


def alone(text: str, paper: Paper, before: str = "") -> str:
    """A readable sentence as it can stand alone; `before` is the sentence in front of it."""
    text = _LABEL.sub("", text)
    rest = _CONNECTOR.sub("", text, count=1)
    opened = rest if rest != text and len(rest.split()) > 3 else text
    capital = opened[:1].upper() + opened[1:]
    name = name_of(paper)
    if name and not mentions(text, name):
        named = _POINTER.sub(f"[{name}]", capital, count=1)
        if before and mentions(before, name):
            named = _IT.sub(f"[{name}]", named, count=1)
        if named != capital:
            return named
    return _capital(opened) if opened != text else text


def name_of(paper: Paper) -> str:
    """What a paper's work is called, when its title says so: "ZipNN: …"; else ""."""
    if name := leading_name(paper.title):
        return name
    head = short_title(paper.title)
    colon = ":" in readable(paper.title)
    return head if colon and len(head.split()) == 1 and head[:1].isupper() else ""


def called(paper: Paper) -> str:
    """The same, else its whole title as it reads."""
    return name_of(paper) or readable(paper.title)


def _capital(text: str) -> str:
    """Opened with a capital in brackets, unless it begins with a name or a capital."""
    first = text.split(" ", 1)[0]
    return text if not first.islower() else f"[{text[0].upper()}]{text[1:]}"
