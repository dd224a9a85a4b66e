"""The local page in a real browser: scored by keyboard, a file brought, a report opened.

The server is the command itself, in a process of its own.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evidence.report.document import Document, Paragraph
from evidence.report.save import save

HEAD = (
    "study,outcome,unit,kind,week,design,randomised,comparator,direction,"
    "n_t,n_c,mean_t,mean_c,sd_t,sd_c,active"
)
ROWS = (
    "Kim 2019,wrinkle depth,µm,instrument,8,parallel,computer,vehicle,lower,"
    "40,41,60.2,66.8,12.5,13.1,retinol",
    "<b>Li</b> 2020,TEWL,g/m2/h,instrument,8,parallel,computer,vehicle,lower,"
    "4O,40,9.1,10.2,2.1,2.2,retinol",
    "Wu 2021,wrinkle depth,µm,instrument,12,parallel,computer,vehicle,lower,"
    "30,30,58.0,66.8,-12.5,13.1,retinol",
)
CLAIM = "retinol reduces wrinkle depth by 20 % in 8 weeks"
REFUSED = "Failed to load resource: the server responded with a status of 422"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    words = [sys.executable, "-m", "evidence", "serve", str(folder), "--port", "0", "--quiet"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
            assert process.stderr.read() == "", "the server complained"


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    """The address of a server over a folder with one report."""
    folder = tmp_path_factory.mktemp("served")
    made = Document(
        title="A <b>bold</b> claim",
        verdict="We do not know.",
        made_by="evidence 0.1.0",
        blocks=(Paragraph("One study."),),
    )
    save(made, folder / "a report.html")
    (folder / "foreign.html").write_text("<!doctype html><title>no</title>")
    with serving(folder) as address:
        yield address


@pytest.fixture
def studies(tmp_path) -> Path:
    """A table of three studies, two of them with a cell that cannot be."""
    file = tmp_path / "<i>trials.csv"
    file.write_text("\n".join([HEAD, *ROWS, ""]), encoding="utf-8")
    return file


def fill(page) -> None:
    for name, value in {
        "design": "parallel",
        "comparator": "vehicle",
        "randomised": "yes",
        "blinded": "none",
        "kind": "live_expert_grade",
        "better": "lower",
    }.items():
        page.select_option(f"#f-{name}-1", value)
    for name, pair in {"n": "40 41", "mean": "12.1 14.0", "sd": "3.2 3.5"}.items():
        for i, value in enumerate(pair.split(), 1):
            page.fill(f"#f-{name}-{i}", value)


def bring(page, studies: Path) -> None:
    page.set_input_files("#f-studies-1", studies)
    page.fill("#f-claim-1", CLAIM)
    page.get_by_role("button", name="Check").click()
    page.wait_for_selector("#findings", timeout=60_000)  # it looks again by itself


# ---------------------------------------------------------------- score


def test_a_study_is_scored_with_the_keyboard_alone(open_page, url):
    page = open_page(url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/score")

    def focused() -> str:
        return page.evaluate("document.activeElement.id || document.activeElement.textContent")

    typed = {
        "f-design-1": "para",  # the first letters choose
        "f-comparator-1": "veh",
        "f-randomised-1": "yes",
        "f-blinded-1": "none",
        "f-n-1": "40",
        "f-n-2": "41",
        "f-kind-1": "live",
        "f-better-1": "low",
        "f-mean-1": "12.1",
        "f-mean-2": "14.0",
        "f-sd-1": "3.2",
        "f-sd-2": "3.5",
    }
    reached = []
    for _ in range(80):
        page.keyboard.press("Tab")
        if (name := focused()) in typed:
            page.keyboard.type(typed[name])
            reached.append(name)
        if name == "Score this study":
            break
    assert reached == list(typed)
    shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert shown == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector("#score")
    # the worked example of the specification
    assert page.text_content("#score") == "20 of 100 (range 12–56)"
    assert page.text_content("#command") == (
        "evidence score --design parallel --comparator vehicle --randomised yes --blinded none "
        "--n 40 41 --kind live_expert_grade --lower-is-better --mean 12.1 14.0 --sd 3.2 3.5"
    )
    data = json.loads(page.text_content("#json"))
    assert round(data["reliability"]["value"]) == 20
    assert page.input_value("#f-n-2") == "41"


def test_a_mistake_stands_beside_its_field_and_can_be_put_right(open_page, url):
    page = open_page(f"{url}score")
    fill(page)
    page.fill("#f-n-1", "4O")
    page.get_by_role("button", name="Score this study").click()
    said = "--n '4O' cannot be used; expected: did you mean 40?"
    assert said in page.text_content("#e-n")
    page.get_by_role("link", name="People analysed").click()
    assert page.evaluate("document.activeElement.id") == "f-n-1"
    assert page.input_value("#f-mean-2") == "14.0"
    page.fill("#f-n-1", "40")
    page.get_by_role("button", name="Score this study").click()
    assert page.text_content("#score") == "20 of 100 (range 12–56)"
    assert [line[: len(REFUSED)] for line in open_page.problems] == [REFUSED]
    open_page.problems.clear()


@pytest.mark.parametrize(("width", "wide"), [(1280, True), (320, False)])
def test_the_drawing_fits_its_page(open_page, url, width, wide):
    page = open_page(f"{url}score", width=width)
    fill(page)
    page.get_by_role("button", name="Score this study").click()
    for name, seen in {"wide": wide, "slim": not wide}.items():
        assert page.locator(f".{name} svg").is_visible() == seen
    box = page.locator("svg:visible").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


# ---------------------------------------------------------------- a file


@pytest.mark.parametrize("script", [True, False])
def test_two_bad_rows_are_seen_and_then_the_report(open_page, url, studies, script):
    page = open_page(f"{url}check", script=script)
    bring(page, studies)
    rows = page.locator("#findings tbody tr")
    assert [rows.nth(i).locator("th").text_content() for i in range(rows.count())] == [
        "<i>trials.csv:3:10",
        "<i>trials.csv:4:14",
    ]
    assert [rows.nth(i).locator("td").first.text_content() for i in range(2)] == ["n_t", "sd_t"]
    assert page.locator("#scores tbody th").all_text_contents() == ["Kim 2019"]
    page.get_by_role("link", name="Open the report").click()
    page.wait_for_url("**/report.html")
    assert page.locator("h1").text_content() == CLAIM
    assert page.locator(".tools").is_visible() == script  # its script runs under our policy


def test_files_can_be_dropped(open_page, url, studies):
    page = open_page(f"{url}check")
    assert "They can be dropped here." in page.text_content("#h-studies")
    carried = page.evaluate_handle(
        """text => { const carried = new DataTransfer();
        carried.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
        return carried; }""",
        studies.read_text(encoding="utf-8"),
    )
    box = page.locator(".drop").first
    box.dispatch_event("dragover", {"dataTransfer": carried})
    assert "over" in box.get_attribute("class")
    box.dispatch_event("drop", {"dataTransfer": carried})
    assert "over" not in box.get_attribute("class")
    assert page.evaluate("document.querySelector('#f-studies-1').files[0].name") == "dropped.csv"
    page.get_by_role("button", name="Check").click()
    page.wait_for_selector("#findings", timeout=60_000)
    assert page.locator("#findings tbody th").first.text_content() == "dropped.csv:3:10"


def test_going_back_finds_the_form_ready_to_be_sent_again(open_page, url, studies):
    page = open_page(f"{url}check")
    bring(page, studies)
    page.go_back()
    button = page.locator("form button[type=submit]")
    assert button.text_content() == "Check"
    assert button.get_attribute("aria-disabled") is None


# ---------------------------------------------------------------- reports


@pytest.mark.parametrize("script", [True, False])
def test_a_report_of_the_folder_opens(open_page, url, script):
    page = open_page(url, script=script)
    assert page.locator("#reports tbody th").all_text_contents() == ["a report.html"]
    page.get_by_role("link", name="a report.html").click()
    page.wait_for_url("**/reports/a%20report.html")
    assert page.locator("h1").text_content() == "A <b>bold</b> claim"
    assert page.locator(".tools").is_visible() == script


def test_the_choice_of_light_or_dark_holds_for_pages_and_reports(open_page, url):
    page = open_page(url)
    page.get_by_role("button", name="Light or dark").click()
    assert page.get_attribute("html", "data-theme") == "dark"
    page.goto(f"{url}score")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.goto(f"{url}reports/a%20report.html")
    assert page.get_attribute("html", "data-theme") == "dark"


# ---------------------------------------------------------------- for everybody


def visit(page, url: str, place: str, studies: Path) -> None:
    """Go to one of the pages, with something on it."""
    if place == "result":
        page.goto(f"{url}score")
        fill(page)
        page.get_by_role("button", name="Score this study").click()
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    elif place == "mistake":
        page.goto(f"{url}score")
        page.fill("#f-n-1", "4O")
        page.get_by_role("button", name="Score this study").click()
    elif place == "found":
        page.goto(f"{url}check")
        bring(page, studies)
    else:
        page.goto(url + place)


PLACES = ["", "score", "result", "mistake", "check", "found", "nothing"]
TOLD = re.compile(r"status of (404|422)")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_nothing_keeps_anybody_out(open_page, axe, url, studies, place, dark):
    page = open_page(url, dark=dark)
    visit(page, url, place, studies)
    assert axe(page) == []
    if place in ("mistake", "nothing"):
        assert all(TOLD.search(line) for line in open_page.problems)
        open_page.problems.clear()


@pytest.mark.parametrize("place", PLACES)
def test_a_narrow_screen_scrolls_one_way(open_page, axe, url, studies, place):
    page = open_page(url, width=320)
    visit(page, url, place, studies)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input:not([type=hidden]), .button")]
        .filter((e) => e.getClientRects().length && e.getBoundingClientRect().height < 24)
        .map((e) => e.outerHTML)"""
    )
    # the box of a tick is small, its label is the target
    assert [html for html in small if 'type="checkbox"' not in html] == []
    assert axe(page) == []
    if place in ("mistake", "nothing"):
        open_page.problems.clear()
