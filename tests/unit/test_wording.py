"""How things are put in words, for the terminal, the page and notebooks alike."""

import html
import json
import re
import sys
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from rag.errors import ConfigError
from rag.types import (
    Answer,
    Cell,
    Citation,
    Hit,
    Paper,
    Passage,
    Plan,
    Quote,
    Rejected,
    Report,
    Row,
    Sentence,
    Table,
    Usage,
    wording,
)  # fmt: skip
from ui.paper_html import uploaded

ABSTRACT = "Alpha prunes layers. It keeps 90% of the accuracy."
PAPER = Paper("a1", "Alpha: Pruning", ABSTRACT, ("A. Writer", "B. Writer"), 2024, "Venue")
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
    "![x](http://evil.test/a.png)", "[x]: http://evil.test", "a\n\n<b onclick=x>\n\nb", "`<i>`",
    "<https://evil.test>", "&lt;b&gt;", "\\[x](y) \\<b>", "| a | b |\n|---|---|", "**b** __i__",
    "a\u202eb\x1b[0m",
]  # fmt: skip


def answer(text="It keeps 90% [1]. So it is.", **given) -> Answer:
    hit = Hit(PAPER, Passage("p", "a1", ABSTRACT, 0, len(ABSTRACT)), 0.8)
    fields = {
        "question": "Q?", "query": "Q?", "text": text, "status": "answered", "reason": None,
        "confidence": 0.9, "citations": (Citation(1, PAPER, (Quote(ABSTRACT[21:], 21, 50),)),),
        "sentences": (
            Sentence("It keeps 90%.", (1,), "supported", 1.0, "", 0, 17),
            Sentence("So it is.", (), "uncited", 0.0, "cites nothing", 18, 27),
        ),
        "hits": (hit,), "usage": Usage("m", 2, 1200, 30, 0.00123, {"answer": 1.23}),
    }  # fmt: skip
    return Answer(**{**fields, **given})


REFUSAL = answer(
    "The library does not say.", status="refused", reason="not_stated", citations=(), sentences=()
)


def test_an_answer_prints_as_its_marked_text_with_numbered_sources():
    assert str(answer()) == (
        "Answers the question · 1 of 2 claims supported, 1 without support\n\n"
        "It keeps 90% [1]. ✓ So it is. ⚠\n\n[1] A. Writer, B. Writer. Alpha: Pruning. Venue. 2024."
        "\n\n⚠ without support: So it is. (cites nothing)"
    )
    assert answer().to_text().startswith("It keeps 90% [1]. So it is.\n\n[1] A. Writer")
    assert str(REFUSAL) == "The library does not say.\n\nNearest papers:\n  Alpha: Pruning"
    assert "\u202e" not in str(answer("a\u202eb", sentences=()))


def test_a_notebook_shows_text_marks_sources_and_quotes():
    shown = html.unescape(re.sub(r"<[^>]*>", " ", answer()._repr_html_()))
    for part in ("It keeps 90% [1].  ✓", "So it is.  ⚠", "(cites nothing)",
                 "Alpha: Pruning. Venue. 2024", "“It keeps 90% of the accuracy.”",
                 "1 of 2 claims supported"):  # fmt: skip
        assert part in shown, part
    title = html.escape(wording.explained("uncited", "cites nothing"))
    assert f'title="{title}"' in answer()._repr_html_()
    assert "Alpha: Pruning" in REFUSAL._repr_html_() and "Sources" not in REFUSAL._repr_html_()


