"""Reports that lie in a folder: which files were made by this program, and their content.

A file is one of ours by what stands in it, never by its name: where a renderer writes the
program's name is looked at as bytes, and nothing of the file is run or unpacked beyond that.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from evidence.messages import LANGUAGES
from evidence.report.words import words_for

LARGEST = 100 * 2**20
MOST = 2_000
"""Files of a folder that are looked at."""

_PROGRAM = r"evidence(?: \d[\w.+-]*)?"
_HTML = re.compile(rf'<meta name="generator" content="{_PROGRAM}">'.encode())
_PDF = re.compile(rf"/Author ?\({_PROGRAM}\)/Creator ?\(Typst".encode())
_JSON = re.compile(
    rf'^ "made_by": "{_PROGRAM}",\n "schema": "evidence/report/\d+",$'.encode(), re.MULTILINE
)
_DOCX = re.compile(rf"<dc:creator>{_PROGRAM}</dc:creator>".encode())
_HEAD, _TAIL = 4_096, 2**18


class Kind(NamedTuple):
    """A format of reports: its media type, its name, and how one of ours is known."""

    media: str
    name: str
    ours: Callable[[IO[bytes]], bool]


def _is_html(file: IO[bytes]) -> bool:
    head = file.read(_HEAD)
    return head.startswith(b"<!doctype html>") and bool(_HTML.search(head.partition(b"<style")[0]))


def _is_pdf(file: IO[bytes]) -> bool:
    return file.read(5) == b"%PDF-" and bool(_PDF.search(_tail(file)))


def _is_json(file: IO[bytes]) -> bool:
    # keys of the first level stand behind one space, and no text holds a bare line end
    return file.read(3) == b"{\n " and bool(_JSON.search(_tail(file)))


def _is_docx(file: IO[bytes]) -> bool:
    try:
        with zipfile.ZipFile(file) as packed, packed.open("docProps/core.xml") as core:
            return bool(_DOCX.search(core.read(_HEAD)))
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, RuntimeError, EOFError):
        return False


def _is_markdown(file: IO[bytes]) -> bool:
    if file.read(2) != b"# ":
        return False
    last = _tail(file).rstrip().rpartition(b"\n")[2]
    return any(said.fullmatch(last) for said in _last_lines())


def _tail(file: IO[bytes]) -> bytes:
    file.seek(-min(_TAIL, file.seek(0, os.SEEK_END)), os.SEEK_END)
    return file.read(_TAIL)


def _last_lines() -> Iterator[re.Pattern[bytes]]:
    for lang in LANGUAGES:
        before, _, after = words_for(lang)["made_by"].partition("{program}")
        yield re.compile(f"{re.escape(before)}{_PROGRAM}{re.escape(after)}".encode())


KINDS: Mapping[str, Kind] = {
    ".html": Kind("text/html; charset=utf-8", "web page", _is_html),
    ".pdf": Kind("application/pdf", "PDF", _is_pdf),
    ".docx": Kind(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "Word",
        _is_docx,
    ),
    ".md": Kind("text/plain; charset=utf-8", "Markdown", _is_markdown),
    ".json": Kind("application/json", "JSON", _is_json),
}


class Found(NamedTuple):
    """One report of the folder."""

    name: str
    kind: str
    size: int
    changed: float


def reports_in(folder: Path) -> list[Found]:
    """The reports that lie directly in a folder, newest first.

    Links, hidden files and whatever this program did not write are left out; a folder that
    cannot be read has none.

    >>> from tempfile import TemporaryDirectory
    >>> from evidence.report.document import Document
    >>> from evidence.report.save import save
    >>> with TemporaryDirectory() as folder:
    ...     _ = save(Document(title="It works", made_by="evidence 1.0"), Path(folder) / "a.json")
    ...     _ = (Path(folder) / "b.json").write_text("{}")
    ...     [row.name for row in reports_in(Path(folder))]
    ['a.json']
    """
    found = []
    for name in _names(folder):
        with suppress(OSError), _opened(folder, name) as file:
            about = os.fstat(file.fileno())
            found.append(Found(name, KINDS[_suffix(name)].name, about.st_size, about.st_mtime))
    return sorted(found, key=lambda row: (-row.changed, row.name))


def report(folder: Path, name: str) -> tuple[bytes, Kind] | None:
    """One report and its kind; None for whatever `reports_in` would not list.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "b.json").write_text("{}")
    ...     report(Path(folder), "b.json") is None, report(Path(folder), "../b.json") is None
    (True, True)
    """
    if name not in _names(folder):  # so a name is one of the folder's own, whatever was asked for
        return None
    try:
        with _opened(folder, name) as file:
            return file.read(LARGEST), KINDS[_suffix(name)]
    except OSError:
        return None


def _names(folder: Path) -> list[str]:
    """Names of plain, visible files with the suffix of a report."""
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if len(names) == MOST:
                    break
                if _is_plain(entry.name) and entry.is_file(follow_symlinks=False):
                    names.append(entry.name)
    except OSError:
        return []
    return names


def _is_plain(name: str) -> bool:
    if name.startswith(".") or _suffix(name) not in KINDS or "\\" in name:
        return False
    return name.isprintable()  # neither control characters nor bytes that are no text


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122  # a name is no path here


@contextmanager
def _opened(folder: Path, name: str) -> Iterator[IO[bytes]]:
    """A report at its beginning; OSError for a link, a device, or a file that is not ours."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(folder / name, flags | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        plain = stat.S_ISREG(about.st_mode) and about.st_size <= LARGEST
        if not plain or not KINDS[_suffix(name)].ours(file):
            raise OSError(f"{name} is no report")
        file.seek(0)
        yield file
