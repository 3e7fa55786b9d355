"""How answers look on a terminal and where they are piped."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from rag.cli import answers, console
from rag.types import (
    Answer,
    Cell,
    Citation,
    Filters,
    Paper,
    Plan,
    Quote,
    Row,
    Sentence,
    Table,
    Usage,
    wording,
)

PAPER = Paper("p", "A [bold]title[/bold]", "It works.")
TABLE = Table(
    ("Title", "Year"),
    tuple(Row((Cell(f"[red]T\x1b[31m{n}"), Cell(str(2000 + n)))) for n in range(12)),
)
ANSWER = Answer("q", "q", "12 papers are from 2000 on [1].", "answered", None, 1.0,
                (Citation(1, PAPER, ()),), (), (), Usage("extractive"), table=TABLE)  # fmt: skip


def printed(monkeypatch, shown, terminal, colours=None):
    out = io.StringIO()
    made = Console(file=out, force_terminal=terminal, color_system=colours, width=80,
                   highlight=False, markup=False, emoji=False)  # fmt: skip
    made.soft_wrap = not terminal
    monkeypatch.setattr(console, "console_for", lambda stderr=False: made)
    answers.show_plan(shown) if isinstance(shown, Plan) else answers.show_answer(shown)
    return out.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_table_is_shown_with_its_first_rows_and_no_markup(monkeypatch, terminal):
    shown = printed(monkeypatch, ANSWER, terminal)
    assert "[red]T" in shown and "and 2 more" in shown and "2009" in shown and "2010" not in shown
    assert "\x1b" not in shown
    assert ("│" in shown) == terminal and ("\t2003" in shown) != terminal


def test_papers_cited_for_stored_fields_are_listed_without_a_quote_or_a_count(monkeypatch):
    shown = printed(monkeypatch, ANSWER, False)
    assert "[1] A [bold]title[/bold]" in shown and "“" not in shown
    assert "supported" not in shown and "confidence 1.00" in shown


def test_an_answer_without_papers_has_no_heading_of_sources(monkeypatch):
    counted = Answer("q", "q", "There are 2 papers.", "answered", None, 1.0, (), (), (), Usage())
    assert "Sources" not in printed(monkeypatch, counted, False)


def listed(*titles, **given):
    """A list of papers, each with a quotation that takes more than a line."""
    quote = "It prunes the layers of models and keeps nearly all of what they know."
    text, sentences = f"{len(titles)} papers fit:", []
    for number, title in enumerate(titles, 1):
        text += f"\n- {title}: "
        start = len(text)
        text += f"“{quote}” [{number}]"
        sentences.append(Sentence(quote, (number,), "quoted", 1.0, "", start, len(text)))
    citation = Citation(1, PAPER, (Quote("It works.", 0, 9),))
    plan = Plan("list", "q", understood="papers that fit: pruning\x1b[31m")
    fields = {"question": "q", "query": "q", "text": text, "status": "answered", "reason": None,
              "confidence": 0.9, "citations": (citation,), "sentences": tuple(sentences),
              "hits": (), "usage": Usage(), "plan": plan}  # fmt: skip
    return Answer(**{**fields, **given})


def test_quotations_carry_no_mark_and_are_counted_as_such(monkeypatch):
    shown = printed(monkeypatch, listed("Alpha", "Beta"), False)
    first = "- Alpha: “It prunes the layers of models and keeps nearly all of what they know.” [1]"
    assert f"{first}\n- Beta: “" in shown
    assert not set(wording.MARKS.values()) & set(shown)
    assert "\nAnswers the question · 2 quoted\n\n2 papers fit:" in shown
    assert shown.endswith("\n\nconfidence 0.90; 0.00 s\n")
    assert not [line for line in shown.splitlines() if line != line.rstrip()]


def test_verdicts_have_their_marks_and_faults_are_told_with_what_decided(monkeypatch):
    said = {"supported": "", "unverified": "the check cannot tell", "uncited": "cites nothing",
            "contradicted": "30% there is 90%"}  # fmt: skip
    text, sentences = "", []
    for support, why in said.items():
        start = len(text)
        text += f"It is {support} [1]. "
        quote = Quote("It \x1b[1mworks.", 0, 9) if support == "contradicted" else None
        sentences.append(
            Sentence(f"It is {support}.", (1,), support, 1.0, why, start, len(text) - 1, quote, 1)
        )
    sentences[0] = replace(sentences[0], attached=True)
    answer = listed(text=text, sentences=tuple(sentences), status="partial", lacking="its cost")
    shown = printed(monkeypatch, answer, False)
    counted = "1 of 4 claims supported, 1 not verified, 1 contradicted, 1 without support"
    assert f"Does not fully answer the question: its cost · {counted}\n" in shown
    assert "It is supported [1]. ✓ It is unverified [1]. ○ It is uncited [1]. ⚠" in shown
    assert "\n✗ contradicted: It is contradicted. (30% there is 90%) [1] says “It [" in shown
    assert "\n⚠ without support: It is uncited. (cites nothing)\n" in shown
    assert "cannot tell" not in shown
    coloured = printed(monkeypatch, answer, True, "standard")
    assert "\x1b[2m [1].\x1b[0m" in coloured  # the citation that is ours
    for mark, style in (("✓", 32), ("○", 2), ("⚠", 33), ("✗", 31)):
        assert f"\x1b[{style}m {mark}\x1b[0m" in coloured, mark


def test_items_of_a_list_have_bold_titles_and_are_indented_where_they_wrap(monkeypatch):
    answer = listed("Alpha [red]Beta[/red] on a Title That Is Rather Long", "Gamma")
    lines = printed(monkeypatch, answer, True).splitlines()
    items = lines[lines.index("2 papers fit:") + 1 : lines.index("Sources") - 1]
    assert len(items) == 4 and all(len(line) <= 80 for line in items), items
    assert [line[:2] for line in items] == ["- ", "  ", "- ", "  "]
    assert items == [line.rstrip() for line in items]
    assert " ".join(" ".join(items[:2]).split()).startswith("- Alpha [red]Beta[/red] on a Title")
    coloured = printed(monkeypatch, answer, True, "standard")
    assert "\x1b[1mGamma: \x1b[0m" in coloured and "\x1b[1m2 papers" not in coloured


def test_how_a_question_was_understood_is_said_before_its_answer(monkeypatch):
    shown = printed(monkeypatch, listed("Alpha"), True)
    assert shown.startswith("Understood as: papers that fit: pruning[31m\nAnswers the question")
    growing = answers.growing_text(listed("Alpha", text="", sentences=(), stage="search"))
    assert growing.plain == "Understood as: papers that fit: pruning[31m\nsearching…"
    assert answers.growing_text(listed("A", plan=None)).plain.startswith("1 papers fit:")


def test_small_talk_is_shown_as_nothing_but_what_is_said(monkeypatch):
    plan = Plan("chat", "hi", understood="small talk")
    said = listed(text="Hello.", sentences=(), citations=(), plan=plan)
    assert printed(monkeypatch, said, True) == "Hello.\n"


def test_a_plan_is_shown_in_full_less_what_is_not_set(monkeypatch):
    plan = Plan("list", "papers on pruning", Filters(year_from=2020), ("pruning", "not vision"),
                likely={"fact": 0.2, "list": 0.7, "chat": 0.001})  # fmt: skip
    shown = printed(monkeypatch, plan, False).splitlines()
    assert shown == [
        "kind        list (papers that fit)", "question    papers on pruning",
        "conditions  from 2020 on", "facets      pruning + not vision", "form        text",
        "words       60", "language    en", "likely      list 0.70, fact 0.20",
    ]  # fmt: skip
