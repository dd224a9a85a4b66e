"""What a start costs, by the list of modules it brings; and the names in the shop window."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import evidence

HEAVY = {"pandas", "scipy", "statsmodels", "matplotlib", "pyarrow", "numba", "rich.traceback"}

_LIST_MODULES = """
import sys
from evidence.__main__ import main
status = main(sys.argv[1:])
print("\\n".join(sys.modules), file=sys.stderr)
sys.exit(status)
"""


def modules_after(*words, cwd):
    done = subprocess.run(
        [sys.executable, "-c", _LIST_MODULES, *words],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
        check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith(("EVIDENCE_", "COV_"))},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return set(done.stderr.splitlines())


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("--version",),
        ("doctor", "--help"),
        ("explain", "EV305"),
        (
            *("score", "--design", "single-arm", "--n", "50"),
            *("--change", "-20%", "--outcome", "wrinkles"),
        ),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_light_commands_bring_no_heavy_library(words, tmp_path):
    brought = modules_after(*words, cwd=tmp_path)
    assert "evidence.cli.app" in brought
    assert not HEAVY & brought


def test_importing_the_package_brings_nothing_but_itself():
    code = (
        "import sys; before = set(sys.modules); import evidence; print(set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    brought = ast.literal_eval(done.stdout)
    assert {name for name in brought if name.startswith("evidence")} == {"evidence"}
    assert not HEAVY & brought


def test_every_public_name_is_where_the_table_says():
    done = subprocess.run(
        [sys.executable, "-c", "import evidence"],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "EVIDENCE_EAGER": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("name", sorted(evidence._HOMES))
def test_a_public_name_is_found_listed_and_kept(name):
    assert name in dir(evidence)
    assert getattr(evidence, name) is getattr(evidence, name)


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(evidence.__file__).read_text(encoding="utf-8"))
    seen = {
        alias.name: node.module
        for branch in tree.body
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for node in branch.body
        for alias in node.names
        if isinstance(node, ast.ImportFrom) and alias.asname == alias.name
    }
    assert seen == evidence._HOMES


def test_no_public_name_hides_a_package():
    packages = {path.parent.name for path in Path(evidence.__file__).parent.glob("*/__init__.py")}
    assert not packages & evidence._HOMES.keys()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'pol'"):
        evidence.pol  # noqa: B018
