"""Notebooks as files: stripped, portable, plain Python. Running them is nbmake's part."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

import evidence as ev

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
EXPECTED = (
    "01_score_one_study",
    "02_pool_and_explore",
    "03_bring_your_own_data",
    "04_from_claim_to_report",
    "05_audit_two_articles",
)
MOST_CELLS = 90
MOST_WORDS = 110
"""Of one cell of prose: one idea each."""


def cells(path: Path, kind: str) -> list[dict]:
    tree = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in tree["cells"] if cell["cell_type"] == kind]


def source(cell: dict) -> str:
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def test_the_tours_are_there():
    assert set(EXPECTED) <= {path.stem for path in NOTEBOOKS}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request) -> Path:
    return request.param


def test_it_is_a_valid_notebook_for_the_plain_kernel(notebook):
    tree = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
    nbformat.validate(tree)
    assert tree.metadata.kernelspec.name == "python3"
    assert "widgets" not in tree.metadata


def test_outputs_are_stripped(notebook):
    for cell in cells(notebook, "code"):
        assert cell["outputs"] == [], source(cell)
        assert cell["execution_count"] is None, source(cell)


def test_cell_names_are_words_that_do_not_change(notebook):
    names = [cell["id"] for kind in ("markdown", "code") for cell in cells(notebook, kind)]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9-]*", name)] == []


def test_code_is_plain_python(notebook):
    """Magics and shell lines do not parse."""
    for cell in cells(notebook, "code"):
        ast.parse(source(cell))
        assert not re.search(r"get_ipython|^\s*[%!]", source(cell), re.MULTILINE), source(cell)


def test_nothing_points_outside_the_project(notebook):
    """No path of somebody's machine, and nothing fetched: files are named from the notebook."""
    for cell in cells(notebook, "code") + cells(notebook, "markdown"):
        text = source(cell)
        assert not re.search(r"""["'(](/[A-Za-z]|~(?! )|[A-Za-z]:[\\/])""", text), text
        assert not re.search(r"https?://|urlopen|requests", text), text


def test_the_files_it_reads_are_in_the_project(notebook):
    """`DATA` is the folder of data seen from the notebook, or from the folder above it."""
    code = "\n".join(map(source, cells(notebook, "code")))
    assert 'DATA = Path("datasets") if Path("datasets").is_dir() else Path("../datasets")' in code
    read = re.findall(r'DATA / "([^"]+)"(?: / "([^"]+)")?', code)
    assert read
    for parts in read:
        assert FOLDER.parent.joinpath("datasets", *filter(None, parts)).exists(), parts


def test_it_opens_with_its_question_and_explains_itself(notebook):
    words = cells(notebook, "markdown")
    title = source(words[0]).splitlines()[0]
    assert re.fullmatch(r"# .+\?", title), title
    assert len(words) >= 0.4 * len(cells(notebook, "code"))


def test_it_is_not_too_long(notebook):
    words = cells(notebook, "markdown")
    assert len(words) + len(cells(notebook, "code")) <= MOST_CELLS
    assert [source(cell) for cell in words[1:] if len(source(cell).split()) > MOST_WORDS] == []


def test_names_taken_from_the_package_are_public(notebook):
    for cell in cells(notebook, "code"):
        for node in ast.walk(ast.parse(source(cell))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert not node.attr.startswith("_"), ast.unparse(node)
                assert node.value.id != "ev" or node.attr in dir(ev), ast.unparse(node)


def test_every_figure_has_a_title(notebook):
    titled = r"set_title|suptitle|axes\(\"|draw_\w+\("
    for cell in cells(notebook, "code"):
        if "plt.show()" in source(cell):
            assert re.search(titled, source(cell)), source(cell)


def test_links_between_notebooks_work(notebook):
    for cell in cells(notebook, "markdown"):
        for target in re.findall(r"\]\(([^)]+\.ipynb)\)", source(cell)):
            assert (FOLDER / target).is_file(), target


def test_the_readme_lists_every_notebook():
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in NOTEBOOKS if path.name not in listed] == []
