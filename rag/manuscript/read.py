"""A manuscript of any format, with the bibliographies that it names and those given with it."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from rag.errors import CorpusError, UsageError
from rag.manuscript.cited import cited_sentences
from rag.manuscript.document import Manuscript, Parsed, SourceText
from rag.manuscript.latex import read_latex
from rag.manuscript.markdown import read_markdown
from rag.manuscript.plain import read_plain
from rag.manuscript.prose import IsTitle, with_citations
from rag.manuscript.references import of_file

Format = Literal["latex", "markdown", "text"]
FORMATS: tuple[Format, ...] = get_args(Format)
_SUFFIXES: dict[str, Format] = {
    ".tex": "latex", ".ltx": "latex", ".md": "markdown", ".markdown": "markdown", ".qmd":
    "markdown", ".rmd": "markdown", ".txt": "text",
}  # fmt: skip
_LATEX = re.compile(r"\\(?:documentclass|begin\{document\}|[a-z]*cite[a-z]*\*?[\[{])")
_MARKDOWN = re.compile(r"\A---\s*\n|^#{1,6} |\[[^\]\n]*@\w|\]\(https?://|\*\*\S", re.MULTILINE)
LARGEST = 1 << 24
"""Bytes of a manuscript that are read: 16 MiB."""


def read_manuscript(
    manuscript: str | Path,
    *,
    bibliographies: Sequence[str | Path] = (),
    format: str | None = None,
    is_title: IsTitle,
) -> Manuscript:
    """The manuscript in a file ("-" is standard input), or given as text of several lines or words.

    `is_title` says whether the library has a paper of a title: then one in quotation marks is a
    citation. Raises `CorpusError` when there is no such file or bibliography, or nothing is cited.
    """
    if format is not None and format not in FORMATS:
        raise UsageError(f"The format of a manuscript is one of: {', '.join(FORMATS)}.")
    name, text, folder = _opened(manuscript)
    kind = format or _told(name, text)
    parsed = _parsed(kind, SourceText(name, text), folder)
    for path in [*_named(parsed, folder), *map(Path, bibliographies)]:
        parsed.references |= of_file(path)
    if kind != "latex":
        blocks = (
            with_citations(block, parsed.references, is_title, pandoc=kind == "markdown")
            for block in parsed.blocks
        )
        parsed.blocks = list(blocks)
    sentences = [sentence for block in parsed.blocks for sentence in cited_sentences(block)]
    if not sentences:
        raise CorpusError(
            f"Nothing is cited in {name} in a way that is understood: see docs/check.md."
        )
    if not any(key in parsed.references for sentence in sentences for key in sentence.keys):
        raise CorpusError(f"No bibliography has the keys that {name} cites; give one with --bib.")
    return Manuscript(
        name, tuple(parsed.files), tuple(sentences), parsed.references, tuple(parsed.notes)
    )


def _parsed(kind: str, source: SourceText, folder: Path | None) -> Parsed:
    if kind == "latex":
        return read_latex(source, folder)
    return read_markdown(source) if kind == "markdown" else read_plain(source)


def _opened(manuscript: str | Path) -> tuple[str, str, Path | None]:
    """What to call a manuscript, its text, and the folder that it is in."""
    if manuscript == "-":
        return "standard input", sys.stdin.read(LARGEST), None
    if isinstance(manuscript, str) and not _is_path(manuscript):
        return "the text", manuscript, None
    path = Path(manuscript)
    if not path.exists():
        raise CorpusError(f"There is no file {path}; check the path.")
    if path.is_dir():
        raise CorpusError(f"{path} is a folder; name the manuscript's file in it.")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise CorpusError(f"Cannot read {path}: {error.strerror}; check the path.") from error
    if len(data) > LARGEST:
        raise CorpusError(f"{path} is longer than 16 MiB; check its parts one by one.")
    try:
        return str(path), data.decode("utf-8-sig"), path.parent
    except UnicodeDecodeError:
        raise CorpusError(f"{path} is not UTF-8 text; save it as that.") from None


def _is_path(text: str) -> bool:
    """Whether a text names a file rather than being the manuscript: one word, or a file's name."""
    if "\n" in text or len(text) > 1000:
        return False
    return len(text.split()) == 1 or Path(text).suffix.lower() in _SUFFIXES or Path(text).is_file()


def _told(name: str, text: str) -> Format:
    """The format by the file's ending, else by what stands in it."""
    known = _SUFFIXES.get(Path(name).suffix.lower())
    if known is not None:
        return known
    if _LATEX.search(text):
        return "latex"
    return "markdown" if _MARKDOWN.search(text) else "text"


def _named(parsed: Parsed, folder: Path | None) -> list[Path]:
    """The bibliographies that the manuscript names, where they are; others are told of."""
    found: list[Path] = []
    for name in dict.fromkeys(parsed.bibliographies):
        path = Path(name if Path(name).suffix else f"{name}.bib")
        if folder is not None and (folder / path).is_file():
            found.append(folder / path)
        elif folder is not None:
            parsed.notes.append(f"The bibliography {name} is not there; it was left out.")
    return found
