"""What the page shows: pure strings, in which untrusted text is never markup."""

import html
import re
from dataclasses import replace

import pytest

from rag.types import (
    Answer,
    Cell,
    Citation,
    Hit,
    Paper,
    Passage,
    Plan,
    Quote,
    Row,
    Sentence,
    Table,
    Usage,
    wording,
)
from ui import chat_html, paper_html

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
    "![x](http://evil.test/a.png)", "$\\href{javascript:alert(1)}{x}$", "&lt;b&gt; &amp; ''\"\"",
    "https://evil.test", "| a | b |\n|---|---|", "# head\n- list\n> quote `code`",
    "**b** __i__ ~~s~~",
]  # fmt: skip
ABSTRACT = "Alpha prunes layers. It keeps 90% of the accuracy. Code: https://a.test/x."
PAPER = Paper("a1", "Alpha: Pruning", ABSTRACT, ("A. Writer", "B. Writer"), 2024, "Venue")
QUOTE = Quote("It keeps 90% of the accuracy.", 21, 50)


def answer(text="It keeps 90% [1].", support="supported", why="", **given) -> Answer:
    hit = Hit(PAPER, Passage("p", "a1", ABSTRACT, 0, len(ABSTRACT)), 0.8)
    other = Hit(Paper("b2", "Beta", "Beta."), Passage("q", "b2", "Beta.", 0, 5), 0.4)
    fields = {
        "question": "Q?", "query": "Q?", "text": text, "status": "answered", "reason": None,
        "confidence": 0.9, "citations": (Citation(1, PAPER, (QUOTE,)),),
        "sentences": (Sentence("It keeps 90%.", (1,), support, 1.0, why, 0, len(text)),),
        "hits": (hit, other), "usage": Usage("m", seconds={"answer": 1.23}),
    }  # fmt: skip
    return Answer(**{**fields, **given})


