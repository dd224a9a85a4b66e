"""The notebooks as pages of the site: run, then shown with what they printed and drew.

A notebook that fails stops the build. What ran is kept in build/kept under a name made of
everything it rests on, so that a second build runs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[2] / "notebooks"
AT_ONCE = 2

_LINK = re.compile(r"\]\((?:\.\./docs/([^)]+)|([\w-]+)\.ipynb([^)]*))\)")

Cell = dict[str, Any]
Pages = dict[str, "str | bytes"]


def menu() -> list[dict[str, str]]:
    """The notebooks in the menu of the site, by their first headings."""
    return [{_title(_cells(path)): f"notebooks/{path.stem}.md"} for path in _notebooks()]


def pages(root: Path, kept: Path) -> Pages:
    """Every page and picture by its place in the site; what ran lies in the folder `kept`."""
    state = state_of(root)
    with ThreadPoolExecutor(AT_ONCE) as workers:
        ran = list(workers.map(lambda path: _executed(path, state, kept), _notebooks()))
    made: Pages = {"notebooks/index.md": _index()}
    for path, cells in zip(_notebooks(), ran, strict=True):
        made |= _page(path.stem, cells)
    return made


def _notebooks() -> list[Path]:
    return sorted(HERE.glob("*.ipynb"))


def _cells(path: Path) -> list[Cell]:
    cells: list[Cell] = json.loads(path.read_text("utf-8"))["cells"]
    return cells


def _title(cells: list[Cell]) -> str:
    r"""The first heading, without its mark.

    >>> _title([{"cell_type": "markdown", "source": ["# Can I believe it?\n", "Yes."]}])
    'Can I believe it?'
    """
    return _source(cells[0]).splitlines()[0].lstrip("# ").strip()


def _source(cell: Cell) -> str:
    return "".join(cell["source"])


def _index() -> str:
    lines = ["# Notebooks", "", "Run when this site was made. `make lab` opens them in JupyterLab,"]
    lines += ["where the sliders work and every number can be changed.", ""]
    for path in _notebooks():
        cells = _cells(path)
        about = next((part for part in _source(cells[0]).split("\n\n")[1:] if part), "")
        lines += [f"- **[{_title(cells)}]({path.stem}.md)** {' '.join(about.split())}"]
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------ running


def _executed(path: Path, state: str, folder: Path) -> list[Cell]:
    own = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    kept = folder / f"{path.stem}-{state}-{own}.ipynb"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        run = [sys.executable, "-m", "jupyter", "nbconvert", "--execute", "--to", "notebook"]
        with tempfile.TemporaryDirectory() as sockets:  # files: not even this machine's network
            run += ["--KernelManager.transport=ipc", f"--KernelManager.ip={sockets}/kernel"]
            done = subprocess.run(
                [*run, "--output-dir", folder, "--output", f"{kept.stem}.part", path],
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
        part = folder / f"{kept.stem}.part.ipynb"
        if done.returncode or not part.exists():
            from mkdocs.exceptions import PluginError

            raise PluginError(f"notebooks/{path.name} failed:\n{done.stderr[-4000:]}")
        for old in folder.glob(f"{path.stem}-????????????????-????????.ipynb"):
            old.unlink()
        part.replace(kept)
    return _cells(kept)


def state_of(root: Path) -> str:
    """A short hash of the program and the data."""
    total = hashlib.sha256()
    for file in sorted((*root.glob("evidence/**/*.*"), *root.glob("datasets/**/*.*"))):
        if file.is_file() and file.suffix not in (".pyc", ".nbi", ".nbc"):
            total.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return total.hexdigest()[:16]


# ------------------------------------------------------------------------------ showing


def _page(name: str, cells: list[Cell]) -> Pages:
    """One notebook: its page and its pictures."""
    made: Pages = {}
    parts = []
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "markdown":
            parts.append(_LINK.sub(_to_page, _source(cell)))
            continue
        if cell["cell_type"] == "code" and _source(cell).strip():
            parts.append(_fenced(_source(cell), "python"))
            for index, output in enumerate(_joined(cell.get("outputs", []))):
                shown, pictures = _output(output, f"{name}_{number}_{index}.png", _title(cells))
                parts.append(shown)
                made |= {f"notebooks/{file}": data for file, data in pictures.items()}
    parts.append(f"*This page is `notebooks/{name}.ipynb`, run when the site was made.*")
    return made | {f"notebooks/{name}.md": "\n\n".join(filter(None, parts)) + "\n"}


def _to_page(link: re.Match[str]) -> str:
    """A link to a notebook or into docs/, as it has to be between pages.

    >>> _LINK.sub(_to_page, "[a](02_b.ipynb#c) [d](../docs/json.md)")
    '[a](02_b.md#c) [d](../json.md)'
    """
    return f"](../{link[1]})" if link[1] else f"]({link[2]}.md{link[3]})"


def _joined(outputs: list[Cell]) -> list[Cell]:
    """Neighbouring pieces of one stream put together."""
    joined: list[Cell] = []
    for output in outputs:
        before = joined[-1] if joined else {}
        if output["output_type"] == "stream" == before.get("output_type"):
            joined[-1] = before | {"text": [*before["text"], *output["text"]]}
        else:
            joined.append(output)
    return joined


def _output(output: Cell, file: str, title: str) -> tuple[str, dict[str, bytes]]:
    r"""What one cell left behind, as Markdown, and the picture it needs.

    >>> _output({"output_type": "stream", "name": "stdout", "text": ["4\n"]}, "", "")[0]
    '```text\n4\n```'
    """
    if output["output_type"] == "stream":
        return _fenced("".join(output["text"]), "text"), {}
    data = output.get("data", {})
    if "application/vnd.jupyter.widget-view+json" in data:
        return "*Sliders stand here in JupyterLab: `make lab`.*", {}
    if "image/png" in data:
        alt = f"Picture drawn by the code above ({title})"
        return f"![{alt}]({file})", {file: base64.b64decode("".join(data["image/png"]))}
    for kind in ("text/html", "image/svg+xml"):
        if kind in data:
            html = re.sub(r"\n\s*\n", "\n", "".join(data[kind]))  # a blank line ends the block
            return f'<div class="output" role="group" aria-label="Output">\n{html}\n</div>', {}
    return _fenced("".join(data.get("text/plain", "")), "text"), {}


def _fenced(text: str, language: str) -> str:
    ticks = "````" if "```" in text else "```"
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}" if text.strip() else ""
