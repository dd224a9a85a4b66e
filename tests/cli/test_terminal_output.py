"""What reaches a terminal, a program or a file: the same answer, and nothing it would obey."""

import io
import json
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.__main__ import main
from evidence.cli import output
from evidence.records.base import UNKNOWN
from evidence.records.finding import Finding


def test_plain_keeps_words_of_every_script():
    text = "Crème 50 % (95 % CI −2.1…0.3) 保湿クリーム รักษา שלום 🧴"
    assert output.plain(text) == text


@given(st.text())
def test_plain_leaves_nothing_a_terminal_would_obey(text):
    shown = output.plain(text)
    assert not any(ord(ch) < 32 or 127 <= ord(ch) < 160 for ch in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    shown.encode("utf-8")  # no lone surrogate is left


@given(st.text())
def test_json_says_the_same_text_and_nothing_a_terminal_would_obey(text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return
    printed = output.to_json({"x": text}, indent=None)
    assert json.loads(printed) == {"x": text}
    assert output.plain(printed) == printed


def test_json_has_its_schema_first_and_never_nan():
    printed = output.to_json(
        {
            "value": float("nan"),
            "low": -np.inf,
            "arms": np.array([1.5, np.nan]),
            "n": np.int64(3),
            "blind": UNKNOWN,
            "finding": Finding(code="EV305", severity="error", message="m"),
        },
        schema="evidence/test/1",
    )
    assert list(json.loads(printed)) == ["schema", "value", "low", "arms", "n", "blind", "finding"]
    read = json.loads(printed)
    assert (read["value"], read["low"], read["arms"]) == (None, None, [1.5, None])
    assert (read["n"], read["blind"], read["finding"]["code"]) == (3, "unknown", "EV305")


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t=", "＝"])
def test_csv_text_cannot_become_a_formula(lead):
    line = output.to_csv([{"name": f"{lead}cmd|'/c calc'!A0"}]).splitlines()[1]
    assert line.lstrip('"').startswith("'")


def test_json_of_a_frame_is_its_rows():
    frame = pd.DataFrame({"study": ["a", "b"], "yi": [0.5, np.nan]})
    assert output.plain_data(frame) == [{"study": "a", "yi": 0.5}, {"study": "b", "yi": None}]
    assert output.plain_data(frame["yi"]) == [0.5, None]


def test_csv_numbers_stay_numbers():
    assert output.to_csv([{"a": -0.5, "b": "-20", "c": None}]) == "a,b,c\n-0.5,-20,\n"


def test_markdown_cells_cannot_break_the_table():
    printed = output.to_markdown([{"name": "a|b\n<script>"}])
    assert printed.splitlines()[2] == "| a\\|b\\\\n&lt;script> |"


def test_a_table_lines_up_wide_characters():
    lines = output.to_table([{"a": "保湿", "b": 1.0}, {"a": "x", "b": -10.25}]).splitlines()
    assert lines == ["a          b", "保湿    1.00", "x     −10.25"]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "md", "table"])
def test_every_format_of_the_same_answer_holds_its_value(capsys, form):
    output.emit({"k": 3}, form, schema="evidence/test/1", rows=[{"k": 3}])
    printed = capsys.readouterr().out
    assert "3" in printed
    assert printed.endswith("\n")
    assert ("evidence/test/1" in printed) == form.startswith("json")


def test_a_file_is_replaced_whole_or_left_as_it_was(tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("old")
    output.write("new", target)
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(output.OutputError, match="No space left"):
        output.write("newer", target)
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_written_through_a_link_keeps_the_link(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    output.write("new", tmp_path / "link.txt")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_where_nothing_can_be_written(tmp_path, capsys):
    assert main(["explain", "derived", "-o", str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().err
    assert main(["explain", "derived", "-o", str(tmp_path / "no" / "x.txt")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_a_narrow_terminal_shows_what_it_can(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["explain", "研究"]) == 0
    assert b"\\u7814\\u7a76" in stream.buffer.getvalue()
