"""The examples of the pages: files and commands are run as they stand, in an empty folder.

    python docs/hooks/page_examples.py            say which no longer print what is shown
    python docs/hooks/page_examples.py --write    put in what they print now

A block fenced as `console` holds commands after `$ ` and what they print, on both streams; a line
of one `…` stands for any number of lines. A block with a `title` is a file of that name.
`datasets/` is there. Python with `>>>` is run by doctest, on the page's files: docs/conftest.py.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ANYTHING = "…"
_FENCE = re.compile(r"^```(?P<info>\S[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')
_SHELL = frozenset("|<>&;$*?`")


class Block(NamedTuple):
    """One fenced block of a page and where its text stands."""

    language: str
    title: str
    text: str
    start: int
    end: int


class Command(NamedTuple):
    """What is typed, what the page shows below it, and what it prints now."""

    typed: str
    shown: str
    printed: str

    @property
    def agrees(self) -> bool:
        """Whether the page is right."""
        return fits(self.shown, self.printed)


def blocks(page: str) -> list[Block]:
    r"""The fenced blocks of a page, in order.

    >>> [(one.language, one.title) for one in blocks('```csv title="a.csv"\nn\n```\n')]
    [('csv', 'a.csv')]
    """
    found = []
    for match in _FENCE.finditer(page):
        title = _TITLE.search(match["info"])
        found.append(
            Block(match["info"].split()[0], title[1] if title else "", match["text"],
                  match.start("text"), match.end("text"))
        )  # fmt: skip
    return found


def commands(text: str) -> list[tuple[str, str]]:
    r"""What is typed in a console block, and what is shown below each.

    >>> commands("$ a \\\n    b\nout\n$ c\n")
    [('a \\\n    b', 'out\n'), ('c', '')]
    """
    found: list[tuple[str, str]] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            typed = line[2:]
            while typed.endswith("\\"):
                typed += "\n" + next(lines)
            found.append((typed, ""))
        else:
            found[-1] = (found[-1][0], found[-1][1] + line + "\n")
    return found


def fits(shown: str, printed: str) -> bool:
    r"""Whether a page shows what is printed, `…` standing for any lines.

    >>> fits("a\n…\nd\n", "a\nb\nc\nd\n"), fits("a\n", "b\n")
    (True, False)
    """
    parts = [re.escape(line) + "\n" if line != ANYTHING else "(?:.*\n)*?" for line in _lines(shown)]
    return (
        re.fullmatch("".join(parts), "".join(f"{line}\n" for line in _lines(printed))) is not None
    )


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").split("\n")] if text.strip() else []


def lay_out(folder: Path, page: str) -> None:
    """Put the data of the project, and the files of a page, into a folder."""
    (folder / "datasets").symlink_to(ROOT / "datasets")
    for block in blocks(page):
        if block.title:
            _write(folder, block)


def _write(folder: Path, block: Block) -> None:
    file = folder / block.title
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(block.text, encoding="utf-8")


def run(page: str) -> Iterator[tuple[Block, list[Command]]]:
    """Each console block of a page with what its commands print, files written as they come."""
    status = 0
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        lay_out(folder, "")
        for block in blocks(page):
            if block.title:
                _write(folder, block)
            elif block.language == "console":
                some = []
                for typed, shown in commands(block.text):
                    printed, status = _printed(typed, status)
                    some.append(Command(typed, shown, printed))
                yield block, some


def _printed(typed: str, before: int) -> tuple[str, int]:
    """What a command prints on both streams, in the order in which it comes, and its status."""
    if typed == "echo $?":
        return f"{before}\n", 0
    typed = typed.replace("\\\n", " ")
    if typed.startswith("evidence ") and not _SHELL & set(typed):
        from evidence.__main__ import main

        heard = io.StringIO()
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
            status = main(shlex.split(typed)[1:])
        return heard.getvalue(), status
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    done = subprocess.run(
        ["sh", "-c", typed], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        env=os.environ | {"PATH": path}, check=False,
    )  # fmt: skip
    return done.stdout, done.returncode


def renewed(shown: str, printed: str) -> str:
    r"""What a page should show: as many lines before and after the first `…` as it did.

    >>> renewed("a\n…\nd\n", "A\nB\nC\nD\n")
    'A\n…\nD\n'
    """
    old, new = _lines(shown), _lines(printed)
    if ANYTHING in old:
        head = old.index(ANYTHING)
        tail = len(old) - head - 1
        if len(new) > head + tail:
            new = [*new[:head], ANYTHING, *new[len(new) - tail :]]
    return "".join(f"{line}\n" for line in new)


def written(page: str) -> str:
    """A page with what its commands print now."""
    fresh, at = "", 0
    for block, some in run(page):
        text = "".join(
            f"$ {one.typed}\n{one.shown if one.agrees else renewed(one.shown, one.printed)}"
            for one in some
        )
        fresh += page[at : block.start] + text
        at = block.end
    return fresh + page[at:]


def pages() -> list[Path]:
    """The pages with examples of the command line."""
    return [path for path in sorted(DOCS.rglob("*.md")) if "```console" in path.read_text("utf-8")]


def _main() -> int:
    wrong = 0
    for path in pages():
        before = path.read_text("utf-8")
        after = written(before)
        if after != before:
            wrong += 1
            print(path.relative_to(ROOT))
            if "--write" in sys.argv:
                path.write_text(after, encoding="utf-8")
    return int(bool(wrong) and "--write" not in sys.argv)


if __name__ == "__main__":
    sys.exit(_main())
