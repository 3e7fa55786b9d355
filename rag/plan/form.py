"""How long an answer is to be, and in what form: what the question says of it, else its kind."""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.types import Form, Kind

WORDS: dict[Kind, int] = {
    "definition": 65,
    "number": 60,
    "acronym": 35,
    "yes_no": 60,
    "reason": 70,
    "method": 80,
    "fact": 65,
    "list": 400,
    "comparison": 140,
    "overview": 250,
    "count": 60,
    "lookup": 60,
    "chat": 80,
    "out_of_scope": 40,
}
"""Words that an answer of each kind has at most, where the question does not say."""
_NUMBERS = {"one": 1, "a": 1, "an": 1, "single": 1, "two": 2, "three": 3, "two or three": 3}
_SENTENCE = 25
_PARAGRAPH = 120
_BRIEF = 60
_DETAILED = 250

_IN_WORDS = re.compile(
    r"\b(?:in|use|at most|up to|max(?:imum)?|explain in)(?: \w+)? (\d{2,4})[- ]?"
    r"(?:words?|wörter\w*|mots|palabras)\b|(\d{2,4})\s?个?字"
)
_IN_SENTENCES = re.compile(
    r"(?:\b(?:in|one-liner|with)|(?<=definition)|^|[.:?,])(?: just| an?| about| only)? ?"
    r"(one|a|single|two or three|two|three|\d)[- ](?:single )?(?:sentences?|lines?)\b"
)
_ONE_SENTENCE = re.compile(
    r"\btl;?dr\b|\bone[- ]line\b|\ben une phrase\b|\bin einem satz\b|\ben una frase\b|一句话|"
    r"一文で|\bone-liner\b"
)
_ONE_PARAGRAPH = re.compile(
    r"\b(?:in|one|an?|single)(?: \w+)? paragraph\b(?! (?:retrieval|level|rank))|\babsatz\b|"
    r"\bparagraphe\b|\bpárrafo\b|一段"
)
_BRIEFLY = re.compile(
    r"\b(?:briefly|in brief|brief (?:answer|summary|overview|explanation|description)|in short|in "
    r"a nutshell|in a few words|keep it short|short(?:er)?(?: and \w+)?"
    r" (?:answer|summary|version|list|bullet list|table|please|pls)|shorter|quick(?:ly)? (?:answer|"
    r"summary)|concise(?:ly)?|kurz\w*|brièvement|en bref|brevemente|en breve)\b|简要|简短|手短"
)
_IN_DETAIL = re.compile(
    r"\b(?:in (?:more |full |great )?detail|detailed|thorough(?:ly)?|at length|in depth|long and|"
    r"comprehensive(?:ly)?|everything about|ausführlich\w*|en détail|en detalle|detallad\w+)\b|"
    r"详细|詳しく"
)
_TABLE = re.compile(
    r"\b(?:(?:in|as|into|make|give me|show me) (?:an? )?(?:\w+ )?table|^table of|tabulate|"
    r"tabular|tabelle\w*|tableau|tabla)\b|表格|^table\b"
)
_BULLETS = re.compile(
    r"\b(?:bullets|bulleted|bullet (?:points?|list)|short (?:bullet )?list|(?:numbered|as a|answer "
    r"as a|make a|detailed|short) list|"
    r"one per line|liste à puces|stichpunkt\w*|stichwort\w*|como lista)\b|列表|要点"
)


class Shape(NamedTuple):
    """How an answer is to look."""

    form: Form
    words: int
    """At most."""


def shape(question: str, kind: Kind) -> Shape:
    """The length and form that a question of a kind asks for."""
    text = question.lower()
    words = _length(text)
    form: Form = "text"
    if _TABLE.search(text):
        form = "table"
    elif kind == "list" or _BULLETS.search(text):
        form = "list"
    return Shape(form, words or WORDS[kind])


def _length(text: str) -> int | None:
    if match := _IN_WORDS.search(text):
        return max(10, int(match[1] or match[2]))
    if match := _IN_SENTENCES.search(text):
        count = _NUMBERS.get(match[1]) or int(match[1])
        return _SENTENCE if count == 1 else min(_BRIEF, _SENTENCE * count)
    for pattern, words in (
        (_ONE_SENTENCE, _SENTENCE),
        (_ONE_PARAGRAPH, _PARAGRAPH),
        (_BRIEFLY, _BRIEF),
        (_IN_DETAIL, _DETAILED),
    ):
        if pattern.search(text):
            return words
    return None
