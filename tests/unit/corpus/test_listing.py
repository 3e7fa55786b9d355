from __future__ import annotations

from pathlib import Path

import pytest

from rag.corpus import read
from rag.types import Paper
from tests import SEEDS
from tests.unit.corpus import records, summaries

ABSTRACT = "We study a thing that matters and find that it does. " * 8


def seed(number: str) -> dict[int, Paper]:
    """Papers of a seed file by the line of their title."""
    (path,) = SEEDS.glob(f"{number}_*.txt")
    found = list(read(path, name=number))
    assert all(isinstance(item, Paper) for item in found)
    return {int(item.sources[0].split(":")[1]): item for item in found if isinstance(item, Paper)}


@pytest.mark.parametrize(("number", "count"), [("000", 108), ("001", 527), ("002", 95)])
def test_seeds_have_all_their_papers(number: str, count: int) -> None:
    papers = seed(number)
    assert len(papers) == count
    assert min(len(paper.abstract) for paper in papers.values()) >= 584
    assert max(len(paper.title) for paper in papers.values()) <= 143


def test_seeds_stand_as_they_are_and_share_nine_papers() -> None:
    papers = [paper for number in ("000", "001", "002") for paper in seed(number).values()]
    assert len({paper.id for paper in papers}) == 721
    lines = {
        number: next(SEEDS.glob(f"{number}_*")).read_text().split("\n")
        for number in ("000", "001", "002")
    }
    for paper in papers:
        number, line = paper.sources[0].split(":")
        assert lines[number][int(line) - 1].removeprefix("Subscribe") == paper.title
        assert paper.abstract in lines[number]


def test_page_lines_above_the_first_title_are_no_papers() -> None:
    assert min(seed("000")) == 13
    assert min(seed("002")) == 11


def test_subscribe_is_unglued_from_the_first_title() -> None:
    title = seed("001")[3].title
    assert title.startswith("Distilling Step-by-Step! Outperforming")


@pytest.mark.parametrize(
    ("number", "line", "title"),
    [
        ("002", 267, "Pointer Networks"),
        ("002", 291, "VILA^2"),
        ("002", 179, "TÜLU 3"),
        ("001", 41, "P$^2$ Law"),
        ("001", 735, "$μ$nit Scaling"),
        ("001", 811, "S*:"),
    ],
)
def test_odd_titles_of_the_seeds(number: str, line: int, title: str) -> None:
    assert seed(number)[line].title.startswith(title)


def test_seed_abstracts_need_no_full_stop() -> None:
    abstracts = [paper.abstract for n in ("000", "001", "002") for paper in seed(n).values()]
    assert sum(not text.endswith(".") for text in abstracts) == 42
    assert seed("001")[259].abstract[-1].isalpha()  # just stops


def test_layout_without_blank_lines(tmp_path: Path) -> None:
    text = f"First title\n{ABSTRACT}\nsecond title\n{ABSTRACT}"
    found = records(tmp_path, text)
    assert summaries(found) == ["First title", "second title"]
    assert [item.sources for item in found if isinstance(item, Paper)] == [("file:1",), ("file:3",)]


def test_header_of_another_page_and_windows_line_ends(tmp_path: Path) -> None:
    head = "new\r\n\r\nGet trending papers in your email inbox!\r\n\r\nSubscribe\r\n\r\nMay 3\r\n"
    found = records(tmp_path, f"{head}\r\nSubscribe rates\r\n\r\n{ABSTRACT}\r\n")
    assert summaries(found) == ["Subscribe rates"]


def test_subscribe_stays_where_a_line_of_its_own_was_seen(tmp_path: Path) -> None:
    text = f"Get trending papers in your email inbox!\nSubscribe\nSubscribeNet\n{ABSTRACT}\n"
    assert summaries(records(tmp_path, text)) == ["SubscribeNet"]


def test_only_the_first_title_is_unglued(tmp_path: Path) -> None:
    head = "Get trending papers in your email inbox!\n"
    text = f"{head}SubscribeOne\n{ABSTRACT}\nSubscribeTwo\n{ABSTRACT}\n"
    assert summaries(records(tmp_path, text)) == ["One", "SubscribeTwo"]


def test_title_and_abstract_without_each_other_are_rejected(tmp_path: Path) -> None:
    text = f"Good\n{ABSTRACT}\n{ABSTRACT}\nLonely\nBetter\n{ABSTRACT}\nLast"
    assert summaries(records(tmp_path, text)) == [
        "Good",
        "file:3: an abstract without a title above it",
        "file:4: a title without an abstract below it",
        "Better",
        "file:7: a title without an abstract below it",
    ]


def test_unusually_short_abstract(tmp_path: Path) -> None:
    short = "We show that short abstracts are read too, if they are sentences, " * 2 + "of course."
    assert len(short) < 250
    assert summaries(records(tmp_path, f"Title\n{short}\nOther\n{ABSTRACT}")) == ["Title", "Other"]


def test_damaged_listing_records_leave_the_others(tmp_path: Path) -> None:
    good = f"Good\n{ABSTRACT}\n".encode()
    broken = b"Broken\n\xff" + ABSTRACT.encode() + b"\n"
    nul = b"Nul\n\x00" + ABSTRACT.encode() + b"\n"
    assert summaries(records(tmp_path, good + broken + good + nul + good)) == [
        "Good",
        "file:3: holds bytes that are not UTF-8",
        "Good",
        "file:7: the abstract holds a NUL byte",
        "Good",
    ]
