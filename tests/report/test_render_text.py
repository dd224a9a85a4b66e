import json
import re
import sys

import pytest
from demo import HOSTILE, demo

from evidence.errors import EvidenceError, MissingPieceError, OptionError
from evidence.report.document import Column, Document, Paragraph, Span, Table, to_data
from evidence.report.escape import markdown
from evidence.report.render_json import render_json
from evidence.report.render_text import render_text
from evidence.report.save import save

TEXT = render_text(demo())


def test_markdown_begins_with_the_title_and_the_verdict():
    lines = [line for line in TEXT.splitlines() if line]
    assert lines[0] == "# Reduces wrinkle depth by 20 % in four weeks"
    assert lines[2].startswith("> **Verdict (not supported):** The study behind this claim")


def test_markdown_tables_have_one_width():
    for block in re.findall(r"(?:^\|.*\n)+", TEXT, flags=re.M):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1


def test_markdown_lets_no_markup_through():
    prose = re.sub(r"(`+).*?\1", "", re.sub(r"```.*?```", "", TEXT, flags=re.S))
    prose = re.sub(r'<a id="[^"<>]+"></a>|<https?://[^<>]+>|\(<https?://[^<>]+>\)', "", prose)
    assert not re.search(r"(?<!\\)<", prose)
    assert HOSTILE not in prose


@pytest.mark.parametrize("text", ["# x", "- x", "+ x", "1. x", "1) x", "> x", "---", "=== "])
def test_a_line_cannot_become_a_block(text):
    assert re.match(r"\\|\d+\\", markdown(text))


def test_emphasis_and_links_survive():
    said = (
        "a ",
        Span("b", emphasis="strong"),
        " ",
        Span("c", url="https://x.org/y"),
        " ",
        Span("`d`", emphasis="code"),
    )
    text = render_text(Document(title="t", blocks=(Paragraph(said),)))
    assert "a **b** [c](<https://x.org/y>) `` `d` ``" in text


def test_markdown_and_html_hold_the_same_headings():
    heads = re.findall(r"^#+ (.*)$", TEXT, flags=re.M)
    assert len(heads) == 1 + 4 + 4


def test_json_is_the_document_sorted_and_finite():
    text = render_json(demo())
    assert json.loads(text) == to_data(demo())
    assert list(json.loads(text)) == sorted(json.loads(text))
    table = Table("t", (Column("a"),), (("x",),))
    assert render_json(Document(title="t", blocks=(table,))).endswith("}\n")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.html", b"<!doctype html>"),
        ("a.pdf", b"%PDF-1.7"),
        ("a.docx", b"PK"),
        ("a.MD", b"# "),
        ("a.json", b"{"),
    ],
)
def test_save_writes_what_the_suffix_says(tmp_path, name, start):
    path = save(demo(), tmp_path / name)
    assert path.read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    first = path.read_bytes()
    assert save(demo(), str(path)).read_bytes() == first


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [("a.pdf", "typst", "typst"), ("a.docx", "docx", "python-docx"), ("a.docx", "typst", "typst")],
)
def test_formats_of_an_extra_name_what_is_missing(tmp_path, monkeypatch, name, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingPieceError, match=rf"needs the package {package},.*\[report\]"):
        save(demo(), tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["a.htm", "a", "a.txt"])
def test_other_suffixes_are_refused_with_those_there_are(tmp_path, name):
    with pytest.raises(OptionError, match=r"\.html, \.pdf, \.docx, \.md, \.json"):
        save(demo(), tmp_path / name)


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(EvidenceError, match="cannot be written"):
        save(demo(), tmp_path / "no" / "a.html")


def test_an_older_file_survives_a_failure(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("old")
    with pytest.raises(OptionError):
        save(Document(title="t", lang="fr"), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]
