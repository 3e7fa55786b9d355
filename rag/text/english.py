"""Whether a word is one of ordinary English.

The list is made by `python -m eval.authoring.english_words` from SCOWL, the Spell Checker Oriented
Word Lists of Kevin Atkinson, up to size 60, the size that is advised for spell checkers: words of
American and British English with their inflections, and the commonest names of peoples, places and
people, 83,909 in all. Its licence is beside it, in `english-words.LICENSE.txt`.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

SHORTEST = 4
"""Letters of the shortest word in the list."""


def is_english(word: str) -> bool:
    """Whether a folded word is one of ordinary English; shorter ones than the list has are none."""
    # One long text takes a tenth of the memory of a set of its words, and is searched in 0.2 ms.
    return word.isalpha() and f"\n{word}\n".encode() in _english()


@lru_cache(maxsize=1)
def _english() -> bytes:
    """The words, each between two line feeds."""
    return gzip.decompress(Path(__file__).with_name("english-words.txt.gz").read_bytes())
