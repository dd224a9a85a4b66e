"""A terminal: tables with rules, bold titles, and a sign of life when a thing takes long.

Only a terminal gets this; a pipe, a file, `NO_COLOR`, `--no-color` and `TERM=dumb` get plain text.
Text from outside is put in as text, so that neither markup nor control characters in it work.
rich is imported when something is drawn, never before.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TextIO

from evidence.cli.lines import WIDTH, Line, Tone, pieces, plain, width_of
from evidence.messages import spoken

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE = 2.0
"""Seconds after which a sign of life is shown."""
NARROW = 12
"""Columns below which a column of words is not squeezed; then each row becomes a block."""
_GAP = 2
_TONES: dict[Tone, str] = {
    "": "bold",
    "error": "bold red",
    "warning": "bold yellow",
    "note": "bold cyan",
    "good": "bold green",
}


class Cells(NamedTuple):
    """A table ready to be shown: names and cells as text, and which columns hold numbers."""

    names: list[str]
    rows: list[list[str]]
    numbers: list[bool]


def is_terminal(stream: TextIO | None = None) -> bool:
    """Whether a stream (standard output unless said otherwise) shows more than plain text."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool((stream or sys.stdout).isatty())


def columns() -> int:
    """Columns of the terminal."""
    return max(shutil.get_terminal_size().columns, 30)


def show_lines(lines: Iterable[Line]) -> None:
    """Print titles in bold and words beside them, no wider than reads well."""
    from rich.text import Text

    console = _console(sys.stdout)
    for piece in pieces(lines, min(columns(), WIDTH)):
        text = Text(no_wrap=True, overflow="ignore", end="")
        text.append(piece.title, _TONES[piece.tone])
        text.append(piece.text)
        text.highlight_regex(r"\[[^\[\]]{1,20}\]$", "dim")  # the label of a number
        text.rstrip()
        console.print(text, crop=False, soft_wrap=True)


def show_table(cells: Cells) -> None:
    """Print a table where it fits, with long words wrapped; else a block of lines for each row."""
    cells = _without_empty(cells)
    if not fits(cells, columns()):
        return show_lines(blocks(cells))
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, _GAP - 1, 0, 0),
        header_style="bold",
    )
    for name, is_number in zip(cells.names, cells.numbers, strict=True):
        table.add_column(
            Text(name),
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=is_number,
            min_width=min(max(NARROW, width_of(name)), _widest(cells, name)),
        )
    for row in cells.rows:
        table.add_row(*map(Text, row))
    return _console(sys.stdout).print(table)


def _without_empty(cells: Cells) -> Cells:
    """The columns that say something."""
    kept = [
        place
        for place in range(len(cells.names))
        if any(row[place] not in ("", "–") for row in cells.rows)
    ]
    return Cells(
        [cells.names[place] for place in kept],
        [[row[place] for place in kept] for row in cells.rows],
        [cells.numbers[place] for place in kept],
    )


def fits(cells: Cells, width: int) -> bool:
    """Whether a table can be read in so many columns: numbers whole, words not below `NARROW`."""
    needed = sum(
        _widest(cells, name)
        if is_number
        else min(_widest(cells, name), max(NARROW, width_of(name), _longest_word(cells, name)))
        for name, is_number in zip(cells.names, cells.numbers, strict=True)
    )
    return needed + _GAP * (len(cells.names) - 1) <= width


def blocks(cells: Cells) -> Iterator[Line]:
    """A table row by row: what a cell is on the left, the cell beside it."""
    left = min(max(map(width_of, cells.names), default=0) + _GAP, 20)
    for index, row in enumerate(cells.rows):
        if index:
            yield Line()
        for name, cell in zip(cells.names, row, strict=True):
            if cell and cell != "–":
                yield Line(cell, name, left)


def _column(cells: Cells, name: str) -> list[str]:
    place = cells.names.index(name)
    return [name, *(row[place] for row in cells.rows)]


def _widest(cells: Cells, name: str) -> int:
    return max(map(width_of, _column(cells, name)))


def _longest_word(cells: Cells, name: str) -> int:
    words = [word for cell in _column(cells, name) for word in cell.split() if word.isascii()]
    return min(max(map(len, words), default=0), 20)


def show_remark(text: str) -> None:
    """A remark on standard error, wrapped to the terminal."""
    width = min(columns(), WIDTH) if is_terminal(sys.stderr) else None
    for line in spoken(text).splitlines() or [""]:
        for piece in pieces([Line(line, left=0)], width):
            print(piece.text, file=sys.stderr)


@contextmanager
def waiting(what: str, *, quiet: bool = False) -> Iterator[None]:
    """Show on standard error that work goes on, once it takes longer than `PATIENCE`.

    Nothing is shown where standard error is no terminal, and nothing stays behind.
    """
    if quiet or not is_terminal(sys.stderr):
        yield
        return
    from threading import Timer

    signs: list[object] = []
    timer = Timer(PATIENCE, lambda: signs.append(_sign_of_life(plain(spoken(what)))))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # it may be starting just now
        for sign in signs:
            sign.stop()  # type: ignore[attr-defined]  # rich's, not imported unless it was started


def _sign_of_life(what: str) -> object:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    sign = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=_console(sys.stderr),
        transient=True,
    )
    sign.add_task(what)
    sign.start()
    return sign


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    return Console(
        file=stream,
        width=columns(),
        markup=False,
        highlight=False,
        emoji=False,
        force_terminal=True,
        legacy_windows=None,
    )
