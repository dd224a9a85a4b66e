"""`python -m evidence`, and the console script: from words typed to an exit status.

Whatever goes wrong ends as one line on standard error: a reason and what would help when the
input or the command is at fault, and the words "this is a bug" when the program is.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import CycloptsError

    from evidence.errors import MissingPieceError

UNUSABLE, INTERRUPTED, PIPE_CLOSED = 2, 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; never raises, never prints a traceback.

    `EVIDENCE_DEBUG=1` shows tracebacks.
    """
    if argv is None:  # a process of its own: importing makes many objects and no garbage
        gc.set_threshold(100_000, 20, 100)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a stream somebody put in place of the terminal
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # suppressed above
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            return _run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader left: `evidence … | head`
        with suppress(OSError, ValueError):  # or the interpreter would complain while it exits
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:  # a bug of ours: said in a line, never as a traceback
        return _say_why(error)


def _run(tokens: list[str]) -> int:
    if sys.stdout is None:
        raise OSError("standard output is closed: there is nowhere to write the answer")
    from evidence.cli.app import run

    try:
        status = run(tokens)
    except SystemExit as stop:
        status = _status_of(stop)
    sys.stdout.flush()
    return status


def _say_why(error: Exception) -> int:
    """Print one line for each reason the error gives; return the exit status it stands for."""
    from evidence.cli.output import complain
    from evidence.errors import EvidenceError

    if os.environ.get("EVIDENCE_DEBUG", "") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, EvidenceError):
        complain(str(error))
        return error.exit_code
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        complain(f"{error.filename}: {reason}" if error.filename else reason)
        return UNUSABLE
    if missing := _missing_piece(error):
        complain(str(missing))
        return missing.exit_code
    from cyclopts import CycloptsError

    if isinstance(error, CycloptsError):
        complain(_usage(error))
        return UNUSABLE
    from evidence import __version__

    while isinstance(error, ImportError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # the import that failed, not the command that asked for it
    complain(
        f"{type(error).__name__}: {' '.join(str(error).split())} "
        f"(this is a bug in evidence {__version__}, not in your input; "
        "EVIDENCE_DEBUG=1 shows where it happened)"
    )
    return UNUSABLE


def _usage(error: CycloptsError) -> str:
    """What is wrong with the words typed, and where to look."""
    from difflib import get_close_matches

    from cyclopts import UnknownCommandError, UnknownOptionError

    if isinstance(error, UnknownCommandError):  # its own words would import every command
        from evidence.cli.app import COMMANDS

        word = (error.unused_tokens or ["?"])[0]
        near = get_close_matches(word, COMMANDS, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(COMMANDS)}."
        return f"There is no command {word!r}. {hint} See evidence --help."
    error.verbose = False
    words = " ".join(str(error).split())
    if isinstance(error, UnknownOptionError) and error.token.source != "cli":
        option = (error.token.keyword or "").strip("[]").rpartition("][")[2]
        names = [name.lstrip("-") for known in error.argument_collection for name in known.names]
        if near := get_close_matches(option, names, n=1):
            words += f" Did you mean {near[0]!r}?"
    command = " ".join(("evidence", *(error.command_chain or ())))
    return f"{words} See {command} --help."


def _missing_piece(error: BaseException | None) -> MissingPieceError | None:
    """The optional package whose absence caused the error, said as a `MissingPieceError`."""
    from evidence.cli.doctor import PIECES
    from evidence.errors import MissingPieceError

    while error is not None:
        if isinstance(error, ModuleNotFoundError):
            root = (error.name or "").partition(".")[0]
            for piece in PIECES:
                if root in piece.modules:
                    return MissingPieceError(piece.allows, piece.modules[root], piece.extra)
        error = error.__cause__
    return None


def _status_of(stop: SystemExit) -> int:
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code
    from evidence.cli.output import complain

    complain(str(stop.code))
    return UNUSABLE


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """A warning is for an assumption the reader may reject: its words, not our file names."""
    from evidence.cli.output import complain

    complain(f"warning: {message}")


if __name__ == "__main__":
    sys.exit(main())
