"""`evidence doctor` agrees with what the project declares and with what is installed."""

import json
import platform
import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import evidence
from evidence.__main__ import main
from evidence.cli import doctor

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("EVIDENCE_CONFIG", "EVIDENCE_FORMAT"):
        monkeypatch.delenv(name, raising=False)


def names(requirements):
    return {re.split(r"[\[<>=! ;]", requirement)[0].lower() for requirement in requirements}


def examined(capsys):
    assert main(["doctor", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_core_is_what_the_project_depends_on():
    assert set(doctor.CORE) == names(PROJECT["dependencies"])


def test_every_extra_for_users_is_a_piece():
    extras = PROJECT["optional-dependencies"]
    for extra in extras.keys() - {"dev", "build"}:
        pieces = [piece for piece in doctor.PIECES if piece.extra == extra]
        known = {name for piece in pieces for name in piece.modules.values()}
        assert names(extras[extra]) <= known, extra
    assert {piece.extra for piece in doctor.PIECES} <= extras.keys()


def test_json_says_what_runs_here(capsys):
    found = examined(capsys)
    assert found["schema"] == "evidence/doctor/1"
    assert found["python"] == platform.python_version()
    assert found["executable"] == sys.executable
    assert found["evidence"] == evidence.__version__
    assert found["core"]["numpy"] == version("numpy")
    assert found["missing"] == []
    assert found["config"] == "none"


def test_a_missing_piece_says_what_it_would_allow_and_is_no_failure(monkeypatch, capsys):
    gone = doctor.Piece(
        name="pdf", extra="report", modules={"not_there_x": "typst"}, allows="reports as PDF"
    )
    monkeypatch.setattr(doctor, "PIECES", (gone,))
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert "typst missing" in printed
    assert "would allow reports as PDF: pip install 'claims-evidence[report]'" in printed


def test_a_broken_installation_exits_2(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "CORE", ("numpy", "surely-not-installed"))
    assert main(["doctor"]) == 2
    assert "core packages missing: surely-not-installed" in capsys.readouterr().out


def test_the_settings_in_force_and_where_each_was_made(tmp_path, monkeypatch, capsys):
    (tmp_path / "evidence.toml").write_text('[pool]\ntau2 = "DL"\n')
    monkeypatch.setenv("EVIDENCE_LEVEL", "0.9")
    found = examined(capsys)
    assert found["config"] == "evidence.toml"
    assert {"setting": "EVIDENCE_LEVEL", "value": "0.9", "source": "environment"} in found[
        "settings"
    ]
    assert {"setting": "pool.tau2", "value": "DL", "source": "evidence.toml"} in found["settings"]


def test_the_file_named_with_config_is_the_one_shown(tmp_path, capsys):
    (tmp_path / "mine.toml").write_text("level = 0.9\n")
    assert main(["doctor", "--config", "mine.toml"]) == 0
    assert "settings    mine.toml" in capsys.readouterr().out


def test_the_code_hash_follows_contents_and_names(tmp_path, monkeypatch):
    def hashed(files):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        monkeypatch.setattr(doctor, "_PACKAGE", folder)
        doctor.code_hash.cache_clear()
        return doctor.code_hash()

    first = hashed({"a.py": "1", "b.csv": "2"})
    assert hashed({"b.csv": "2", "a.py": "1", "a.pyc": "compiled"}) == first
    assert hashed({"a.py": "1", "b.csv": "3"}) != first
    assert hashed({"a.py": "1", "c.csv": "2"}) != first
    doctor.code_hash.cache_clear()
    assert re.fullmatch("[0-9a-f]{64}", first)
