"""Python on a page runs in a folder of its own, with the page's files and the project's data."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "hooks"))

collect_ignore = [
    "conftest.py"
]  # looked through for examples, two of this name would be one module


@pytest.fixture(autouse=True)
def _folder(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from page_examples import lay_out

    if request.node.path.suffix == ".md":
        lay_out(tmp_path, request.node.path.read_text("utf-8"))
        monkeypatch.chdir(tmp_path)
