"""`evidence batch`: many groups of effects, from one Parquet file to another."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from evidence.cli.lines import Line
from evidence.cli.options import FailOnOption, FormatOption, JsonOption, QuietOption, chosen
from evidence.errors import OptionError, RecordError

if TYPE_CHECKING:
    from evidence.batch.run import Batch

SCHEMA = "evidence/batch/1"
PATIENCE = 2.0  # seconds without a word, and between two plain lines


def batch(
    source: Annotated[Path, Parameter(help="Parquet file with one effect per row.")],
    /,
    *,
    output: Annotated[
        Path, Parameter(name=("--output", "-o"), help="Parquet file to write: one row per group.")
    ],
    group: Annotated[str, Parameter(help="Column that says which rows belong together.")],
    yi: Annotated[str, Parameter(help="Column of effects.")] = "yi",
    vi: Annotated[str | None, Parameter(help="Column of sampling variances [vi].")] = None,
    se: Annotated[str | None, Parameter(help="Column of standard errors, instead of --vi.")] = None,
    tau2: Annotated[
        str, Parameter(help="Between-study variance: REML, DL, PM, ML, EB, HE, SJ, … or EE.")
    ] = "REML",
    test: Annotated[
        str, Parameter(help="Test and interval of the mean: HKSJ, HKSJ-adhoc, t or z.")
    ] = "HKSJ",
    level: Annotated[float, Parameter(help="Level of the intervals.")] = 0.95,
    memory: Annotated[
        str, Parameter(help="Memory for the rows in hand; the program itself comes on top.")
    ] = "512MB",
    form: FormatOption = "table",
    json: JsonOption = False,
    fail_on: FailOnOption = "error",
    quiet: QuietOption = False,
) -> int:
    """Pool each group of a table of effects of any size.

    Rows that cannot be used are set aside, counted and named; the others are pooled. A run that was
    stopped goes on where it was when the same command is given again.
    """
    if vi is not None and se is not None:
        raise RecordError("give --vi or --se: one column says how sure an effect is")
    from evidence.batch.plan import Task, memory_in_bytes
    from evidence.batch.run import run
    from evidence.cli.options import exit_status
    from evidence.cli.output import complain, emit, say

    if str(output) == "-":
        raise OptionError("output", "-", ("the name of a Parquet file",))
    task = Task(
        source=source,
        target=output,
        group=group,
        yi=yi,
        spread=se if se is not None else vi if vi is not None else "vi",
        is_se=se is not None,
        tau2=tau2,  # type: ignore[arg-type]  # checked by the verb, which knows near misses
        test=test,  # type: ignore[arg-type]  # the same
        level=level,
        memory=memory_in_bytes(memory),
    )
    with Progress(quiet=quiet) as progress:
        found = run(task, progress=progress)
    for text in found.findings:
        complain(text)
    named = sum(count for name, count in found.groups.items() if name != "pooled")
    if named > len(found.findings):
        say(
            f"and {named - len(found.findings):,} more groups; column finding names them all",
            quiet=quiet,
        )
    data = {
        "output": str(output),
        "sha256": found.sha256,
        "rows": found.rows,
        "set_aside": found.set_aside,
        "groups": sum(found.groups.values()),
        "by_status": found.groups,
        "findings": list(found.findings),
        "pieces_made": found.made,
        "pieces_kept": found.kept,
    }
    emit(data, chosen(form, json), schema=SCHEMA, rows=[_flat(data)], text=lambda: _lines(found))
    return exit_status(["error"] if found.findings else [], fail_on)


def _flat(data: dict[str, object]) -> dict[str, object]:
    return {name: data[name] for name in data if name not in ("by_status", "findings")}


def _lines(found: Batch) -> Iterator[Line]:
    from evidence.formatting import plural

    groups = ", ".join(f"{count:,} {name}" for name, count in found.groups.items())
    yield Line(f"{plural(found.rows, 'row')} read, {found.set_aside:,} set aside", left=0)
    yield Line(f"{plural(sum(found.groups.values()), 'group')}: {groups}", left=0)
    if not found.made:
        yield Line(
            "every piece was there already"
            if found.kept
            else "the output was there already, made of the same input, settings and code",
            left=0,
        )
    elif found.kept:
        yield Line(f"{plural(found.kept, 'piece')} kept from a run that was stopped", left=0)


class Progress:
    """What is being done, on standard error, once it takes more than two seconds.

    A bar in a terminal, a line now and then elsewhere.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.spoke = time.monotonic()
        self.bar: object | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()  # type: ignore[attr-defined]  # rich's, not imported unless started

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say how far it is, unless it was said just now."""
        if self.quiet or (self.bar is None and time.monotonic() - self.spoke < PATIENCE):
            return
        self.spoke = time.monotonic()
        if sys.stderr.isatty():
            self._draw(what, done, total)
        else:
            from evidence.cli.output import say

            say(f"{what} {done:,} of {total:,}" if total > 1 else what)

    def _draw(self, what: str, done: int, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bar

        if self.bar is None:
            self.bar = Bar(console=Console(stderr=True), transient=True)
            self.bar.start()
            self.bar.add_task(what)
        assert isinstance(self.bar, Bar)
        self.bar.update(self.bar.task_ids[0], description=what, completed=done, total=total)
