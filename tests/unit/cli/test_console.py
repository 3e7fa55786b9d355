"""How answers look on a terminal and where they are piped."""

import io

import pytest
from rich.console import Console

from rag.cli import console
from rag.types import Answer, Cell, Citation, Paper, Row, Table, Usage

PAPER = Paper("p", "A [bold]title[/bold]", "It works.")
TABLE = Table(
    ("Title", "Year"),
    tuple(Row((Cell(f"[red]T\x1b[31m{n}"), Cell(str(2000 + n)))) for n in range(12)),
)
ANSWER = Answer("q", "q", "12 papers are from 2000 on [1].", "answered", None, 1.0,
                (Citation(1, PAPER, ()),), (), (), Usage("extractive"), table=TABLE)  # fmt: skip


def printed(monkeypatch, answer, terminal):
    out = io.StringIO()
    made = Console(file=out, force_terminal=terminal, color_system=None, width=80,
                   highlight=False, markup=False, emoji=False)  # fmt: skip
    made.soft_wrap = not terminal
    monkeypatch.setattr(console, "console_for", lambda stderr=False: made)
    console.show_answer(answer)
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
    assert "sentences supported" not in shown and "confidence 1.00" in shown


def test_an_answer_without_papers_has_no_heading_of_sources(monkeypatch):
    counted = Answer("q", "q", "There are 2 papers.", "answered", None, 1.0, (), (), (), Usage())
    assert "Sources" not in printed(monkeypatch, counted, False)
