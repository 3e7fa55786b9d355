"""Where questions come from: ours, any JSON Lines file of our schema, or a folder with its papers.

Such a folder holds `papers.jsonl` and `questions.jsonl`, or, as those of BEIR (Thakur et al., 2021)
do, `corpus.jsonl`, `queries.jsonl` and `qrels/SPLIT.tsv`. Its papers are indexed once, into a
library of their own in the cache folder.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.cases import OURS, PAPERS, QUESTIONS, Case, load
from rag import Assistant
from rag.embed import embedder_for
from rag.errors import ConfigError, CorpusError, StoreError
from rag.ingest import SourceFile, add_files, digest
from rag.settings import Settings
from rag.types import Embedder, Paper

REMEMBERED = 7_000
"""Texts whose tokens' vectors are kept: all titles and sentences of the bundled papers, in 600 MB.
Without, most of the time of many questions goes into embedding the same sentences again."""
Progress = Callable[[str, int, int], None]
ReadFile = Callable[[SourceFile], Iterator[Paper]]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Questions, and the assistant over the papers that they are about."""

    name: str
    cases: tuple[Case, ...]
    assistant: Assistant
    digest: str
    """Of the questions and the papers."""
    retrieval_only: bool = False
    """Whether the set judges retrieval and nothing else."""


def open_dataset(
    where: str | None,
    settings: Settings,
    *,
    split: str | None = None,
    progress: Progress | None = None,
    embedder: Embedder | None = None,
) -> Dataset:
    """Ours when `where` is None, else a JSON Lines file, or a folder with papers and questions.

    Raises `ConfigError` when there is no such set, `CorpusError` when it is malformed, and
    `StoreError` when the library is empty. The assistant is the caller's to close.
    """
    if where is None:
        return _questions(QUESTIONS.stem, OURS, _assistant(settings, embedder), split)
    path = Path(where)
    if path.is_dir() and (path / PAPERS).is_file():
        return _folder(path, settings, split, progress, embedder)
    if path.is_dir():
        return _beir(path, settings, split, progress, embedder)
    if not path.is_file():
        raise ConfigError(
            f"There is no file or folder {where}; name a .jsonl file or a BEIR folder, or one with "
            f"{PAPERS} and {QUESTIONS.name}."
        )
    return _questions(path.stem, (path,), _assistant(settings, embedder), split)


def _questions(
    name: str, paths: Sequence[Path], assistant: Assistant, split: str | None
) -> Dataset:
    """The questions of files on the papers of an assistant, which is closed when that fails."""
    try:
        if assistant.library.is_empty():
            raise StoreError("The library is empty; add its papers first: rag add seeds/.")
        cases = [c for c in load(assistant.library, *paths) if split in (None, c.split)]
        papers = assistant.library.paper_ids()
        if not cases:
            files = ", ".join(map(str, paths))
            raise ConfigError(
                f"{files} holds no question" + (f" of split {split}." if split else ".")
            )
    except BaseException:
        assistant.close()
        raise
    return Dataset(name, tuple(cases), assistant, _digest(*map(digest, paths), *sorted(papers)))


def _folder(
    folder: Path,
    settings: Settings,
    split: str | None,
    progress: Progress | None,
    embedder: Embedder | None,
) -> Dataset:
    """A folder of papers, in any format of ours in JSON Lines, and questions on them."""
    questions = folder / QUESTIONS.name
    if not questions.is_file():
        raise ConfigError(f"{folder} has {PAPERS}, but no {questions.name} on them.")
    assistant = _library_of(folder / PAPERS, settings, None, progress, embedder)
    return _questions(folder.resolve().name, (questions,), assistant, split)


