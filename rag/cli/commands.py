"""What the commands do, given their settings; `app.py` declares them.

Each writes its result to standard output, with Rich on a terminal and plainly elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rag.cli import console
from rag.errors import ConfigError, CorpusError, StoreError, UsageError
from rag.store import Library, suspect_papers
from rag.types import Filters, Report

if TYPE_CHECKING:
    from rag.settings import Settings


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
    from rag.ingest import add_files

    if format is not None and not corpus.has_format(format):
        raise UsageError(f"--format is one of: {', '.join(corpus.formats())}.")
    with console.progress(quiet) as progress:
        report = add_files(
            settings, paths, format=format, strict=strict, sync=sync, ray=ray, progress=progress
        )
    for rejected in report.rejected:
        console.talk(str(rejected))
    if not quiet and not sync and report == Report(skipped_files=report.skipped_files):
        console.talk(f"Nothing has changed in {report.skipped_files} files.")
    elif not quiet:
        with _library(settings) as library:
            papers = library.stats().papers
        console.talk(f"{report}. The library holds {papers} papers.")
    if report.rejected and not report.read:
        raise CorpusError("No record could be read; --format says what the files hold.")


def search(settings: Settings, question: str, *, k: int, as_json: bool, filters: Filters) -> None:
    from rag.assistant import Assistant

    with Assistant(settings).open() as assistant:
        hits = assistant.search(question, k=k, filters=filters)
    if as_json:
        rows = [
            {
                "paper_id": hit.paper.id,
                "title": hit.paper.title,
                "passage": hit.passage.text,
                "score": round(hit.score, 4),
            }
            for hit in hits
        ]
        _print_json({"question": question, "hits": rows})
    else:
        console.show_hits(hits)


def list_papers(settings: Settings, *, limit: int, as_json: bool, filters: Filters) -> None:
    with _library(settings) as library:
        ids = library.paper_ids(filters)
        papers = library.papers(ids[:limit])
    if as_json:
        _print_json({"total": len(ids), "papers": [asdict(paper) for paper in papers]})
    else:
        console.show_papers(papers, total=len(ids))


def show(settings: Settings, prefix: str, *, as_json: bool) -> None:
    with _library(settings) as library:
        paper = library.papers([_resolve(library, prefix)])[0]
    if as_json:
        _print_json(asdict(paper))
    else:
        console.show_paper(paper)


def remove(
    settings: Settings, ids: Sequence[str], *, source: str | None, query: str | None, yes: bool
) -> None:
    from rag.ingest import remove_papers

    if not (ids or source or query):
        raise UsageError("Say what to remove: ids of papers, --source PATH or --query TEXT.")
    with _library(settings) as library:
        chosen = list(dict.fromkeys(_resolve(library, prefix) for prefix in ids))
        if source or query:
            filters = Filters(source=source, where={"title": query} if query else {})
            chosen += [key for key in library.paper_ids(filters) if key not in chosen]
        titles = [paper.title for paper in library.papers(chosen)]
    if not chosen:
        console.talk("No paper matches; nothing was removed.")
        return
    if not yes and not console.confirm(titles):
        console.talk("Nothing was removed.")
        return
    with console.progress(quiet=True) as progress:
        removed = remove_papers(settings, chosen, progress=progress)
    console.talk(f"Removed {removed} papers.")


def status(settings: Settings, *, as_json: bool, check: bool) -> bool:
    """Say what the library holds and which models are set; whether all of them answer."""
    with _library(settings) as library:
        stats = library.stats()
        index = library.indexes.active()
        files = library.files()
        suspect = len(suspect_papers(library))
    data: dict[str, Any] = {
        "home": str(settings.home),
        "embedding": settings.embedding,
        "index": index.fingerprint if index else None,
        **stats._asdict(),
        "suspect": suspect,
        "models": _models(settings, check=check),
        "sources": sorted(files),
    }
    if as_json:
        _print_json(data)
    else:
        console.show_status(data)
    return all(not model["problem"] for model in data["models"])


def _models(settings: Settings, *, check: bool) -> list[dict[str, Any]]:
    """What each role uses, without its key; with `check` each model is called once."""
    from rag.llm import ROLES, Backend, backend_for, probe, without_secrets

    models: list[dict[str, Any]] = []
    problems: dict[Backend, str] = {}
    for role in ROLES:
        model: dict[str, Any] = dict.fromkeys(
            ("provider", "model", "endpoint", "key", "problem"), ""
        )
        model.update(role=role, provider="extractive")
        try:
            server = backend_for(settings, role)
        except ConfigError as error:
            server, model["provider"], model["problem"] = None, "", str(error)
        if server is not None:
            if check and server not in problems:
                problems[server] = probe(settings, role)
            has_key = bool(server.key.get_secret_value())
            model.update(
                provider=server.provider,
                model=server.model,
                endpoint=without_secrets(server.url) or "the provider's own",
                key=f"{server.key_name} is {'set' if has_key else 'not set'}",
                problem=problems.get(server, ""),
            )
        model["checked"] = check and server is not None
        models.append(model)
    return models


def doctor(settings: Settings) -> bool:
    """Print what is wrong, and which papers hold text that is left out; whether all is well."""
    from rag.embed import embedder_for
    from rag.store import examine

    findings = examine(settings.home, embedder_for(settings), server=settings.server)
    for finding in findings:
        console.show_finding(finding)
    if not findings:
        print("The library and its indexes agree.")
    with _library(settings) as library:
        console.show_suspects(library.papers(suspect_papers(library)))
    return not findings


def rebuild(settings: Settings) -> None:
    from rag.ingest import writer_for

    with _library(settings):
        pass
    with (
        console.progress(quiet=False) as progress,
        writer_for(settings, progress=progress) as writer,
    ):
        index = writer.rebuild()
        stats = writer.library.stats()
    console.talk(
        f"Indexed {stats.papers} papers, {stats.passages} passages, as {index.fingerprint}."
    )


# -- shared ----------------------------------------------------------------------------------------


@contextmanager
def _library(settings: Settings) -> Iterator[Library]:
    library = Library(settings.home, readonly=True)
    try:
        yield library
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
    print(console.as_json(data, indent=2))
