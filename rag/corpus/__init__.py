"""Papers out of files. One module reads one format; which one it is, the content tells."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

from rag.corpus.fields import to_paper, to_reference
from rag.corpus.ids import normal_arxiv_id, normal_doi, paper_id
from rag.corpus.source import Source, Unreadable, open_source
from rag.errors import CorpusError
from rag.plugins import READERS, installed, load, sentence
from rag.types import Paper, Rejected

__all__ = [
    "FORMATS",
    "find_files",
    "formats",
    "has_format",
    "normal_arxiv_id",
    "normal_doi",
    "paper_id",
    "read",
    "read_references",
    "to_paper",
    "to_reference",
]

_READERS = {
    "listing": ("listing", "read"),
    "json": ("jsonl", "read_json"),
    "jsonl": ("jsonl", "read_lines"),
    "csv": ("tables", "read_csv"),
    "tsv": ("tables", "read_tsv"),
    "bibtex": ("bibtex", "read"),
    "ris": ("ris", "read_ris"),
    "medline": ("ris", "read_medline"),
    "pubmed": ("pubmed", "read"),
    "arxiv": ("arxiv", "read"),
}
FORMATS: tuple[str, ...] = tuple(_READERS)
"""Names of the formats that come along; `pubmed` is PubMed's XML, `medline` its text."""
Reader = Callable[[str, str], Iterator[Paper | Rejected]]
"""What a plug-in registers: `(path, name)` to papers and bad records, in order."""
_NOT_CORPUS = ("readme", "license", "licence")


def formats() -> list[str]:
    """The names of all formats: `FORMATS`, then those of other packages (`rag.plugins`)."""
    return [*FORMATS, *(name for name in installed(READERS) if name not in _READERS)]


def has_format(name: str) -> bool:
    """Whether `read` knows a format of this name; plug-ins are looked for only if need be."""
    return name in _READERS or name in installed(READERS)


def read(
    path: str | Path,
    *,
    format: str | None = None,
    name: str | None = None,
    limit: int | None = None,
) -> Iterator[Paper | Rejected]:
    """Papers of one file in order; bad records come as `Rejected` in their place.

    `path` "-" is standard input. `format` is one of `formats()`, one of `FORMATS` told by content
    if None. `name` is what `Paper.sources` and `Rejected.path` call the file, `str(path)` if None.
    The file is read as a stream, unpacked if it is gzip; beyond `limit` unpacked bytes nothing is
    read, except by a plug-in, which opens the file itself. A file that is in no known format, or
    breaks off, gives a last `Rejected`. Raises `CorpusError` for a path that cannot be opened, or
    an unknown format, and `ConfigError` for a plug-in that cannot be imported.
    """
    path = str(path)
    name = path if name is None else name
    if format is not None and not has_format(format):
        raise CorpusError(f"There is no format {format!r}; choose one of {', '.join(formats())}.")
    if path != "-":
        _check_readable(path)
    if format is None or format in _READERS:
        return _read(path, name, format, limit)
    return _read_by(load(READERS, format), format, path, name)


def read_references(path: str | Path) -> list[Paper]:
    """The works that a BibTeX file lists, each with its key as id and without its abstract.

    Entries that cannot be read are left out. Raises `CorpusError` for a file that cannot be opened.
    """
    from rag.corpus import bibtex

    _check_readable(str(path))
    with open_source(str(path), str(path)) as source:
        found = [to_reference(fields, key) for key, fields in bibtex.read_references(source)]
    return [work for work in found if work is not None]


def find_files(paths: Sequence[str | Path]) -> list[Path]:
    """The files to read: those named, and those below folders, each folder's sorted.

    Hidden files, README and LICENSE files and binary files of other kinds are left out of
    folders; a file that is named is never left out. Raises `CorpusError` for a path that does
    not exist.
    """
    files: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            files.update(dict.fromkeys(_below(path)))
        elif path.exists() or str(path) == "-":
            files[path] = None
        else:
            raise CorpusError(f"There is no file or folder {path}; check the path.")
    return list(files)


def _read(
    path: str, name: str, chosen: str | None, limit: int | None
) -> Iterator[Paper | Rejected]:
    from rag.corpus.detect import detect

    empty = True
    with open_source(path, name, limit) as source:
        try:
            file_format = chosen or detect(source.head, path if Path(path).suffix else name)
            for item in _reader(file_format)(source):
                empty = False
                yield item
            if empty:
                yield Rejected(name, 1, f"holds no record (read as {file_format})")
        except Unreadable as error:
            yield Rejected(name, error.line or source.line, str(error))
        except OSError as error:
            raise CorpusError(f"Cannot read {path}: {error.strerror}; check the disk.") from error


def _read_by(reader: Reader, format: str, path: str, name: str) -> Iterator[Paper | Rejected]:
    """The items of a plug-in; where it fails or gives something else, a last `Rejected`."""
    empty = True
    try:
        for item in reader(path, name):
            if not isinstance(item, Paper | Rejected):
                raise TypeError(f"gives a {type(item).__name__}, not a Paper or Rejected")
            empty = False
            yield item
    except Exception as error:  # whatever the other package's code does wrong
        yield Rejected(name, 1, f"the plug-in {format} failed: {sentence(error)}")
    else:
        if empty:
            yield Rejected(name, 1, f"holds no record (read as {format})")


def _reader(name: str) -> Callable[[Source], Iterator[Paper | Rejected]]:
    module, function = _READERS[name]
    reader: Callable[[Source], Iterator[Paper | Rejected]]
    reader = getattr(import_module(f"rag.corpus.{module}"), function)
    return reader


def _check_readable(path: str) -> None:
    # Not by opening it: what a pipe has given is gone.
    if os.path.isdir(path):
        raise CorpusError(f"{path} is a folder; name the files in it, or add it as a folder.")
    if not os.path.exists(path):
        raise CorpusError(f"There is no file {path}; check the path.")
    if not os.access(path, os.R_OK):
        raise CorpusError(f"{path} may not be read; check its permissions.")


def _below(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(where, name)
            if not name.startswith(".") and not name.lower().startswith(_NOT_CORPUS):
                if path.is_file() and not _is_binary(path):
                    yield path


def _is_binary(path: Path) -> bool:
    """Whether a file is of a kind that no reader reads; one that cannot be opened is kept."""
    from rag.corpus.detect import is_binary

    try:
        with open_source(str(path), path.name) as source:
            return is_binary(source.head, path.name)
    except CorpusError:
        return False
