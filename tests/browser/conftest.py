"""Reports in a real browser: what every test of this folder shares.

A test asks for `open_page` and a report, opens the one with the other and uses the `Page` of
playwright (https://playwright.dev/python/docs/api/class-page) it gets back:

    def test_one_first_heading(open_page, demo_html):
        page = open_page(demo_html, dark=True, width=320)
        assert page.locator("h1").count() == 1

Reports: `demo_html`, `audit_html`, `hostile_html`; `axe` lists what is not accessible. Nothing
reaches a network, and a page that asks for one or complains to its console fails its test.
Without a Chromium every test here is skipped, in one counted line; where `CI` is set they fail.
"""

from __future__ import annotations

import asyncio
import csv
import os
import runpy
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hostile
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

ROOT = Path(__file__).parents[2]
DATA = ROOT / "datasets"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "no Chromium on the PATH, so no report was opened in a browser; "
    "on Debian: sudo apt-get install chromium fonts-droid-fallback"
)


def chromium() -> str | None:
    """The path of a Chromium of the system, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skipped here and not in a fixture, so that the summary has one line that counts them."""
    if chromium():
        return
    if os.environ.get("CI"):
        pytest.fail(MISSING, pytrace=False)
    pytest.skip(MISSING)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the system, headless; one for each worker.

    It knows no host but this machine, whatever a page asks for.
    """
    with sync_playwright() as playwright:
        # the sandbox does not start as root, which a container usually is
        started = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        yield started
        started.close()


@pytest.fixture(autouse=True)
def _alone(browser: Browser) -> Iterator[None]:
    """Between these tests no loop seems to run: other tests of the worker start their own."""
    asyncio._set_running_loop(browser._impl_obj._loop)
    yield
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session", autouse=True)
def _loop_at_the_end(browser: Browser) -> Iterator[None]:
    """The browser is closed on its own loop, after `_alone` put it away."""
    loop = browser._impl_obj._loop
    yield
    asyncio._set_running_loop(loop)


class Opener:
    """Opens pages and keeps account of what they asked for and complained of.

    Attributes
    ----------
    requests : list of str
        Addresses asked for outside the page's own file or server; each was refused.
    problems : list of str
        Errors and warnings of the console, uncaught exceptions, breaches of the policy.

    Both have to be empty at the end of the test. A test that provokes an entry asserts it,
    then clears the list.
    """

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.requests: list[str] = []
        self.problems: list[str] = []
        self._browser, self._folder = browser, folder
        self._contexts: list[BrowserContext] = []

    def __call__(
        self,
        html: str,
        *,
        dark: bool = False,
        width: int = 1280,
        height: int = 900,
        script: bool = True,
        **context: Any,
    ) -> Page:
        """A new page showing `html`: a whole document, or an `http://127.0.0.1…` address.

        A document is written to a file and opened from there; of an address, whatever its
        server has may be loaded. Each call has a storage of its own, which a reload keeps.
        `dark` is the scheme preferred, `width` and `height` are CSS pixels, `script=False`
        turns the page's scripts off (`page.evaluate` still works). Other options go to
        `Browser.new_context`, such as `reduced_motion="reduce"` or `locale="ja"`.
        """
        opened = self._browser.new_context(
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            **context,
        )
        opened.set_default_timeout(10_000)
        self._contexts.append(opened)
        address = html
        if not html.startswith("http://127.0.0.1"):
            file = self._folder / f"page-{len(self._contexts)}.html"
            file.write_text(html, encoding="utf-8", newline="")
            address = file.as_uri()
        opened.route("**/*", self._only(address))
        page = opened.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.goto(address)
        return page

    def close(self) -> None:
        """Close every page that was opened."""
        for context in self._contexts:
            context.close()

    def _only(self, address: str) -> Callable[[Route], None]:
        own = urlsplit(address)

        def decide(route: Route) -> None:
            asked = urlsplit(route.request.url)
            same = own[:3] == asked[:3] if own.scheme == "file" else own[:2] == asked[:2]
            if same or asked.scheme in ("data", "blob"):
                route.continue_()
            else:
                self.requests.append(route.request.url)
                route.abort()

        return decide

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """`open_page(html, dark=False, width=1280, script=True)` gives a `Page`: see `Opener`.

    When the test is over, nothing may have been requested and nothing complained of.
    """
    opener = Opener(browser, tmp_path)
    yield opener
    opener.close()
    assert opener.requests == [], "the page asked for something outside itself"
    assert opener.problems == [], "the page complained to its console"


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """`axe(page)` lists the rules of axe-core that are broken, and where; none is the aim.

    Its best practices and the size of targets are included. `sampled=True` is for a page of
    thousands of rows: contrast, which takes a second for a thousand elements, is then measured
    on one text of each kind, where a kind is the elements and classes it is nested in. It
    never ends on a page opened with `script=False`: axe waits for timers, which do not run.
    """
    rules = {"target-size": {"enabled": True}}

    def broken(page: Page, *, sampled: bool = False) -> list[str]:
        page.evaluate(AXE_SCRIPT)
        if not sampled:
            return _broken(page, "document", {"rules": rules})
        other = rules | {"color-contrast": {"enabled": False}}
        contrast = {"runOnly": ["color-contrast"]}
        return [
            *_broken(page, "document", {"rules": other}),
            *_broken(page, f"{{include: ({ONE_OF_EACH})()}}", contrast),
        ]

    return broken


def _broken(page: Page, where: str, options: dict[str, Any]) -> list[str]:
    run = f"(options) => axe.run({where}, options).then((found) => found.violations)"
    found = page.evaluate(run, options | {"resultTypes": ["violations"]})
    return [
        f"{rule['id']} at {node['target']}, {' '.join(node['html'].split())[:200]}: "
        + "; ".join(why["message"] for why in node["any"] + node["all"] + node["none"])
        for rule in found
        for node in rule["nodes"]
    ]


ONE_OF_EACH = """() => {
  const kinds = new Map();
  const own = (e) => e.tagName + "." + e.getAttribute("class");
  const kind = (e) => e ? kind(e.parentElement) + ">" + own(e) : "";
  for (const e of document.body.querySelectorAll("*"))
    if ([...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim()))
      if (!kinds.has(kind(e))) kinds.set(kind(e), e);
  return [...kinds.values()];
}"""


@pytest.fixture(params=["demo", "audit", "hostile"])
def each_html(request: pytest.FixtureRequest) -> str:
    """One report after the other, for what has to hold for all."""
    html: str = request.getfixturevalue(f"{request.param}_html")
    return html


@pytest.fixture(scope="session")
def demo_html() -> str:
    """The document of `tests/report/demo.py`: every block, every drawing, hostile text."""
    from evidence.report.render_html import render_html

    return render_html(runpy.run_path(str(ROOT / "tests" / "report" / "demo.py"))["demo"]())


@pytest.fixture(scope="session")
def audit_html(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """The audit of `datasets/` as `make report` writes it: 97 claims, 2 MB."""
    tables = sorted(map(str, (DATA / "meta_tables").glob("*.csv")))
    files = [str(DATA / "cosmetic_trials.csv"), *tables]

    def write(file: Path) -> None:
        _report(file, *files, "--claims", str(DATA / "article_claims.csv"))

    return _once(tmp_path_factory, worker_id, "audit.html", write)


@pytest.fixture(scope="session")
def hostile_html(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """A report on the one claim and two studies of `hostile.py`.

    What of it runs changes the title of the page to "taken".
    """

    def write(file: Path) -> None:
        studies, claims = file.with_name("studies.csv"), file.with_name("claims.csv")
        _table(studies, hostile.STUDIES)
        _table(claims, hostile.CLAIMS)
        _report(file, str(studies), "--claims", str(claims), "--title", hostile.TITLE)

    return _once(tmp_path_factory, worker_id, "hostile.html", write)


def _report(file: Path, *arguments: str) -> None:
    from evidence.__main__ import main

    assert main(["report", *arguments, "-o", str(file), "--quiet"]) == 0


def _table(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)


def _once(
    folders: pytest.TempPathFactory, worker: str, name: str, write: Callable[[Path], None]
) -> str:
    """The text of a file that one worker writes and the others wait for."""
    folder = folders.getbasetemp()
    folder = folder if worker == "master" else folder.parent
    place, ready, failed = (folder / f"{name}{end}" for end in (".d", ".ready", ".failed"))
    file = place / name
    try:
        place.mkdir()
    except FileExistsError:
        while not ready.exists() and not failed.exists():
            time.sleep(0.05)
        assert not failed.exists(), f"another worker could not write {name}"
    else:
        try:
            write(file)
            ready.touch()
        except BaseException:
            failed.touch()
            raise
    return file.read_text(encoding="utf-8")
