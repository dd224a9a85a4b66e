"""Reports in Japanese and Chinese, opened: accessible, whole on a phone, in their own script."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from trials import write_trials

import evidence as ev
from evidence.ingest.claim_text import claim_from_text
from evidence.report.render_html import render_html


@cache
def _audit(folder: Path):
    claim = claim_from_text("Niacinamide reduces wrinkle depth")
    return ev.audit([claim], ev.read(write_trials(folder / "studies.csv")), title=claim.text)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    audit = _audit(tmp_path_factory.mktemp("trials"))
    return {
        lang: render_html(ev.compose_report(audit, lang=lang).document) for lang in ("ja", "zh")
    }


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("lang", ["ja", "zh"])
def test_accessible_with_everything_open(open_page, axe, pages, lang, dark):
    page = open_page(pages[lang], dark=dark, width=1280 if dark else 320)
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert axe(page, sampled=True) == []
    assert open_page.requests == []


@pytest.mark.parametrize("lang", ["ja", "zh"])
def test_nothing_scrolls_sideways_on_a_phone(open_page, pages, lang):
    page = open_page(pages[lang], width=320)
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize(("lang", "word"), [("ja", "信頼度"), ("zh", "可信度")])
def test_the_language_is_said_and_its_letters_are_drawn(open_page, pages, lang, word):
    page = open_page(pages[lang])
    assert page.get_attribute("html", "lang") == lang
    assert page.locator(f"text={word}").count() > 0
    texts = page.locator("figure svg text").all_text_contents()
    assert any("\u3040" <= c <= "\u9fff" for text in texts for c in text)
