"""A format of files for Paper RAG: TITLE :: ABSTRACT, one paper a line.

Once this package is installed (`pip install docs/examples/own_reader`), `rag add notes.txt --format
notes` reads such files.
"""

from collections.abc import Iterator

from rag.corpus import to_paper
from rag.types import Paper, Rejected


def read(path: str, name: str) -> Iterator[Paper | Rejected]:
    """The papers of a file, in order; `name` is what a paper's source calls the file."""
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            title, separator, abstract = line.partition("::")
            if separator:
                yield to_paper({"title": title, "abstract": abstract}, name, number)
            elif line.strip():
                yield Rejected(name, number, "is not TITLE :: ABSTRACT")
