"""`evidence serve`: a page on this computer to score a study, check a file, open reports."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from cyclopts import Parameter

from evidence.cli.options import QuietOption as Quiet
from evidence.errors import RecordError

if TYPE_CHECKING:
    from evidence.serve.fields import Flag, Scored
    from evidence.serve.verbs import Verbs


def serve(
    folder: Annotated[Path, Parameter(help="Folder whose reports are listed.")] = Path(),
    /,
    *,
    port: Annotated[int, Parameter(help="Port on 127.0.0.1; 0 takes any that is free.")] = 8765,
    open_browser: Annotated[
        bool | None,
        Parameter(
            name="--open",
            negative="--no-open",
            show_default=False,
            help="Open the page in a browser; done by itself on a desktop's terminal.",
        ),
    ] = None,
    quiet: Quiet = False,
) -> int:
    """Show a page on this computer: score a study by form, check a file, open reports.

    It listens on 127.0.0.1 alone, sends nothing anywhere, and keeps what is brought to it in
    memory until it stops. Other people logged in on this computer can open it too. Ctrl-C stops
    it, with exit status 130. The address goes to standard output.
    """
    if not 0 <= port <= 65535:
        raise RecordError(f"--port {port} cannot be used; expected: 0 to 65535")
    if not folder.is_dir():
        raise RecordError(f"{folder}: there is no such folder")
    from evidence.cli.output import say
    from evidence.serve.server import serve as listen
    from evidence.serve.site import Site

    server = listen(Site(folder=folder.resolve(), verbs=verbs()), port)
    try:
        print(server.url, flush=True)
        say("evidence serve: for this computer alone; Ctrl-C stops it", quiet=quiet)
        if _has_desktop() if open_browser is None else open_browser:
            import webbrowser

            webbrowser.open(server.url)
        server.serve_forever(poll_interval=0.2)
    finally:
        server.server_close()
    return 0


def _has_desktop() -> bool:
    """Whether somebody sits before a terminal and a browser would open in a window."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    windows = sys.platform in ("win32", "darwin")
    return windows or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def verbs() -> Verbs:
    """What this command lends to the page: the very functions of the others."""
    from evidence.cli.doctor import code_hash
    from evidence.cli.integrity import findings_of
    from evidence.cli.output import complain
    from evidence.serve.verbs import Verbs

    score = settled("score", "--n", "1")
    del score["n"]
    report = settled("report", "studies.csv", "--claim", "it works", "--output", "report.html")
    return Verbs(
        flags=flags(score),
        score=lambda values: scored({**score, **values}),
        score_options=_judging(score),
        report_options=_judging(report),
        findings_of=findings_of,
        code_hash=code_hash,
        tell=complain,
    )


def settled(*words: str) -> dict[str, Any]:
    """The arguments of a command line, with what the settings in force fill in."""
    from evidence.cli import settings
    from evidence.cli.app import build

    app = build()
    app.config = settings.layers(settings.current())
    _, bound, *_ = app.parse_args(words, exit_on_error=False, print_error=False)
    return dict(bound.arguments)


def _judging(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("a_scale", "bias_set") if name in given}


def scored(values: Mapping[str, Any]) -> Scored:
    """What `evidence score` prints of these arguments, as JSON and as text.

    Errors are those of the command.
    """
    import json
    from tempfile import TemporaryDirectory

    from evidence.cli.score import score
    from evidence.serve.fields import Scored

    # the command writes to a file as well as to a terminal that all threads share
    with TemporaryDirectory(prefix="evidence-") as folder:
        data, text = Path(folder, "score.json"), Path(folder, "score.txt")
        score(**values, json=True, output=data)
        score(**values, output=text)
        written = data.read_text(encoding="utf-8")
        return Scored(json.loads(written), written, text.read_text(encoding="utf-8"))


def flags(settled: Mapping[str, Any] | None = None) -> dict[str, Flag]:
    """The flags of `evidence score` as the command declares them: name, help, choices.

    Their defaults are those of the settings, where there are any.
    """
    from inspect import signature
    from typing import get_type_hints

    from evidence.cli.score import score
    from evidence.serve.fields import Flag

    found = {}
    hints = get_type_hints(score, include_extras=True)
    for name, parameter in signature(score).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            continue
        said = [item for item in get_args(hints[name]) if isinstance(item, Parameter)]
        names = [name for item in said for name in item.name or ()]
        found[name] = Flag(
            name=name,
            flag=next(iter(names), f"--{name.replace('_', '-')}"),
            help=next((item.help for item in reversed(said) if item.help), ""),
            choices=_choices(hints[name]),
            default=(settled or {}).get(name, parameter.default),
        )
    return found


def _choices(hint: Any) -> tuple[str, ...]:
    """The words a flag can have; none when it takes any."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    return next((found for part in get_args(hint) if (found := _choices(part))), ())
