from __future__ import annotations

import gzip
import io
import os
import sys
import tracemalloc
from pathlib import Path

import pytest

from rag.corpus import FORMATS, find_files, paper_id, read
from rag.errors import CorpusError
from rag.types import Paper
from tests.unit.corpus import records, summaries

GOOD = '{"title": "Good", "abstract": "Fine."}\n'
LONG = "A sentence that makes the abstract of a listing as long as needed. " * 6
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Good</title>'
    "<summary>Fine.</summary></entry></feed>"
)
PUBMED = (
    "<PubmedArticleSet><PubmedArticle><A><Article><ArticleTitle>Good</ArticleTitle><Abstract>"
    "<AbstractText>Fine.</AbstractText></Abstract></Article></A></PubmedArticle></PubmedArticleSet>"
)
EXAMPLES = {
    "listing": f"Good\n{LONG}\n",
    "json": f"[{GOOD}]",
    "jsonl": GOOD + GOOD,
    "csv": "title,abstract\nGood,Fine.\n",
    "tsv": "title\tabstract\nGood\tFine.\n",
    "bibtex": "@misc{a, title={Good}, abstract={Fine.}}",
    "ris": "TY  - JOUR\nTI  - Good\nAB  - Fine.\nER  - \n",
    "medline": "PMID- 1\nTI  - Good\nAB  - Fine.\n",
    "pubmed": PUBMED,
    "arxiv": ATOM,
}


def test_there_is_an_example_of_every_format() -> None:
    assert tuple(EXAMPLES) == FORMATS


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", ["x", "x.txt", "x.json", "x.csv", "x.bib", "x.pdf", "x.jsonl.gz"])
def test_content_tells_the_format_whatever_the_name(tmp_path: Path, kind: str, name: str) -> None:
    assert set(summaries(records(tmp_path, EXAMPLES[kind], name))) == {"Good"}


@pytest.mark.parametrize("kind", FORMATS)
def test_gzip_and_other_encodings_are_seen_through(tmp_path: Path, kind: str) -> None:
    text = EXAMPLES[kind]
    for data in (
        gzip.compress(text.encode()),
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("utf-16"),
        b"\xfe\xff" + text.encode("utf-16-be"),
        text.encode("utf-32"),
        text.replace("\n", "\r\n").encode(),
    ):
        assert set(summaries(records(tmp_path, data))) == {"Good"}


@pytest.mark.parametrize("kind", FORMATS)
def test_chosen_format_overrides_the_content(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    path.write_text(EXAMPLES[kind])
    assert set(summaries(list(read(path, format=kind)))) == {"Good"}
    other = "bibtex" if kind != "bibtex" else "medline"
    (wrong,) = read(path, format=other, name="x")
    assert str(wrong) == f"x:1: holds no record (read as {other})"


def test_name_is_how_the_file_is_called(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(GOOD)
    assert [item.sources for item in read(path) if isinstance(item, Paper)] == [(f"{path}:1",)]
    (found,) = read(path, name="Library export")
    assert isinstance(found, Paper)
    assert found.sources == ("Library export:1",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"%PDF-1.7 x", "is a PDF file, not a list of papers"),
        (b"PK\x03\x04x", "is a zip, Word or Excel file, not a list of papers"),
        (gzip.compress(gzip.compress(b"x")), "is a gzip file inside a gzip file"),
        (b"ab\x00\x01\x02", "is a binary file, not a list of papers"),
        (b"<!DOCTYPE html><html></html>", "is an HTML page, not a list of papers"),
        (b"<other/>", "is XML, but neither an arXiv Atom feed nor PubMed's"),
        (b"Dear all,\nhello.\nBye\n", "is in no format that is known here"),
    ],
)
def test_what_is_no_list_of_papers_says_so(tmp_path: Path, data: bytes, reason: str) -> None:
    (found,) = summaries(records(tmp_path, data))
    assert found.startswith(f"file:1: {reason}")