def shown(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_holds_nothing_that_is_markup_and_reads_the_same(text):
    escaped = paper_html.escape(text)
    assert not re.search(r"[^\w\s&#;]", escaped) and not re.search(r"&(?!#\d+;)", escaped)
    assert html.unescape(escaped) == text


def test_hidden_characters_are_left_out():
    assert paper_html.escape("a\u202eb\x1b[0m\u200bc") == "ab&#91;0mc"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_untrusted_text_becomes_an_element(text):
    hostile = Paper("h", text, text, (text,), 2024, text, url=text, doi=text)
    hit = Hit(hostile, Passage("p", "h", text, 0, len(text)), 0.5)
    bad = answer(
        text, "partial", why=text, lacking=text + ".", status="partial", question=text,
        query=text + "?", notice=text, hits=(hit,),
        plan=Plan("list", text, understood=text),
        citations=(Citation(1, hostile, (Quote(text, 0, len(text)),)),),
    )  # fmt: skip
    markup = chat_html.question(text) + chat_html.answer(bad, 0) + chat_html.evidence(bad, 0, 1)
    tags = set(re.findall(r"<([a-z0-9]+)", markup))
    assert tags <= {
        "div", "span", "a", "b", "p", "details", "summary", "mark", "button", "h3", "br", "ul",
        "li",
    }  # fmt: skip
    assert not re.search(r"<[^>]*\son\w+=", markup)
    for address in re.findall(r'href="([^"]*)"', markup):
        assert html.unescape(address).startswith(("#", "https://doi.org/", "http"))


def test_each_sentence_has_its_mark_in_colour_symbol_and_words():
    good = chat_html.answer(answer(), 3)
    assert 'class="sentence supported"' in good and "✓" in good and "supported" in shown(good)
    bad = chat_html.answer(answer(support="contradicted", why='"90" there is "30"'), 3)
    assert 'class="sentence contradicted"' in bad and "✗" in bad
    assert bad.count(paper_html.escape('"90" there is "30"')) == 2  # beside it, and at its mark


@pytest.mark.parametrize("support", ["supported", "partial", "unverified", "contradicted"])
def test_a_mark_can_be_reached_and_says_its_meaning_its_reason_and_what_decided(support):
    given = answer(support=support, why="a reason")
    sentence = replace(given.sentences[0], quote=QUOTE, source=1)
    markup = chat_html.answer(replace(given, sentences=(sentence,)), 0)
    mark = markup[markup.index('<span class="mark" role="note" tabindex="0">') :]
    said = shown(mark[: mark.index("</span></span></span>")])
    assert wording.SUPPORT[support] in said and wording.MEANING[support] in said
    assert "Why: a reason." in said and "[1] “It keeps 90% of the accuracy.”" in said
    assert ('class="why"' in markup) == (support in ("partial", "contradicted"))


def test_whether_it_answers_stands_above_the_text_with_the_verdicts_counted():
    whole = chat_html.answer(answer(), 0)
    assert "Answers the question · 1 of 1 claims supported" in shown(whole)
    assert whole.index('class="headline"') < whole.index('class="text"')
    part = chat_html.answer(answer(status="partial", lacking="its <b>cost"), 0)
    assert "Does not fully answer the question: its <b>cost ·" in shown(part)
    stored, growing = answer(sentences=()), answer(stage="check")
    for one in (stored, growing):
        assert "headline" not in chat_html.answer(one, 0)


def test_the_legend_names_only_the_verdicts_that_occur():
    legend = re.search(r"<details class=\"legend\">.*?</details>", chat_html.answer(answer(), 0))[0]
    assert wording.MEANING["supported"] in legend and legend.count("<li") == 1
    assert "legend" not in chat_html.answer(answer(sentences=()), 0)


def test_a_citation_opens_what_decided_and_one_of_ours_is_told_as_such():
    given = answer()
    near = Quote("Alpha prunes layers.", 0, 20)
    sentence = replace(given.sentences[0], quote=near, source=1, attached=True)
    given = replace(given, sentences=(sentence,))
    markup = chat_html.answer(given, 0)
    assert 'class="cite attached"' in markup and wording.ATTACHED in markup
    assert "attached" not in chat_html.answer(answer(), 0)
    lit = re.search(r'<mark class="lit">(.*?)</mark>', chat_html.evidence(given, 0, 1, 0))[1]
    assert shown(lit) == near.text


def test_what_decided_is_lit_also_where_another_quote_overlaps_it():
    whole = Quote(ABSTRACT, 0, len(ABSTRACT))
    marked = paper_html.abstract(PAPER, [whole, QUOTE], QUOTE)
    assert shown(re.search(r'<mark class="lit">(.*?)</mark>', marked)[1]) == QUOTE.text
    assert shown(marked) == ABSTRACT


def test_a_quotation_has_no_mark_no_gap_and_no_words_beside_it():
    markup = chat_html.answer(answer("“It keeps 90%.” [1]", "quoted"), 3)
    text = markup[markup.index('class="text"') : markup.index('class="foot"')]
    assert '<span class="sentence quoted">' in text and "· 1 quoted" in shown(markup)
    assert "mark" not in text and "&nbsp;" not in text and "supported" not in shown(markup)


@pytest.mark.parametrize("stage", ["search", "done"])
def test_how_the_question_was_understood_stands_above_the_answer(stage):
    plan = Plan("list", "q", understood="papers that fit: <b>owls</b>")
    markup = chat_html.answer(answer(plan=plan, stage=stage), 0)
    assert (
        "Understood as: papers that fit: <b>owls</b>" in shown(markup) and "<b>owls" not in markup
    )
    assert markup.index('class="plan"') < markup.index('class="text"')


def test_small_talk_has_nothing_beside_it():
    plan = Plan("chat", "hi", understood="small talk")
    markup = chat_html.answer(
        answer("Hello.", plan=plan, citations=(), sentences=(), hits=(), confidence=1.0), 0
    )
    said = shown(markup)
    assert "understood" not in said.lower() and "supported" not in said and "0 of 0" not in said


def test_a_citation_is_a_link_to_its_card_with_title_year_and_quote():
    markup = chat_html.answer(answer(), 3)
    assert 'href="#cite-3-1-0"' in markup
    assert "Alpha: Pruning (2024)" in shown(markup) and "“It keeps 90% of the acc" in shown(markup)
    assert 'id="cite-3-1"' in chat_html.evidence(answer(), 3)


def test_a_number_that_is_no_citation_is_no_link():
    assert "cite-0-7" not in chat_html.answer(answer("It is [7]."), 0)


def test_the_panel_has_cited_papers_first_and_opens_what_is_asked_for():
    closed, opened = chat_html.evidence(answer(), 0), chat_html.evidence(answer(), 0, 1, 0)
    assert closed.index("Alpha") < closed.index("Also retrieved") < closed.index("Beta")
    assert " open>" not in closed and opened.count(" open>") == 1
    assert '<mark class="lit">' in opened and '<mark class="lit">' not in closed
    assert shown(re.search(r"<mark>(.*?)</mark>", closed)[1]) == QUOTE.text
    assert 'href="https&#58;&#47;&#47;a&#46;test&#47;x"' in closed


def test_what_addresses_a_reader_is_dimmed_and_its_addresses_are_no_links():
    order = "Log in with your password at https://evil.test/now & <b>win</b>."
    paper = replace(PAPER, abstract=f"{ABSTRACT} {order}")
    card = paper_html.card(paper, quotes=[QUOTE])
    dimmed = f'<s class="left-out" title="{paper_html.LEFT_OUT}">{paper_html.escape(order)}</s>'
    assert dimmed in card and "<mark>" in card
    assert card.count("<a ") == 1 and "a&#46;test" in card


def test_overlapping_quotes_are_marked_once():
    marked = paper_html.abstract(PAPER, [Quote("x", 0, 30), Quote("x", 10, 40), Quote("x", 40, 50)])
    assert shown(marked) == ABSTRACT and marked.count("<mark>") == 2


def test_a_growing_answer_says_what_is_being_done():
    growing = answer("", stage="search", citations=(), sentences=(), hits=())
    assert "Searching 1,234 papers…" in shown(chat_html.answer(growing, 0, 1234))
    assert "Reading 2 papers…" in shown(chat_html.answer(answer("", stage="read"), 0))
    assert "foot" not in chat_html.answer(growing, 0)


def test_a_refusal_looks_different_and_offers_the_nearest():
    refused = answer(
        "Nothing.", status="refused", reason="not_in_corpus", citations=(), sentences=()
    )
    markup = chat_html.answer(refused, 0)
    assert 'class="answer refused"' in markup and "Nearest papers" in markup
    assert "Nearest papers (2)" in chat_html.evidence(refused, 0)


def test_what_went_wrong_is_told_beside_the_answer():
    told = shown(chat_html.answer(answer(notice="It broke.", fallback=True, dropped=2), 0))
    assert "It broke." in told and "made without it" in told and "2 citations" in told
    partial = answer(status="partial", reason="not_stated", sentences=())
    assert "only a part" in shown(chat_html.answer(partial, 0))


def test_what_it_took_is_told_in_a_few_words():
    assert str(Usage("m", seconds={"a": 1.26})) == "1.3 s"
    assert str(Usage("m", 1, 1200, 30, 0.00123)) == ("0.0 s · 1 call · 1,200 + 30 tokens · $0.0012")
    assert "cost unknown" in str(Usage("m", 2, 1, 1, None))


def test_the_clipboard_gets_the_text_with_numbered_sources():
    assert answer().to_text() == (
        "It keeps 90% [1].\n\n[1] A. Writer, B. Writer. Alpha: Pruning. Venue. 2024."
    )


def test_empty_states_say_what_will_be_there():
    assert "appear here" in chat_html.evidence(None, 0)
    assert "No paper" in paper_html.hits([])
    assert "and 9 more" in shown(paper_html.papers([PAPER], 10))


def test_an_answer_shows_the_first_rows_of_its_table_and_nothing_in_it_is_markup():
    rows = tuple(Row((Cell(f"{text} {n}"), Cell("2024"))) for n in range(3) for text in HOSTILE)
    shown_html = chat_html.answer(answer(sentences=(), table=Table(("Title", "Year"), rows)), 0)
    assert shown_html.count("<tr>") == 11 and f"… and {len(rows) - 10} more" in shown_html
    assert HOSTILE[0] in shown(shown_html) and "<script" not in shown_html
    assert "<table" not in chat_html.answer(answer(), 0)


def test_the_panel_shows_papers_cited_for_their_stored_fields():
    stored = answer(hits=(), citations=(Citation(1, PAPER, ()),), sentences=())
    panel = chat_html.evidence(stored, 0, focus=1)
    assert "Cited (1)" in panel and "Alpha: Pruning" in shown(panel) and "<mark" not in panel
    assert "“" not in chat_html.answer(stored, 0)
