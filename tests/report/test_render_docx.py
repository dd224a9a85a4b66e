"""The DOCX: read back by python-docx, complete, the same twice, and open to screen readers."""

from __future__ import annotations

import io
import re
import sys
import time
import zipfile

import docx
import pytest
from demo import CJK, HOSTILE, demo
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from evidence.errors import MissingPieceError, OptionError
from evidence.report.document import (
    Badge,
    Bullets,
    Callout,
    Cell,
    CodeBlock,
    Column,
    Data,
    Details,
    Document,
    Figure,
    Paragraph,
    Reference,
    Section,
    Span,
    Table,
    _walk,
    plain_text,
)
from evidence.report.escape import safe_svg
from evidence.report.paper import alt_text, clean
from evidence.report.render_docx import render_docx

MADE = render_docx(demo())
WORD = docx.Document(io.BytesIO(MADE))
BODY = WORD.element.body
PARTS = list(_walk(demo().blocks))
LINES = [line.text for line in WORD.paragraphs]


def read(document):
    return docx.Document(io.BytesIO(render_docx(document)))


def members(content=MADE):
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def of_kind(kind):
    return [part for part in PARTS if isinstance(part, kind)]


def words(element):
    return "".join(el.text for el in element.iter(qn("w:t")))


def test_headings_have_the_level_they_stand_at():
    def levels(blocks, level=1):
        for block in blocks:
            if isinstance(block, Section):
                yield f"Heading {level}", clean(block.title)
                yield from levels(block.blocks, level + 1)

    heads = [(p.style.name, p.text) for p in WORD.paragraphs if p.style.name.startswith("Heading")]
    assert heads == list(levels(demo().blocks))
    assert [p.text for p in WORD.paragraphs if p.style.name == "Title"] == [demo().title]


def test_a_table_without_columns_is_its_caption():
    made = read(Document(title="t", blocks=(Table("nothing", (), ()), Table("n", (), ((),)))))
    assert [line.text for line in made.paragraphs if line.text] == ["t", "nothing", "n"]


def test_deep_sections_stop_at_the_sixth_heading():
    block = Section("9", ())
    for i in range(8, 0, -1):
        block = Section(str(i), (block,))
    heads = [p.style.name for p in read(Document(title="t", blocks=(block,))).paragraphs[1:]]
    assert heads == [f"Heading {min(i, 6)}" for i in range(1, 10)]


def test_every_table_is_whole_with_a_marked_header_row_and_a_name():
    tables = of_kind(Table)
    assert len(WORD.tables) == len(tables)
    for made, asked in zip(WORD.tables, tables, strict=True):
        rows = made._tbl.tr_lst
        marked = [
            row.trPr is not None and row.trPr.find(qn("w:tblHeader")) is not None for row in rows
        ]
        assert marked == [True] + [False] * len(asked.rows)
        assert made._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val")) == clean(asked.caption)
        seen = [[cell.text for cell in row.cells] for row in made.rows]
        assert seen[0] == [clean(column.label) for column in asked.columns]
        for row, cells in zip(seen[1:], asked.rows, strict=True):
            for shown, cell in zip(row, cells, strict=True):
                text = cell if isinstance(cell, str) else plain_text(cell.text)
                assert shown.endswith(clean(text))
                if isinstance(cell, Cell) and cell.badge:
                    assert re.match("[✓!✕•?]\u00a0", shown)


def test_captions_stand_before_their_tables():
    captions = [line.text for line in WORD.paragraphs if line.style.name == "Caption"]
    for table in of_kind(Table):
        assert clean(table.caption) in captions


def test_drawings_are_vectors_with_a_picture_beside_and_words_for_both():
    figures = of_kind(Figure)
    told = [el.get("descr") for el in BODY.iter(qn("wp:docPr"))]
    assert told == [alt_text(figure) for figure in figures]
    kept = members()
    vectors = [name for name in kept if name.endswith(".svg")]
    assert len(vectors) == len(figures)
    for name in vectors:
        svg = safe_svg(kept[name].decode())
        assert "currentColor" not in svg
    relations = WORD.part.rels
    for blip in BODY.iter(qn("a:blip")):
        picture = relations[blip.get(qn("r:embed"))].target_part
        assert picture.blob.startswith(b"\x89PNG")
        vector = next(el for el in blip.iter() if el.tag.endswith("}svgBlip"))
        assert relations[vector.get(qn("r:embed"))].target_part.content_type == "image/svg+xml"


