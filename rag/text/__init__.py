"""Text as people meant it: display form, index terms, sentence boundaries, names.

Nothing here knows of papers; every other wing builds on it.
"""

from rag.text.accents import with_accents
from rag.text.display import readable, visible
from rag.text.english import is_english
from rag.text.language import language_of
from rag.text.links import URL
from rag.text.names import (
    capitalised,
    distinctive,
    is_common,
    is_name,
    is_plain_compound,
    leading_name,
    mentioned,
    mentions,
    misspelt,
    proper,
    short_title,
    titled,
)
from rag.text.sentences import Span, sentences
from rag.text.suspects import (
    LEFT_OUT,
    RULES,
    is_suspect_title,
    marked,
    suspect_spans,
    without_suspects,
)
from rag.text.tokens import (
    STOP_WORDS,
    alphanumeric,
    fold,
    pieces,
    split_compound,
    squash,
    stem,
    terms,
    tokens,
    words,
)

__all__ = [
    "LEFT_OUT",
    "RULES",
    "STOP_WORDS",
    "Span",
    "URL",
    "alphanumeric",
    "capitalised",
    "distinctive",
    "fold",
    "is_english",
    "is_common",
    "is_name",
    "is_plain_compound",
    "is_suspect_title",
    "language_of",
    "leading_name",
    "marked",
    "mentioned",
    "mentions",
    "misspelt",
    "pieces",
    "proper",
    "readable",
    "sentences",
    "short_title",
    "split_compound",
    "squash",
    "stem",
    "suspect_spans",
    "terms",
    "titled",
    "tokens",
    "visible",
    "with_accents",
    "without_suspects",
    "words",
]
