"""The page of a check, opened from disk in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from rag.manuscript.document import Reference, SourceText
from rag.manuscript.matching import Work
from rag.manuscript.report import CheckReport
from rag.manuscript.results import CheckedSentence, Missing
from rag.types import Paper, Quote

HOSTILE = "<img src=http://evil.test/x onerror=window.hacked=1><script>window.hacked=2</script>"
TEXT = f"Alpha saves 90% [1]. {HOSTILE} Beta is slow [2]. Gamma is not here [3]." + "\n\nMore." * 60
ALPHA = Paper("a", f"Alpha {HOSTILE}", "Alpha saves 30%. It is fast.")


@pytest.fixture
def opened(chromium, tmp_path):
    def open_report(scheme="light", width=1300):
        source = SourceText("paper.md", TEXT)
        works = [Work(Reference(n, f"Work {n} {HOSTILE}"), ALPHA) for n in "123"]
        supports = ("contradicted", "unverified", "uncited")
        sentences = []
        for number, support in enumerate(supports):
            end = TEXT.index(f"[{number + 1}].") + 4
            place = source.place(end - 15, end)
            quote = Quote("Alpha saves 30%.", 0, 16)
            sentences.append(
                CheckedSentence(TEXT[end - 15 : end], place, (works[number],), support, 0.5,
                                "says 90%, not 30%", ALPHA, quote)
            )  # fmt: skip
        missing = Missing(works[2], True, (sentences[2].place,))
        report = CheckReport("paper.md", (source,), tuple(sentences), (missing,))
        (tmp_path / "check.html").write_text(report.to_html(), encoding="utf-8")
        page = chromium.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 800}
        ).new_page()
        page.outside = []
        page.on("request", lambda r: r.url.startswith("file:") or page.outside.append(r.url))
        page.goto((tmp_path / "check.html").as_uri())
        return page

    return open_report


def test_a_sentence_says_why_at_the_keyboards_focus_and_below_the_pointer(opened):
    page = opened()
    expect(page.locator(".tip:visible")).to_have_count(0)
    page.locator("#s2").hover()
    expect(page.locator("#t2")).to_be_visible()
    page.locator("h1").hover()
    page.keyboard.press("Tab")
    expect(page.locator("#s1")).to_be_focused()
    expect(page.locator("#t1:visible")).to_contain_text("“Alpha saves 30%.”")
    page.get_by_role("link", name="line 1").first.click()
    assert page.url.endswith("#s1")


def test_what_others_wrote_is_text_and_nothing_is_loaded(opened):
    page = opened()
    expect(page.locator("main")).to_contain_text("<script>window.hacked=2</script>")
    assert page.evaluate("window.hacked") is None and page.outside == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1300, 420])
def test_it_is_accessible_and_fits(opened, scheme, width):
    page = opened(scheme, width)
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    violations = Axe().run(page).response["violations"]
    assert not violations, [(v["id"], v["nodes"][0]["html"]) for v in violations]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
