"""`evidence init`: what it writes reads back without a finding, and nothing is overwritten."""

from __future__ import annotations

import ast
import itertools
import json
import re
import tomllib

import pytest

from evidence.__main__ import main
from evidence.cli.init import FILES
from evidence.ingest.read import read, read_claims


@pytest.fixture
def folder(tmp_path):
    assert main(["init", str(tmp_path / "new" / "place")]) == 0
    return tmp_path / "new" / "place"


def test_every_file_is_there(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("name", ["studies.csv", "studies.xlsx"])
def test_the_tables_read_back_without_a_finding(folder, name):
    reading = read(folder / name)
    assert (reading.used, reading.set_aside, reading.findings) == (2, 0, ())
    assert reading[0].outcomes[0].treated.mean.text == "60.2"


def test_the_twins_hold_the_same_numbers(folder):
    table, workbook = read(folder / "studies.csv"), read(folder / "studies.xlsx")
    assert table.to_frame().equals(workbook.to_frame())


def test_the_claims_read_back(folder):
    claims = read_claims(folder / "claims.csv")
    assert (claims.used, claims.findings) == (1, ())


def test_the_settings_are_valid(folder):
    assert tomllib.loads((folder / "evidence.toml").read_text()) == {}


def test_the_notebook_runs_in_its_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    cells = json.loads((folder / "start.ipynb").read_text())["cells"]
    assert cells[0]["source"] == "# What do my studies say?"
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert not any(re.search(r"\d", cell["id"]) for cell in cells)
    names, shown = {}, []
    for above, cell in itertools.pairwise(cells):
        if cell["cell_type"] == "code":
            assert above["cell_type"] == "markdown"
            assert "\n" not in above["source"]
            *body, last = ast.parse(cell["source"]).body
            exec(compile(ast.Module(body, []), "cell", "exec"), names)
            if isinstance(last, ast.Expr):  # what the notebook shows under the cell
                shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), names))
            else:
                exec(compile(ast.Module([last], []), "cell", "exec"), names)
    reading, checked, assessed, of_claim, _ = shown
    assert len(reading) == 2
    assert checked.status != "stop"
    assert 0 < assessed.reliability.value < 100
    assert of_claim.verdict.word == "not supported"
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "not supported" in page


def test_nothing_is_overwritten_and_nothing_is_half_written(tmp_path, capsys):
    (tmp_path / "claims.csv").write_text("mine")
    assert main(["init", str(tmp_path)]) == 2
    assert "claims.csv is already there" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["claims.csv"]
    assert (tmp_path / "claims.csv").read_text() == "mine"
