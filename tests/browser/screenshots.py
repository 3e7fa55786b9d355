"""Pictures of the page's main states, for the README: `make screenshots`.

Starts the page over the bundled papers, drives it in Debian's Chromium and writes PNG files to
docs/images/.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests import ROOT
from tests.browser.verdicts import every_verdict, show

IMAGES = ROOT / "docs" / "images"
QUESTION = "Which methods quantise diffusion models to 1 bit?"
MINE = """{"title": "A Draft on Lossless Gardens", "abstract": "Gardens grow by 12%.", "year": 2026}
{"title": "No abstract here"}
not json
"""
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def shoot(
    browser: Browser, url: str, name: str, question: str = "", tab: str = "", **given: object
) -> None:
    """One picture: the page as it is, after a question with its first citation opened, or a tab."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **given})
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#evidence .empty")
    page.wait_for_timeout(500)  # the sidebar folds away on a narrow screen
    if question:
        _ask(page, question)
    if tab:
        page.get_by_role("tab", name=tab, exact=True).click()
        _TABS[tab](page)
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


def _ask(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_selector(".answer .foot")
    if page.locator("a.cite").count():
        page.locator("a.cite").first.click()
        page.wait_for_selector("#evidence mark.lit")
        page.locator("a.cite").first.blur()
        page.locator(".answer .plan").scroll_into_view_if_needed()
        page.mouse.move(5, 500)


def _verdicts(browser: Browser, url: str, home: str, name: str, **given: Any) -> None:
    """An answer with every verdict, made up, at the citation of what the abstract contradicts."""
    context = browser.new_context(viewport={"width": 1440, "height": 1150}, **given)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#evidence .empty")
    show(page, Path(home), every_verdict())
    page.locator(".sentence.contradicted a.cite").click()
    page.wait_for_selector("#evidence mark.lit")
    page.locator(".legend summary").click()
    page.locator(".plan").scroll_into_view_if_needed()
    page.mouse.move(5, 500)
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


def _report(browser: Browser, home: str) -> None:
    """The report of a run of `rag-eval` over the bundled papers, with one question open."""
    out = Path(home) / "run"
    run = [sys.executable, "-m", "eval", "run", "--out", str(out)]
    subprocess.run(run, check=True, env={**os.environ, "RAG_HOME": home}, stdout=subprocess.DEVNULL)
    context = browser.new_context(viewport={"width": 1200, "height": 1500})
    page = context.new_page()
    page.goto((out / "report.html").as_uri())
    page.screenshot(path=IMAGES / "report.png")
    context.close()


def _papers(page: Page) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.jsonl"
        path.write_text(MINE)
        page.set_input_files("#files input[type=file]", path)
        page.wait_for_selector("#done .bad")
    page.fill("#words textarea, #words input", "lossless compression")
    page.locator("#found .paper", has_text="DFloat11").first.locator("summary").click()


def _map(page: Page) -> None:
    page.locator("svg.map .point.lit").first.click(timeout=60_000)
    page.wait_for_selector("#spot details[open]")


def _settings(page: Page) -> None:
    page.fill("#llm textarea, #llm input", "openai/gpt-4o-mini")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_selector("text=Not applied")


_TABS = {"Papers": _papers, "Map": _map, "Settings": _settings}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        base = [sys.executable, "-m", "rag", "--home", home, "add", str(ROOT / "seeds"), "--quiet"]
        subprocess.run(base, check=True)
        server = subprocess.Popen([sys.executable, "-m", "ui", "--home", home, "--port", str(port)])
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(url)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=FLAGS
                )
                phone = {"viewport": {"width": 360, "height": 740}}
                dark = f"{url}/?__theme=dark"
                shoot(browser, url, "empty")
                shoot(browser, url, "answer", QUESTION)
                shoot(browser, dark, "answer-dark", QUESTION, color_scheme="dark")
                shoot(browser, url, "answer-phone", QUESTION, **phone)
                _verdicts(browser, url, home, "verdicts")
                _verdicts(browser, dark, home, "verdicts-dark", color_scheme="dark")
                shoot(browser, url, "refusal", "Who are the authors of BinaryDM?")
                shoot(browser, url, "map", QUESTION, "Map")
                shoot(browser, dark, "map-dark", QUESTION, "Map", color_scheme="dark")
                shoot(browser, url, "papers", tab="Papers")
                shoot(browser, url, "settings-error", tab="Settings")
                wide = {"viewport": {"width": 3840, "height": 2160}}
                shoot(browser, url, "answer-4k", QUESTION, **wide)
                _report(browser, home)
                browser.close()
        finally:
            server.terminate()
            server.wait()


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the page did not start")


if __name__ == "__main__":
    main()