def _beir(
    folder: Path,
    settings: Settings,
    split: str | None,
    progress: Progress | None,
    embedder: Embedder | None,
) -> Dataset:
    files = {name: folder / name for name in ("corpus.jsonl", "queries.jsonl")}
    splits = sorted(path.stem for path in (folder / "qrels").glob("*.tsv"))
    for name, path in files.items():
        if not path.is_file():
            raise ConfigError(f"{folder} has no {name}, so it is no BEIR folder.")
    split = split or ("test" if "test" in splits else next(iter(splits), ""))
    if split not in splits:
        raise ConfigError(
            f"{folder} has no qrels/{split}.tsv; it has: {', '.join(splits) or 'none'}."
        )
    corpus = digest(files["corpus.jsonl"])
    assistant = corpus_assistant(files["corpus.jsonl"], settings, progress, embedder)
    cases = beir_cases(files["queries.jsonl"], folder / "qrels" / f"{split}.tsv", split)
    parts = digest(files["queries.jsonl"]), digest(folder / "qrels" / f"{split}.tsv"), corpus
    return Dataset(folder.resolve().name, tuple(cases), assistant, _digest(*parts), True)


def corpus_assistant(
    corpus: Path,
    settings: Settings,
    progress: Progress | None = None,
    embedder: Embedder | None = None,
) -> Assistant:
    """An assistant over a BEIR corpus, whose library is made once and kept in the cache."""
    return _library_of(corpus, settings, lambda file: documents(file.path), progress, embedder)


def _library_of(
    papers: Path,
    settings: Settings,
    read: ReadFile | None,
    progress: Progress | None,
    embedder: Embedder | None,
) -> Assistant:
    """An assistant over the papers of one file. Raises `CorpusError` for a bad record."""
    content = digest(papers)
    home = settings.cache / "eval" / f"{papers.resolve().parent.name}-{content[:12]}"
    adapted = Settings.load(**{**settings.model_dump(), "home": home, "chroma_url": None})
    engine = embedder or embedder_for(adapted)
    add_files(
        adapted, [SourceFile(papers, papers.name, content)], embedder=engine, read=read,
        strict=True, progress=progress,
    )  # fmt: skip
    return _assistant(adapted, engine)


def documents(path: Path) -> Iterator[Paper]:
    """The documents of a BEIR corpus as papers, ids kept; an empty text is its title.

    Raises `CorpusError` for a malformed line.
    """
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                raw = json.loads(line)
                title, text = raw.get("title") or "", raw.get("text") or ""
                key = str(raw["_id"])
            except (ValueError, KeyError, AttributeError) as error:
                raise CorpusError(f"{path}:{number}: {type(error).__name__}: {error}") from error
            if title or text:
                # Different numbers keep documents of one text apart, as the judgements do.
                yield Paper(
                    key, title or text[:80], text or title, arxiv_id=f"beir:{key}",
                    sources=(f"{path}:{number}",),
                )  # fmt: skip


def beir_cases(queries: Path, qrels: Path, split: str) -> list[Case]:
    """The judged queries. Raises `CorpusError` for a malformed line."""
    grades: dict[str, dict[str, float]] = {}
    with qrels.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), 1):
            try:
                query, document, grade = row[0], row[-2], float(row[-1])
            except (IndexError, ValueError):
                if number == 1:
                    continue  # the header
                raise CorpusError(f"{qrels}:{number}: not query, document, grade.") from None
            if grade > 0:
                grades.setdefault(query, {})[document] = grade
    cases = []
    with queries.open(encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            if known := grades.get(str(raw["_id"])):
                cases.append(
                    Case(
                        str(raw["_id"]), raw["text"], frozenset(known), split, "query", grades=known
                    )
                )
    return cases


def _assistant(settings: Settings, embedder: Embedder | None) -> Assistant:
    # A model that fails is a failure here, not something to be made up for.
    strict = Settings.load(**{**settings.model_dump(), "fallback": False})
    assistant = Assistant(strict) if embedder is None else Assistant(strict, embedding=embedder)
    assistant.sentences.remember(REMEMBERED)
    return assistant


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def sample(cases: Sequence[Case], limit: int | None, seed: int) -> list[Case]:
    """So many cases in their order, drawn with a seed; a larger limit holds a smaller one's."""
    if limit is None or limit >= len(cases):
        return list(cases)
    drawn = sorted(cases, key=lambda c: hashlib.sha256(f"{seed}\0{c.id}".encode()).digest())
    chosen = {case.id for case in drawn[:limit]}
    return [case for case in cases if case.id in chosen]
