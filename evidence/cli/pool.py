"""`evidence pool`: effects of several studies to pooled estimates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from cyclopts import Parameter

from evidence.cli.integrity import finding_line
from evidence.cli.lines import told
from evidence.cli.options import (
    FailOnOption,
    Format,
    FormatOption,
    JsonOption,
    LangOption,
    OutputOption,
    QuietOption,
    chosen,
    exit_status,
)
from evidence.cli.output import complain, emit
from evidence.cli.output import say as remark
from evidence.cli.pool_lines import pool_lines
from evidence.cli.terminal import waiting
from evidence.errors import OptionError, RecordError, SynthesisError
from evidence.formatting import plural
from evidence.messages import say, speaking

if TYPE_CHECKING:
    from evidence.cli.effect_tables import Effects
    from evidence.synthesis.pool import Pooled

SCHEMA = "evidence/pool/1"
SHOWN = 10  # results without an effect that are named on the terminal
OPTIONS = (
    "--by", "--outcome", "--measure", "--tau2", "--test", "--level", "--from", "--format",
    "--json", "--output", "--fail-on", "--lang", "--quiet",
)  # fmt: skip


def pool(
    *files: Annotated[
        str,
        Parameter(
            help="Tables with yi and vi (or sei), or study files; - reads standard input.",
            allow_leading_hyphen=True,
        ),
    ],
    by: Annotated[
        str | None, Parameter(help="Column whose values are pooled apart, such as outcome.")
    ] = None,
    outcome: Annotated[str | None, Parameter(help="Pool this outcome only.")] = None,
    measure: Annotated[
        str,
        Parameter(show_default=False, help="Effect measure: what yi is, or what to compute (SMD)."),
    ] = "",
    tau2: Annotated[
        str, Parameter(help="Between-study variance: REML, DL, PM, ML, EB, HE, SJ, … or EE.")
    ] = "REML",
    test: Annotated[
        str, Parameter(help="Test and interval of the mean: HKSJ, HKSJ-adhoc, t or z.")
    ] = "HKSJ",
    level: Annotated[float, Parameter(help="Level of the intervals.")] = 0.95,
    from_: Annotated[
        str | None,
        Parameter(name="--from", help="Format of standard input: csv, tsv, json, jsonl, yaml."),
    ] = None,
    form: FormatOption = "table",
    json: JsonOption = False,
    output: OutputOption = None,
    fail_on: FailOnOption = "error",
    lang: LangOption = "en",
    quiet: QuietOption = False,
) -> int:
    """Pool the effects of several studies: mean, intervals, heterogeneity.

    Rows that cannot be used are named and set aside; the others are pooled.
    """
    if not files:
        raise RecordError("nothing to pool: name a file; see evidence pool --help")
    for file in files:  # a lone hyphen is a file, so the parser lets unknown options through
        if file.startswith("-") and file != "-":
            raise OptionError("option", file, OPTIONS)
    with speaking(lang):
        with waiting("pooling", quiet=quiet):
            found = _read(files, from_, measure, outcome)
            pooled = list(_pooled(found, by, tau2=tau2, test=test, level=level, measure=measure))
        _remarks(found, quiet=quiet)
        _print(found, pooled, by, chosen(form, json), output)
        remark(_summary(found), quiet=quiet)
    return exit_status([item.severity for item in found.findings], fail_on)


def _read(files: Iterable[str], form: str | None, measure: str, outcome: str | None) -> Effects:
    from evidence.cli.effect_tables import Effects, effects_of_file

    found = Effects()
    for file in files:
        found.add(effects_of_file(file, format=form, measure=measure, outcome=outcome))
    return found


class Group(NamedTuple):
    """What was pooled under one name ("" when all is one), and its result."""

    name: str
    columns: dict[str, list[Any]]
    pooled: Pooled


def _pooled(found: Effects, by: str | None, *, measure: str, **how: Any) -> Iterator[Group]:
    """The groups, each pooled.

    Raises
    ------
    SynthesisError
        When there is nothing to pool, or different things would be.
    """
    from evidence.cli.effect_tables import grouped
    from evidence.synthesis.pool import pool as pool_effects

    if not found.rows:
        _remarks(found, quiet=False)
        raise SynthesisError(f"nothing to pool: none of {found.read} rows gives an effect.")
    for group, rows in grouped(found.rows, by).items():
        columns = {name: [row[name] for row in rows] for name in ("yi", "vi", "study")}
        named = {str(row["measure"]) for row in rows if row.get("measure")}
        if len(named) > 1:
            raise SynthesisError(
                f"{group or 'the effects'}: different measures cannot be pooled together: "
                f"{', '.join(sorted(named))}."
            )
        # near misses of tau2 and test are known to the verb, which names them
        yield Group(
            group, columns, pool_effects(columns, measure=next(iter(named), measure), **how)
        )


def _remarks(found: Effects, *, quiet: bool) -> None:
    """Rows that were set aside, and the first results without an effect."""
    for item in found.findings:
        if item.severity == "error":
            complain(told([finding_line(item)], None).rstrip())
    for row in found.refused[:SHOWN]:
        text = say("{study}, {outcome}: no effect: {reason}", **{
            name: row[name] for name in ("study", "outcome", "reason")
        })  # fmt: skip
        remark(text, quiet=quiet)
    if len(found.refused) > SHOWN:
        more = len(found.refused) - SHOWN
        remark(say("and {n} more; --json lists them all", n=more), quiet=quiet)


def _summary(found: Effects) -> str:
    return say(
        "{rows} read, {aside} set aside; {effects} pooled, {results} without one",
        rows=plural(found.read, "row"),
        aside=found.set_aside,
        effects=plural(len(found.rows), "effect"),
        results=plural(len(found.refused), "result"),
    )


def _print(
    found: Effects, groups: list[Group], by: str | None, form: Format, output: Path | None
) -> None:
    results = [
        {"group": group.name or None, **_data(group.pooled, group.columns)} for group in groups
    ]
    summary = {
        "read": found.read,
        "used": len(found.rows),
        "set_aside": found.set_aside,
        "without_effect": len(found.refused),
    }
    emit(
        {
            "by": by,
            "results": results,
            "refused": found.refused,
            "findings": [item.as_dict() for item in found.findings],
            "summary": summary,
        },
        form,
        schema=SCHEMA,
        rows=results if form == "jsonl" else [_flat(item) for item in results],
        text=lambda: (line for group in groups for line in pool_lines(group.pooled, group.name)),
        wrap=None,
        output=output,
    )


def _data(pooled: Pooled, columns: Mapping[str, list[Any]]) -> dict[str, object]:
    """The result as plain data: every null has its reason."""
    names = [item.name for item in fields(pooled) if item.name != "weights"]
    data: dict[str, object] = {name: getattr(pooled, name) for name in names}
    data["notes"] = list(pooled.notes)
    data["effects"] = [
        {"study": study, "yi": yi, "vi": vi, "weight": weight}
        for study, yi, vi, weight in zip(
            columns["study"], columns["yi"], columns["vi"], pooled.weights, strict=True
        )
    ]
    data["reasons"] = {
        name: _reason(name, pooled) for name, value in data.items() if _is_null(value)
    }
    return data


def _is_null(value: object) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _reason(name: str, pooled: Pooled) -> str:
    """Why a number is not there."""
    if name == "df":
        return "the normal distribution has none"
    if name == "hk_factor":
        return "only the Hartung–Knapp tests have one"
    if name in ("statistic", "pvalue"):
        return "the standard error is 0, because the effects do not differ"
    if pooled.k == 1:
        return "one study says nothing about the spread between studies"
    if pooled.tau2_method == "EE":
        return "the equal-effects model has no spread between studies"
    if pooled.tau2_method == "fixed":
        return "the between-study variance was given, not estimated"
    return "a prediction interval needs three studies"


def _flat(item: Mapping[str, object]) -> dict[str, object]:
    """One row for a table: the numbers, and the notes in one cell."""
    left_out = ("effects", "reasons", "notes")
    row = {name: value for name, value in item.items() if name not in left_out}
    notes = item["notes"]
    return {**row, "notes": " ".join(map(str, notes)) if isinstance(notes, list) else ""}
