"""The site of docs/ in a browser: quiet, accessible in both schemes, searchable from a folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from docs_site import built_site  # noqa: F401

pytestmark = pytest.mark.slow

PAGES = (
    "index.html",
    "tutorial.html",
    "explanation/bias.html",
    "reference/pool.html",
    "notebooks/01_score_one_study.html",
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of what was asked for."""


@pytest.fixture(scope="module")
def address(built_site: Path) -> Iterator[str]:  # noqa: F811
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=built_site)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_asks_for_nothing(open_page, axe, address, name, dark):
    page = open_page(f"{address}/{name}", dark=dark)
    page.wait_for_load_state("networkidle")
    shown = page.evaluate("document.body.dataset.mdColorScheme")
    assert shown == ("slate" if dark else "default")
    assert axe(page) == []


def test_a_page_fits_a_phone(open_page, axe, address):
    page = open_page(f"{address}/explanation/bias.html", width=360)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe(page) == []


@pytest.mark.parametrize("opened", ["served", "from a folder"])
def test_search_finds_a_page_without_any_network(browser, address, built_site, opened):  # noqa: F811
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    start = address if opened == "served" else built_site.as_uri()
    page.goto(f"{start}/explanation/score.html")
    page.locator(".md-search__input").click()
    page.locator(".md-search-result__meta").wait_for(timeout=15_000)
    page.locator(".md-search__input").press_sequentially("tipping")
    first = page.locator(".md-search-result__item a").first
    first.wait_for(timeout=15_000)
    assert "tipping" in page.locator(".md-search-result__list").inner_text().lower()
    assert all(url.startswith((start, "data:", "blob:")) for url in asked)
    context.close()
