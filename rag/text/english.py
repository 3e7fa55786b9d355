"""Whether a word is one of ordinary English.

The list is made by `python -m eval.authoring.english_words` from SCOWL, the Spell Checker Oriented
Word Lists of Kevin Atkinson, up to size 60, the size that is advised for spell checkers: words of
American and British English with their inflections, and the commonest names of peoples, places and
people, 84,738 in all. Its licence is beside it, in `english-words.LICENSE.txt`.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

_FIRST = "abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=1 << 12)
def is_english(word: str) -> bool:
    """Whether a folded word is one of ordinary English."""
    # A text and where its letters begin take a tenth of the memory of a set of its words.
    words, starts = _english()
    if word[:1] not in starts or not word.isalpha():
        return False
    start, end = starts[word[0]]
    return words.find(f"\n{word}\n".encode(), start, end) >= 0


@lru_cache(maxsize=1)
def _english() -> tuple[bytes, dict[str, tuple[int, int]]]:
    """The sorted words, each between two line feeds, and where those of each letter are."""
    words = gzip.decompress(Path(__file__).with_name("english-words.txt.gz").read_bytes())
    starts = [words.index(f"\n{letter}".encode()) for letter in _FIRST]
    ends = [start + 1 for start in starts[1:]] + [len(words)]
    return words, dict(zip(_FIRST, zip(starts, ends, strict=True), strict=True))
