"""What the commands do, given their settings; `__main__` only declares them.

Each writes its result to standard output, with Rich on a terminal and plainly elsewhere.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.cli import console as views
from rag.errors import CorpusError, StoreError, UsageError
from rag.store import Library
from rag.types import Filters, Paper

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.ingest import ReadFile, Report, SourceFile
    from rag.settings import Settings
    from rag.types import Embedder


_FIELDS = [name for name in Paper.__dataclass_fields__ if name not in ("id", "sources")]


def filters(
    year_from: int | None,
    year_to: int | None,
    source: str | None,
    author: str | None,
    venue: str | None,
    where: Sequence[str] | None,
) -> Filters:
    """Filters from command-line options. Raises `UsageError` for a malformed --where."""
    conditions: dict[str, str] = {}
    for condition in where or ():
        name, equals, text = condition.partition("=")
        if not equals or name not in _FIELDS:
            raise UsageError(f"--where takes FIELD=TEXT with a field of: {', '.join(_FIELDS)}.")
        if name in conditions:
            raise UsageError(f"--where names {name} twice; give it once.")
        conditions[name] = _utf8(text)
    return Filters(
        year_from=year_from,
        year_to=year_to,
        source=source and _utf8(source),
        author=author and _utf8(author),
        venue=venue and _utf8(venue),
        where=conditions,
    )


def add(
    settings: Settings,
    paths: Sequence[str],
    *,
    format: str | None,
    strict: bool,
    sync: bool,
    quiet: bool,
    ray: str | None = None,
) -> None:
    """Add papers; loads no model when no file has changed."""
    from rag import corpus

    if format is not None and format not in corpus.FORMATS:
        raise UsageError(f"--format is one of: {', '.join(corpus.FORMATS)}.")
    with _files(paths) as files:
        if not sync and _unchanged(settings.home, files):
            if not quiet:
                views.talk(f"Nothing has changed in {len(files)} files.")
            return

        folders = [Path(path).resolve() for path in paths if path != "-"] if sync else None
        with (
            _reading(settings, files, format, ray) as (read, embedder),
            views.progress(quiet) as progress,
            _writer(settings, progress, embedder) as writer,
        ):
            report: Report = writer.add(files, read, strict=strict, sync=folders)
            stats = writer.library.stats()
    for rejected in report.rejected:
        views.talk(str(rejected))
    if not quiet:
        views.talk(views.summary(report, stats))
    if report.rejected and not report.read:
        raise CorpusError("No record could be read; --format says what the files hold.")


def search(settings: Settings, question: str, *, k: int, as_json: bool, filters: Filters) -> None:
    with _assistant(settings) as assistant:
        hits = assistant.search(question, k=k, filters=filters)
    if as_json:
        found = [
            {
                "paper_id": hit.paper.id,
                "title": hit.paper.title,
                "passage": hit.passage.text,
                "score": round(hit.score, 4),
            }
            for hit in hits
        ]
        _print_json({"question": question, "hits": found})
    else:
        views.hits(hits)


def list_papers(settings: Settings, *, limit: int, as_json: bool, filters: Filters) -> None:
    with _library(settings) as library:
        ids = library.paper_ids(filters)
        papers = library.papers(ids[:limit])
    if as_json:
        _print_json({"total": len(ids), "papers": [asdict(paper) for paper in papers]})
    else:
        views.papers(papers, total=len(ids))


def show(settings: Settings, prefix: str, *, as_json: bool) -> None:
    with _library(settings) as library:
        found = library.papers([_resolve(library, prefix)])[0]
    if as_json:
        _print_json(asdict(found))
    else:
        views.paper(found)


def remove(
    settings: Settings, ids: Sequence[str], *, source: str | None, query: str | None, yes: bool
) -> None:
    if not (ids or source or query):
        raise UsageError("Say what to remove: ids of papers, --source PATH or --query TEXT.")
    with _library(settings) as library:
        chosen = list(dict.fromkeys(_resolve(library, prefix) for prefix in ids))
        if source or query:
            where = [f"title={query}"] if query else None
            wanted = filters(None, None, source, None, None, where)
            chosen += [key for key in library.paper_ids(wanted) if key not in chosen]
        titles = [paper.title for paper in library.papers(chosen)]
    if not chosen:
        views.talk("No paper matches; nothing was removed.")
        return
    if not yes and not views.confirm(titles):
        views.talk("Nothing was removed.")
        return
    with views.progress(quiet=True) as progress, _writer(settings, progress) as writer:
        removed = writer.remove(chosen)
    views.talk(f"Removed {removed} papers.")


def doctor(settings: Settings) -> bool:
    """Print what is wrong; whether all is well."""
    from rag.embed import embedder_for
    from rag.store import examine

    findings = examine(settings.home, embedder_for(settings), server=settings.server)
    for finding in findings:
        views.finding(finding)
    if not findings:
        print("The library and its indexes agree.")
    return not findings


def rebuild(settings: Settings) -> None:
    with _library(settings):
        pass
    with views.progress(quiet=False) as progress, _writer(settings, progress) as writer:
        index = writer.rebuild()
        stats = writer.library.stats()
    views.talk(f"Indexed {stats.papers} papers, {stats.passages} passages, as {index.fingerprint}.")


# -- shared ----------------------------------------------------------------------------------------


@contextmanager
def _assistant(settings: Settings) -> Iterator[Assistant]:
    from rag.assistant import Assistant

    with Assistant(settings) as assistant:
        yield assistant


@contextmanager
def _library(settings: Settings) -> Iterator[Library]:
    library = Library(settings.home, readonly=True)
    try:
        yield library
    finally:
        library.close()


@contextmanager
def _writer(
    settings: Settings, progress: Callable[[str, int, int], None], embedder: Embedder | None = None
) -> Iterator[Any]:
    from rag.embed import embedder_for
    from rag.ingest import Writer

    embedder = embedder or embedder_for(settings)
    with Writer(settings.home, embedder, progress, server=settings.server) as writer:
        yield writer


@contextmanager
def _reading(
    settings: Settings, files: Sequence[SourceFile], format: str | None, ray: str | None
) -> Iterator[tuple[ReadFile, Embedder]]:
    """How files are read and texts embedded: here, or on a Ray cluster."""
    from rag import corpus
    from rag.embed import embedder_for

    if ray is None:
        yield (
            lambda file: corpus.read(file.path, format=format, name=file.name),
            embedder_for(settings),
        )
        return
    from rag.ingest import RayIngest

    with RayIngest(settings, ray, files, format) as spread:
        yield spread.read, spread.embedder


@contextmanager
def _files(paths: Sequence[str]) -> Iterator[list[SourceFile]]:
    """The files below the paths with their digests; standard input as a temporary file."""
    from rag import corpus
    from rag.ingest import SourceFile, digest, spooled

    found = [Path(path) for path in corpus.find_files([p for p in paths if p != "-"])]
    files = [SourceFile(path, _name(path), digest(path)) for path in found]
    if "-" not in paths:
        if not files:
            raise CorpusError("There is no file to read in " + ", ".join(paths) + ".")
        yield files
        return
    with spooled(sys.stdin.buffer) as path:
        yield [*files, SourceFile(path, "stdin", digest(path))]


def _utf8(text: str) -> str:
    """An argument of the command line may hold bytes that are no text."""
    return text.encode(errors="replace").decode()


def _name(path: Path) -> str:
    """The full path as text; a name that is not UTF-8 cannot be stored as it is."""
    return os.fsencode(path.resolve()).decode(errors="replace")


def _unchanged(home: Path, files: Sequence[SourceFile]) -> bool:
    if not (home / "library.db").exists():
        return False
    library = Library(home, readonly=True)
    try:
        known = library.files()
        return library.active_index() is not None and all(
            known.get(file.name) == file.digest for file in files
        )
    finally:
        library.close()


def _resolve(library: Library, prefix: str) -> str:
    ids = library.resolve(prefix) if prefix.isascii() else []
    if len(ids) == 1:
        return ids[0]
    if not ids:
        raise StoreError(f"No paper has an id that begins with {prefix!r}; see: rag list.")
    raise StoreError(f"{len(ids)} papers have ids that begin with {prefix!r}; give more of it.")


def _print_json(data: Any) -> None:
    print(views.as_json(data, indent=2))
