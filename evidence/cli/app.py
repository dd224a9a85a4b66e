"""The command line: what it can do, its help, and the settings every command shares.

A command is a plain function in its own file, imported when somebody asks for it, so that
`evidence --help` costs no table library. It returns None or an exit status.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from cyclopts import App, Group, Parameter

from evidence import __version__
from evidence.cli import settings
from evidence.cli.terminal import is_terminal


class Command(NamedTuple):
    """One row of the help: where the function lives, what it does, what one types."""

    path: str
    does: str
    examples: tuple[str, ...]


COMMANDS: dict[str, Command] = {
    "init": Command(
        "evidence.cli.init:init",
        "Make a starter folder: tables to fill in, settings.",
        ("evidence init my-product",),
    ),
    "check": Command(
        "evidence.cli.check:check",
        "Check study files for what cannot be right.",
        ("evidence check studies.csv", "evidence check studies.csv --format json"),
    ),
    "score": Command(
        "evidence.cli.score:score",
        "Score the reliability of results, from 0 to 100.",
        (
            "evidence score --design single-arm --n 50 --change -20% --outcome wrinkles",
            "evidence score studies.csv",
            "evidence score --design parallel --randomised yes --comparator vehicle \\",
            "    --n 40 41 --mean 12.1 14.0 --sd 3.2 3.5 --lower-is-better",
        ),
    ),
    "pool": Command(
        "evidence.cli.pool:pool",
        "Pool the effects of several studies.",
        (
            "evidence pool studies.csv --by outcome",
            "evidence pool studies.csv --tau2 REML --test HKSJ --format csv",
        ),
    ),
    "report": Command(
        "evidence.cli.report:report",
        "Write a report: claims matched to studies and judged.",
        (
            "evidence report studies.csv --claims claims.csv -o report.html",
            'evidence report studies.csv --claim "reduces wrinkles by 20 %" -o report.md',
        ),
    ),
    "serve": Command(
        "evidence.cli.serve:serve",
        "Show a local page: score by form, check a file, open reports.",
        ("evidence serve", "evidence serve reports --port 0"),
    ),
    "batch": Command(
        "evidence.cli.batch:batch",
        "Pool many groups of effects, from Parquet to Parquet.",
        (
            "evidence batch effects.parquet -o pooled.parquet --group claim",
            "evidence batch effects.parquet -o pooled.parquet --group claim --se se --memory 2GB",
        ),
    ),
    "explain": Command(
        "evidence.cli.explain:explain",
        "Explain a code, a column or a word of the results.",
        ("evidence explain EV305", "evidence explain selection", "evidence explain sd derived"),
    ),
    "doctor": Command(
        "evidence.cli.doctor:doctor",
        "Say what is installed, and what is missing for what.",
        ("evidence doctor", "evidence doctor --json"),
    ),
    "schema": Command(
        "evidence.cli.schema:schema",
        "Print the JSON Schema and the columns of the files.",
        ("evidence schema", "evidence schema --format json"),
    ),
}

_HELP = """\
How far can a product claim be trusted? From study records to effects, reliability, \
pooled estimates and a verdict, with every number traceable.

Data goes to standard output, everything else to standard error."""

_CLOSING = """\
Exit status: 0 done; 1 done, with findings at or above --fail-on; 2 the command or its input \
could not be used; 3 an optional piece is missing; 130 interrupted."""

_EVERYWHERE = Group("Everywhere", sort_key=99)


def _examples(lines: Sequence[str]) -> str:
    return "\n".join(("Examples:", *(f"  {line}" for line in lines)))


def build() -> App:
    """The application, with each command registered by name and imported only when called."""
    app = App(
        name="evidence",
        version=f"evidence {__version__}",
        help=_HELP,
        help_format="plaintext",
        help_formatter="default" if is_terminal() else "plain",
        help_epilogue="\n\n".join(
            (_examples([row.examples[0] for row in COMMANDS.values()]), _CLOSING)
        ),
        default_parameter=Parameter(negative=()),
        suppress_keyboard_interrupt=False,
        # the launcher's own options; `launch` sets the full list once it knows the file
        config=settings.environment(),
    )
    for order, (name, row) in enumerate(COMMANDS.items()):
        app.command(
            row.path,
            name=name,
            help=row.does,
            sort_key=order,
            help_epilogue=_examples(row.examples),
        )
    app.register_install_completion_command(help="Set up completion for bash, zsh or fish.")

    @app.meta.default
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Annotated[
            Path | None,
            Parameter(group=_EVERYWHERE, help="Settings file, instead of the one found upwards."),
        ] = None,
        no_color: Annotated[
            bool,
            Parameter(group=_EVERYWHERE, help="No colour; as NO_COLOR=1 does.", show_default=False),
        ] = False,
    ) -> object:
        del no_color  # `run` has seen it
        settings.use(found := settings.find(config))
        app.config = settings.layers(found)
        return app(tokens, exit_on_error=False, print_error=False, result_action="return_value")

    return app


def run(tokens: Sequence[str]) -> int:
    """Parse and run one command line; errors are raised, for `evidence.__main__` to put in words.

    Parameters
    ----------
    tokens : sequence of str
        The words after `evidence`.

    Returns
    -------
    int
        The exit status; a command that returns nothing is done: 0.
    """
    if "--no-color" in tokens:  # before help is laid out
        os.environ["NO_COLOR"] = "1"
    result = build().meta(
        list(tokens), exit_on_error=False, print_error=False, result_action="return_value"
    )
    return result if isinstance(result, int) else 0
