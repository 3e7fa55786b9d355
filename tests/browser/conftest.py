"""The real page in a real browser: Debian's Chromium, headless, driven by Playwright."""

import shutil
from dataclasses import replace

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.visitor import serving
from tests.builders import PAPERS, library, papers_of, real_embedder
from tests.wire.model_server import ModelServer

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip
HOSTILE = (
    "Hostile <script>window.hacked=1</script><img src=x onerror=window.hacked=2> Titles",
    'Hostile Titles <img src="http://evil.test/a.png" onerror="window.hacked=3"> carry markup. '
    "![x](http://evil.test/b.png) [click](javascript:window.hacked=4) <a href='javascript:hacked'>y"
    "</a> $\\href{javascript:window.hacked=5}{x}$ and \u202edrawkcab\u202c text, 42% of it "
    "<details open ontoggle=window.hacked=6>z</details> **bold**. "
    "Hostile Titles peel the layers of onions with a small knife.",
)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """The six papers with authors and years, and one that is markup."""
    papers = [
        replace(paper, authors=("A. Writer",), year=2020 + n)
        for n, paper in enumerate(papers_of([*PAPERS, HOSTILE]))
    ]
    return library(tmp_path_factory.mktemp("page") / "home", papers, real_embedder())


@pytest.fixture(scope="session")
def url(home):
    with serving(home) as address:
        yield address


@pytest.fixture(scope="session")
def model_server():
    with ModelServer(pause=0.02) as running:
        yield running


@pytest.fixture(scope="session")
def slow_url(home, model_server):
    """The page with a model that streams for ever."""
    with serving(
        home, RAG_LLM="openai-like/scribe-loop", RAG_LLM_BASE_URL=f"{model_server.url}/v1"
    ) as address:
        yield address


@pytest.fixture(scope="module")  # Playwright keeps an event loop running, which others mind
def chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "the tests of the page need Debian's chromium: run `make browser`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Opens the page as a new visitor; notes what it asks of others, and its errors."""
    contexts = []

    def open_page(url: str, *, ready: bool = True, **given):
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **given})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.outside, page.errors = [], []
        page.on(
            "request",
            lambda request: (
                request.url.startswith((url, "data:", "blob:")) or page.outside.append(request.url)
            ),
        )
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(url)
        if ready:
            page.wait_for_selector("#question textarea")
            page.wait_for_selector("#evidence .empty")
        return page

    yield open_page
    for context in contexts:
        context.close()
