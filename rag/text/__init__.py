"""Text as people meant it: display form, index terms, sentence boundaries, names.

Nothing here knows of papers; every other wing builds on it.
"""

from rag.text.display import readable, visible
from rag.text.names import distinctive, mentioned, mentions, misspelt, proper
from rag.text.sentences import Span, sentences
from rag.text.tokens import STOP_WORDS, fold, squash, stem, terms, tokens, words

__all__ = [
    "STOP_WORDS",
    "Span",
    "distinctive",
    "fold",
    "mentioned",
    "mentions",
    "misspelt",
    "proper",
    "readable",
    "sentences",
    "squash",
    "stem",
    "terms",
    "tokens",
    "visible",
    "words",
]
