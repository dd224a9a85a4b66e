"""The PDF: tagged, named, complete, the same twice, and never reading a text as markup."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import unicodedata
import zlib
from pathlib import Path
from typing import get_args

import pytest
from demo import CJK, HOSTILE, LONG, demo
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import EvidenceError, MissingPieceError, OptionError
from evidence.plots.score_strip import score_strip_rows, score_strip_svg
from evidence.report import render_typst as pdf
from evidence.report.blocks import Block
from evidence.report.document import (
    Badge,
    Bullets,
    Callout,
    Cell,
    CodeBlock,
    Column,
    Details,
    Document,
    Figure,
    KeyValues,
    Links,
    Paragraph,
    Reference,
    References,
    Section,
    Span,
    Table,
    _walk,
    csv_data,
    plain_text,
    rows_table,
)
from evidence.report.paper import ROOM, alt_text, breakable, clean, drawings, shares
from evidence.report.render_typst import render_pdf, render_typst

try:
    PDF = render_pdf(demo())
except EvidenceError as lacking:  # the demonstration holds Japanese and Chinese
    if os.environ.get("CI"):
        raise
    pytest.skip(f"{lacking}", allow_module_level=True)
PARTS = list(_walk(demo().blocks))
MARKUP = '#panic("x") $x$ *a* _b_ @ref <lab> `c` = d \\ // [e] {f} "g" #let'


def of_kind(kind, parts=PARTS):
    return [part for part in parts if isinstance(part, kind)]


def tags(content, name):
    return len(re.findall(rf"/S/{name}\b".encode(), content))


def strings(content, key):
    """Every text string under a key: in UTF-16 when written in hexadecimal."""
    found = []
    pattern = rf"/{key}\s*(?:<([0-9A-F]+)>|\(((?:\\.|[^\\()]|\([^()]*\))*)\))".encode()
    for hexed, plain in re.findall(pattern, content):
        if hexed:
            found.append(bytes.fromhex(hexed.decode()).decode("utf-16"))
        else:
            found.append(re.sub(rb"\\(.)", rb"\1", plain).decode("latin-1"))
    return found


def test_the_demo_has_every_kind_of_block():
    assert {type(part) for part in PARTS} >= set(get_args(Block))


def test_it_says_that_it_is_accessible():
    for mark in (
        b"/MarkInfo<</Marked true",
        b"/StructTreeRoot",
        b"/Lang(en)",
        b"/DisplayDocTitle true",
        b"<pdfuaid:part>1</pdfuaid:part>",
    ):
        assert mark in PDF
    assert strings(PDF, "Author") == ["evidence 0.1.0"]
    assert demo().title in strings(PDF, "Title")
    assert PDF.count(b"/CreationDate(D:20250301") == 1


def test_every_table_heading_figure_and_link_is_tagged_as_such():
    tables, figures = of_kind(Table), of_kind(Figure)
    assert tags(PDF, "Table") == len(tables)
    assert tags(PDF, "THead") == len(tables)
    assert tags(PDF, "TH") == sum(len(table.columns) for table in tables)
    assert tags(PDF, "TR") == sum(1 + len(table.rows) for table in tables)
    assert tags(PDF, "Figure") == len(figures)
    assert tags(PDF, "H1") == sum(isinstance(block, Section) for block in demo().blocks)
    assert tags(PDF, r"H\d") == len(of_kind(Section))
    assert sorted(strings(PDF, "Alt")) == sorted(alt_text(figure) for figure in figures)


def test_bookmarks_are_the_headings_as_written():
    titles = [section.title for section in of_kind(Section)]
    marks = strings(PDF, "Title")
    for title in titles:
        assert title in marks
    assert HOSTILE in titles


def test_links_lead_to_places_and_addresses():
    urls = {part.url for part in PARTS if isinstance(part, Span | Reference) and part.url}
    assert set(strings(PDF, "URI")) == urls
    inner = sum(1 for part in PARTS if isinstance(part, Span | Cell) and part.anchor)
    assert inner > 0
    assert PDF.count(b"/Subtype/Link") >= inner + len(urls)


def test_data_is_attached_whole():
    streams = re.findall(
        rb"/Length (\d+)[^\n]*?/Type/EmbeddedFile[^\n]*?>>\s*stream\r?\n", PDF, flags=re.S
    )
    assert len(streams) == 2
    texts = []
    for found in re.finditer(rb"/Type/EmbeddedFile.*?stream\r?\n(.*?)\r?\nendstream", PDF, re.S):
        raw = found.group(1)
        texts.append((zlib.decompress(raw) if b"FlateDecode" in found.group(0) else raw).decode())
    assert "\ufeffclaim,score" in texts[0]
    assert "'=cmd|" in texts[0]
    assert HOSTILE in texts[1]


def test_two_attachments_of_one_name_are_two_files():
    twin = csv_data("a b.csv", ("x",), [[1]])
    made = render_pdf(Document(title="t", blocks=(twin, csv_data("a b.csv", ("x",), [[2]]))))
    assert b"(a_b.csv)" in made
    assert b"(a_b-2.csv)" in made


def test_the_same_bytes_twice_and_in_another_process():
    assert render_pdf(demo()) == PDF
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); from demo import demo;"
        "from evidence.report.render_typst import render_pdf;"
        "print(hashlib.sha256(render_pdf(demo())).hexdigest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
    )
    assert told.stdout.strip() == hashlib.sha256(PDF).hexdigest()


def test_texts_are_never_markup():
    source, data = render_typst(Document(title=MARKUP))
    assert "#panic" not in source
    assert "panic" in data
    made = render_pdf(
        Document(
            title=MARKUP,
            subtitle=MARKUP,
            verdict=MARKUP,
            verdict_badge=Badge(MARKUP, "caution"),
            status=((MARKUP, MARKUP),),
            made_by=MARKUP,
            blocks=(
                Section(MARKUP, (Paragraph((Span(MARKUP, emphasis="code"),)),), note=MARKUP),
                csv_data("../../etc/#x.csv", (MARKUP,), [[MARKUP]], description=MARKUP),
            ),
        )
    )
    assert strings(made, "Title").count(MARKUP) >= 2
    assert b"(_.._etc_x.csv)" in made


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_at_all_is_printed(text):
    # letters of rare scripts need a font that a machine may lack: refused by name, tested below
    text = "".join(c for c in text if ord(c) < 0x250 or unicodedata.category(c)[0] not in "LM")
    made = render_pdf(Document(title="t", blocks=(Paragraph(text), Badge(text or "x"))))
    assert made.startswith(b"%PDF-")


def alone(monkeypatch):
    """A machine without any font of its own."""
    monkeypatch.setattr(pdf, "fonts", functools.partial(pdf.fonts, system=False))


def test_a_symbol_without_a_font_is_named(monkeypatch):
    alone(monkeypatch)
    made = render_pdf(Document(title="t", blocks=(Section("Glow \U0001f9f4 now", ()),)))
    assert "Glow [lotion bottle] now" in strings(made, "Title")


def test_letters_without_a_font_are_refused_with_the_package_that_helps(monkeypatch):
    alone(monkeypatch)
    with pytest.raises(EvidenceError, match=r"fonts-droid-fallback.*\.html"):
        render_pdf(Document(title=CJK))


def test_everything_but_east_asian_is_printed_without_any_font_of_the_machine(monkeypatch):
    alone(monkeypatch)
    words = "Ωμέγα Ψ, τ² ≤ 0.5, ⊕⊕◯◯, −20 % → ✓ ✕, naïve Bellemère, Привет, يقلل, מפחית"
    made = render_pdf(Document(title="t", blocks=(Section(words, ()),)))
    assert words in strings(made, "Title")


@pytest.mark.parametrize(("lang", "tag"), [("ja", b"/Lang(ja)"), ("zh-Hans", b"/Lang(zh")])
def test_the_language_is_named(lang, tag):
    assert tag in render_pdf(Document(title="t", lang=lang, verdict="1"))


def test_a_language_without_words_is_refused():
    with pytest.raises(OptionError):
        render_pdf(Document(title="t", lang="fr"))


def test_without_typst_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MissingPieceError, match=r"typst.*claims-evidence\[report\]"):
        render_pdf(Document(title="t"))


@pytest.mark.parametrize(
    "block",
    [
        Section("", ()),
        Section("\x07 ", (Section("", (), badge=Badge("")),)),
        Table("no columns", (), ()),
        Table("no columns", (), ((), ())),
        Table("no rows", (Column(""), Column("b")), ()),
        Table("many", tuple(Column(f"measure {i}") for i in range(40)), (("word",) * 40,)),
        Table("a tall row", (Column("a"), Column("b")), (("word " * 6000, "b"),)),
        Bullets(()),
        Bullets((), ordered=True),
        KeyValues((("", ""),)),
        Links(()),
        References(()),
        Paragraph((Span("", url="https://example.org"), Span("", emphasis="strong"))),
        Paragraph("nuqneH", lang="x-klingon"),
        Paragraph("x" * 5000),
        Callout("note", "", (Section("inside", ()), Table("t", (Column("a"),), (("1",),)))),
        Details("", (Section("inside", ()),)),
        CodeBlock("\n\n  a" + "x" * 400),
        csv_data("/", ("a",), []),
    ],
    ids=lambda block: type(block).__name__,
)
def test_odd_blocks_pass_the_check_too(block):
    assert render_pdf(Document(title="t", blocks=(block,))).startswith(b"%PDF-")


@pytest.mark.parametrize("title", ["\x07", "\u200b", "x" * 3000])
def test_odd_titles_pass_the_check_too(title):
    assert render_pdf(Document(title=title, date="soon")).startswith(b"%PDF-")


def test_a_document_with_a_title_alone():
    made = render_pdf(Document(title="t"))
    assert b"/StructTreeRoot" in made
    assert b"/CreationDate" not in made


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_the_words_can_be_copied_out(tmp_path):
    (tmp_path / "a.pdf").write_bytes(PDF)
    told = subprocess.run(
        ["pdftotext", "-layout", "a.pdf", "-"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    flat = re.sub(r"[\s\u200b]+", "", told.stdout)
    for part in of_kind(Paragraph):
        if not re.search("[\u0590-\u06ff]", plain_text(part.text)):  # bidirectional: other order
            assert re.sub(r"\s+", "", plain_text(part.text)) in flat
    assert "1/" in flat


def strip(k):
    rows = score_strip_rows(
        [{"label": f"Study {i}", "score": 50.0, "low": 20.0, "high": 70.0} for i in range(k)]
    )
    svg = score_strip_svg(rows, title="Scores", desc="Of each study.")
    return Figure(
        svg,
        title="Scores",
        description="Of each study.",
        table=rows_table("t", rows, {"label": "S"}),
    )


def test_a_tall_drawing_is_cut_between_its_lines():
    figure = strip(90)
    parts, width = drawings(figure)
    boxes = [re.search(r'viewBox="0 ([\d.]+) ([\d.]+) ([\d.]+)"', svg).groups() for svg in parts]
    tops = [float(top) for top, _, _ in boxes]
    highs = [float(high) for _, _, high in boxes]
    assert len(parts) > 1
    assert width == ROOM
    whole = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', figure.svg).group(1))
    assert tops[1:] == pytest.approx([sum(highs[: i + 1]) for i in range(len(tops) - 1)])
    assert sum(highs) == pytest.approx(whole)
    lines = [float(y) for y in re.findall(r'<text[^>]* y="([\d.]+)"', figure.svg)]
    for cut in tops[1:]:
        assert not any(cut - 3 < y < cut + 13 for y in lines)
    made = render_pdf(Document(title="t", blocks=(figure,)))
    assert tags(made, "Figure") == 1


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60)


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.lists(st.lists(words, min_size=n, max_size=n), min_size=1, max_size=4)
    )
)
def test_columns_stay_on_the_page(rows):
    table = Table(
        "t",
        tuple(Column(f"c{i}", "number" if i % 3 == 1 else "text") for i in range(len(rows[0]))),
        tuple(tuple(row) for row in rows),
    )
    widths, size = shares(table)
    assert len(widths) == len(table.columns)
    assert all(width > 0 for width in widths)
    assert sum(widths) <= ROOM + 0.5
    assert 6.0 <= size <= 9.0


def test_a_column_with_more_to_say_is_wider():
    columns = (Column("a"), Column("b"), Column("n", "number"))
    table = Table("t", columns, (("short words here", "many words here " * 20, "1.25"),) * 3)
    (first, second, third), _ = shares(table)
    assert second > first > third


@given(st.text(max_size=80))
def test_breaks_change_no_letter(text):
    assert breakable(text).replace("\u200b", "") == text.replace("\u200b", "")


def test_long_words_can_break():
    assert max(map(len, breakable(LONG).split("\u200b"))) <= 24


@given(st.text())
def test_clean_text_is_one_line_without_controls(text):
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", clean(text))
