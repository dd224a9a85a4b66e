"""`evidence score`: one study from flags, or every result of a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from evidence.appraisal.bias_sets import BiasSet
from evidence.appraisal.facts import Scored
from evidence.appraisal.reliability import AScale
from evidence.cli.lines import Line, told
from evidence.cli.options import (
    FailOnOption,
    Format,
    FormatOption,
    JsonOption,
    LangOption,
    OutputOption,
    chosen,
)
from evidence.cli.options import QuietOption as Quiet
from evidence.errors import RecordError
from evidence.ingest.from_flags import (
    BlindedFlag,
    ComparatorFlag,
    DesignFlag,
    Flags,
    RandomisedFlag,
)
from evidence.messages import say, speaking
from evidence.records.outcome import Outcome
from evidence.records.vocabulary import ConcealmentMethod, OutcomeKind, Registration, YesNo
from evidence.verdict.market_names import Market

SCHEMA = "evidence/score/1"
JUDGED = ("json", "jsonl")
"""Forms that carry the answers of the risk-of-bias tool; a table would drown in them."""
Text = str | None
Values = Annotated[
    tuple[str, ...], Parameter(consume_multiple=True, negative=(), show_default=False)
]
Signed = Annotated[
    tuple[str, ...], Parameter(allow_leading_hyphen=True, negative=(), show_default=False)
]


def score(
    file: Annotated[str | None, Parameter(help="Study file; - reads standard input.")] = None,
    /,
    *,
    design: Annotated[DesignFlag | None, Parameter(help="Type of study.")] = None,
    n: Annotated[Values, Parameter(help="People analysed: one number, or one per arm.")] = (),
    weeks: Annotated[Text, Parameter(help="Time point in weeks; 0 is within 24 hours.")] = None,
    outcome: Annotated[Text, Parameter(help="What was measured, in words.")] = None,
    kind: Annotated[OutcomeKind | None, Parameter(help="How the value is produced.")] = None,
    change: Annotated[
        Signed, Parameter(help="Signed change with its unit: -20%. Repeat it for a second arm.")
    ] = (),
    lower_is_better: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Lower values are a benefit.")
    ] = False,
    higher_is_better: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Higher values are a benefit.")
    ] = False,
    r: Annotated[
        Text,
        Parameter(
            help="Correlation, before-after or of two sides of a person.", allow_leading_hyphen=True
        ),
    ] = None,
    randomised: Annotated[
        RandomisedFlag | None,
        Parameter(name=("--randomised", "--randomized"), help="yes, no, or the method."),
    ] = None,
    concealed: Annotated[
        ConcealmentMethod | None, Parameter(help="Allocation concealment.")
    ] = None,
    blinded: Annotated[BlindedFlag | None, Parameter(help="Who was blind.")] = None,
    attrition: Annotated[Values, Parameter(help="Share lost, 0%, or one per arm.")] = (),
    registered: Annotated[
        Registration | None, Parameter(help="Registered before the start, as what.")
    ] = None,
    primary: Annotated[YesNo | None, Parameter(help="The report names it as primary.")] = None,
    outcomes_measured: Annotated[
        Text, Parameter(help="Outcomes x time points x subgroups x comparisons measured.")
    ] = None,
    comparator: Annotated[ComparatorFlag | None, Parameter(help="Compared with what.")] = None,
    mean: Annotated[Values, Parameter(help="Mean, or one per arm.")] = (),
    sd: Annotated[Values, Parameter(help="Standard deviation, or one per arm.")] = (),
    se: Annotated[Values, Parameter(help="Standard error, or one per arm.")] = (),
    ci: Annotated[
        tuple[str, str] | None,
        Parameter(help="95 % limits of the change or difference.", allow_leading_hyphen=True),
    ] = None,
    p: Annotated[
        Text, Parameter(help="p value as printed, of the comparison: 0.03, <0.05, ns.")
    ] = None,
    unit: Annotated[str, Parameter(show_default=False, help="Unit of mean and SD.")] = "",
    mid: Annotated[
        Text, Parameter(help="Smallest effect that matters, in SDs, or in percent: 5%.")
    ] = None,
    a_scale: Annotated[AScale, Parameter(help="Size of true effects to expect.")] = "cosmetic",
    bias_set: Annotated[BiasSet, Parameter(help="Sizes of bias to use.")] = "robes2018",
    claim_about: Annotated[
        Scored,
        Parameter(help="Score the contrast, or the product alone (its change from baseline)."),
    ] = "contrast",
    no_assumptions: Annotated[
        bool,
        Parameter(
            name="--no-assumptions",
            negative=(),
            show_default=False,
            help="Refuse what would rest on an assumed value.",
        ),
    ] = False,
    priors: Annotated[
        Literal["0", "1"], Parameter(help="Version of the priors for spreads and correlations.")
    ] = "0",
    standard: Annotated[
        Market | None, Parameter(help="Hold it against the rules of a market for claims.")
    ] = None,
    from_: Annotated[
        Text,
        Parameter(name="--from", help="Format of standard input: csv, tsv, json, jsonl, yaml."),
    ] = None,
    explain: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Say why each point was lost.")
    ] = False,
    form: FormatOption = "table",
    json: JsonOption = False,
    output: OutputOption = None,
    fail_on: FailOnOption = "error",
    lang: LangOption = "en",
    quiet: Quiet = False,
) -> int | None:
    """Score one study from flags, or each result of a file.

    A flag left out is unknown, which is not "no". Data goes to standard output.
    """
    if lower_is_better and higher_is_better:
        raise RecordError("--lower-is-better and --higher-is-better exclude each other")
    options: Mapping[str, object] = {
        "a_scale": a_scale,
        "bias_set": bias_set,
        "scored": claim_about,
        "assumptions": not no_assumptions,
        "priors": priors,
    }
    better: Literal["lower", "higher"] | None = (
        "lower" if lower_is_better else "higher" if higher_is_better else None
    )
    flags = Flags(
        design=design,
        n=n,
        weeks=weeks,
        outcome=outcome,
        kind=kind,
        change=change,
        better=better,
        r=r,
        randomised=randomised,
        concealed=concealed,
        blinded=blinded,
        attrition=attrition,
        registered=registered,
        primary=primary,
        outcomes_measured=outcomes_measured,
        comparator=comparator,
        mean=mean,
        sd=sd,
        se=se,
        ci=ci or (),
        p=p,
        unit=unit,
    )
    given = [name for name in Flags.__slots__ if getattr(flags, name) not in (None, (), [], "")]
    threshold = _threshold(mid)
    if file is None:
        if not given:
            raise RecordError(
                "nothing to score: name a study file, or describe a study by flags; "
                "see evidence score --help"
            )
        with speaking(lang):
            return _one(
                flags, given, threshold, options, explain, chosen(form, json), output, standard
            )
    if given:
        named = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise RecordError(
            f"a file and a study described by flags exclude each other; found {file} and {named}"
        )
    with speaking(lang):
        return _file(
            file,
            from_,
            threshold,
            options,
            chosen(form, json),
            output,
            standard,
            fail_on=fail_on,
            quiet=quiet,
        )


def _threshold(text: str | None) -> tuple[float, bool] | None:
    """The smallest effect that matters and whether it is in standard deviations."""
    if text is None:
        return None
    from evidence.records.reported import Reported

    try:
        number = Reported.parse(text)
    except ValueError as error:
        raise RecordError(f"--mid {text!r} is not a number; write 0.2 or 5%") from error
    return number.value, number.unit != "%"


def _one(
    flags: Flags,
    given: list[str],
    mid: tuple[float, bool] | None,
    options: Mapping[str, object],
    explain: bool,
    form: Format,
    output: Path | None,
    standard: Market | None,
) -> int:
    from evidence.appraisal.assess import assess
    from evidence.cli.output import emit
    from evidence.cli.score_lines import score_lines
    from evidence.cli.scored import score_data, score_row
    from evidence.ingest.from_flags import better_was_assumed, study_from_flags

    study = study_from_flags(flags)
    done = assess(study, study.outcomes[0], **_mid(mid), **options)  # type: ignore[arg-type]  # checked by cyclopts
    typed = {name: getattr(flags, name) for name in given}
    notes: list[str] = []
    if better_was_assumed(flags):
        notes.append(_direction(study.outcomes[0]))
    data, row = score_data(done, typed, notes), score_row(done)
    tail: Iterable[Line] = ()
    if form in JUDGED:
        from evidence.cli.judged import judged_data

        data |= {"risk_of_bias": judged_data(done)}
    if standard is not None:
        from evidence.cli.standard import standard_data, standard_lines, standard_row

        data |= standard_data(done, standard)
        row |= standard_row(done, standard)
        tail = standard_lines(done, standard)
    emit(
        data,
        form,
        schema=SCHEMA,
        rows=[row],
        text=lambda: chain(score_lines(done, notes, explain=explain), tail),
        output=output,
    )
    return 0


def _direction(outcome: Outcome) -> str:
    """What was taken for a benefit where nobody said so."""
    if outcome.better == "lower":
        return "direction of benefit not given: lower is better here"
    return "direction of benefit not given: higher is better here"


def _mid(mid: tuple[float, bool] | None) -> dict[str, object]:
    return {} if mid is None else {"mid": mid[0], "mid_is_smd": mid[1]}


def _file(
    file: str,
    from_: str | None,
    mid: tuple[float, bool] | None,
    options: Mapping[str, object],
    form: Format,
    output: Path | None,
    standard: Market | None,
    *,
    fail_on: Literal["error", "warning", "never"],
    quiet: bool,
) -> int:
    from evidence.appraisal.assess import assess_studies
    from evidence.cli.integrity import finding_line
    from evidence.cli.options import exit_status
    from evidence.cli.output import complain, emit
    from evidence.cli.output import say as remark
    from evidence.cli.scored import score_data, score_row, shown_row
    from evidence.cli.terminal import waiting
    from evidence.formatting import plural
    from evidence.ingest.read import read

    source = sys.stdin.buffer if file == "-" else Path(file)
    how = {**options, **_mid(mid)}
    scored_as = how.pop("scored")
    with waiting("scoring", quiet=quiet):
        reading = read(source, format=from_)
        results, impossible = assess_studies(
            reading.studies,
            scored=lambda _: scored_as,  # type: ignore[arg-type,return-value]  # checked by cyclopts
            **how,
        )
    findings = [*reading.findings, *impossible]
    set_aside = reading.set_aside + len(impossible)
    used = reading.used - len(impossible)
    for finding in findings:
        if finding.severity == "error":
            complain(told([finding_line(finding)], None).rstrip())
    summary = {"read": reading.read, "used": used, "set_aside": set_aside}
    whole = [score_data(done, None, []) for done in results]
    flat = [score_row(done) for done in results]
    if form in JUDGED:
        from evidence.cli.judged import judged_data

        whole = [a | {"risk_of_bias": judged_data(b)} for a, b in zip(whole, results, strict=True)]
    if standard is not None:
        from evidence.cli.standard import standard_data, standard_row

        whole = [a | standard_data(done, standard) for a, done in zip(whole, results, strict=True)]
        flat = [a | standard_row(done, standard) for a, done in zip(flat, results, strict=True)]
    emit(
        {
            "results": whole,
            "findings": [finding.as_dict() for finding in findings],
            "summary": summary,
        },
        form,
        schema=SCHEMA,
        rows=whole if form == "jsonl" else flat if form != "table" else list(map(shown_row, flat)),
        output=output,
    )
    scored = sum(done.reliability.value is not None for done in results)
    remark(
        say(
            "{rows} read, {used} used, {aside} set aside; {results} scored",
            rows=plural(reading.read, "row"),
            used=used,
            aside=set_aside,
            results=plural(scored, "result"),
        ),
        quiet=quiet,
    )
    return exit_status([finding.severity for finding in findings], fail_on)
