"""Kills a writer at every commit point of a command, and looks at what is left.

    python tests/store/kill_driver.py SCENARIO FOLDER

Each attempt is a forked child that kills itself just before or just after its n-th commit (of
SQLite, Chroma, the lexical index, or the removal of a folder), for every n until the command
completes. A second child then reads the library as a user would, runs the same command again, and
compares everything with an uninterrupted run. Prints how many kills it survived.
"""

from __future__ import annotations

import functools
import itertools
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import chromadb  # noqa: F401  loaded once, here, for all the forked children
import llama_index.core.node_parser
import llama_index.vector_stores.chroma  # noqa: F401

import rag.ingest.commit
import rag.store.passage_index
from rag.errors import StoreError
from rag.ingest.files import SourceFile, digest
from rag.ingest.writer import Writer
from rag.retrieve.hybrid import HybridRetriever
from rag.store.chroma import VectorIndex
from rag.store.database import Database
from rag.store.doctor import examine
from rag.store.lexical import LexicalIndex
from rag.store.library import Library
from rag.store.passage_index import PassageIndex
from rag.testing import FakeEmbedder
from rag.types import Paper
from tests.finding import find

rag.ingest.commit.BATCH = 3
SUBJECTS = ("pruning", "quantisation", "distillation", "adapters", "retrieval", "speech", "robots")


def paper(subject: str, version: int, path: Path, line: int) -> Paper:
    return Paper(
        rag_id(subject), f"On {subject}",
        f"We study {subject} in version{version}. It works well for {subject} models. "
        f"The {subject} gain is {version}0 percent.",
        sources=(f"{path}:{line}",),
    )  # fmt: skip


def rag_id(subject: str) -> str:
    return f"id-{subject}"


def write(folder: Path, name: str, records: Sequence[tuple[str, int]]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(f"{subject} {version}" for subject, version in records))


def read(file: SourceFile) -> list[Paper]:
    lines = file.path.read_text().splitlines()
    return [
        paper(line.split()[0], int(line.split()[1]), file.path, number)
        for number, line in enumerate(lines, 1)
    ]


def add(home: Path, sources: Path, *, sync: bool = False, embedder: str = "fake") -> None:
    files = [SourceFile(path, str(path), digest(path)) for path in sorted(sources.iterdir())]
    with Writer(home, FakeEmbedder(embedder)) as writer:
        writer.add(files, read, sync=[sources] if sync else None)


def first_state(sources: Path) -> None:
    write(sources, "a.txt", [(s, 1) for s in SUBJECTS[:5]])
    write(sources, "b.txt", [(SUBJECTS[0], 1), (SUBJECTS[5], 1)])


def second_state(sources: Path) -> None:
    """One paper edited, one gone, one moved, one new; and a file gone."""
    write(
        sources, "a.txt", [(SUBJECTS[1], 1), (SUBJECTS[0], 2), (SUBJECTS[3], 1), (SUBJECTS[6], 1)]
    )
    (sources / "b.txt").unlink(missing_ok=True)


def remove(home: Path) -> None:
    with Writer(home, FakeEmbedder()) as writer:
        writer.remove([rag_id(SUBJECTS[0]), rag_id(SUBJECTS[4])])


def rebuild(home: Path, embedder: str = "fake") -> None:
    with Writer(home, FakeEmbedder(embedder)) as writer:
        writer.rebuild()


Step = Callable[[Path, Path], None]
SCENARIOS: dict[str, tuple[bool, Step, str]] = {
    # name: (starts from a library, the command, the embedder afterwards)
    "add": (False, lambda home, sources: add(home, sources), "fake"),
    "update": (True, lambda home, sources: add(home, sources), "fake"),
    "sync": (True, lambda home, sources: add(home, sources, sync=True), "fake"),
    "remove": (True, lambda home, sources: remove(home), "fake"),
    "rebuild": (True, lambda home, sources: rebuild(home), "fake"),
    "new-model": (True, lambda home, sources: add(home, sources, embedder="new"), "new"),
}


# -- killing ---------------------------------------------------------------------------------------


