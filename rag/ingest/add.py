"""Adding papers to a library: the one way for the command line, the page and programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import corpus
from rag.embed import embedder_for
from rag.errors import UsageError
from rag.ingest.files import Progress, ReadFile, SourceFile, source_files
from rag.ingest.ray import RayIngest
from rag.ingest.writer import Writer
from rag.settings import Settings
from rag.store import Library, fingerprint
from rag.types import Embedder, Paper, Report

if TYPE_CHECKING:
    from pandas import DataFrame


def writer_for(
    settings: Settings, embedder: Embedder | None = None, progress: Progress | None = None
) -> Writer:
    """The writer of the settings' library, to be entered; with their embedder when none is given.

    Raises `ConfigError` when the embedder cannot be had.
    """
    embedder = embedder or embedder_for(settings)
    return Writer(settings.home, embedder, progress, server=settings.server)


def add_files(
    settings: Settings,
    paths: Sequence[str | Path | SourceFile],
    *,
    embedder: Embedder | None = None,
    read: ReadFile | None = None,
    format: str | None = None,
    strict: bool = False,
    sync: bool = False,
    ray: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Bring the papers of files in; loads no model when no file has changed.

    `paths` are files, folders, "-" for standard input, or files with a name of their own. They are
    read by `read`, by default as `format` (one of `rag.corpus.formats()`, told by content if None).
    `strict` stores nothing when a record is bad. `sync` also removes papers that have vanished from
    these files and folders. `ray` is the address of a Ray cluster that does the work, or "auto".

    Raises `CorpusError` for a path that cannot be read, and for a bad record when `strict`;
    `StoreError` when another process is writing; `ConfigError` when the embedder cannot be had.
    """
    with source_files(paths) as files:
        if not sync and _holds(settings, files, embedder):
            return Report(skipped_files=len(files))
        folders = [Path(path).resolve() for path in map(_path, paths) if str(path) != "-"]
        with (
            _reading(settings, files, embedder, read, format, ray) as (read_file, used),
            writer_for(settings, used, progress) as writer,
        ):
            return writer.add(files, read_file, strict=strict, sync=folders if sync else None)


def add_records(
    settings: Settings,
    records: Iterable[Paper | Mapping[str, object]],
    *,
    source: str = "python",
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> Report:
    """Bring papers in that are in memory: `Paper`s, or mappings with the fields of any source.

    They are held to what is asked of a record in a file; a bad one comes back in
    `Report.rejected`, numbered from 1. A `Paper` keeps its id; one without (id ""), and a mapping,
    gets the id that `rag.corpus.paper_id` gives. A paper that comes again, by its id or by title
    when it had none, is updated; all others stay. Of several with one id, the last counts. `source`
    says where they come from: the paper "x" is filed as from `python://x`.

    Raises `StoreError` when another process is writing, `ConfigError` when the embedder cannot be
    had.
    """
    with writer_for(settings, embedder, progress) as writer:
        return writer.add_records(records, source)


def add_papers(
    settings: Settings,
    papers: str | Path | Paper | Mapping[str, Any] | DataFrame | Iterable[Any],
    *,
    embedder: Embedder | None = None,
    sync: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Bring papers in, whatever they are: what `add_files` or `add_records` takes, one or many.

    A pandas DataFrame has a paper a row. Raises `UsageError` for anything else, and for `sync` of
    what is in no file; and as those two do.
    """
    if hasattr(papers, "notna"):  # a DataFrame; its NaN are values that are not there
        frame: Any = papers
        papers = frame.astype(object).where(frame.notna(), None).to_dict("records")
    if not isinstance(papers, Iterable | Path | Paper):
        raise UsageError("Papers are paths, or Paper objects, dicts or a DataFrame.")
    single = isinstance(papers, str | Path | Paper | Mapping)
    items: list[Any] = [papers] if single else list(papers)  # type: ignore[arg-type]
    if all(isinstance(item, str | Path | SourceFile) for item in items):
        return add_files(settings, items, embedder=embedder, sync=sync, progress=progress)
    if not all(isinstance(item, Paper | Mapping) for item in items):
        raise UsageError("Papers are paths, or Paper objects, dicts or a DataFrame; not a mixture.")
    if sync:
        raise UsageError("sync compares files with what was read of them; it takes paths.")
    return add_records(settings, items, embedder=embedder, progress=progress)


def remove_papers(
    settings: Settings,
    ids: Sequence[str],
    *,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> int:
    """Delete papers by id; how many there were. Raises `StoreError` and `ConfigError` as above."""
    with writer_for(settings, embedder, progress) as writer:
        return writer.remove(ids)


def _path(path: str | Path | SourceFile) -> str | Path:
    return path.path if isinstance(path, SourceFile) else path


def _holds(settings: Settings, files: Sequence[SourceFile], embedder: Embedder | None) -> bool:
    """Whether the library has read these files as they are, with this embedder if one is given."""
    if not (settings.home / "library.db").exists():
        return False
    with closing(Library(settings.home, readonly=True)) as library:
        active = library.indexes.active()
        if active is None:
            return False
        if embedder and active.fingerprint != fingerprint(embedder, settings.server):
            return False
        known = library.files()
        return all(known.get(file.name) == file.digest for file in files)


@contextmanager
def _reading(
    settings: Settings,
    files: Sequence[SourceFile],
    embedder: Embedder | None,
    read: ReadFile | None,
    format: str | None,
    ray: str | None,
) -> Iterator[tuple[ReadFile, Embedder]]:
    """How files are read and texts embedded: here, or on a Ray cluster."""
    if ray is not None:
        with RayIngest(settings, ray, files, format) as cluster:
            yield cluster.read, cluster.embedder
        return
    yield (
        read or (lambda file: corpus.read(file.path, format=format, name=file.name)),
        embedder or embedder_for(settings),
    )
