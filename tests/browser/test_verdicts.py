"""An answer with every verdict, as a visitor sees it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.verdicts import every_verdict, show
from tests.browser.visitor import SOON


@pytest.fixture
def shown(visit, url, home):
    def open_answer(scheme="light", width=1440):
        viewport = {"width": width, "height": 900}
        page = visit(f"{url}/?__theme={scheme}", color_scheme=scheme, viewport=viewport)
        show(page, home, every_verdict())
        return page

    return open_answer


def test_whether_it_answers_stands_first_and_each_sentence_has_its_mark(shown):
    page = shown()
    head, text = page.locator(".answer .headline"), page.locator(".answer .text")
    expect(head).to_contain_text("Does not fully answer the question: what it costs in quality ·")
    expect(head).to_contain_text("1 quoted; 2 of 6 claims supported, 1 partly supported")
    assert head.bounding_box()["y"] < text.bounding_box()["y"]
    marks = {"supported": "✓", "partial": "◐", "unverified": "○", "contradicted": "✗",
             "uncited": "⚠"}  # fmt: skip
    for verdict, mark in marks.items():
        expect(page.locator(f".text .{verdict} .mark").first).to_contain_text(mark)
    expect(page.locator(".text .quoted .mark")).to_have_count(0)
    expect(page.locator(".text .unverified .why")).to_have_count(0)
    expect(page.locator(".text .contradicted .why")).to_contain_text("[3] “It keeps 50% of")


def test_a_mark_says_what_it_means_at_the_keyboards_focus_and_below_the_pointer(shown):
    page = shown()
    mark = page.locator(".text .partial .mark")
    expect(mark.locator(".tip")).to_be_hidden()
    page.locator(".text .partial a.cite").focus()
    page.keyboard.press("Tab")
    expect(mark).to_be_focused()
    expect(mark.locator(".tip")).to_contain_text("Partly supported. The abstract says a part of")
    page.keyboard.press("Escape")
    expect(mark.locator(".tip")).to_be_hidden()
    other = page.locator(".text .unverified .mark")
    other.hover()
    expect(other.locator(".tip")).to_contain_text("The check cannot tell")
    legend = page.locator(".answer .legend")
    expect(legend.locator("li").first).to_be_hidden()
    legend.locator("summary").click()
    expect(legend.locator("li")).to_have_count(6)


def test_a_citation_lights_what_decided_and_one_of_ours_says_so(shown):
    page = shown()
    page.locator(".text .contradicted a.cite").click()
    lit = page.locator("#evidence details[open] mark.lit")
    expect(lit).to_have_text("It keeps 50% of the adapters and loses no accuracy on GLUE.",
                             timeout=SOON)  # fmt: skip
    page.locator(".text .supported a.cite").first.click()
    expect(lit).to_have_text("No training is needed.", timeout=SOON)
    ours = page.locator(".text a.cite.attached")
    expect(ours).to_have_count(1)
    ours.focus()
    expect(ours.locator(".tip")).to_contain_text("Added by the check")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 360)])
def test_every_verdict_can_be_read_by_everybody(shown, scheme, width):
    page = shown(scheme, width)
    page.locator(".answer .legend summary").click()
    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, ".answer", {"runOnly": rules}).response
    assert len(found["passes"]) > 5
    assert not found["violations"], [
        (fault["id"], fault["nodes"][0]["html"][:200]) for fault in found["violations"]
    ]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
