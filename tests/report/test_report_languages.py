"""The audit in Japanese and Chinese: nothing of ours stays English, nothing of theirs moves."""

from __future__ import annotations

import csv
import io
import re
from functools import cache
from pathlib import Path

import pytest
from trials import write_trials

import evidence as ev
from evidence.errors import OptionError
from evidence.ingest.claim_text import claim_from_text
from evidence.report.document import Data, to_data
from evidence.report.render_html import render_html

DATA = Path(__file__).parents[2] / "datasets"
WORDS = re.compile(r"[A-Za-z]{3,}(?:[ ,]+[a-z]{2,})+")
"""Two English words in a row."""
NOT_TEXT = ("anchor", "url", "content", "block", "code", "kind", "role", "badge", "lang", "media",
            "name", "emphasis", "command")  # fmt: skip
PRODUCT_COPY = re.compile(
    r"^「?“?(Contains |In a (study|survey) of |In \d+ stud|In our opinion|Taken together, )"
)
"""A suggested claim is a text for the product's own page: it stays in the claim's language."""
SOURCES = ("Core GRADE", "GRADE guidance", "GRADE guidelines", "JAMA Dermatology", "dark circles",
           "perceived age", "brand page", "serum guide", "article ")  # fmt: skip
"""Names of documents, and families of outcomes as the data name them."""


@cache
def audit():
    return ev.audit(
        ev.read_claims(DATA / "article_claims.csv"),
        ev.read(DATA / "cosmetic_trials.csv"),
        title="Audit of two lifting-serum articles",
    )


@cache
def document(lang):
    return ev.compose_report(audit(), lang=lang).document


def texts(part, key=""):
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("svg", "narrow") and isinstance(value, str):
                yield from re.findall(r">([^<>]+)</(?:text|tspan|title|desc)>", value)
            elif not (name in NOT_TEXT and isinstance(value, str)):
                yield from texts(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value, key)
    elif isinstance(part, str):
        yield part


@pytest.mark.parametrize("lang", ["ja", "zh"])
def test_no_words_of_ours_stay_english(lang):
    typed = "".join(
        (DATA / name).read_text(encoding="utf-8")
        for name in ("cosmetic_trials.csv", "article_claims.csv")
    )
    typed += audit().title
    left = set()
    for text in texts(to_data(document(lang))):
        if PRODUCT_COPY.search(text) or any(name in text for name in SOURCES):
            continue
        if foreign := [words for words in WORDS.findall(text) if words not in typed]:
            left.add((text[:120], foreign[0]))
    assert not left, sorted(left)[:10]


@pytest.mark.parametrize("lang", ["ja", "zh"])
def test_what_others_typed_stays_as_typed(lang):
    said = set(texts(to_data(document(lang))))
    for row in audit():
        assert any(row.claim.text in text for text in said), row.claim.id
    assert document(lang).title == "Audit of two lifting-serum articles"


@pytest.mark.parametrize("lang", ["ja", "zh"])
def test_the_blocks_and_numbers_are_those_of_the_english_report(lang):
    """Only words differ: every block, anchor and data file is the same."""

    def shape(part):
        if isinstance(part, dict):
            if part.get("block") == "cell":  # a text becomes a cell when it has another language
                return part["sort"]
            return {
                name: shape(value)
                for name, value in part.items()
                if name in ("block", "blocks", "anchor", "items", "rows", "columns", "sort",
                            "content", "badge", "kind", "table")
            }  # fmt: skip
        if isinstance(part, list):
            return [shape(value) for value in part]
        return part if isinstance(part, int | float) else None

    assert shape(to_data(document(lang))) == shape(to_data(document("en")))


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("ja", "97件の主張のうち、文言どおりに支持されるものはない。"),
        ("zh", "97条宣称中没有一条按原文得到支持。"),
    ],
)
def test_the_answer_in_a_sentence(lang, sentence):
    assert document(lang).verdict.startswith(sentence)


@pytest.mark.parametrize("lang", ["ja", "zh"])
def test_the_page_says_its_language_and_that_of_foreign_words(lang):
    page = render_html(document(lang))
    assert f'<html lang="{lang}">' in page
    assert page.count('lang="en"') > 100


def test_data_files_are_the_same_in_every_language():
    def files(lang):
        return [b for s in document(lang).blocks for b in s.blocks if isinstance(b, Data)]

    contents = {lang: [data.content for data in files(lang)] for lang in ("en", "ja", "zh")}
    assert contents["en"]
    assert contents["ja"] == contents["en"] == contents["zh"]
    (claims, *_rest) = contents["en"]
    assert len(list(csv.DictReader(io.StringIO(claims)))) == 97


@pytest.mark.parametrize("lang", ["ja", "zh"])
def test_a_report_that_pools_leaves_nothing_english(lang, tmp_path):
    path = write_trials(tmp_path / "studies.csv")
    claim = claim_from_text("Niacinamide reduces wrinkle depth")
    page = ev.compose_report(ev.audit([claim], ev.read(path)), lang=lang).document
    typed = path.read_text(encoding="utf-8") + claim.text
    left = {
        text
        for text in texts(to_data(page))
        if not PRODUCT_COPY.search(text) and not any(name in text for name in SOURCES)
        for words in WORDS.findall(text)
        if words not in typed
    }
    assert not left, sorted(left)[:10]


def test_a_language_that_is_not_there():
    with pytest.raises(OptionError, match="ja"):
        ev.compose_report(audit(), lang="fr")
