from __future__ import annotations

from pathlib import Path

import pytest

from rag.corpus import read
from rag.types import Paper
from tests.unit.corpus import records, summaries


def test_columns_by_name_in_any_case(tmp_path: Path) -> None:
    header = "Title,Abstract,Authors,Year,Source title,DOI,Link,Author Keywords"
    row = '"A, b","two\nlines",X Lee and Y Wu,2017.0,J,10.1234/X,https://x.org/a,k1; k2'
    (paper,) = records(tmp_path, f"\ufeff{header}\n{row}\n")
    assert isinstance(paper, Paper)
    assert (paper.title, paper.abstract) == ("A, b", "two lines")
    assert paper.authors == ("X Lee", "Y Wu")
    assert (paper.year, paper.venue, paper.doi) == (2017, "J", "10.1234/x")
    assert (paper.url, paper.keywords) == ("https://x.org/a", ("k1", "k2"))


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiter_is_told_by_the_header(tmp_path: Path, sign: str) -> None:
    text = f"year{sign}TITLE{sign}Summary\n2001{sign}T{sign}A, b; c\n".replace(
        "A, b; c", '"A, b; c"'
    )
    (paper,) = records(tmp_path, text)
    assert isinstance(paper, Paper)
    assert (paper.title, paper.abstract, paper.year) == ("T", "A, b; c", 2001)


def test_lines_are_physical_ones(tmp_path: Path) -> None:
    found = records(tmp_path, 'title,abstract\n\nA,"1\n2\n\n3"\nB,x\n')
    assert [item.sources for item in found if isinstance(item, Paper)] == [("file:3",), ("file:7",)]


def test_broken_rows_cost_only_themselves(tmp_path: Path) -> None:
    text = 'title,abstract\nA,x\nB,"never closed\nC,x\nD\nE,x,y\n,x\nF,\nG,"x""y"\n'
    assert summaries(records(tmp_path, text)) == [
        "A",
        "file:3: broken row: ',' expected after '\"'",
        "C",
        "file:5: has 1 columns where the header has 2",
        "file:6: has 3 columns where the header has 2",
        "file:7: the title is empty",
        "file:8: the abstract is empty",
        "G",
    ]


def test_quote_that_is_open_at_the_end(tmp_path: Path) -> None:
    text = 'title,abstract\nA,"open\nB,x\n'
    assert summaries(records(tmp_path, text)) == ["file:2: broken row: unexpected end of data", "B"]


def test_quotes_in_tab_separated_text_are_text(tmp_path: Path) -> None:
    found = records(tmp_path, 'title\tabstract\n"Foo" is bar\t"Yes" no\nB\t"open\nC\tx\n')
    assert summaries(found) == ['"Foo" is bar', "B", "C"]


def test_damaged_rows(tmp_path: Path) -> None:
    data = b"title,abstract\nA,x\nB,\xe9\nC,a\x00b\n" + b"D," + b"x" * 20_000_000 + b"\nE,x\n"
    assert summaries(records(tmp_path, data)) == [
        "A",
        "file:3: holds bytes that are not UTF-8",
        "file:4: the abstract holds a NUL byte",
        "file:5: broken row: is longer than 16 MiB",
        "E",
    ]


def test_table_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("One,two\nThree,four\n")
    (found,) = read(path, name="a")
    assert str(found) == "a:1: has no header row that names a title and an abstract column"


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("A Lee; B Wu", ("A Lee", "B Wu")),
        ("Lee, A.; Wu, B.", ("A. Lee", "B. Wu")),
        ("A Lee and B Wu", ("A Lee", "B Wu")),
        ("Lee, Ann and Wu, Bo", ("Ann Lee", "Bo Wu")),
        ("A Lee, B Wu, and C Xu", ("A Lee", "B Wu", "C Xu")),
        ("A Lee, B Wu", ("A Lee", "B Wu")),
        ("Lee, Ann", ("Ann Lee",)),
        ("Plato", ("Plato",)),
        ("['A Lee', 'B Wu']", ("A Lee", "B Wu")),
        ("", ()),
    ],
)
def test_several_names_in_one_cell(tmp_path: Path, cell: str, names: tuple[str, ...]) -> None:
    (paper,) = records(tmp_path, f'title,abstract,authors\nT,A,"{cell}"\n')
    assert isinstance(paper, Paper)
    assert paper.authors == names
