"""On paper: everything open, dark on white, heads of tables on every sheet, nothing cut off."""

import re
import shutil
import subprocess
from itertools import pairwise

import pytest

from evidence.report.document import Block, Column, Document, Paragraph, Table
from evidence.report.render_html import render_html

needs_pdftotext = pytest.mark.skipif(
    not shutil.which("pdftotext"),
    reason="pdftotext is not installed; on Debian: sudo apt-get install poppler-utils",
)
A4_BETWEEN_MARGINS = 672  # CSS pixels: 210 mm less 16 mm on either side
CLOSED = "[...document.querySelectorAll('details')].filter((d) => !d.open).length"


def sheets_of(pdf, folder):
    """The words of each sheet, where they stand."""
    file = folder / "printed.pdf"
    file.write_bytes(pdf)
    told = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
    )
    return told.stdout.split("\f")[:-1]


@needs_pdftotext
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_details_are_open_on_paper_and_tools_are_gone(open_page, demo_html, tmp_path, script):
    page = open_page(demo_html, script=script)
    closed = page.evaluate(CLOSED)
    assert closed > 5
    whole = " ".join(" ".join(sheets_of(page.pdf(format="A4"), tmp_path)).split())
    assert "said of the whole study" in whole
    assert "Thresholds that matter" in whole
    for tool in ("Open all details", "Light or dark", "Search in this table", "Back to the top"):
        assert tool not in whole
    assert page.evaluate(CLOSED) == closed


@pytest.mark.parametrize("chosen", [False, True], ids=["preferred", "chosen"])
def test_paper_is_never_dark(open_page, demo_html, chosen):
    page = open_page(demo_html, dark=not chosen)
    if chosen:
        page.get_by_role("button", name="Light or dark").click()
    colours = "(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))"
    assert page.evaluate(colours) == ["rgb(20, 24, 29)", "rgb(233, 236, 239)"]
    page.emulate_media(media="print")
    assert page.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(26, 31, 38)"]


# all of it open: 97 claims with their studies are a book, one claim is a leaflet
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "paper", "least", "most"),
    [
        ("demo_html", "A4", 4, 14),
        ("demo_html", "Letter", 4, 14),
        ("hostile_html", "A4", 4, 18),
        ("audit_html", "A4", 120, 320),
    ],
)
def test_the_number_of_sheets(open_page, request, name, paper, least, most):
    pdf = open_page(request.getfixturevalue(name)).pdf(format=paper)
    assert pdf.startswith(b"%PDF")
    assert least <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= most


def test_nothing_is_wider_than_the_sheet(open_page, each_html):
    """Else the browser prints the whole report smaller, and cuts what is wider still."""
    page = open_page(each_html, width=A4_BETWEEN_MARGINS)
    page.emulate_media(media="print")
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    beyond = page.evaluate(
        """() => [...document.querySelectorAll("body *:not(svg *)")]
          .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1)
          .map((e) => e.outerHTML.slice(0, 160))"""
    )
    assert beyond == []


@needs_pdftotext
@pytest.mark.slow
def test_a_long_table_has_its_head_on_every_sheet(open_page, audit_html, tmp_path):
    page = open_page(audit_html)
    assert page.locator("[data-filter] thead button").count() == 7
    sheets = sheets_of(page.pdf(format="A4", page_ranges="1-10"), tmp_path)
    claims = [len(re.findall(r"^ *[LZ]\d\d {2,}\S", sheet, re.M)) for sheet in sheets]
    held = [i for i, sheet in enumerate(sheets) if re.search(r"^ *Id +Claim +Kind", sheet, re.M)]
    assert len(held) >= 3
    assert held == list(range(held[0], held[-1] + 1))
    assert all(claims[i] >= 10 for i in held[1:-1])
    assert sum(claims[i] for i in held) >= 97


@needs_pdftotext
def test_no_head_is_left_alone_at_the_foot_of_a_sheet(open_page, tmp_path):
    columns = (Column("HEAD"), Column("Words"))
    rows = tuple((f"row {i}", "words " * 90) for i in range(2))
    blocks: list[Block] = []
    for i in range(24):  # each table begins a little lower on its sheet than the one before
        blocks += [Paragraph("a line")] * (i % 7)
        blocks.append(Table(f"table {i}", columns, rows))
    page = open_page(render_html(Document(title="t", blocks=tuple(blocks))))
    sheets = sheets_of(page.pdf(format="A4"), tmp_path)
    assert len(sheets) > 5
    for sheet in sheets:
        lines = [line.split()[0] for line in sheet.splitlines() if line.strip()]
        for here, after in pairwise(lines):
            assert here != "HEAD" or after in ("row", "words")
        assert lines[-2] not in ("HEAD", "table")  # the last line is the number of the sheet
