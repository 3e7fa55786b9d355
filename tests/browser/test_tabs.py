"""The papers, their map, uploads, and two users that must not see each other's."""

import json
import shutil
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import SOON, ask, serving

NEW = {"title": "Gardens of Forking Paths", "abstract": "Gardens grow by 12% a year."}
MINE = f'{json.dumps(NEW)}\n{{"title": "No abstract"}}\nnot json\n'


@pytest.fixture(scope="module")
def own_url(home, tmp_path_factory):
    """A page over a library that may be changed, large enough for a map."""
    copy = shutil.copytree(home, tmp_path_factory.mktemp("own") / "home")
    with serving(copy) as address:
        yield address


@pytest.fixture(scope="module")
def guarded_url(home, tmp_path_factory):
    copy = shutil.copytree(home, tmp_path_factory.mktemp("guarded") / "home")
    with serving(copy, RAG_UI_AUTH="ann:apple,bob:banana") as address:
        yield address


def tab(page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def upload(page, text: str, name: str = "mine.jsonl") -> None:
    tab(page, "Papers")
    file = {"name": name, "mimeType": "application/json", "buffer": text.encode()}
    page.set_input_files("#files input[type=file]", file)


def login(visit, url: str, user: str, password: str):
    page = visit(url, ready=False)
    page.get_by_label("username").fill(user)
    page.get_by_label("password").fill(password)
    page.get_by_role("button", name="Login").click()
    page.wait_for_selector("#evidence .empty")
    return page


def test_uploads_are_added_with_their_bad_records_and_asked_and_removed(visit, own_url):
    page = visit(own_url)
    upload(page, MINE)
    expect(page.locator("#done")).to_contain_text("1 new, 2 records that could not", timeout=SOON)
    expect(page.locator("#done .bad")).to_contain_text("uploads/mine.jsonl:2: has no abstract")
    expect(page.locator("#counted")).to_contain_text("mine.jsonl")
    page.fill("#words textarea, #words input", "forking gardens")
    first = page.locator("#found .paper").first
    expect(first).to_contain_text("Gardens of Forking", timeout=SOON)
    tab(page, "Chat")
    ask(page, "By how much do gardens grow?")
    expect(page.locator(".answer")).to_contain_text("12%")
    tab(page, "Papers")
    first.locator("summary").click()
    said = []
    page.once("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    first.get_by_role("button", name="Remove").click()
    assert said == ["Remove this paper from the library?"]
    expect(first).to_contain_text("Gardens of Forking")
    page.once("dialog", lambda dialog: dialog.accept())
    first.get_by_role("button", name="Remove").click()
    expect(page.locator("#counted")).not_to_contain_text("mine.jsonl", timeout=SOON)
    expect(page.locator("#found")).not_to_contain_text("Gardens of Forking")
    assert not page.outside and not page.errors


def test_a_card_asks_only_its_paper_until_told_otherwise(visit, own_url):
    page = visit(own_url)
    tab(page, "Papers")
    page.fill("#words textarea, #words input", "ZipNN")
    card = page.locator("#found .paper").first
    expect(card).to_contain_text("ZipNN", timeout=SOON)
    card.locator("summary").click()
    card.get_by_role("button", name="Ask only this paper").click()
    tab(page, "Chat")
    expect(page.locator("#only")).to_contain_text("Asking only: ZipNN", timeout=SOON)
    ask(page, "What is compressed?")
    expect(page.locator("#evidence .paper")).to_have_count(1)
    page.get_by_role("button", name="Ask all papers").click()
    expect(page.locator("#only")).not_to_contain_text("Asking only", timeout=SOON)
    ask(page, "What is compressed in KVSharer?", 2)
    expect(page.locator("#evidence .paper").nth(1)).to_be_visible(timeout=SOON)


def test_filters_narrow_the_papers(visit, own_url):
    page = visit(own_url)
    tab(page, "Papers")
    expect(page.locator("#found .count")).to_contain_text("7 papers", timeout=SOON)
    page.get_by_text("Filters").click()
    page.get_by_label("From year").first.fill("2025")
    expect(page.locator("#found .count")).to_contain_text("2 papers", timeout=SOON)
    page.get_by_label("From year").first.fill("soon")
    expect(page.locator("#found [role=alert]")).to_contain_text("A year is", timeout=SOON)


def test_the_map_lights_the_answer_and_opens_papers_and_topics(visit, own_url):
    page = visit(own_url)
    subjects = ("pruning of layers", "quantised weights", "graph networks")
    upload(page, "".join(
        json.dumps({"title": f"{subjects[n % 3].title()} {n}",
                    "abstract": f"We study {subjects[n % 3]}, number {n}."}) + "\n"
        for n in range(30)
    ), "many.jsonl")  # fmt: skip
    expect(page.locator("#done")).to_contain_text("30 new", timeout=SOON)
    tab(page, "Chat")
    ask(page, "What are graph networks?")
    tab(page, "Map")
    lit = page.locator("svg.map .point.lit")
    expect(lit.first).to_be_visible(timeout=2 * SOON)
    title = lit.first.locator("title").text_content()
    lit.first.dispatch_event("click")
    expect(page.locator("#spot details[open] .title").first).to_have_text(title, timeout=SOON)
    page.locator(".topic", has_text="quantised weights").click()
    expect(page.locator("#spot h3")).to_contain_text("quantised weights", timeout=SOON)
    assert not page.outside and not page.errors


def test_two_users_see_nothing_of_each_others_uploads_and_chats(visit, guarded_url):
    ann = login(visit, guarded_url, "ann", "apple")
    upload(ann, MINE)
    expect(ann.locator("#done")).to_contain_text("1 new", timeout=SOON)
    expect(ann.locator("#counted")).to_contain_text("Your uploads: 1 papers")
    tab(ann, "Chat")
    ask(ann, "By how much do gardens grow?")
    expect(ann.locator(".answer")).to_contain_text("12%")
    bob = login(visit, guarded_url, "bob", "banana")
    ask(bob, "By how much do gardens grow?")
    expect(bob.locator(".answer.refused, .answer.partial")).to_be_visible()
    expect(bob.locator(".answer")).not_to_contain_text("12%")
    tab(bob, "Papers")
    bob.fill("#words textarea, #words input", "forking gardens")
    expect(bob.locator("#found .paper").first).to_be_visible(timeout=SOON)
    for page in (bob, login(visit, guarded_url, "bob", "banana")):
        assert "Forking" not in page.content() and "mine.jsonl" not in page.content()
    again = login(visit, guarded_url, "ann", "apple")
    expect(again.locator("#conversations label")).to_have_count(1, timeout=SOON)


def test_a_wrong_password_opens_nothing(visit, guarded_url):
    page = visit(guarded_url, ready=False)
    page.get_by_label("username").fill("ann")
    page.get_by_label("password").fill("banana")
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_text("Incorrect")).to_be_visible(timeout=SOON)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{guarded_url}/gradio_api/info")


def test_uploaded_files_cannot_be_fetched_and_nothing_is_fetched_for_others(own_url, tmp_path):
    boundary = "x"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="m.jsonl"\r\n'
        f"Content-Type: text/plain\r\n\r\n{MINE}\r\n--{boundary}--\r\n"
    ).encode()
    given = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    sent = urllib.request.Request(f"{own_url}/gradio_api/upload", body, given)
    with urllib.request.urlopen(sent) as reply:
        (path,) = json.load(reply)
    for wanted in (f"file={path}", f"file/{path}", "file=http://127.0.0.1:1/x", "proxy=http://x"):
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(f"{own_url}/gradio_api/{wanted}")
        assert error.value.code == 404
    with urllib.request.urlopen(own_url) as reply:
        assert "default-src 'self'" in reply.headers["content-security-policy"]


def test_an_empty_library_is_filled_from_the_page(visit, tmp_path):
    with serving(tmp_path / "none") as address:
        page = visit(address)
        expect(page.locator("#chat .example")).to_have_count(0)
        page.fill("#question textarea", "Anything?")
        page.press("#question textarea", "Enter")
        expect(page.get_by_text("is empty; add papers first")).to_be_visible(timeout=SOON)
        upload(page, MINE)
        expect(page.locator("#done")).to_contain_text("1 new", timeout=SOON)
        tab(page, "Chat")
        ask(page, "By how much do gardens grow?")
        expect(page.locator(".answer")).to_contain_text("12%")
