"""Options that several commands share: one type each, so that they read the same everywhere.

Two traps of the parser, for whoever adds an option. A value that may begin with a hyphen and is
no plain number (`--change -20%`) needs `Parameter(allow_leading_hyphen=True)`; do not combine
it with several values, or it eats the next option. A flag that takes several values
(`PerArm`) also takes a file name that follows it: files go first, or after another flag.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

from cyclopts import Parameter

from evidence.messages import Language
from evidence.records.finding import Severity

Format = Literal["table", "json", "jsonl", "csv", "md"]
FailOn = Literal["error", "warning", "never"]

FormatOption: TypeAlias = Annotated[
    Format, Parameter(name="--format", help="Shape of the output; table is for people.")
]
JsonOption: TypeAlias = Annotated[
    bool, Parameter(name="--json", negative=(), show_default=False, help="Same as --format json.")
]
OutputOption: TypeAlias = Annotated[
    Path | None,
    Parameter(name=("--output", "-o"), help="File to write; - or nothing: standard output."),
]
QuietOption: TypeAlias = Annotated[
    bool,
    Parameter(
        name=("--quiet", "-q"), negative=(), show_default=False, help="No remarks on stderr."
    ),
]
FailOnOption: TypeAlias = Annotated[
    FailOn,
    Parameter(name="--fail-on", help="Exit with 1 when a finding is at least this severe."),
]
LangOption: TypeAlias = Annotated[
    Language,
    Parameter(
        name="--lang",
        help="Language of the words for people; JSON and CSV of results stay English.",
    ),
]
HyphenText: TypeAlias = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""Text that may begin with a minus sign: `--change -20%`."""
PerArm: TypeAlias = Annotated[list[float], Parameter(consume_multiple=(1, 2), negative=())]
"""One number, or one for the product and one for the comparator: `--n 40 41`."""

_RANK: dict[str, int] = {name: rank for rank, name in enumerate(get_args(Severity))}


def chosen(form: Format, as_json: bool) -> Format:
    """The format asked for: `--json` is short for `--format json`.

    >>> chosen("table", True)
    'json'
    """
    return "json" if as_json else form


def exit_status(severities: Iterable[Severity], fail_on: FailOn = "error") -> int:
    """1 when a finding is at least as severe as `fail_on`, else 0.

    >>> exit_status(["note", "warning"]), exit_status(["note", "warning"], "warning")
    (0, 1)
    """
    if fail_on == "never":
        return 0
    return int(any(_RANK[severity] <= _RANK[fail_on] for severity in severities))