def test_links_lead_to_bookmarks_and_addresses():
    places = [el.get(qn("w:name")) for el in BODY.iter(qn("w:bookmarkStart"))]
    assert len(places) == len(set(places))
    assert all(re.fullmatch(r"[A-Za-z]\w{0,39}", name, flags=re.A) for name in places)
    ids = [el.get(qn("w:id")) for el in BODY.iter(qn("w:bookmarkStart"))]
    assert ids == [el.get(qn("w:id")) for el in BODY.iter(qn("w:bookmarkEnd"))]
    links = list(BODY.iter(qn("w:hyperlink")))
    inner = [el.get(qn("w:anchor")) for el in links if el.get(qn("w:anchor"))]
    assert set(inner) <= set(places)
    assert len(inner) >= sum(1 for p in PARTS if isinstance(p, Span | Cell) and p.anchor)
    outer = {WORD.part.rels[i].target_ref for el in links if (i := el.get(qn("r:id")))}
    assert outer == {p.url for p in PARTS if isinstance(p, Span | Reference) and p.url}


def test_a_link_ends_at_its_own_place():
    made = read(
        Document(
            title="t",
            blocks=(
                Paragraph((Span("down", anchor="毛穴"),)),
                Section("one", (), anchor="b"),
                Section("two", (), anchor="毛穴"),
            ),
        )
    )
    link = next(el for el in made.element.body.iter(qn("w:hyperlink")) if words(el) == "down")
    start = next(
        el
        for el in made.element.body.iter(qn("w:bookmarkStart"))
        if el.get(qn("w:name")) == link.get(qn("w:anchor"))
    )
    assert words(start.getparent()) == "two"


def test_every_word_is_there():
    text = "\n".join(LINES)
    for part in PARTS:
        if isinstance(part, Paragraph):
            assert clean(plain_text(part.text)) in text
        elif isinstance(part, Details):
            assert clean(part.summary) in text
        elif isinstance(part, Callout):
            assert clean(part.title) in text
        elif isinstance(part, CodeBlock):
            assert part.code in text
        elif isinstance(part, Data):
            assert f"{part.name} is inside this report as HTML or JSON" in text
        elif isinstance(part, Badge):
            assert f"\u00a0{part.text}" in text
        elif isinstance(part, Bullets):
            assert all(clean(plain_text(item)) in text for item in part.items)
    assert plain_text(demo().verdict) in LINES
    for term, said in demo().status:
        assert f"{term}: {plain_text(said)}" in LINES
    assert demo().date in LINES


def test_each_numbered_list_begins_at_one():
    two = Bullets(("a", "b"), ordered=True)
    made = read(Document(title="t", blocks=(two, two)))
    numbers = [el.get(qn("w:val")) for el in made.element.body.iter(qn("w:numId"))]
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]
    starts = {
        el.get(qn("w:numId")): [s.get(qn("w:val")) for s in el.iter(qn("w:startOverride"))]
        for el in made.part.numbering_part.element.iter(qn("w:num"))
    }
    assert starts[numbers[0]] == starts[numbers[2]] == ["1"]


def test_title_author_language_and_date_are_properties():
    about = WORD.core_properties
    assert about.title == demo().title
    assert about.author == "evidence 0.1.0"
    assert about.language == "en"
    assert about.created.isoformat()[:10] == "2025-03-01"
    spoken = next(WORD.styles.element.iter(qn("w:lang")))
    assert spoken.get(qn("w:val")) == "en"
    core = members(render_docx(Document(title="t")))["docProps/core.xml"]
    assert b"created" not in core
    assert b"python-docx" not in core


