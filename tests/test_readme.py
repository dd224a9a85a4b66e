"""The README shows what the program does: its transcripts are run, its Python block too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
TRANSCRIPTS = re.findall(r"```\n(\$ .*?)```", TEXT, flags=re.DOTALL)


def steps(transcript):
    """What was typed, and what was printed for it."""
    return [
        (typed, shown)
        for typed, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", transcript, re.MULTILINE)
    ]


def run(typed, folder):
    """Run a line as a terminal shows it: both streams in the order in which they were written."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EVIDENCE_")}
    program = f'"{sys.executable}" -m evidence '
    return subprocess.run(
        typed.replace("evidence ", program, 1),
        shell=True,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        env={**kept, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )


@pytest.mark.skipif(os.name == "nt", reason="the transcripts are of a POSIX shell")
@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda text: text[2:24])
def test_a_transcript_is_what_the_commands_print(transcript, tmp_path):
    status = None
    for typed, shown in steps(transcript):
        if typed.startswith("cat "):  # the file that the other lines speak of
            (tmp_path / typed.removeprefix("cat ")).write_text(shown, encoding="utf-8")
        elif typed == "echo $?":
            assert shown == f"{status}\n"
        else:
            done = run(typed, tmp_path)
            status = done.returncode
            assert done.stdout == shown, typed
            if (named := re.search(r"-o (\S+)", typed)) is not None:
                assert (tmp_path / named[1]).stat().st_size > 1000


def test_the_transcripts_show_every_stage():
    typed = [line for block in TRANSCRIPTS for line, _ in steps(block)]
    for command in ("score", "check", "explain", "pool", "report"):
        assert any(line.startswith(f"evidence {command} ") for line in typed), command


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