class Killer:
    """Counts commit points, and ends the process at the n-th."""

    def __init__(self, n: int) -> None:
        self.left = n

    def point(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable) -> Callable:
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            self.point()
            result = function(*args, **kwargs)
            self.point()
            return result

        return wrapped

    def arm(self) -> None:
        for owner, names in (
            (VectorIndex, ("add", "delete")),
            (LexicalIndex, ("commit",)),
            (rag.ingest.commit, ("remove_folder",)),
        ):
            for name in names:
                setattr(owner, name, self.around(getattr(owner, name)))
        plain = Database.transaction

        @contextmanager
        def transaction(database):
            with plain(database):
                yield
                self.point()
            self.point()

        Database.transaction = transaction


def forked(work: Callable[[], None]) -> int:
    """Run in a forked child; its wait status as an exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# -- looking ---------------------------------------------------------------------------------------


def state(home: Path, embedder: str) -> dict:
    """Everything that two equal libraries agree on."""
    library = Library(home, readonly=True)
    index = library.indexes.active()
    assert index is not None
    papers = library.papers(library.paper_ids())
    ids = library.indexes.passage_ids(index)
    opened = PassageIndex(library, index)
    stored = opened.dense.vectors()
    found = {
        "papers": [asdict(p) for p in papers],
        "records": [[r.path, r.line, r.run] for p in papers for r in library.records(p.id)],
        "passages": {key: asdict(p) for key, p in sorted(library.passages(index, ids).items())},
        "files": library.files(),
        "pending": [*itertools.chain(*library.indexes.pending(index))],
        "dense": {key: [round(float(x), 5) for x in stored[key]] for key in sorted(stored)},
        "lexical": sorted(opened.lexical.ids()),
        "indexes": len(library.indexes.all()),
        "folders": len(list(home.glob("index-*"))),
        "findings": examine(home, FakeEmbedder(embedder)),
    }
    opened.close()
    library.close()
    return found


def check_reader(home: Path, embedders: Sequence[str]) -> None:
    """A reader gets whole papers, whatever the writer was doing when it died."""
    try:
        library = Library(home, readonly=True)
    except StoreError as error:
        assert "add papers first" in str(error)
        return
    index = library.indexes.active()
    if index is None or not library.stats().papers:
        return
    model = next(m for m in embedders if index.fingerprint.startswith(f"{m}|"))
    retriever = HybridRetriever(library, FakeEmbedder(model))
    for one in library.papers(library.paper_ids()):
        hits = {hit.paper.id: hit for hit in find(retriever, one.title, k=20)}
        assert one.id in hits, f"{one.id} is in the library but not found"
        passages = library.passages(index, library.indexes.passage_ids(index, [one.id]))
        covered = sorted((p.start, p.end) for p in passages.values())
        assert covered and covered[0][0] == 0 and covered[-1][1] == len(one.abstract)
        assert hits[one.id].passage.text in one.abstract
    retriever.close()
    library.close()


def main(scenario: str, folder: Path) -> int:
    from_library, command, after = SCENARIOS[scenario]
    sources = folder / "sources"
    first_state(sources)
    base, whole = folder / "base", folder / "whole"
    base.mkdir()
    if from_library:
        assert forked(lambda: add(base, sources)) == 0
        if scenario in ("update", "sync", "new-model"):
            second_state(sources)
    shutil.copytree(base, whole)
    assert forked(lambda: command(whole, sources)) == 0

    def compare(home: Path) -> None:
        check_reader(home, ("fake", after))
        command(home, sources)
        check_reader(home, (after,))
        got, wanted = state(home, after), state(whole, after)
        for part in wanted:
            assert got[part] == wanted[part], f"{part}: {got[part]} != {wanted[part]}"
        assert not wanted["findings"] and not wanted["pending"]

    kills = 0
    while True:
        home = folder / f"kill-{kills + 1}"
        shutil.copytree(base, home)

        def attempt(home: Path = home, n: int = kills + 1) -> None:
            Killer(n).arm()
            command(home, sources)

        code = forked(attempt)
        if code == 0:
            print(kills)
            return 0
        if code != -signal.SIGKILL or forked(lambda home=home: compare(home)) != 0:
            print(f"{scenario}: wrong after kill {kills + 1}", file=sys.stderr)
            return 1
        kills += 1
        shutil.rmtree(home)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