@pytest.mark.parametrize(
    ("lang", "east"), [("ja", "ja-JP"), ("zh", "zh-CN"), ("zh-Hant", "zh-Hant")]
)
def test_an_east_asian_language_is_named_for_its_script(lang, east):
    made = read(Document(title=CJK, lang=lang))
    spoken = next(made.styles.element.iter(qn("w:lang")))
    assert (spoken.get(qn("w:val")), spoken.get(qn("w:eastAsia"))) == (lang, east)


def test_phrases_keep_their_language_and_direction():
    tagged = {el.get(qn("w:val")) for el in BODY.iter(qn("w:lang"))}
    assert tagged == {"ar", "he", "ja"}
    turned = [words(el.getparent().getparent()) for el in BODY.iter(qn("w:bidi"))]
    assert turned
    assert all(re.search("[\u0590-\u06ff]", text) for text in turned)


def test_the_title_stands_above_and_the_page_number_below():
    section = WORD.sections[0]
    assert section.header.paragraphs[0].text == demo().title
    fields = [el.get(qn("w:instr")) for el in section.footer._element.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_the_same_bytes_at_another_time():
    time.sleep(2.1)  # times in a zip file go in steps of two seconds
    assert render_docx(demo()) == MADE
    with zipfile.ZipFile(io.BytesIO(MADE)) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert package.testzip() is None
        assert package.namelist()[0] == "[Content_Types].xml"


def test_every_part_is_well_formed_and_of_a_named_type():
    kept = members()
    types = kept["[Content_Types].xml"].decode()
    for name, content in kept.items():
        if name.endswith((".xml", ".rels", ".svg")):
            etree.fromstring(content)
        ending = name.rsplit(".", 1)[-1]
        assert f'Extension="{ending}"' in types or f'PartName="/{name}"' in types


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_any_text_at_all_is_kept_but_for_what_xml_forbids(text):
    made = read(
        Document(
            title="t" + text,
            made_by=text,
            blocks=(
                Paragraph(text),
                Section(text, (), badge=Badge(text or "x"), note=text),
                Table("t" + text, (Column(text),), ((Cell(text, badge="positive"),), (text,))),
                CodeBlock("a\n" + text, label=text),
            ),
        )
    )
    assert made.paragraphs[0].text == clean("t" + text)
    assert made.paragraphs[1].text == clean(text)
    assert made.tables[0].rows[2].cells[0].text == clean(text)


def test_hostile_text_is_text():
    assert LINES.count(HOSTILE) >= 1
    for name, content in members().items():
        if name.endswith((".xml", ".rels")):
            assert b"<script" not in content


@pytest.mark.parametrize("module", ["docx", "typst"])
def test_without_a_package_its_name_is_told(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    figure = of_kind(Figure)[0]
    with pytest.raises(MissingPieceError, match=r"claims-evidence\[report\]"):
        render_docx(Document(title="t", blocks=(figure,)))


def test_a_language_without_words_is_refused():
    with pytest.raises(OptionError):
        render_docx(Document(title="t", lang="fr"))


# ECMA-376-1 (2016): CT_PPr, CT_RPr, CT_TblPr and CT_TcPr are sequences
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore numPr pBdr shd tabs bidi spacing ind "
    "contextualSpacing jc outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike color spacing kern sz szCs highlight "
    "u shd vertAlign rtl cs lang",
    "tblPr": "tblStyle tblStyleRowBandSize tblStyleColBandSize tblW jc tblInd tblBorders "
    "shd tblLayout tblCellMar tblLook tblCaption",
    "tcPr": "tcW gridSpan vMerge tcBorders shd vAlign",
}


@pytest.mark.parametrize("name", ORDER)
def test_properties_come_in_the_order_that_word_insists_on(name):
    order = [qn(f"w:{child}") for child in ORDER[name].split()]
    for root in (BODY, WORD.styles.element):
        for element in root.iter(qn(f"w:{name}")):
            places = [order.index(child.tag) for child in element]
            assert places == sorted(places)


def test_no_two_drawings_have_one_number():
    numbers = [el.get("id") for el in BODY.iter(qn("wp:docPr"))]
    assert len(numbers) == len(set(numbers))
