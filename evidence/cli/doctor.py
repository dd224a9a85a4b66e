"""`evidence doctor`: what is installed, which settings hold, what a missing piece would allow."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from evidence import __version__
from evidence.cli import settings
from evidence.cli.lines import Line, Tone, pad
from evidence.cli.options import FormatOption, JsonOption, LangOption, OutputOption, chosen
from evidence.cli.output import emit
from evidence.errors import MissingPieceError
from evidence.messages import listed, say, speaking, spoken

_PACKAGE = Path(__file__).resolve().parent.parent
_LEFT = 12  # width of the left column


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
_COMPLETIONS = {
    "bash": (".local/share/bash-completion/completions/evidence",),
    "zsh": (".zsh/completions/_cyclopts_evidence",
            ".oh-my-zsh/custom/completions/_cyclopts_evidence"),
    "fish": (".config/fish/completions/evidence.fish",),
}  # fmt: skip
"""Where `evidence --install-completion` writes, below the home folder, by shell."""

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
    lang: LangOption = "en",
) -> int:
    """Say what is installed, which settings hold, and what each missing piece would allow.

    Exit status 0 when all is there, 3 when an optional piece is missing (every command that does
    without it still works), 2 when a package is missing that every installation has.
    """
    found = examine(settings.current())
    with speaking(lang):
        emit(
            found,
            chosen(form, as_json),
            schema="evidence/doctor/1",
            rows=_rows(found),
            text=lambda: _lines(found),
            output=output,
        )
    if found.missing:
        return 2
    return 0 if all(piece.ok for piece in found.pieces) else MissingPieceError.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Whether a piece can be used: what was found, what it allows, how to get it."""

    name: str
    ok: bool
    found: str
    allows: str
    install: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Whether the shell completes commands and flags; `shell` is the one that $SHELL names."""

    shell: str
    installed: bool

    @property
    def shown(self) -> str:
        """In words, with what sets it up."""
        if self.installed:
            return say("{shell}: set up", shell=self.shell)
        how = "evidence --install-completion"
        if self.shell not in _COMPLETIONS:
            return say("not known for this shell; {how} --shell bash, zsh or fish", how=how)
        return say("{shell}: not set up; {how}", shell=self.shell, how=how)


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
    completion: Completion


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
        completion=completion(),
    )


def completion() -> Completion:
    """Whether the words typed are completed in the shell of this person."""
    shell = Path(os.environ.get("SHELL", "")).name
    places = [Path.home() / place for place in _COMPLETIONS.get(shell, ())]
    if zsh := os.environ.get("ZSH_CUSTOM", "") if shell == "zsh" else "":
        places.append(Path(zsh, "completions", "_cyclopts_evidence"))
    return Completion(shell=shell, installed=any(place.is_file() for place in places))


def _state(piece: Piece) -> State:
    missing = piece.missing()
    versions = (f"{name} {_version(name) or ''}".strip() for name in piece.modules.values())
    return State(
        name=piece.name,
        ok=not missing,
        found=say("{names} missing", names=listed(missing, ", "))
        if missing
        else ", ".join(versions),
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


def _lines(found: Examination) -> Iterator[Line]:
    yield _line("evidence", say("{version}  (code {code})", version=found.evidence,
                                code=found.code[:8]))  # fmt: skip
    yield _line("python", f"{found.python}  {found.executable}")
    if found.missing:
        missing = listed(found.missing, ", ")
        yield _line("packages", say("core packages missing: {names}", names=missing), "error")
    else:
        yield _line("packages", "all there")
    yield _line("settings", found.config)
    for row in found.settings:
        told = {"setting": row["setting"], "value": row["value"], "source": row["source"]}
        if row["overridden_by"]:
            text = say("{setting} = {value}  ({source}); {stronger} goes first", **told,
                       stronger=row["overridden_by"])  # fmt: skip
        else:
            text = say("{setting} = {value}  ({source})", **told)
        yield _line("", text)
    yield _line("completion", found.completion.shown)
    yield Line()
    for piece in found.pieces:
        title = f"{pad(spoken(piece.name), _LEFT)}{'ok' if piece.ok else '–'}"
        yield Line(piece.found, title, _LEFT + 4, "good" if piece.ok else "warning")
        if not piece.ok:
            text = say("would allow {what}: {how}", what=piece.allows, how=piece.install)
            yield Line(text, "", _LEFT + 4)


def _line(title: str, text: str, tone: Tone = "") -> Line:
    return Line(text, title, _LEFT, tone)
