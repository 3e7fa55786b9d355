"""Words and index terms, alike on both sides of the index."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rag.text.display import readable

STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being
    below between both but by can could did do does doing down during each few for from further
    had has have having he her here hers him his how i if in into is it its itself just me more
    most my no nor not now of off on once only or other our ours out over own same she should so
    some such than that the their theirs them then there these they this those through to too
    under until up upon us very was we were what when where which while who whom why will with
    would you your yours""".split()
)
_WORD = re.compile(r"[^\W_]+(?:[.'’^+/-][^\W_]+)*\+{0,2}")
_PART = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_SEPARATORS = re.compile(r"[\W_]+")
_LIGATURES = str.maketrans(
    {
        "μ": "mu",
        "µ": "mu",
        "α": "alpha",
        "β": "beta",
        "λ": "lambda",
        "ε": "epsilon",
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
    }
)
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=\w{3})is(?=(?:e|ed|es|er|ers|ing|ation|ations)$)", "iz"),
        (r"(?<=\w{3})ys(?=(?:e|ed|es|er|ers|ing)$)", "yz"),
        (r"(?<=\w{3})ou(?=r(?:s|ed|ing|al|able|ful)?$)", "o"),
        (r"(?<=\w{3})ll(?=(?:ed|ing|er|ers)$)", "l"),
        (r"(?<=\w{3})tre(?=s?$)", "ter"),
    )
)


def fold(text: str) -> str:
    """Lower case without accents; compatibility forms (½, ², ﬁ) become plain characters."""
    if text.isascii():
        return text.lower()
    text = text.translate(_LIGATURES)
    text = unicodedata.normalize("NFKD", text)
    return "".join(c for c in text if not unicodedata.combining(c)).lower()


def squash(text: str) -> str:
    """Only the letters and digits, folded: equal for titles that differ in nothing else."""
    return alphanumeric(fold(readable(text)))


def alphanumeric(text: str) -> str:
    """The text's letters and digits, written together."""
    return _SEPARATORS.sub("", text)


def pieces(text: str) -> list[str]:
    """The text's runs of letters and digits."""
    return [piece for piece in _SEPARATORS.split(text) if piece]


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The Snowball (Porter 2) stem of a folded word, British spellings as American ones."""
    if not word.isalpha() or len(word) < 4:
        return word
    for pattern, replacement in _SPELLINGS:
        word = pattern.sub(replacement, word)
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer():  # type: ignore[no-untyped-def]
    import Stemmer

    return Stemmer.Stemmer("english")


def words(text: str) -> list[str]:
    """Folded words as written, compounds whole (`lora-sb`, `1.58-bit`), stop words kept."""
    return [
        word.replace("’", "'").removesuffix("'s") for word in _WORD.findall(fold(readable(text)))
    ]


def tokens(text: str) -> list[str]:
    """Stemmed index terms, without stop words.

    A compound gives its parts and the whole written together: `LoRA-SB` gives `lora`, `sb` and
    `lorasb`; `llama2` gives `llama2`, `llama` and `2`; so `LoRASB`, `lora sb`, `Llama-2` match.
    """
    return [term for word in words(text) for term in terms(word)]


@lru_cache(maxsize=1 << 16)
def terms(word: str) -> tuple[str, ...]:
    """The index terms of one word as `words` gives it; none for a stop word."""
    if word in STOP_WORDS:
        return ()
    parts, whole = split_compound(word)
    return (*parts, whole) if whole else parts


def split_compound(word: str) -> tuple[tuple[str, ...], str]:
    """Stems of the parts of a folded compound, without stop words, and the whole in one piece.

    A word that is no compound is its only part, a stop word too, and its whole is "".
    """
    parts = _PART.findall(word)
    if len(parts) <= 1:
        return (stem(parts[0] if parts else word),), ""
    return tuple(stem(part) for part in parts if part not in STOP_WORDS), alphanumeric(word)
