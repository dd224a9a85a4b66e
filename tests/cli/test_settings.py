"""Which setting wins, where it was made, and what a bad settings file says."""

import os

import pytest

from evidence.__main__ import main
from evidence.cli import settings


@pytest.fixture(autouse=True)
def _nobody_else_s_settings(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("EVIDENCE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def format_in_force(capsys, *words):
    """How `doctor` printed: its format is a setting like any other."""
    assert main(["doctor", *words]) in (0, 3)  # a machine may lack an optional piece
    printed = capsys.readouterr().out
    return "json" if printed.startswith("{") else "csv" if printed.startswith("name,") else "table"


def test_flag_beats_environment_beats_file_beats_project_beats_default(
    tmp_path, monkeypatch, capsys
):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert format_in_force(capsys) == "table"
    (tmp_path / "pyproject.toml").write_text('[tool.evidence]\nformat = "csv"\n')
    assert format_in_force(capsys) == "csv"
    (tmp_path / "evidence.toml").write_text('format = "json"\n')
    assert format_in_force(capsys) == "json"
    monkeypatch.setenv("EVIDENCE_FORMAT", "csv")
    assert format_in_force(capsys) == "csv"
    assert format_in_force(capsys, "--format", "table") == "table"


def test_a_command_s_own_table_beats_the_top_of_the_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "evidence.toml").write_text('format = "csv"\n[doctor]\nformat = "json"\n')
    assert format_in_force(capsys) == "json"
    monkeypatch.setenv("EVIDENCE_FORMAT", "csv")
    assert format_in_force(capsys) == "csv"
    monkeypatch.setenv("EVIDENCE_DOCTOR_FORMAT", "json")
    assert format_in_force(capsys) == "json"


def test_the_nearest_file_upwards_wins(tmp_path, monkeypatch):
    below = tmp_path / "a"
    below.mkdir()
    (tmp_path / "evidence.toml").write_text("level = 0.9\n")
    (below / "evidence.toml").write_text("level = 0.99\n")
    assert settings.find(start=below).values == {"level": 0.99}
    assert settings.find(start=tmp_path).values == {"level": 0.9}


def test_config_names_the_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "evidence.toml").write_text('format = "csv"\n')
    (tmp_path / "mine.toml").write_text('format = "json"\n')
    assert format_in_force(capsys, "--config", "mine.toml") == "json"
    monkeypatch.setenv("EVIDENCE_CONFIG", "mine.toml")
    assert format_in_force(capsys) == "json"


def test_facts_in_the_file_are_no_options(tmp_path, capsys):
    (tmp_path / "evidence.toml").write_text('[units]\nTEWL = "g/m2/h"\n')
    assert format_in_force(capsys) == "table"
    assert settings.find().table("units") == {"TEWL": "g/m2/h"}
    assert settings.find().table("other") == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format = \n", "evidence.toml: this is no valid TOML"),
        ('[doctor]\nformt = "csv"\n', "Did you mean 'format'?"),
        ('format = "cvs"\n', "evidence.toml"),
        ("[doctor]\nformat = { a = 1 }\n", "evidence.toml"),
        ("doctor = 3\n", "must be a mapping"),
    ],
)
def test_a_bad_settings_file_is_one_line(tmp_path, capsys, text, says):
    (tmp_path / "evidence.toml").write_text(text)
    assert main(["doctor"]) == 2
    heard = capsys.readouterr().err
    assert says in heard
    assert heard.count("\n") == 1


def test_a_settings_file_that_is_not_there(capsys):
    assert main(["doctor", "--config", "nope.toml"]) == 2
    assert capsys.readouterr().err == "evidence: nope.toml: no such settings file\n"
