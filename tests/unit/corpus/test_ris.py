from __future__ import annotations

from pathlib import Path

from rag.types import Paper
from tests.unit.corpus import records, summaries

RIS = """TY  - JOUR
TI  - A title
AB  - First line
   second line
AU  - Smith, John
AU  - Lee, Ann, Jr.
PY  - 2017/03//
JF  - Journal
DO  - https://doi.org/10.1234/AB
UR  - https://x.org/a
KW  - one
KW  - two
ER  -
"""
MEDLINE = """PMID- 123
OWN - NLM
TI  - A title that
      goes on.
AB  - BACKGROUND: Text that
      goes on.
FAU - Lee, Ann B
AU  - Lee AB
DP  - 2017 Jun 3
JT  - The journal
LID - 10.1234/AB [doi]
OT  - word
"""


def test_ris(tmp_path: Path) -> None:
    first, second = records(tmp_path, f"Provider: X\n\n{RIS}\n{RIS}")
    assert isinstance(first, Paper)
    assert isinstance(second, Paper)
    assert (first.title, first.abstract) == ("A title", "First line second line")
    assert first.authors == ("John Smith", "Ann Lee Jr.")
    assert (first.year, first.venue, first.doi) == (2017, "Journal", "10.1234/ab")
    assert (first.url, first.keywords) == ("https://x.org/a", ("one", "two"))
    assert (first.sources, second.sources) == (("file:3",), ("file:17",))


def test_other_ris_tags_and_several_abstract_lines(tmp_path: Path) -> None:
    text = "TY  - JOUR\nT1  - T\nA1  - Lee, A\nN2  - One.\nN2  - Two.\nY1  - 1999\nER  - \n"
    (paper,) = records(tmp_path, text)
    assert isinstance(paper, Paper)
    assert (paper.title, paper.abstract, paper.year) == ("T", "One. Two.", 1999)
    assert paper.authors == ("A Lee",)


def test_bad_ris_records_leave_the_others(tmp_path: Path) -> None:
    no_abstract = "TY  - JOUR\nTI  - T\nER  - \n"
    no_start = "TI  - T\nAB  - A\nER  - \n"
    no_end = "TY  - JOUR\nTI  - T\nAB  - A\n"
    assert summaries(records(tmp_path, RIS + no_abstract + no_start + no_end + RIS + no_end)) == [
        "A title",
        "file:14: has no abstract",
        'file:17: does not begin with a "TY  - " line',
        'file:20: has no "ER  - " line: the record is cut short',
        "A title",
        'file:36: has no "ER  - " line: the record is cut short',
    ]


def test_damaged_ris_records(tmp_path: Path) -> None:
    latin = b"TY  - JOUR\nTI  - T\nAB  - caf\xe9\nER  - \n"
    nul = b"TY  - JOUR\nTI  - T\nAB  - a\x00b\nER  - \n"
    assert summaries(records(tmp_path, latin + RIS.encode() + nul)) == [
        "file:1: holds bytes that are not UTF-8 (line 3)",
        "A title",
        "file:18: the abstract holds a NUL byte",
    ]


def test_medline(tmp_path: Path) -> None:
    first, second = records(tmp_path, f"\n{MEDLINE}\n{MEDLINE}")
    assert isinstance(first, Paper)
    assert isinstance(second, Paper)
    assert first.title == "A title that goes on."
    assert first.abstract == "BACKGROUND: Text that goes on."
    assert (first.authors, first.year, first.venue) == (("Ann B Lee",), 2017, "The journal")
    assert (first.doi, first.keywords) == ("10.1234/ab", ("word",))
    assert (first.sources, second.sources) == (("file:2",), ("file:15",))


def test_bad_medline_records_leave_the_others(tmp_path: Path) -> None:
    data = f"PMID- 1\nTI  - No abstract\n\nTI  - No start\nAB  - A\n\n{MEDLINE}".encode()
    assert summaries(records(tmp_path, data + b"\nPMID- 2\nTI  - \xe9\nAB  - A\n")) == [
        "file:1: has no abstract",
        'file:4: does not begin with a "PMID- " line',
        "A title that goes on.",
        "file:20: holds bytes that are not UTF-8 (line 21)",
    ]
