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
    assert main(["doctor", "--json"]) in (0, 3)  # a machine may lack an optional piece
    return json.loads(capsys.readouterr().out)


def test_core_is_what_the_project_depends_on():
    assert set(doctor.CORE) == names(PROJECT["dependencies"])


def test_every_extra_for_users_is_a_piece():
    extras = PROJECT["optional-dependencies"]
    for extra in extras.keys() - {"dev", "build", "docs"}:
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


def test_a_missing_piece_is_named_with_what_it_would_allow(monkeypatch, capsys):
    gone = doctor.Piece(
        name="pdf", extra="report", modules={"not_there_x": "typst"}, allows="reports as PDF"
    )
    monkeypatch.setattr(doctor, "PIECES", (gone,))
    assert main(["doctor"]) == 3
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
    rows = {row["setting"]: (row["value"], row["source"]) for row in found["settings"]}
    assert rows == {
        "EVIDENCE_LEVEL": ("0.9", "environment"), "pool.tau2": ("DL", "evidence.toml")}  # fmt: skip


@pytest.mark.parametrize(
    ("names", "file", "beaten"),
    [
        ({"EVIDENCE_TAU2": "PM"}, '[pool]\ntau2 = "DL"\n', {"pool.tau2": "EVIDENCE_TAU2"}),
        ({"EVIDENCE_POOL_TAU2": "PM"}, '[pool]\ntau2 = "DL"\n',
         {"pool.tau2": "EVIDENCE_POOL_TAU2"}),
        # for every command but pool, the file's own holds
        ({"EVIDENCE_POOL_TAU2": "PM"}, 'tau2 = "DL"\n', {}),
        ({}, 'tau2 = "DL"\n[pool]\ntau2 = "PM"\n', {}),
        ({"EVIDENCE_FAIL_ON": "never"}, "fail-on = 'warning'\n", {"fail-on": "EVIDENCE_FAIL_ON"}),
    ],
)  # fmt: skip
def test_which_setting_goes_first(tmp_path, monkeypatch, capsys, names, file, beaten):
    (tmp_path / "evidence.toml").write_text(file)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    rows = examined(capsys)["settings"]
    found = {row["setting"]: row["overridden_by"] for row in rows if row["overridden_by"]}
    assert found == beaten
    main(["doctor"])
    printed = capsys.readouterr().out
    assert all(f"; {stronger} goes first" in printed for stronger in beaten.values())


def test_whether_the_shell_completes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    for name in ("BASH_VERSION", "ZSH_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FISH_VERSION", "3.6")
    assert examined(capsys)["completion"] == {"shell": "fish", "installed": False}
    main(["doctor"])
    assert "fish: not set up; evidence --install-completion" in capsys.readouterr().out
    assert main(["--install-completion"]) == 0
    capsys.readouterr()
    assert examined(capsys)["completion"] == {"shell": "fish", "installed": True}


def test_the_file_named_with_config_is_the_one_shown(tmp_path, capsys):
    (tmp_path / "mine.toml").write_text("level = 0.9\n")
    assert main(["doctor", "--config", "mine.toml"]) in (0, 3)
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
