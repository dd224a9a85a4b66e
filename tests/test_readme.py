"""The README shows what the program does: its transcript is run, its Python block too."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from evidence.__main__ import main

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_transcript_is_what_the_command_prints(capsys):
    (block,) = re.findall(r"```\n\$ (evidence score .*?)\n(.*?)```", TEXT, flags=re.DOTALL)
    command, shown = block
    assert main(shlex.split(command)[1:]) == 0
    assert capsys.readouterr().out == shown


def test_the_python_block_runs_and_its_comments_are_true(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    for promised in re.findall(r"# (\d.*)$", code, flags=re.MULTILINE):
        assert promised in printed


def test_every_file_it_leads_to_is_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_every_page_of_methods_is_listed():
    folder = ROOT / "docs" / "methods"
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text("utf-8")))
    assert listed == {path.name for path in folder.glob("*.md")} - {"README.md"}