def test_suffix_decides_where_the_content_does_not(tmp_path: Path) -> None:
    assert summaries(records(tmp_path, f"junk\n{GOOD}", "x.jsonl"))[1:] == ["Good"]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"path": "none.csv"}, "no file"), ({"path": "."}, "is a folder")],
)
def test_paths_that_cannot_be_read_are_errors(options: dict[str, str], message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read(**options)


def test_unknown_format_is_an_error_that_names_the_others() -> None:
    with pytest.raises(CorpusError, match="listing, json, jsonl"):
        read("x", format="docx")


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (GOOD.encode(), gzip.compress(GOOD.encode())):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        (found,) = read("-")
        assert isinstance(found, Paper)
        assert found.sources == ("-:1",)


def test_pipe_is_read_once(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, GOOD.encode())
    os.close(writing)
    try:
        assert summaries(list(read(f"/dev/fd/{reading}"))) == ["Good"]
    finally:
        os.close(reading)


@pytest.mark.parametrize("kind", ["jsonl", "json", "listing", "bibtex", "csv", "arxiv"])
def test_truncated_gzip_gives_what_it_holds(tmp_path: Path, kind: str) -> None:
    many = {
        "jsonl": GOOD * 5000,
        "json": "[\n" + ",\n".join([GOOD] * 5000) + "]",
        "listing": "".join(f"Good\n{LONG} {n}\n" for n in range(2000)),
        "bibtex": "@misc{a, title={Good}, abstract={Fine.}}\n" * 3000,
        "csv": "title,abstract\n" + "Good,Fine.\n" * 20000,
        "arxiv": ATOM.replace("<entry>", "<entry>\n").replace(
            "</entry>",
            "</entry>" + "<entry><title>Good</title><summary>Fine.</summary></entry>" * 3000,
        ),
    }[kind]
    # Stored, not compressed: half of the bytes is half of the records.
    packed = gzip.compress(many.encode(), compresslevel=0)
    found = summaries(records(tmp_path, packed[: len(packed) // 2]))
    assert len(found) > 900
    assert set(found[:-1]) == {"Good"}
    assert found[-1].endswith(": the gzip data end too early; what follows is lost")
    assert int(found[-1].split(":")[1]) > 900 or kind == "arxiv"


def test_damaged_gzip(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(GOOD.encode() * 3))
    packed[-6] ^= 255
    assert summaries(records(tmp_path, bytes(packed)))[-1].endswith(
        "the gzip data are damaged; what follows is lost"
    )


def test_utf16_that_breaks_off(tmp_path: Path) -> None:
    found = summaries(records(tmp_path, (GOOD * 3).encode("utf-16")[:-1]))
    assert found[:2] == ["Good", "Good"]
    assert found[-1].endswith("broken UTF-16 text; what follows is lost")


def test_lone_surrogate_in_utf16_costs_its_record_only(tmp_path: Path) -> None:
    bad = GOOD.replace("Fine", "\ud800")
    data = (GOOD + bad + GOOD).encode("utf-16", "surrogatepass")
    assert summaries(records(tmp_path, data)) == [
        "Good",
        "file:2: holds bytes that are not UTF-8",
        "Good",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "before", [GOOD, f"[\n{GOOD},\n", "@misc{a, title={Good}, abstract={F}}\n"]
)
def test_gzip_bomb_is_held_in_bounded_memory(tmp_path: Path, before: str) -> None:
    path = tmp_path / "bomb"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(before.encode() + b'{"title": "')
        for _ in range(200):
            file.write(b"0" * (1 << 20))
    tracemalloc.start()
    try:
        found = summaries(list(read(path)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found[0] == "Good" or "longer than" in found[0]
    assert any("is longer than 16 MiB" in item for item in found)
    assert peak < 120 << 20


def test_files_below_folders(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name, data in {
        "b.csv": b"x",
        "a.jsonl": b"x",
        "README.md": b"x",
        "LICENSE": b"x",
        ".hidden": b"x",
        ".git/x.csv": b"x",
        "sub/c.txt": b"x",
        "sub/d.pdf": b"%PDF",
        "sub/e.dat": b"\x00\x01",
        "sub/f.jsonl": b'{"title": "\x00"}\n',
        "sub/g.csv.gz": gzip.compress(b"title,abstract\n"),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    found = [str(path.relative_to(folder)) for path in find_files([folder])]
    assert found == ["a.jsonl", "b.csv", "sub/c.txt", "sub/f.jsonl", "sub/g.csv.gz"]


def test_named_files_are_never_left_out(tmp_path: Path) -> None:
    for name in ("README.md", ".hidden", "x.pdf"):
        (tmp_path / name).write_bytes(b"%PDF")
    named = [tmp_path / "x.pdf", tmp_path / "README.md", tmp_path / ".hidden"]
    assert find_files([*named, tmp_path / "x.pdf"]) == named
    assert find_files(["-"]) == [Path("-")]
    with pytest.raises(CorpusError, match="no file or folder"):
        find_files([tmp_path / "none"])


def test_paper_id() -> None:
    same = {
        paper_id(doi=doi, arxiv_id="1", title="x")
        for doi in ("10.1234/AB", "https://doi.org/10.1234/ab", "doi:10.1234/Ab")
    }
    assert same == {"4be80c8e1855"}
    arxiv = {
        paper_id(doi=None, arxiv_id=i, title="x") for i in ("1706.03762v5", "arXiv:1706.03762")
    }
    assert arxiv == {"a1a0262a54cd"}
    assert paper_id(doi=None, arxiv_id=None, title="TÜLU 3!") == paper_id(
        doi=None, arxiv_id=None, title="tulu-3"
    )
    signs = {paper_id(doi=None, arxiv_id=None, title=title) for title in ("?", "!", "a")}
    assert len(signs) == 3


def test_metadata_that_makes_no_sense_is_left_out(tmp_path: Path) -> None:
    odd = '{"title": "T", "abstract": "A", "year": "unknown", "venue": 5, "doi": "none", '
    odd += '"url": "javascript:alert(1)", "arxiv_id": "x", "keywords": 3, "authors": null}'
    (paper,) = records(tmp_path, odd)
    assert paper == Paper(
        id=paper_id(doi=None, arxiv_id=None, title="T"),
        title="T",
        abstract="A",
        sources=("file:1",),
    )


@pytest.mark.parametrize(
    ("value", "year"),
    [
        ("2017", 2017),
        ("2017-06-12T17:57:34Z", 2017),
        ("12 Jun 2017", 2017),
        ("2017.0", 2017),
        ("1499", None),
        ("2101", None),
        ("20170612", None),
        ("", None),
    ],
)
def test_years(tmp_path: Path, value: str, year: int | None) -> None:
    (paper,) = records(tmp_path, f"title,abstract,date\nT,A,{value}\n")
    assert isinstance(paper, Paper)
    assert paper.year == year
