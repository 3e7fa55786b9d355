"""What misspelt words of a question may have been meant to be.

A guess is searched for beside the word, never instead of it: what is no slip loses nothing.
"""

from __future__ import annotations

from rag.text import STOP_WORDS, is_english, words
from rag.types import Vocabulary


def guesses(text: str, vocabulary: Vocabulary) -> tuple[tuple[str, str], ...]:
    """Words of a text that neither the library nor English knows, each with a near one that the
    library holds."""
    found: list[tuple[str, str]] = []
    for word in dict.fromkeys(words(text)):
        if word in STOP_WORDS or vocabulary.knows(word) or is_english(word):
            continue
        guess = vocabulary.suggest(word)
        if guess is not None and guess != word:
            found.append((word, guess))
    return tuple(found)
