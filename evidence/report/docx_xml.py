"""The pieces of WordprocessingML that python-docx has no words for; imports python-docx."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from docx.document import Document as Word
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from evidence.plots.svg import direction
from evidence.report.paper import INK, TONES

MUTED = "#525c68"
ACCENT = "#00569b"
SURFACE = "#f4f6f8"
RULE = "#d5dbe1"
LATIN = "Calibri"
EAST_ASIAN = {"ja": "Yu Gothic", "zh": "Microsoft YaHei"}
REGION = {"ja": "ja-JP", "zh": "zh-CN"}
_SVG_URI = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
_SVG_NS = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"


def hexa(color: str) -> str:
    """A colour as Word writes it.

    >>> hexa("#00569b")
    '00569B'
    """
    return color.lstrip("#").upper()


def colour(color: str) -> RGBColor:
    """A colour as python-docx takes it.

    >>> tuple(colour("#00569b"))
    (0, 86, 155)
    """
    return RGBColor.from_string(hexa(color))


def element(name: str, /, **attributes: str) -> Any:
    """An element of the w: namespace with w: attributes.

    >>> element("jc", val="right").get(qn("w:val"))
    'right'
    """
    made: Any = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def set_styles(word: Word, lang: str) -> None:
    """Fonts, sizes and colours of the styles used, the language, and the styles that are ours.

    >>> from docx import Document
    >>> word = Document()
    >>> set_styles(word, "ja")
    >>> word.styles["Title"].font.size.pt, str(word.styles["Subtitle"].font.color.rgb)
    (22.0, '525C68')
    """
    base = lang.split("-")[0].lower()
    east = EAST_ASIAN.get(base, EAST_ASIAN["ja"])
    defaults: Any = word.styles.element.find(qn("w:docDefaults"))
    spoken: Any = next(iter(defaults.iter(qn("w:lang"))))
    spoken.set(qn("w:val"), lang)
    spoken.set(qn("w:eastAsia"), REGION.get(base, "ja-JP") if "-" not in lang else lang)
    sizes = {"Normal": 10.5, "Title": 22, "Subtitle": 11, "Caption": 9.5}
    sizes |= {f"Heading {i}": size for i, size in enumerate((16, 13, 11.5, 10.5, 10.5, 10.5), 1)}
    for name, size in sizes.items():
        style: Any = word.styles[name]
        style.font.size = Pt(size)
        style.font.color.rgb = colour(MUTED if name == "Subtitle" else INK)
        style.font.italic = False
        if name not in ("Normal", "Subtitle"):
            style.font.bold = True
            style.paragraph_format.keep_with_next = True
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in list(fonts.attrib):
            del fonts.attrib[key]
        for key, value in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", "Arial"), ("eastAsia", east)):
            fonts.set(qn(f"w:{key}"), value)
    normal: Any = word.styles["Normal"]
    normal.paragraph_format.space_after = Pt(6)
    caption: Any = word.styles["Caption"]
    caption.paragraph_format.space_before = Pt(10)
    caption.paragraph_format.space_after = Pt(3)
    for setting in word.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")  # else Word opens the file as one of 2010
    for xml in _own_styles():
        word.styles.element.append(parse_xml(xml))


def _own_styles() -> list[str]:
    def style(name: str, paragraph: str, run: str) -> str:
        return (
            f'<w:style {nsdecls("w")} w:type="paragraph" w:customStyle="1" '
            f'w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/>'
            f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{paragraph}</w:pPr>'
            f"<w:rPr>{run}</w:rPr></w:style>"
        )

    small = f'<w:color w:val="{hexa(MUTED)}"/><w:sz w:val="18"/>'
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{hexa(SURFACE)}"/>'
    mono = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/><w:sz w:val="17"/>'
    made = [
        style("Small", "", small),
        style("Table Text", '<w:spacing w:after="20"/>', '<w:sz w:val="18"/>'),
        style("Small Before", "<w:keepNext/>", small),
        style("Lead", "", '<w:sz w:val="24"/>'),
        style(
            "Summary",
            '<w:keepNext/><w:spacing w:before="160" w:after="60"/>',
            f'<w:b/><w:color w:val="{hexa(ACCENT)}"/>',
        ),
        style("Code Block", f'{shade}<w:spacing w:after="120"/>', mono),
    ]
    made += [
        style(
            f"Callout {kind}",
            f'<w:pBdr><w:left w:val="single" w:sz="24" w:space="8" w:color="{hexa(tone)}"/>'
            f'</w:pBdr>{shade}<w:ind w:left="227"/>',
            "",
        )
        for kind, tone in TONES.items()
    ]
    return made


def mark(paragraph: Paragraph, name: str, number: int) -> None:
    """A bookmark around what the paragraph holds.

    >>> from docx import Document
    >>> line = Document().add_paragraph("Studies")
    >>> mark(line, "studies", 1)
    >>> [part.tag.split("}")[1] for part in line._p]
    ['bookmarkStart', 'r', 'bookmarkEnd']
    """
    start = element("bookmarkStart", id=str(number), name=name)
    at = 1 if paragraph._p.pPr is not None else 0
    paragraph._p.insert(at, start)
    paragraph._p.append(element("bookmarkEnd", id=str(number)))


def link(paragraph: Paragraph, run: Run, *, bookmark: str = "", url: str = "") -> None:
    """Make a run of the paragraph lead to a bookmark or to an address.

    >>> from docx import Document
    >>> line = Document().add_paragraph()
    >>> link(line, line.add_run("Kim 2019"), bookmark="kim2019")
    >>> line._p[0].get(qn("w:anchor")), line.text
    ('kim2019', 'Kim 2019')
    """
    around: Any = OxmlElement("w:hyperlink")
    if url:
        around.set(
            qn("r:id"), paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        )
    else:
        around.set(qn("w:anchor"), bookmark)
    run.font.color.rgb = colour(ACCENT)
    run.font.underline = True
    run._r.addprevious(around)
    around.append(run._r)


def speak(run: Run, lang: str) -> None:
    """The language of a run, and its direction where that is from right to left.

    >>> from docx import Document
    >>> run = Document().add_paragraph().add_run("しわ")
    >>> speak(run, "ja")
    >>> run._r.rPr[0].get(qn("w:val"))
    'ja'
    """
    properties: Any = run._r.get_or_add_rPr()
    if direction(run.text) == "rtl":
        run.font.rtl = True
    if lang:
        # nothing but a few rare elements may follow it, none of which is used here
        properties.append(element("lang", val=lang, eastAsia=lang, bidi=lang))


def turn(paragraph: Paragraph) -> None:
    """A paragraph that reads from right to left.

    >>> from docx import Document
    >>> line = Document().add_paragraph("עברית")
    >>> turn(line)
    >>> line._p.pPr[0].tag == qn("w:bidi")
    True
    """
    properties: Any = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        element("bidi"),
        *(f"w:{name}" for name in ("adjustRightInd", "snapToGrid", "spacing", "ind")),
        *(f"w:{name}" for name in ("contextualSpacing", "mirrorIndents", "jc", "rPr", "sectPr")),
    )


def field(paragraph: Paragraph, instruction: str) -> None:
    """A field that Word fills in: PAGE, NUMPAGES.

    >>> from docx import Document
    >>> line = Document().add_paragraph()
    >>> field(line, "PAGE")
    >>> line._p[0].get(qn("w:instr"))
    'PAGE'
    """
    around = element("fldSimple", instr=instruction)
    run: Any = element("r")
    text = element("t")
    text.text = "1"
    run.append(text)
    around.append(run)
    paragraph._p.append(around)


def restart(word: Word, paragraphs: list[Paragraph]) -> None:
    """Number these paragraphs from one, whatever list came before.

    >>> from docx import Document
    >>> word = Document()
    >>> lines = [word.add_paragraph(text, style="List Number") for text in ("one", "two")]
    >>> restart(word, lines)
    >>> len({line._p.pPr.numPr.numId.val for line in lines})
    1
    """
    numbering: Any = word.part.numbering_part.element
    style: Any = word.styles["List Number"].element
    old = numbering.num_having_numId(style.pPr.numPr.numId.val)
    new = numbering.add_num(old.abstractNumId.val)
    new.add_lvlOverride(ilvl=0).add_startOverride(1)
    for paragraph in paragraphs:
        properties: Any = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = new.numId


def set_table(table: Any, widths: list[float], caption: str, *, row_names: bool) -> None:
    """Rules, widths, the marked header row, and the caption for those who hear the table.

    Parameters
    ----------
    table : docx.table.Table
    widths : list of float, shape (columns,)
        Points.
    caption : str
        Clean text.
    row_names : bool
        The first column names the rows.

    Examples
    --------
    >>> from docx import Document
    >>> table = Document().add_table(rows=2, cols=2)
    >>> set_table(table, [100, 50], "Scores", row_names=True)
    >>> [column.get(qn("w:w")) for column in table._tbl.tblGrid.gridCol_lst]
    ['2000', '1000']
    """
    total = round(sum(widths) * 20)
    properties: Any = parse_xml(
        f"<w:tblPr {nsdecls('w')}>"
        f'<w:tblW w:w="{total}" w:type="dxa"/>'
        f'<w:tblBorders><w:bottom w:val="single" w:sz="4" w:space="0" w:color="{hexa(RULE)}"/>'
        f'<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{hexa(RULE)}"/></w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="70" w:type="dxa"/>'
        '<w:right w:w="70" w:type="dxa"/></w:tblCellMar>'
        f'<w:tblLook w:val="{"04A0" if row_names else "0420"}" w:firstRow="1" w:lastRow="0" '
        f'w:firstColumn="{int(row_names)}" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
        "<w:tblCaption/></w:tblPr>"
    )
    properties[-1].set(qn("w:val"), caption)
    table._tbl.replace(table._tbl.tblPr, properties)
    twips = [str(round(width * 20)) for width in widths]
    for column, width in zip(table._tbl.tblGrid.gridCol_lst, twips, strict=True):
        column.set(qn("w:w"), width)
    for i, row in enumerate(table._tbl.tr_lst):
        row_properties: Any = row.get_or_add_trPr()
        row_properties.append(element("cantSplit"))
        if i == 0:
            row_properties.append(element("tblHeader"))
        for cell, width in zip(row.tc_lst, twips, strict=True):
            cell_properties: Any = cell.get_or_add_tcPr()
            for old in list(cell_properties):
                cell_properties.remove(old)
            cell_properties.append(element("tcW", w=width, type="dxa"))
            if i == 0:
                borders = element("tcBorders")
                line = {"val": "single", "sz": "8", "space": "0", "color": hexa(MUTED)}
                borders.append(element("bottom", **line))
                cell_properties.append(borders)


def picture(run: Run, svg: str, png: bytes, width: float, alt: str, number: int) -> None:
    """A drawing as vectors, with the PNG for programs that draw no SVG, and its description.

    >>> from docx import Document
    >>> from evidence.report.render_typst import svg_to_png
    >>> svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
    >>> run = Document().add_paragraph().add_run()
    >>> picture(run, svg, svg_to_png(svg, 6), 6, "Nothing at all.", 1)
    >>> next(run._r.iter(qn("wp:docPr"))).get("descr")
    'Nothing at all.'
    """
    shape: Any = run.add_picture(io.BytesIO(png), width=Pt(width))
    part = Part(
        PackURI(f"/word/media/drawing{number}.svg"),
        "image/svg+xml",
        svg.encode("utf-8"),
        run.part.package,
    )
    told = shape._inline.docPr
    told.set("descr", alt)
    told.set("name", f"Figure {number}")
    blip = next(shape._inline.iter(qn("a:blip")))
    blip.append(
        parse_xml(
            f'<a:extLst {nsdecls("a")}><a:ext uri="{_SVG_URI}"><asvg:svgBlip '
            f'xmlns:asvg="{_SVG_NS}" {nsdecls("r")} '
            f'r:embed="{run.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)}"/></a:ext></a:extLst>'
        )
    )


def settled(content: bytes) -> bytes:
    """The same package with members in order of name and no times of writing.

    The list of content types stays first, where readers expect it.

    >>> package = io.BytesIO()
    >>> with zipfile.ZipFile(package, "w") as new:
    ...     for name in ("b.xml", "a.xml", "[Content_Types].xml"):
    ...         new.writestr(name, "")
    >>> zipfile.ZipFile(io.BytesIO(settled(package.getvalue()))).namelist()
    ['[Content_Types].xml', 'a.xml', 'b.xml']
    """
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            new.writestr(info, old.read(name))
    return out.getvalue()
