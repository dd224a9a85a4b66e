"""Take the pictures under docs/pictures: reports as people see them, in three languages.

    make pictures

needs Chromium and pdftoppm (apt install chromium poppler-utils fonts-droid-fallback). Pictures
are for looking at; nothing compares them.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
OUT = ROOT / "docs" / "pictures"
LANGUAGES = ("en", "ja", "zh")
sys.path[:0] = [str(HERE.parent / "report")]

from trials import write_trials  # noqa: E402 - the path is set above

ONLY = """s => {
  const chosen = document.querySelector(s);
  for (let up = chosen; up && up !== document.body; up = up.parentElement) {
    if (up.tagName === "DETAILS") up.open = true;
    for (const other of [...up.parentElement.children])
      if (other !== up && !["STYLE", "SCRIPT", "SUMMARY"].includes(other.tagName)) other.remove();
  }
}"""


class Shot(NamedTuple):
    """One picture of a page: what of it, at which size, in which scheme."""

    name: str
    report: str
    part: str = ""  # a selector; nothing: the top of the page
    width: int = 1120
    height: int = 900
    dark: bool = False
    print_sheet: int = 0


SHOTS = (
    Shot("report", "audit-en"),
    Shot("report-dark", "audit-en", dark=True),
    Shot("report-ja", "audit-ja"),
    Shot("report-zh", "audit-zh"),
    Shot("report-phone", "audit-en", width=390, height=844),
    Shot("report-phone-dark", "one-en", width=390, height=844, dark=True),
    Shot("report-print", "audit-en", print_sheet=3),
    Shot("claim", "audit-en", "#claim-L49", height=1500),
    Shot("what-if", "audit-en", ".what-if", height=1000),
    Shot("what-if-phone", "audit-en", ".what-if", width=390, height=844),
    Shot("map", "audit-en", "#map", height=1000),
    Shot("one-claim", "one-en"),
    Shot("one-claim-results", "one-en", "#results", height=1300),
    Shot("one-claim-certainty", "one-en", "#certainty", height=1300),
)
PAPER = (("one-en", 4), ("one-ja", 2), ("one-zh", 2), ("one-en", 1), ("one-ja", 1), ("one-zh", 1))


def main() -> int:
    """Write every picture; 0 when all were taken."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None or shutil.which("pdftoppm") is None:
        print("needs: apt install chromium poppler-utils fonts-droid-fallback", file=sys.stderr)
        return 3
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made = reports(Path(folder))
        with pages(browser) as open_page:
            for shot in SHOTS:
                keep(shot.name, taken(open_page, made[shot.report], shot))
        for name, sheet in PAPER:
            keep(f"pdf-{name}-{sheet}", sheet_of(made[name].with_suffix(".pdf"), sheet))
    total = sum(file.stat().st_size for file in OUT.glob("*.webp"))
    print(f"{len(SHOTS) + len(PAPER)} pictures in {OUT.relative_to(ROOT)}, {total / 1024:.0f} kB")
    return 0


def reports(folder: Path) -> dict[str, Path]:
    """The audit of the two articles and a report on one claim, in every language."""
    import evidence as ev
    from evidence.ingest.claim_text import claim_from_text

    audit = ev.audit(
        ev.read_claims(ROOT / "datasets/article_claims.csv"),
        ev.read(ROOT / "datasets/cosmetic_trials.csv"),
        title="Audit of two lifting-serum articles",
    )
    claim = claim_from_text("Niacinamide reduces wrinkle depth")
    trials = ev.read(write_trials(folder / "studies.csv"))
    one = ev.audit([claim], trials, title=claim.text)
    made = {}
    for lang in LANGUAGES:
        made[f"audit-{lang}"] = ev.compose_report(audit, lang=lang).save(folder / f"a-{lang}.html")
        report = ev.compose_report(one, lang=lang)
        made[f"one-{lang}"] = report.save(folder / f"o-{lang}.html")
        report.save(folder / f"o-{lang}.pdf")
    return made


@contextmanager
def pages(browser: str) -> Iterator[object]:
    """A way to open pages in one browser."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])

        def opened(file: Path, shot: Shot) -> Page:
            page = chromium.new_page(
                viewport={"width": shot.width, "height": shot.height},
                color_scheme="dark" if shot.dark else "light",
            )
            page.set_default_timeout(120_000)
            page.goto(file.as_uri())
            return page

        yield opened
        chromium.close()


def taken(open_page: object, file: Path, shot: Shot) -> Image.Image:
    """The picture of a part of a page, no higher than was asked for."""
    page = open_page(file, shot)  # type: ignore[operator]  # the function above
    try:
        if shot.print_sheet:
            with tempfile.TemporaryDirectory() as folder:
                page.pdf(path=f"{folder}/p.pdf", prefer_css_page_size=True)
                return sheet_of(Path(folder) / "p.pdf", shot.print_sheet)
        if shot.part:
            page.evaluate(ONLY, shot.part)
            image = Image.open(io.BytesIO(page.screenshot(full_page=True)))
            return image.crop((0, 0, image.width, min(image.height, shot.height)))
        return Image.open(io.BytesIO(page.screenshot()))
    finally:
        page.close()


def sheet_of(pdf: Path, sheet: int) -> Image.Image:
    """One page of a PDF as a picture."""
    command = ["pdftoppm", "-png", "-r", "72", "-f", str(sheet), "-l", str(sheet), str(pdf)]
    return Image.open(io.BytesIO(subprocess.run(command, capture_output=True, check=True).stdout))


def keep(name: str, image: Image.Image) -> None:
    """Save it small."""
    image.convert("RGB").save(OUT / f"{name}.webp", quality=72, method=6)


if __name__ == "__main__":
    sys.exit(main())
