"""Every example that the help and the README show does what it says, in a folder of its own."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest

from evidence.__main__ import main
from evidence.cli.app import COMMANDS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def examples():
    """Lines that are shown, a continued one put together."""
    for name, row in COMMANDS.items():
        for line in "\n".join(row.examples).replace("\\\n", " ").splitlines():
            yield pytest.param(" ".join(line.split()), id=f"{name}: {line[9:50]}")
    for block in re.findall(r"```\n(.*?)```", README, flags=re.DOTALL):
        for line in block.splitlines():
            if line.startswith("evidence "):
                yield pytest.param(line.partition("  #")[0].rstrip(), id=f"README: {line[9:40]}")


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    """The files that the examples speak of: the starter's, and what the README begins with."""
    monkeypatch.chdir(tmp_path)
    main(["init", "starter"])
    for name in ("studies.csv", "claims.csv"):
        shutil.copy(Path("starter", name), name)
    effects = {"claim": ["a", "a", "b"], "yi": [0.1, 0.3, 0.2], "vi": [0.02, 0.03, 0.05]}
    pd.DataFrame({**effects, "se": [0.1, 0.2, 0.2]}).to_parquet("effects.parquet")
    Path("reports").mkdir()
    capsys.readouterr()
    return tmp_path


@pytest.mark.parametrize("typed", list(examples()))
def test_an_example_runs(typed, folder, capsys, monkeypatch):
    words = shlex.split(typed)
    if words[1] == "serve":  # runs until it is stopped; tests of its own do that
        monkeypatch.setattr("evidence.serve.server.serve", _stopped)
        assert main(words[1:]) == 130
        return
    if words[1:3] == ["explain", "Kim 2019"]:
        (shown,) = re.findall(r"\$ cat studies.csv\n(.*?)\$ ", README, flags=re.DOTALL)
        Path("studies.csv").write_text(shown, encoding="utf-8")
    status = main(words[1:])
    heard = capsys.readouterr()
    # a machine may lack an optional piece, which doctor says by its status
    assert status in ((0, 3) if words[1] == "doctor" else (0,)), heard.err
    written = [words[i + 1] for i, word in enumerate(words) if word == "-o"]
    assert heard.out or heard.err
    assert all((folder / name).exists() for name in written)


def _stopped(*_: object) -> None:
    raise KeyboardInterrupt
