"""The report of an evaluation, opened from disk in a real browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from eval.report.html import write
from eval.runs import run
from tests.builders import BETA, answer, cases

HOSTILE = (
    "<img src=http://evil.test/x onerror=window.hacked=1></script><script>window.hacked=2</script>"
)


@pytest.fixture
def opened(chromium, tmp_path):
    def open_report(scheme="light", **given):
        before = run(cases(6, kind="fact"), lambda c: answer(c, paper=BETA), meta={"name": "old"})
        after = run(
            [*cases(6, kind="fact"), *(c for c in cases(8, kind="list") if c.id > "q5")],
            lambda c: answer(c, text=f"It saves 30% [1]. {HOSTILE}", **given), meta={"name": "new"},
        )  # fmt: skip
        write(after, tmp_path / "report.html", before)
        context = chromium.new_context(color_scheme=scheme, viewport={"width": 1200, "height": 900})
        page = context.new_page()
        page.outside = []
        page.on("request", lambda r: r.url.startswith("file:") or page.outside.append(r.url))
        page.goto((tmp_path / "report.html").as_uri())
        return page

    return open_report


def test_questions_are_filtered_and_opened_side_by_side(opened):
    page = opened()
    expect(page.locator("#questions details")).to_have_count(8)
    page.select_option("#kind", "list")
    expect(page.locator("#count")).to_have_text("2 of 8")
    page.select_option("#kind", "")
    page.select_option("#moved", "up")
    expect(page.locator("#questions details")).to_have_count(6)
    page.locator("#questions summary").first.click()
    sides = page.locator("#questions details[open] .sides > div")
    expect(sides).to_have_count(2)
    expect(sides.nth(1)).to_contain_text("It saves 30% [1].")
    expect(sides.nth(1).locator("li.relevant")).to_contain_text("Alpha")
    expect(sides.nth(1).locator("mark")).to_have_text("Alpha saves 30%.")
    page.fill("#words", "nothing like this")
    expect(page.locator("#count")).to_have_text("0 of 8")


def test_what_others_wrote_is_text_and_nothing_is_loaded(opened):
    page = opened()
    page.locator("#questions summary").first.click()
    expect(page.locator("#questions details[open]")).to_contain_text("<img src=http://evil.test/x")
    assert page.evaluate("window.hacked") is None and not page.outside


def test_quotations_stand_in_quotation_marks_without_a_sign(opened):
    page = opened(support="quoted")
    page.locator("#questions summary").first.click()
    sentence = page.locator("#questions details[open] .sentence.quoted").first
    expect(sentence).to_have_text(re.compile(r"^“It saves 30% \[1\]\. .*” \[1\]$"))
    sides = page.locator("#questions details[open] .sides > div")
    expect(sides.nth(0).locator(".sign")).to_have_text("✓ supported")
    expect(sides.nth(1).locator(".sign")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_can_be_read_by_everybody(opened, scheme):
    page = opened(scheme)
    page.locator("#questions summary").first.click()
    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options={"runOnly": rules}).response
    assert not found["violations"], [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]]
