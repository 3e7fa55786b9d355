"""What a visitor does, in a real browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.visitor import SOON, ask
from tests.builders import QUESTION


def test_from_a_first_visit_to_a_cited_answer(visit, url):
    page = visit(url)
    expect(page.locator("#chat .example")).not_to_have_count(0)
    ask(page, QUESTION)
    answer = page.locator(".answer")
    expect(answer).to_contain_text("30%")
    expect(answer.locator("a.cite").first).to_contain_text("[1]")
    expect(answer.locator(".sentence.quoted").first).to_contain_text("30%")
    expect(answer.locator(".text .mark")).to_have_count(0)
    expect(answer.locator(".headline")).to_have_text("Answers the question · 1 quoted")
    expect(page.locator("#evidence .paper").first).to_contain_text("KVSharer")
    assert not page.outside and not page.errors


def test_a_citation_opens_its_abstract_at_the_sentence(visit, url):
    page = visit(url)
    ask(page, QUESTION)
    cite = page.locator(".sentence", has_text="30%").locator("a.cite").first
    cite.hover()
    expect(cite.locator(".tip")).to_be_visible()
    expect(cite.locator(".tip")).to_contain_text("KVSharer: Efficient Inference")
    cite.click()
    lit = page.locator("#evidence details[open] mark.lit")
    expect(lit).to_be_visible(timeout=SOON)
    expect(lit).to_contain_text("30%")


def test_a_follow_up_knows_what_was_asked(visit, url):
    page = visit(url)
    ask(page, QUESTION)
    ask(page, "Does it need training?", 2)
    expect(page.locator("#evidence .query")).to_contain_text("KVSharer")
    expect(page.locator(".answer").nth(1)).to_contain_text("No training is needed")


def test_a_question_understood_otherwise_is_asked_again_as_it_was_meant(visit, url):
    page = visit(url)
    control = page.locator("#plan")
    expect(control).to_be_hidden()
    ask(page, QUESTION)
    expect(page.locator(".answer .plan")).to_contain_text("Understood as: a number, of KVSharer")
    control.get_by_text("Understood as …").click()
    expect(page.locator("#kind input")).to_have_value("a number", timeout=SOON)
    expect(page.locator("#standalone textarea")).to_have_value(QUESTION)
    page.locator("#kind input").click()
    page.get_by_role("option", name="papers that fit").click()
    page.fill("#standalone textarea", "Which papers speed up generation? <img src=x>")
    page.locator("#so").click()
    plan = page.locator(".answer .plan")
    expect(plan).to_contain_text("papers that fit", timeout=SOON)
    listed = re.compile("^No paper of|^1 paper|^. papers")
    expect(page.locator(".answer .text")).to_contain_text(listed)
    expect(page.locator("#evidence .query")).to_contain_text("Which papers speed up generation?")
    expect(page.locator(".question")).to_have_count(1)
    expect(page.locator("#standalone textarea")).to_have_value(re.compile("^Which papers speed"))
    page.reload()
    expect(plan).to_contain_text("papers that fit", timeout=SOON)
    expect(control).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="New conversation").click()
    expect(control).to_be_hidden(timeout=SOON)
    assert not page.outside and not page.errors


def test_a_refusal_looks_different_and_offers_the_nearest(visit, url):
    page = visit(url)
    ask(page, "What is the capital of Mongolia?")
    expect(page.locator(".answer.refused .refusal")).to_be_visible()
    expect(page.locator("#evidence h3")).to_contain_text("Nearest papers")
    expect(page.locator("a.cite")).to_have_count(0)


def test_conversations_outlive_a_reload_and_are_found_renamed_and_deleted(visit, url):
    page = visit(url)
    ask(page, QUESTION)
    listed = page.locator("#conversations label")
    expect(listed).to_have_count(1, timeout=SOON)
    page.reload()
    expect(page.locator(".answer")).to_contain_text("30%", timeout=SOON)
    expect(listed).to_contain_text("By how much does KVSharer")
    page.get_by_text("This conversation").click()
    page.fill("#rename input, #rename textarea", "My caches")
    page.press("#rename input, #rename textarea", "Enter")
    expect(listed).to_contain_text("My caches", timeout=SOON)
    page.get_by_text("Delete this conversation").click()
    expect(listed).to_have_count(0, timeout=SOON)
    expect(page.locator(".answer")).to_have_count(0)


def test_two_visitors_see_nothing_of_each_other(visit, url):
    first, second = visit(url), visit(url)
    ask(first, QUESTION)
    ask(second, "How fast does ZipNN compress?")
    expect(first.locator("#conversations label")).to_have_count(1, timeout=SOON)
    expect(second.locator("#conversations label")).to_have_count(1, timeout=SOON)
    second.reload()
    expect(second.locator("#conversations label")).to_contain_text("ZipNN", timeout=SOON)
    assert "KVSharer reduce" not in second.content() and "ZipNN compress?" not in first.content()


def test_stop_ends_the_answer_upstream_and_keeps_what_came(visit, slow_url, model_server):
    page = visit(slow_url)
    model_server.hung_up.clear()
    page.fill("#question textarea", QUESTION)
    page.press("#question textarea", "Enter")
    expect(page.locator(".answer .text")).to_contain_text("30%", timeout=SOON)
    page.keyboard.press("Escape")
    expect(page.locator(".answer .note")).to_contain_text("Stopped", timeout=SOON)
    assert model_server.hung_up.wait(SOON / 1000)
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    assert "src-" not in page.inner_text("#chat")


def test_planted_markup_stays_text(visit, url):
    page = visit(url)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    ask(page, "Which layers do Hostile Titles peel, <img src=x onerror=window.hacked=7> ?")
    expect(page.locator(".answer")).to_contain_text("peel the layers")
    page.locator("#evidence summary").first.click()
    left_out = "a title that addresses the reader was left out"
    expect(page.locator("#evidence")).to_contain_text(left_out)
    expect(page.locator("#evidence")).to_contain_text("![x](http://evil.test/b.png)")
    page.get_by_role("tab", name="Papers").click()
    page.fill("#words textarea, #words input", "hostile titles")
    expect(page.locator("#found .paper").first).to_contain_text("onerror", timeout=SOON)
    page.reload()
    expect(page.locator(".answer")).to_contain_text("peel the layers", timeout=SOON)
    assert page.evaluate("window.hacked") is None and not page.outside
    for place in ("#chat", "#evidence", "#found"):
        inside = page.locator(place).locator("script, img[src^=http], a[href^=javascript], iframe")
        expect(inside).to_have_count(0)
    assert "\u202e" not in page.content()


def test_on_a_phone_nothing_runs_over_the_edge(visit, url):
    page = visit(url, viewport={"width": 360, "height": 740})
    ask(page, QUESTION)
    page.locator("a.cite").first.click()
    expect(page.locator("#evidence mark.lit")).to_be_visible(timeout=SOON)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360, wide


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_tab_breaks_the_rules_of_accessibility(visit, url, scheme):
    """WCAG 2.2 A and AA, as far as axe-core can tell: names, roles, contrast, …"""
    page = visit(f"{url}/?__theme={scheme}", color_scheme=scheme)
    ask(page, QUESTION)
    page.locator("a.cite").first.click()
    expect(page.locator("#evidence mark.lit")).to_be_visible(timeout=SOON)
    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    shown = {"Chat": ".answer", "Papers": "#found .paper", "Map": "#map p", "Settings": "#llm"}
    for tab, place in shown.items():
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.locator(place).first).to_be_visible(timeout=SOON)
        found = Axe().run(page, options={"runOnly": rules}).response
        assert len(found["passes"]) > 10
        assert not found["violations"], [
            (fault["id"], fault["nodes"][0]["html"][:200]) for fault in found["violations"]
        ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_schemes(visit, url, scheme):
    page = visit(f"{url}/?__theme={scheme}", color_scheme=scheme)
    ask(page, QUESTION)
    page.locator("#evidence summary").first.click()
    for place in (".answer .sentence", ".answer .plan", ".answer .headline", "a.cite",
                  ".answer .foot", "#evidence mark", "#evidence .abstract",
                  ".paper .title"):  # fmt: skip
        ratio = page.evaluate(CONTRAST, place)
        assert ratio >= 4.5, f"{place}: {ratio:.2f} to 1"


def test_the_keyboard_reaches_the_question_and_citations(visit, url):
    page = visit(url)
    page.locator("h3", has_text="Evidence").click()
    page.keyboard.press("/")
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".answer .foot")).to_have_count(1, timeout=SOON)
    page.locator(".sentence", has_text="30%").locator("a.cite").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#evidence mark.lit")).to_contain_text("30%", timeout=SOON)


def test_settings_hold_for_the_visitor_and_a_key_never_comes_back(visit, url):
    page = visit(url)
    page.get_by_role("tab", name="Settings").click()
    page.fill("#llm textarea, #llm input", "openai/gpt-4o")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("needs a key")).to_be_visible(timeout=SOON)
    page.fill("#key input", "sk-planted0123456789")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("answers your questions now")).to_be_visible(timeout=SOON)
    expect(page.locator("#key input")).to_have_value("")
    assert "sk-planted" not in page.content()


@pytest.mark.parametrize(
    ("label", "holds"),
    [("Markdown", "## References"), ("BibTeX", "@article{"), ("RIS", "TY  - JOUR"),
     ("JSON", '"answers"')],
)  # fmt: skip
def test_a_conversation_can_be_taken_along(visit, url, label, holds):
    page = visit(url)
    ask(page, QUESTION)
    page.get_by_text("This conversation").click()
    with page.expect_download(timeout=SOON) as download:
        page.get_by_role("button", name=label, exact=True).click()
    text = download.value.path().read_text()
    assert holds in text and "KVSharer" in text


def test_a_question_is_asked_again_and_edited(visit, url):
    page = visit(url)
    ask(page, QUESTION)
    page.evaluate("document.querySelector('.answer .foot').dataset.old = 1")
    page.get_by_label(re.compile("retry", re.IGNORECASE)).first.click()
    expect(page.locator(".answer .foot:not([data-old])")).to_have_count(1, timeout=SOON)
    page.get_by_label(re.compile("undo", re.IGNORECASE)).first.click()
    expect(page.locator(".answer")).to_have_count(0, timeout=SOON)
    expect(page.locator("#question textarea")).to_have_value(QUESTION)


# Contrast of an element's text with what is behind it (WCAG 2.2, 1.4.3), opacity included.
CONTRAST = """
(place) => {
  const read = (colour) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((n) => top[n] * top[3] + below[n] * (1 - top[3]));
  const element = document.querySelector(place);
  const layers = [];
  let opacity = 1;
  for (let node = element; node; node = node.parentElement) {
    const style = getComputedStyle(node);
    layers.unshift(read(style.backgroundColor));
    opacity *= Number(style.opacity);
  }
  let back = [255, 255, 255];
  for (const layer of layers) back = over(layer, back);
  const ink = read(getComputedStyle(element).color);
  const front = over([ink[0], ink[1], ink[2], ink[3] * opacity], back);
  const light = (rgb) => rgb
    .map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}
"""