def test_markdown_shows_the_same():
    source = answer()._repr_markdown_()
    shown = html.unescape(re.sub(r"<[^>]*>", "", MarkdownIt().render(source)))
    assert "Answers the question · 1 of 2" in shown and "without support: So it is." in shown
    assert "It keeps 90% [1]. ✓ So it is. ⚠" in shown and "“It keeps 90% of the acc" in shown
    assert "A. Writer, B. Writer. Alpha: Pruning. Venue. 2024" in shown
    assert "<ol>" in MarkdownIt().render(source)
    assert "Nearest papers" in REFUSAL._repr_markdown_()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_untrusted_text_becomes_markup_in_a_notebook(text):
    paper = Paper("h", text, text, (text,), 2024, text, url=text, doi=text)
    sentence = Sentence(text, (1,), "partial", 0.5, text, 0, len(text))
    hit = Hit(paper, Passage("p", "h", text, 0, len(text)), 0.5)
    table = Table(("Title", "a|b"), (Row((Cell(text), Cell(text))),))
    bad = answer(
        text, sentences=(sentence,), notice=text, hits=(hit,), table=table,
        citations=(Citation(1, paper, (Quote(text, 0, len(text)),)),),
    )  # fmt: skip
    refused = answer(text, status="refused", sentences=(), citations=(), hits=(hit,), notice=text)
    plain = answer("x", sentences=(), citations=(), hits=())
    renderer = MarkdownIt("commonmark", {"html": True}).enable("table")
    for one in (bad, refused):
        tabular = {"table", "thead", "tbody", "tr", "th", "td"}
        own = {"div", "p", "span", "b", "ol", "ul", "li", "br", "small", *tabular}
        assert set(re.findall(r"<([a-z]\w*)", one._repr_html_())) <= own
        assert "onclick=x" not in re.sub(r'"[^"]*"|>[^<]*<', "", one._repr_html_())
        markup = renderer.render(one._repr_markdown_())
        rendered = set(re.findall(r"<([a-z]\w*)", markup))
        assert rendered <= {"p", "strong", "em", "ol", "ul", "li", "br", *tabular}, markup
        assert "<strong>b</strong>" not in markup
        assert not {"\u202e", "\x1b"} & set(one._repr_html_() + one._repr_markdown_() + str(one))
    assert renderer.render(plain._repr_markdown_()) == "<p>x</p>\n"


QUOTED = answer(
    "“It keeps 90%.” [1] So it is.",
    sentences=(
        Sentence("It keeps 90%.", (1,), "quoted", 1.0, "", 0, 19),
        Sentence("So it is.", (1,), "supported", 1.0, "", 20, 29),
    ),
)  # fmt: skip


def test_a_quotation_has_no_mark_and_leaves_no_gap():
    assert "\n“It keeps 90%.” [1] So it is. ✓\n" in str(QUOTED)
    assert "\n“It keeps 90%.” \\[1\\] So it is. ✓\n" in QUOTED.to_markdown()
    shown = QUOTED.to_html()
    assert "“It keeps 90%.” [1] So it is. <span" in shown and shown.count("<span") == 1
    assert "1 quoted; 1 of 1 claims supported" in shown


def test_how_a_question_was_understood_is_a_line_that_is_no_markup():
    for text in HOSTILE:
        one = answer(plan=Plan("list", "q", understood=text))
        assert one.to_html().count("<small>") == 4 and "<script" not in one.to_html()
        rendered = MarkdownIt("commonmark", {"html": True}).render(one.to_markdown())
        first = rendered.splitlines()[0]
        assert (
            first.startswith("<p><em>Understood as: ") and "<b" not in first and "<a" not in first
        )
        assert not {"\u202e", "\x1b"} & set(one.to_html() + one.to_markdown())
    assert answer(plan=Plan("chat", "hi", understood="small talk")).understood == ""
    assert answer().understood == "" and "Understood" not in str(answer())


def test_whether_it_answers_names_what_is_lacking_unless_the_text_begins_with_it():
    assert QUOTED.headline == "Answers the question · 1 quoted; 1 of 1 claims supported"
    lacking = replace(QUOTED, status="partial", lacking="Nothing\non\u202e cost.")
    assert lacking.headline.startswith("Does not fully answer the question: Nothing on cost · 1 q")
    led = replace(lacking, text=f"{lacking.lacking} {QUOTED.text}")
    assert led.headline.startswith("Does not fully answer the question · 1 quoted")
    assert answer(sentences=()).headline == REFUSAL.headline == ""


def test_a_verdict_is_explained_without_saying_the_same_twice():
    assert wording.explained("partial", "no date.").endswith("not found in it. Why: no date.")
    known = "the check cannot tell whether the abstract says this"
    assert (
        wording.explained("unverified", known) == f"Not verified. {wording.MEANING['unverified']}"
    )


