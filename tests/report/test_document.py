import json

import pytest
from demo import demo

from evidence.errors import EvidenceError, OptionError
from evidence.plots.score_strip import score_strip_rows, score_strip_svg
from evidence.report.document import (
    Badge,
    Cell,
    Column,
    Document,
    Figure,
    Links,
    Paragraph,
    Section,
    Span,
    Table,
    anchor_for,
    json_data,
    rows_table,
    to_data,
)
from evidence.report.escape import csv_text, safe_svg, spreadsheet_cell

TABLE = Table("t", (Column("a"),), (("1",),))
SVG = score_strip_svg(score_strip_rows([{"label": "a", "value": 1}]), title="t", desc="d")


def test_a_document_is_plain_data_with_a_schema():
    data = to_data(demo())
    assert data["schema"] == "evidence/report/1"
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    kinds = {block["block"] for block in _blocks(data["blocks"])}
    assert kinds >= {
        "section",
        "paragraph",
        "bullets",
        "key_values",
        "table",
        "figure",
        "callout",
        "badge",
        "details",
        "links",
        "data",
        "code_block",
        "references",
    }


def _blocks(blocks):
    for block in blocks:
        yield block
        yield from _blocks(block.get("blocks", []))


def test_two_places_with_one_anchor_are_refused():
    twice = (Section("A", (), anchor="a"), Section("B", (), anchor="a"))
    with pytest.raises(EvidenceError, match="used twice"):
        Document(title="t", blocks=twice)


@pytest.mark.parametrize(
    "block",
    [
        Links((("x", "nowhere"),)),
        Paragraph((Span("x", anchor="nowhere"),)),
        Table("t", (Column("a"),), ((Cell("x", anchor="nowhere"),),)),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(block):
    with pytest.raises(EvidenceError, match="nowhere"):
        Document(title="t", blocks=(block,))


@pytest.mark.parametrize("anchor", ["ev-x", "a b", 'a"b', "a<b", "a#b"])
def test_an_anchor_that_could_break_the_page_is_refused(anchor):
    with pytest.raises(EvidenceError, match="anchor"):
        Document(title="t", blocks=(Section("A", (), anchor=anchor),))


@pytest.mark.parametrize("text", ["ev-top", "A & B", "<script>", "毛穴", "  ", "٪"])
def test_made_anchors_are_accepted_and_never_collide(text):
    first = anchor_for(text)
    second = anchor_for(text, [first])
    Document(title="t", blocks=(Section("A", (), anchor=first), Section("B", (), anchor=second)))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", "https://a b"])
def test_only_web_addresses_are_linked(url):
    with pytest.raises(EvidenceError, match="address"):
        Span("x", url=url)


def test_a_row_of_the_wrong_length_is_refused():
    with pytest.raises(EvidenceError, match="row 0 has 2 cells for 1"):
        Table("t", (Column("a"),), (("1", "2"),))


def test_a_kind_that_is_none_is_refused_with_those_there_are():
    with pytest.raises(OptionError, match="positive"):
        Badge("x", "good")


@pytest.mark.parametrize(
    "bad",
    [
        SVG.replace("<desc", "<script>1</script><desc"),
        SVG.replace("<svg ", '<svg onload="1" '),
        SVG.replace('class="p-main"', 'style="x"'),
        SVG.replace("<desc", '<image href="https://x/y.png"/><desc'),
        SVG.replace('fill="currentColor"', 'fill="url(https://x/y)"', 1),
        "<svg>",
        "<p>no</p>",
    ],
)
def test_a_drawing_that_is_more_than_shapes_is_refused(bad):
    assert bad != SVG
    with pytest.raises(EvidenceError):
        Figure(bad, title="t", description="d", table=TABLE)


def test_a_drawing_of_ours_is_accepted():
    assert safe_svg(SVG) == SVG


@pytest.mark.parametrize("text", ["=1", "+1+1", "-x", "@x", "\t=1", "\r=1", " =1", "＝1"])
def test_formulas_are_quoted_in_csv(text):
    assert spreadsheet_cell(text).startswith("'")


def test_csv_is_rfc_4180():
    assert csv_text(["a", "b"], [['x"y', "1,2"], [-1.5, None]]) == (
        'a,b\r\n"x""y","1,2"\r\n-1.5,\r\n'
    )


def test_json_data_has_no_nan_and_sorted_keys():
    data = json_data("x.json", {"b": float("nan"), "a": [float("inf"), 1.0]})
    assert json.loads(data.content) == {"a": [None, 1.0], "b": None}
    assert data.content.index('"a"') < data.content.index('"b"')


def test_a_table_of_rows_aligns_numbers_and_dashes_what_is_missing():
    table = rows_table(
        "t",
        [{"a": "x", "n": 3, "v": 0.5}, {"a": "y", "n": 4, "v": None}],
        {"a": "A", "n": "N", "v": "V"},
    )
    assert [c.kind for c in table.columns] == ["text", "number", "number"]
    assert table.rows[0][1].text == "3"
    assert table.rows[0][2].text == "0.50"
    assert table.rows[1][2] == "–"
