"""Which language a text is in: by its script, else by its commonest words."""

from __future__ import annotations

import re

from rag.text.names import distinctive
from rag.text.tokens import fold, words

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]{3}")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
# Words that only one of these languages has, or has far more often than the others.
_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(text.split())
    for language, text in {
        "en": "the of and is are what which how does do in to for on with that this it by from who "
        "why when was were can papers paper about a an any there has have my your please show list",
        "fr": "le la les des du une est sont que quel quelle quels quelles comment pourquoi dans "
        "et "
        "pour sur avec qui ce cette ces par au aux en il elle ont quoi combien y a-t-il articles",
        "de": "der die das den dem des ein eine einen ist sind was wie warum welche welcher "
        "welches "
        "und im mit von für fur auf zu nicht was man unter versteht wird werden es gibt wer wofür "
        "wofur bei über uber hat",
        "es": "el los las un una al más siempre modelo de es son que cual cuales como por para con "
        "del y en qué cuál cómo se "
        "hay cuántos cuantos sobre tiene donde qué artículos articulos",
        "nl": "het een hoe wat welke waarom voor niet zijn werd worden moest deze dat ook naar om",
        "it": "il lo gli che cosa quale quali come perché perche sono della delle nel con per una "
        "di è quanti quanto articoli su",
        "pt": "o os um uma que qual quais como por para com do da dos das em não nao é são sao "
        "quantos artigos sobre porque",
    }.items()
}


def language_of(text: str) -> str:
    """The code of the language of a question or a sentence; "en" where nothing tells."""
    for code, script in _SCRIPTS:
        if script.search(text):
            return code
    for name in distinctive(text):
        text = text.replace(name, " ")
    held = [fold(word) for word in words(text)]
    counts = {code: sum(word in common for word in held) for code, common in _folded().items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > counts["en"] else "en"


def _folded() -> dict[str, frozenset[str]]:
    return {code: frozenset(map(fold, common)) for code, common in _WORDS.items()}