def test_runs_add_up_to_the_text():
    runs = list(answer().runs())
    assert "".join(run for run, _ in runs) == answer().text
    assert [(run, number) for run, number in runs if number is not None] == [
        ("It keeps 90% [1].", 0), ("So it is.", 1),
    ]  # fmt: skip


def test_what_is_being_done_names_what_is_known():
    searching = answer("", stage="search")
    assert searching.progress() == "Searching…"
    assert searching.progress(1234) == "Searching 1,234 papers…"
    assert answer("", stage="read").progress() == "Reading 1 papers…"


def test_a_cost_is_told_long_and_short():
    usage = Usage("m", 1, 1200, 30, None, {"a": 0.26}, cached=2)
    assert usage.in_full() == "1 call, 2 from the cache, 1,200 tokens in, 30 out, cost unknown"
    assert str(usage) == "0.3 s · 1 call · 1,200 + 30 tokens · cost unknown"
    assert str(Usage(seconds={"a": 1.26})) == "1.3 s"


def test_a_report_prints_as_what_was_done():
    assert str(Report()) == "0 new, 0 changed, 0 unchanged"
    report = Report(9, 3, 1, 2, 4, 5, skipped_files=6, rejected=[Rejected("a", 1, "bad")])
    assert str(report) == (
        "3 new, 1 changed, 2 unchanged, 4 merged with another source, 5 removed, "
        "1 records rejected, 6 files unchanged"
    )
    assert uploaded(report) == (
        "3 new, 1 changed, 2 unchanged, 4 already there from another source, "
        "6 files already added, 1 records that could not be read"
    )


def test_a_paper_is_one_line_long_or_short():
    many = Paper("m", "Beta\nquantises", "", ("Ann Lee", "Bo Li"), doi="10.1/x", venue="V")
    assert wording.reference(many) == "Ann Lee, Bo Li. Beta quantises. V. https://doi.org/10.1/x"
    assert wording.authors(PAPER, 1) == "A. Writer et al."
    alone = Paper("o", "On _{x}", "", ("Ann Lee",), 2024, "V")
    assert wording.short_reference(alone) == "On _x. Ann Lee. V. 2024"
    assert wording.reference(Paper("n", "Only a title", "")) == "Only a title"
    assert wording.short_reference(Paper("n", "Only a title", "")) == "Only a title"


def table(count):
    return Table(("Title", "Year"), tuple(Row((Cell(f"T|{n}"), Cell(""))) for n in range(count)))


def test_an_answer_shows_the_first_rows_of_its_table_and_how_many_more_there_are():
    shown = answer(table=table(23))
    for text in (str(shown), shown.to_markdown(), shown.to_html()):
        assert "and 13 more" in text and "9" in text and "T|10" not in text.replace("\\", "")
    assert "more" not in str(answer(table=table(10)))


def test_a_table_of_markdown_keeps_its_cells_whatever_bars_are_in_them():
    rendered = MarkdownIt().enable("table").render(table(2).to_markdown())
    assert re.findall(r"<td>(.*?)</td>", rendered) == ["T|0", "", "T|1", ""]


def test_a_table_becomes_a_data_frame_of_texts():
    pandas = pytest.importorskip("pandas")
    frame = table(2).to_pandas()
    assert isinstance(frame, pandas.DataFrame) and list(frame.columns) == ["Title", "Year"]
    assert list(frame["Title"]) == ["T|0", "T|1"]


def test_without_pandas_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ConfigError, match=r"paper-rag\[pandas\]"):
        table(1).to_pandas()


def test_a_paper_cited_for_its_stored_fields_needs_no_quote():
    stored = answer(citations=(Citation(1, PAPER, ()),), sentences=(), table=table(1))
    citation = stored.citations[0]
    assert (citation.quote, citation.start, citation.end) == ("", 0, 0)
    for text in (stored.to_markdown(), stored.to_html()):
        assert "Alpha: Pruning" in text and "“" not in text and "sentences" not in text
    assert Answer.from_dict(json.loads(json.dumps(stored.to_dict()))) == stored
