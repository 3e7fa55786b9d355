"""How a check is told: text, Markdown, HTML, JSON, SARIF; none of it is markup of others."""

import json
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from rag.manuscript.document import Reference, SourceText
from rag.manuscript.matching import Work
from rag.manuscript.report import CheckReport
from rag.manuscript.results import Better, CheckedSentence, Missing
from rag.types import Paper, Quote, wording

HOSTILE = "<script>alert(1)</script> ![x](http://evil.test/a.png) \u202e <b onclick=x>"
TEXT = f"Alpha saves 90% [1].\nBeta is slow [2] {HOSTILE}. It is so\n[3]. More."
ALPHA = Paper("a", f"Alpha {HOSTILE}", "Alpha saves 30%. It is fast.", ("Ann Lee",), 2020)
BETA = Paper("b", "Beta", "Beta saves 90%.")


def sentence(start, end, support, *works, source, **given):
    place = source.place(start, end)
    return CheckedSentence(source.text[start:end], place, works, support, 0.5, **given)


@pytest.fixture
def report():
    source = SourceText("a b/paper.md", TEXT)
    at = TEXT.index("It is so")
    works = [
        Work(Reference("1", "Alpha", "Alfa"), ALPHA, near=True), Work(Reference("2", "Beta"), BETA),
        Work(Reference("3", f"Gamma {HOSTILE}")),
    ]  # fmt: skip
    sentences = (
        sentence(
            0, 20, "contradicted", works[0], source=source, why=f"says 90%, not 30% {HOSTILE}",
            paper=ALPHA, quote=Quote("Alpha saves 30%.", 0, 16),
            better=Better(BETA, Quote("Beta saves 90%.", 0, 15)),
        ),
        sentence(
            21, at - 1, "uncited", works[1], source=source, why="does not say this", paper=BETA
        ),
        sentence(at, at + 13, "unverified", works[2], source=source, why="not in the library"),
    )  # fmt: skip
    missing = Missing(works[2], True, (sentences[2].place,))
    return CheckReport("a b/paper.md", (source,), sentences, (missing,), ("x is not there.",))


def test_text_has_the_findings_and_counts_the_rest(report):
    text = str(report)
    assert text.startswith(
        "a b/paper.md: 3 cited sentences: 1 contradicted, 1 without support, 1 not verified."
    )
    assert "a b/paper.md:1:1  ✗ contradicted [1]\n  Alpha saves 90% [1]." in text
    assert "why: says 90%" in text and f"“Alpha saves 30%.” — {wording.TITLE_LEFT_OUT}" in text
    assert "(listed as “Alfa”)" in text and "better: “Beta saves 90%.” — Beta" in text
    assert "⚠ without support [2]\n  Beta is slow [2]" in text and "does not say this" in text
    assert "1 not verified; --all shows them." in text and "not in the library" not in text
    assert "3: Gamma" in text and "cited at a b/paper.md:2:" in text and "x is not there." in text
    assert "\u202e" not in text
    assert "why: not in the library" in report.to_text(all=True)


def test_markdown_holds_no_markup_of_others(report):
    html = MarkdownIt("commonmark").render(report.to_markdown(all=True))
    assert not re.search(r"<(script|img|b |a )", html)
    assert "contradicted" in html and "not in the library" in html


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_the_page_marks_the_text_and_holds_no_markup_of_others(report):
    page = Tags(report.to_html())
    assert {"script", "img", "b onclick"}.isdisjoint(tag for tag, _ in page.tags)
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    marked = [a for tag, a in page.tags if tag == "span" and a.get("class", "").startswith("sent")]
    assert [a["class"].split()[1] for a in marked] == ["contradicted", "uncited", "unverified"]
    assert all(a["tabindex"] == "0" for a in marked)
    targets = {a["id"] for _, a in page.tags if "id" in a}
    assert {a["href"][1:] for tag, a in page.tags if tag == "a"} <= targets
    assert "\nBeta is slow [2] <script>" in page.text and page.text.endswith("x is not there.")


def test_a_sentence_inside_another_is_marked_as_itself():
    source = SourceText("x.tex", r"Outer one\footnote{Inner is here.} goes on.")
    outer = sentence(0, len(source.text), "supported", source=source)
    inner = sentence(19, 33, "contradicted", source=source)
    page = Tags(CheckReport("x.tex", (source,), (outer, inner)).to_html())
    spans = [a for tag, a in page.tags if tag == "span" and a.get("class", "").startswith("sent")]
    assert [(a["class"].split()[1], a.get("id")) for a in spans] == [
        ("supported", "s1"), ("contradicted", "s2"), ("supported", None),
    ]  # fmt: skip


def test_json_is_the_whole_report(report):
    data = json.loads(report.to_json())
    assert data == json.loads(json.dumps(report.to_dict()))
    assert [one["support"] for one in data["sentences"]] == [
        "contradicted", "uncited", "unverified",
    ]  # fmt: skip
    finding, other = data["findings"]
    assert other["support"] == "uncited" and data["sentences"][2]["paper_id"] is None
    assert (finding["line"], finding["column"], finding["quote"]["text"]) == (
        1,
        1,
        "Alpha saves 30%.",
    )
    assert finding["cites"][0]["paper_id"] == "a" and finding["better"]["paper_id"] == "b"
    assert data["missing"][0]["key"] == "3" and data["counts"]["contradicted"] == 1


def test_sarif_has_what_its_schema_asks_for(report):
    log = json.loads(report.to_sarif(all=True))
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert run["tool"]["driver"]["name"] and run["columnKind"] == "unicodeCodePoints"
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [
        ("contradicted", "error"), ("uncited", "error"), ("unverified", "note"),
        ("missing", "note"),
    ]  # fmt: skip
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"] and result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "a%20b/paper.md"
        region = place["region"]
        start = (region["startLine"], region["startColumn"])
        assert (1, 1) <= start < (region["endLine"], region["endColumn"])
    region = run["results"][2]["locations"][0]["physicalLocation"]["region"]
    assert (region["endLine"], region["endColumn"]) == (3, 5)
    found = json.loads(report.to_sarif())["runs"][0]["results"]
    assert [result["ruleId"] for result in found] == ["contradicted", "uncited"]


def test_a_fingerprint_stays_when_the_sentence_moves_and_tells_twins_apart(report):
    def prints(text):
        source = SourceText("x.md", text)
        starts = [m.start() for m in re.finditer("Alpha", text)]
        sentences = tuple(
            sentence(at, at + 16, "contradicted", Work(Reference("1", "A")), source=source)
            for at in starts
        )
        runs = json.loads(CheckReport("x.md", (source,), sentences).to_sarif())["runs"]
        return [list(result["partialFingerprints"].values())[0] for result in runs[0]["results"]]

    one = prints("Alpha saves 90%.")
    moved = prints("\n\nNow. Alpha saves\n90%. Alpha saves 90%.")
    assert moved[0] == one[0] and len(set(moved)) == 2
