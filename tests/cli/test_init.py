"""`evidence init`: what it writes reads back without a finding, and nothing is overwritten."""

from __future__ import annotations

import json
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


def test_the_notebook_runs(folder, monkeypatch):
    monkeypatch.chdir(folder)
    cells = json.loads((folder / "start.ipynb").read_text())["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    names = {}
    for cell in cells[:-1]:  # the last one needs the score
        if cell["cell_type"] == "code":
            exec(cell["source"], names)
    assert len(names["studies"]) == 2


def test_nothing_is_overwritten_and_nothing_is_half_written(tmp_path, capsys):
    (tmp_path / "claims.csv").write_text("mine")
    assert main(["init", str(tmp_path)]) == 2
    assert "claims.csv is already there" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["claims.csv"]
    assert (tmp_path / "claims.csv").read_text() == "mine"
