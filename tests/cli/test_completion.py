"""`evidence --install-completion`: a script for each shell, and what bash completes with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from evidence.cli.app import COMMANDS

_COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
complete -p evidence >/dev/null || exit 1
_evidence evidence "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def install(home, *words):
    kept = {k: v for k, v in os.environ.items() if not k.endswith("SH_VERSION")}
    return subprocess.run(
        [sys.executable, "-m", "evidence", "--install-completion", *words],
        capture_output=True,
        encoding="utf-8",
        env={**kept, "HOME": str(home), "USERPROFILE": str(home)},
        check=False,
    )


@pytest.mark.parametrize(
    ("shell", "place", "marks"),
    [
        ("bash", ".local/share/bash-completion/completions/evidence", "complete -F"),
        ("zsh", ".zsh/completions/_cyclopts_evidence", "#compdef evidence"),
        ("fish", ".config/fish/completions/evidence.fish", "complete -c evidence"),
    ],
)
def test_a_script_is_written_where_the_shell_looks(tmp_path, shell, place, marks):
    done = install(tmp_path, "--shell", shell)
    assert done.returncode == 0, done.stderr
    script = (tmp_path / place).read_text(encoding="utf-8")
    assert marks in script
    for word in (*COMMANDS, "--by", "--design", "split-face", "--tau2"):
        assert word.lstrip("-") in script, word


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["sc"], ["score", "schema"]),
        (["score", "--des"], ["--design"]),
        (["score", "--design", ""], ["single-arm", "parallel", "split-face", "in-vitro"]),
        (["pool", "--te"], ["--test"]),
        (["check", "--lang", ""], ["en", "ja", "zh"]),
        (["score", "--standard", ""], ["eu", "us", "uk", "jp", "cn", "ca"]),
    ],
    ids=" ".join,
)
def test_bash_completes(tmp_path_factory, typed, offered):
    script = _script(tmp_path_factory)
    done = subprocess.run(
        ["bash", "--norc", "-c", _COMPLETE, "bash", str(script), "evidence", *typed],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert set(offered) <= set(done.stdout.split())


def _script(tmp_path_factory):
    """Written once for all tests of it."""
    home = tmp_path_factory.getbasetemp() / "home-of-bash"
    script = home / ".local/share/bash-completion/completions/evidence"
    if not script.exists():
        assert install(home, "--shell", "bash").returncode == 0
    return script
