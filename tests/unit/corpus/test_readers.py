"""Formats that other packages bring along."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.cli.commands import add
from rag.corpus import FORMATS, formats, read
from rag.errors import ConfigError, CorpusError, UsageError
from rag.settings import Settings
from rag.types import Paper
from tests.unit.corpus import summaries

CODE = """
from rag.corpus import to_paper

def read(path, name):
    for number, line in enumerate(open(path, encoding="utf-8"), start=1):
        title, _, abstract = line.strip().partition(" | ")
        yield to_paper({"title": title, "abstract": abstract}, name, number)

def halting(path, name):
    yield from read(path, name)
    raise KeyError("end")

def silent(path, name):
    return iter(())

def odd(path, name):
    yield {"title": "T"}
"""
ENTRIES = """
[paper_rag.readers]
bars = acme_readers:read
csv = acme_readers:odd
halting = acme_readers:halting
missing = acme_readers:nothing
odd = acme_readers:odd
silent = acme_readers:silent
"""


@pytest.fixture(autouse=True)
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package that registers readers, some of which fail."""
    folder = tmp_path / "site"
    about = folder / "acme_readers-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-readers\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRIES)
    (folder / "acme_readers.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(folder))
    yield
    sys.modules.pop("acme_readers", None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "papers.bars"
    path.write_text("First | It is.\nSecond\n")
    return path


def test_a_format_of_another_package_is_read(file: Path) -> None:
    paper, rejected = read(file, format="bars", name="papers.bars")
    assert isinstance(paper, Paper)
    assert (paper.title, paper.abstract, paper.sources) == ("First", "It is.", ("papers.bars:1",))
    assert str(rejected) == "papers.bars:2: the abstract is empty"


@pytest.mark.parametrize(
    ("format", "last"),
    [
        ("halting", "x:1: the plug-in halting failed: KeyError: 'end'."),
        ("odd", "x:1: the plug-in odd failed: TypeError: gives a dict, not a Paper or Rejected."),
        ("silent", "x:1: holds no record (read as silent)"),
    ],
)
def test_what_a_plug_in_does_wrong_is_a_rejected_record(file: Path, format: str, last: str) -> None:
    items = list(read(file, format=format, name="x"))
    assert summaries(items)[-1] == last
    assert format != "halting" or summaries(items)[0] == "First"


def test_one_that_cannot_be_imported_is_one_sentence(file: Path) -> None:
    with pytest.raises(ConfigError, match="The plug-in missing .* cannot be imported: Attribute"):
        read(file, format="missing")


def test_an_unknown_format_is_told_what_there_is(file: Path) -> None:
    with pytest.raises(CorpusError, match="ris, .*arxiv, bars, halting, missing, odd, silent"):
        read(file, format="abacus")
    with pytest.raises(UsageError, match="--format is one of: .*arxiv, bars, halting"):
        add(Settings(), [str(file)], format="abacus", strict=False, sync=False, quiet=True)
    assert formats()[: len(FORMATS)] == list(FORMATS)


def test_formats_that_come_along_ask_for_no_plug_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def entry_points(**_: str) -> None:
        raise AssertionError("entry points were read")

    monkeypatch.setattr("rag.plugins.entry_points", entry_points)
    path = tmp_path / "x.csv"
    path.write_text("title,abstract\nGood,Fine.\n")
    assert summaries([*read(path), *read(path, format="csv")]) == ["Good", "Good"]
