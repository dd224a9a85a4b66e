"""`evidence doctor`: what is installed, which settings hold, what a missing piece would allow."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from evidence import __version__
from evidence.cli import settings
from evidence.cli.options import FormatOption, JsonOption, OutputOption, chosen
from evidence.cli.output import emit

_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An optional piece: the extra that brings it, its modules by package, what it allows."""

    name: str
    extra: str
    modules: dict[str, str]  # module to import -> package to install
    allows: str

    def missing(self) -> list[str]:
        """The packages of this piece that are not installed."""
        return [name for module, name in self.modules.items() if find_spec(module) is None]


PIECES = (
    Piece(name="pdf", extra="report", modules={"typst": "typst"}, allows="reports as PDF"),
    Piece(name="docx", extra="report", modules={"docx": "python-docx"}, allows="reports as DOCX"),
    Piece(
        name="notebook",
        extra="notebook",
        modules={
            "jupyterlab": "jupyterlab",
            "ipywidgets": "ipywidgets",
            "anywidget": "anywidget",
            "itables": "itables",
        },
        allows="the notebooks, with sliders",
    ),
    Piece(name="fast", extra="fast", modules={"numba": "numba"}, allows="compiled kernels"),
    Piece(
        name="scale",
        extra="scale",
        modules={"duckdb": "duckdb", "dask": "dask", "distributed": "distributed"},
        allows="data larger than memory, several machines",
    ),
)

CORE = (
    "cyclopts",
    "defusedxml",
    "jinja2",
    "matplotlib",
    "numpy",
    "openpyxl",
    "pandas",
    "patsy",
    "pyarrow",
    "pydantic",
    "pyyaml",
    "rich",
    "rispy",
    "scipy",
    "statsmodels",
)

# Fonts with both Japanese and Chinese glyphs, by the start of their file's name.
_CJK_FONTS = ("DroidSansFallback", "NotoSansCJK", "NotoSerifCJK", "SourceHanSans", "arialuni")
_FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)


@cache
def code_hash() -> str:
    """sha256 over the package's own files, names and contents: which code made a number."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*"), key=lambda path: path.relative_to(_PACKAGE).as_posix()):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def cjk_font() -> str | None:
    """A font file on this machine that has Japanese and Chinese glyphs, or None."""
    for folder in _FONT_FOLDERS:
        for _, _, names in os.walk(Path(folder).expanduser()):
            for name in sorted(names):
                if name.startswith(_CJK_FONTS):
                    return name
    return None


def doctor(
    *,
    form: FormatOption = "table",
    as_json: JsonOption = False,
    output: OutputOption = None,
) -> int:
    """Say what is installed, which settings hold, and what each missing piece would allow.

    A missing optional piece is no fault: exit status 0. When a package is missing that every
    installation has, something went wrong while installing: 2.
    """
    found = examine(settings.current())
    emit(
        found,
        chosen(form, as_json),
        schema="evidence/doctor/1",
        rows=_rows(found),
        text=lambda: _text(found),
        output=output,
    )
    return 2 if found.missing else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Whether a piece can be used: what was found, what it allows, how to get it."""

    name: str
    ok: bool
    found: str
    allows: str
    install: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What runs here: `code` is the sha256 of the package, `core` maps package to version."""

    python: str
    executable: str
    evidence: str
    code: str
    config: str
    settings: list[dict[str, str]]
    core: dict[str, str | None]
    missing: list[str]
    pieces: list[State]


def examine(config: settings.Settings) -> Examination:
    """Look at the interpreter, the installed packages, the fonts and the settings in force."""
    core = {name: _version(name) for name in CORE}
    return Examination(
        python=platform.python_version(),
        executable=sys.executable,
        evidence=__version__,
        code=code_hash(),
        config=config.shown,
        settings=settings.origins(config),
        core=core,
        missing=[name for name, found in core.items() if found is None],
        pieces=[*map(_state, PIECES), _fonts()],
    )


def _state(piece: Piece) -> State:
    missing = piece.missing()
    versions = (f"{name} {_version(name) or ''}".strip() for name in piece.modules.values())
    return State(
        name=piece.name,
        ok=not missing,
        found=f"{', '.join(missing)} missing" if missing else ", ".join(versions),
        allows=piece.allows,
        install=f"pip install 'claims-evidence[{piece.extra}]'",
    )


def _fonts() -> State:
    font = cjk_font()
    return State(
        name="cjk fonts",
        ok=font is not None,
        found=font or "none found",
        allows="Japanese and Chinese text in PDF",
        install="apt install fonts-droid-fallback",
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _rows(found: Examination) -> list[dict[str, object]]:
    core = [
        {"name": name, "ok": have is not None, "found": have, "allows": "every command"}
        for name, have in found.core.items()
    ]
    return [*core, *(asdict(piece) for piece in found.pieces)]


def _text(found: Examination) -> str:
    core = f"core packages missing: {', '.join(found.missing)}" if found.missing else "all there"
    lines = [
        f"evidence    {found.evidence}  (code {found.code[:8]})",
        f"python      {found.python}  {found.executable}",
        f"packages    {core}",
        f"settings    {found.config}",
        *(
            f"            {row['setting']} = {row['value']}  ({row['source']})"
            for row in found.settings
        ),
        "",
    ]
    for piece in found.pieces:
        lines.append(f"{piece.name:<11} {'ok' if piece.ok else '–':<3} {piece.found}")
        if not piece.ok:
            lines.append(f"{'':<15} would allow {piece.allows}: {piece.install}")
    return "\n".join(lines)
