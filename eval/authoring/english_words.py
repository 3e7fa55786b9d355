"""Makes the list of English words of `rag.text.english`: python -m eval.authoring.english_words DIR

DIR holds the files of SCOWL, as Debian's package `scowl` has them in /usr/share/dict/scowl.
"""

from __future__ import annotations

import argparse
import gzip
import re
from pathlib import Path

import rag.text
from rag.text import fold

SIZES = {"words": 60, "upper": 50}
"""The largest size that is taken of each class: beyond these words are rarer than slips."""
LANGUAGES = ("english", "american", "british", "british_z")
SHORTEST = 2
"""Letters of the shortest words; single letters are in the lists as names of letters."""
TARGET = Path(rag.text.__file__).with_name("english-words.txt.gz")


def english_words(folder: Path) -> list[str]:
    """The folded words, sorted."""
    found: set[str] = set()
    for path in folder.iterdir():
        kind, _, size = path.name.rpartition(".")
        language, _, part = kind.partition("-")
        if language in LANGUAGES and int(size) <= SIZES.get(part, 0):
            text = path.read_text(encoding="latin-1")
            found.update(word for word in map(fold, text.split()) if _is_kept(word))
    return sorted(found)


def _is_kept(word: str) -> bool:
    return bool(re.fullmatch("[a-z]+", word)) and len(word) >= SHORTEST


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    words = english_words(parser.parse_args().folder)
    # No time of making in it: the same words give the same file.
    TARGET.write_bytes(gzip.compress("\n".join(["", *words, ""]).encode(), 9, mtime=0))
    print(f"{TARGET}: {len(words)} words")


if __name__ == "__main__":
    main()
