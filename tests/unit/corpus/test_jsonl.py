from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.corpus import jsonstream
from rag.types import Paper
from tests.unit.corpus import records, summaries

GOOD = '{"title": "Good", "abstract": "Fine."}'


def one(tmp_path: Path, record: object) -> Paper:
    (found,) = records(tmp_path, json.dumps(record))
    assert isinstance(found, Paper), found
    return found


def test_lines_and_their_numbers(tmp_path: Path) -> None:
    found = records(tmp_path, f"{GOOD}\n\n{GOOD}")
    assert [item.sources for item in found if isinstance(item, Paper)] == [("file:1",), ("file:3",)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"title": "T"}', "has no abstract"),
        (b'{"abstract": "A"}', "has no title"),
        (b'{"title": "T", "abstract": null}', "has no abstract"),
        (b'{"title": "T", "abstract": " \\n"}', "the abstract is empty"),
        (b'{"title": "", "abstract": "A"}', "the title is empty"),
        (b'{"title": "T", "abstract": 5}', "the abstract is a number, not text"),
        (b'{"title": "T", "abstract": true}', "the abstract is true or false, not text"),
        (b'{"title": {"a": 1}, "abstract": "A"}', "the title is an object, not text"),
        (b'{"title": "T", "abstract": "A", "authors": 7}', "authors is a number, not names"),
        (
            b'{"title": "T", "abstract": "A", "authors": [7]}',
            "authors holds a number, not only names",
        ),
        (b'{"title": "T", "abstract": "a\x00b"}', "the abstract holds a NUL byte"),
        (b'{"title": "T\\u0000", "abstract": "A"}', "the title holds a NUL byte"),
        (
            b'{"title": "T", "abstract": "a\x07b"}',
            "the abstract holds a control character (U+0007)",
        ),
        (b'{"title": "\\ud800", "abstract": "A"}', "the title holds a lone surrogate (U+D800)"),
        (b'{"title": "T", "abstract": "caf\xe9"}', "holds bytes that are not UTF-8"),
        (
            b'{"title": "T", "abstr',
            "is not JSON: Unterminated string starting at (column 16)",
        ),
        (b'["T", "A"]', "is a list, not an object with fields"),
        (b"12", "is a number, not an object with fields"),
        (b"[" * 100_000, "is not JSON that can be read: "),
        (b'{"title": "T", "abstract": "' + b"x" * 50_000_000 + b'"}', "is longer than 16 MiB"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_bad_line_is_rejected_and_the_others_come(tmp_path: Path, line: bytes, reason: str) -> None:
    before, bad, after = records(tmp_path, b"\n".join([GOOD.encode(), line, GOOD.encode()]))
    assert isinstance(before, Paper)
    assert isinstance(after, Paper)
    assert after.sources == ("file:3",)
    assert str(bad).startswith(f"file:2: {reason}")


def test_arxiv_snapshot(tmp_path: Path) -> None:
    paper = one(
        tmp_path,
        {
            "id": "0704.0001",
            "submitter": "Pavel Nadolsky",
            "authors": "C. Bal\\'azs, E. L. Berger, P. M. Nadolsky",
            "title": "Calculation of prompt diphoton\n  production",
            "journal-ref": "Phys.Rev.D76:013009,2007",
            "doi": "10.1103/PhysRevD.76.013009",
            "abstract": "  A fully differential\ncalculation.\n",
            "categories": "hep-ph hep-ex",
            "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}],
            "update_date": "2008-11-26",
            "authors_parsed": [["Balázs", "C.", ""], ["Berger", "E. L.", "Jr"]],
        },
    )
    assert paper.title == "Calculation of prompt diphoton production"
    assert paper.abstract == "A fully differential calculation."
    assert paper.authors == ("C. Balázs", "E. L. Berger Jr")
    assert (paper.arxiv_id, paper.doi) == ("0704.0001", "10.1103/physrevd.76.013009")
    assert (paper.year, paper.venue) == (2007, "Phys.Rev.D76:013009,2007")
    assert paper.keywords == ("hep-ph", "hep-ex")


def test_semantic_scholar(tmp_path: Path) -> None:
    paper = one(
        tmp_path,
        {
            "paperId": "649def34f8be52c8b66281af98ae884c09aef38b",
            "externalIds": {"ArXiv": "1706.03762", "DOI": "10.1234/X", "CorpusId": 1},
            "title": "Attention",
            "abstract": "Recurrent.",
            "venue": "",
            "journal": {"name": "NIPS"},
            "year": 2017,
            "authors": [{"authorId": "1", "name": "A. Vaswani"}, {"name": None}],
            "fieldsOfStudy": None,
            "s2FieldsOfStudy": [{"category": "Computer Science", "source": "s2"}],
            "openAccessPdf": {"url": "https://arxiv.org/pdf/1706.03762"},
        },
    )
    assert paper.authors == ("A. Vaswani",)
    assert (paper.venue, paper.year) == ("NIPS", 2017)
    assert (paper.arxiv_id, paper.doi) == ("1706.03762", "10.1234/x")
    assert paper.keywords == ("Computer Science",)
    assert paper.url == "https://arxiv.org/pdf/1706.03762"


def test_beir(tmp_path: Path) -> None:
    paper = one(tmp_path, {"_id": "4983", "title": "T", "text": "Some text.", "metadata": {}})
    assert (paper.abstract, paper.arxiv_id) == ("Some text.", None)


def test_openalex(tmp_path: Path) -> None:
    work = {
        "id": "https://openalex.org/W1",
        "title": "T",
        "abstract_inverted_index": {"the": [2, 0], "end": [3], "is": [1]},
        "authorships": [{"author": {"display_name": "Ann Lee"}}],
        "publication_year": 2020,
        "doi": "https://doi.org/10.1234/A",
        "primary_location": {"source": {"display_name": "J"}, "pdf_url": "https://x.org/p"},
    }
    paper = one(tmp_path, {"meta": {"count": 1}, "results": [work]})
    assert paper.abstract == "the is the end"
    assert (paper.authors, paper.year, paper.venue) == (("Ann Lee",), 2020, "J")
    assert (paper.doi, paper.url) == ("10.1234/a", "https://x.org/p")


def test_inverted_index_with_a_huge_position_is_rejected(tmp_path: Path) -> None:
    record = {"title": "T", "abstract_inverted_index": {"a": [10**12]}}
    assert "wrong position" in summaries(records(tmp_path, json.dumps(record)))[0]


def test_crossref(tmp_path: Path) -> None:
    item = {
        "title": ["T"],
        "abstract": "<jats:title>Abstract</jats:title><jats:p>Some <jats:i>x</jats:i></jats:p>",
        "author": [{"given": "Ann", "family": "Lee", "sequence": "first"}],
        "issued": {"date-parts": [[2019, 2]]},
        "container-title": ["Journal"],
        "DOI": "10.1234/ABC",
        "URL": "https://doi.org/10.1234/ABC",
    }
    paper = one(tmp_path, {"status": "ok", "message": {"total-results": 1, "items": [item]}})
    assert paper.abstract == "Some x"
    assert (paper.authors, paper.year, paper.venue) == (("Ann Lee",), 2019, "Journal")
    assert (paper.doi, paper.url) == ("10.1234/abc", "https://doi.org/10.1234/ABC")


@pytest.mark.parametrize(
    "text",
    [
        f"[{GOOD}, {GOOD}]",
        f"[\n  {GOOD},\n  {GOOD}\n]\n",
        f'{{"data": [{GOOD}, {GOOD}], "next": 5}}',
        f'{{"total": 2, "papers":\n[{GOOD},\n{GOOD}]}}',
        f'{{"message": {{"items": [{GOOD}, {GOOD}]}}}}',
        '{\n"title": "Good",\n"abstract": "Fine."\n}\n{\n"title": "Good",\n"abstract": "A"\n}',
    ],
)
def test_shapes_of_json(tmp_path: Path, text: str) -> None:
    assert summaries(records(tmp_path, text)) == ["Good", "Good"]


def test_array_records_know_their_lines(tmp_path: Path) -> None:
    data = json.dumps([{"title": f"T{i}", "abstract": "x " * 500} for i in range(400)], indent=1)
    lines = data.split("\n")
    found = records(tmp_path, data)
    assert len(found) == 400
    for item in found:
        assert isinstance(item, Paper)
        line = int(item.sources[0].removeprefix("file:"))
        assert lines[line - 1] == " {"
        assert json.loads("{" + lines[line].rstrip(",") + "}")["title"] == item.title


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f'[\n {GOOD},\n {{"title": "B" "abstract": 1}},\n {GOOD}\n]',
            ["Good", "file:3: is not JSON: Expecting ',' delimiter (line 3)", "Good"],
        ),
        (
            f'[\n {GOOD},\n {{"title": "B", "abst',
            ["Good", "file:3: the JSON ends in the middle of this record"],
        ),
        (f"[\n {GOOD},\n", ["Good", "file:3: the JSON ends in the middle of this record"]),
        (f"[\n {GOOD}\n", ["Good", "file:2: the JSON ends before its closing bracket"]),
        (
            f"[{GOOD}, 5, {GOOD}]",
            ["Good", "file:1: is a number, not an object with fields", "Good"],
        ),
        (
            f'[{GOOD}, {{"title" 5}}, {GOOD}]',
            [
                "Good",
                "file:1: is not JSON: Expecting ':' delimiter (line 1)",
                "file:1: what follows the broken record is not read",
            ],
        ),
        ("[]", ["file:1: holds no record (read as json)"]),
    ],
)
def test_broken_arrays(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert summaries(records(tmp_path, text)) == expected


def test_broken_encoding_inside_an_array(tmp_path: Path) -> None:
    bad = b'{"title": "caf\xe9", "abstract": "A"}'
    data = b"[\n" + GOOD.encode() + b",\n" + bad + b",\n" + GOOD.encode() + b"\n]"
    assert summaries(records(tmp_path, data)) == [
        "Good",
        "file:3: holds bytes that are not UTF-8",
        "Good",
    ]


def test_too_long_record_inside_an_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonstream, "LIMIT", 1000)
    text = f'[\n {GOOD},\n {{"title": "{"x" * 200_000}"}},\n {GOOD}\n]'
    assert summaries(records(tmp_path, text)) == ["Good", "file:3: is longer than 16 MiB", "Good"]
