"""One result: an outcome of one study at one time point, in one comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

from pydantic import Field, model_validator

from evidence.formatting import html_table
from evidence.records.base import UNKNOWN, Place, Record, Remark, Unknown
from evidence.records.reported import Number, Reported
from evidence.records.vocabulary import (
    AnalysisPopulation,
    Better,
    Blind,
    Comparator,
    ConcealmentMethod,
    ContrastKind,
    DesignKind,
    MissingHandling,
    OutcomeKind,
    PKind,
    POperator,
    Registration,
    SequenceMethod,
    Statistic,
    UnitOfCount,
    YesNo,
)


class Blinding(Record):
    """Who did not know which product was which."""

    participant: Blind | Unknown = Field(UNKNOWN, description="the people using the product")
    applier: Blind | Unknown = Field(UNKNOWN, description="whoever hands out or applies it")
    assessor: Blind | Unknown = Field(UNKNOWN, description="whoever produces the value")
    analyst: Blind | Unknown = Field(UNKNOWN, description="whoever computes the result")


class Design(Record):
    """How a result came about. Unknown facts stay unknown; nothing here defaults to "no"."""

    kind: DesignKind | Unknown = Field(UNKNOWN, description="type of study")
    comparator: Comparator | Unknown = Field(UNKNOWN, description="what it was compared with")
    randomised: YesNo | Unknown = Field(UNKNOWN, description="whether allocation was by chance")
    sequence: SequenceMethod | Unknown = Field(
        UNKNOWN, description="how the sequence was made; stated_only = the word, no method"
    )
    concealment: ConcealmentMethod | Unknown = Field(
        UNKNOWN, description="how the next allocation was kept from those enrolling"
    )
    fixed_side: YesNo | Unknown = Field(
        UNKNOWN, description="sides of one person: product always on the same side"
    )
    blinding: Blinding = Field(default_factory=lambda: Blinding(), description="who was blind")
    washout_week: Number = Field(UNKNOWN, description="crossover: weeks between periods")
    period_effect_reported: YesNo | Unknown = Field(
        UNKNOWN, description="crossover: whether the effect of period is given"
    )
    first_period_only: YesNo | Unknown = Field(
        UNKNOWN, description="crossover: whether the numbers are those of the first period"
    )
    unit_of_count: UnitOfCount | Unknown = Field(
        "people", description="what n counts: people unless the source says otherwise"
    )
    units_per_person: Number = Field(
        UNKNOWN, description="sides, sites, readings per person, or members per cluster"
    )
    icc: Number = Field(UNKNOWN, description="correlation within a person or cluster")
    population_analysed: AnalysisPopulation | Unknown = Field(
        UNKNOWN, description="who was analysed, in which group"
    )
    missing_handled: MissingHandling | Unknown = Field(
        UNKNOWN, description="what was done about missing values"
    )
    adjusted_for_baseline: YesNo | Unknown = Field(
        UNKNOWN, description="whether the contrast is adjusted for the baseline value"
    )
    pooled_analysis: YesNo | Unknown = Field(
        UNKNOWN, description="several studies analysed as one, their list not given"
    )


class ArmResult(Record):
    """What is printed for one arm or side, for one outcome at one time point."""

    label: str = Field("", description="name of the arm in the source")
    n_randomised: Number = Field(UNKNOWN, description="people allocated")
    n: Number = Field(UNKNOWN, description="people analysed at this time point")
    attrition: Number = Field(UNKNOWN, description="share lost or dropped, 0 to 1 or percent")
    baseline_mean: Number = Field(UNKNOWN, description="mean before")
    baseline_sd: Number = Field(UNKNOWN, description="standard deviation before")
    mean: Number = Field(UNKNOWN, description="mean at the time point")
    sd: Number = Field(UNKNOWN, description="standard deviation at the time point")
    se: Number = Field(UNKNOWN, description="standard error of the mean")
    ci_low: Number = Field(UNKNOWN, description="lower confidence limit of the mean")
    ci_high: Number = Field(UNKNOWN, description="upper confidence limit of the mean")
    median: Number = Field(UNKNOWN, description="median at the time point")
    q1: Number = Field(UNKNOWN, description="first quartile")
    q3: Number = Field(UNKNOWN, description="third quartile")
    minimum: Number = Field(UNKNOWN, description="smallest value")
    maximum: Number = Field(UNKNOWN, description="largest value")
    change_mean: Number = Field(UNKNOWN, description="mean change from baseline, signed")
    change_sd: Number = Field(UNKNOWN, description="standard deviation of the change")
    change_se: Number = Field(UNKNOWN, description="standard error of the mean change")
    change_ci_low: Number = Field(UNKNOWN, description="lower confidence limit of the change")
    change_ci_high: Number = Field(UNKNOWN, description="upper confidence limit of the change")
    pct_change: Number = Field(
        UNKNOWN, description="signed percent change of the measured quantity from baseline"
    )
    events: Number = Field(UNKNOWN, description="people with the event, or who responded")
    total: Number = Field(UNKNOWN, description="people among whom events were counted")
    pct: Number = Field(UNKNOWN, description="percent of people with the event")


class PValue(Record):
    """A printed p value, or the threshold printed in its place."""

    operator: POperator = Field(description="= exact; < or > a bound; ns not significant")
    value: Number = Field(UNKNOWN, description="the number printed; may be absent for ns")
    kind: PKind | Unknown = Field(UNKNOWN, description="what was tested")
    implied: bool = Field(False, description="a threshold read into the word significant")


class Contrast(Record):
    """What is printed for the comparison itself, in the source's own measure."""

    measure: str = Field("", description="what was printed, in the codebook's words")
    kind: ContrastKind | Unknown = Field(
        UNKNOWN, description="whether arms or sides were compared, or each with its own baseline"
    )
    estimate: Number = Field(UNKNOWN, description="the comparison's estimate")
    se: Number = Field(UNKNOWN, description="its standard error")
    ci_low: Number = Field(UNKNOWN, description="lower confidence limit")
    ci_high: Number = Field(UNKNOWN, description="upper confidence limit")
    level: float = Field(0.95, gt=0, lt=1, description="confidence level of the limits")
    statistic_t: Number = Field(UNKNOWN, description="t statistic of the comparison")
    df: Number = Field(UNKNOWN, description="degrees of freedom, where printed")
    p: PValue | Unknown = Field(UNKNOWN, description="p value as printed")
    r: Number = Field(
        UNKNOWN, description="correlation: before-after, or of the two sides of one person"
    )
    direction_only: str = Field(
        "", description="what the words say where no magnitude is printed: favours, no difference"
    )


class Reporting(Record):
    """How this result came to be the one that is shown."""

    registered: Registration | Unknown = Field(
        UNKNOWN, description="registered before enrolment as primary or secondary, or not"
    )
    registered_count: Number = Field(UNKNOWN, description="number of outcomes registered")
    named_primary: YesNo | Unknown = Field(
        UNKNOWN, description="whether the report names this outcome as primary"
    )
    measured: Number = Field(
        UNKNOWN, description="m: outcomes x time points x subgroups x comparisons measured"
    )
    results_printed: int = Field(1, ge=1, description="results of this study that are printed")


class Outcome(Record):
    """One result of one study, with the design it came from.

    `treated` holds the tested product; `control` is None where there was no second arm. A change
    within an arm and an effect between arms are different things and live in different fields.
    """

    id: str = Field(description="unique within its study file")
    name: str = Field(description="outcome as the source names it")
    domain: str = Field("", description="outcome domain of the file, for instance wrinkle_depth")
    family: str = Field("unlisted", description="outcome family of the codebook")
    kind: OutcomeKind | Unknown = Field(UNKNOWN, description="how the value is produced")
    instrument: str = Field("", description="device or scale")
    unit: str = Field("", description="unit of the raw measure")
    better: Better | Unknown = Field(UNKNOWN, description="direction of benefit, raw measure")
    statistic: Statistic | Unknown = Field("mean", description="what the number summarises")
    site: str = Field("", description="body site")
    week: Number = Field(UNKNOWN, description="time point in weeks; 0 within 24 h of one use")
    design: Design = Field(default_factory=lambda: Design(), description="how it came about")
    treated: ArmResult = Field(default_factory=lambda: ArmResult(), description="tested product")
    control: ArmResult | None = Field(None, description="comparator arm or side, if any")
    n_total: Number = Field(UNKNOWN, description="people analysed in all arms together")
    n_total_randomised: Number = Field(UNKNOWN, description="people enrolled in all arms together")
    contrast: Contrast = Field(default_factory=lambda: Contrast(), description="comparison")
    reporting: Reporting = Field(default_factory=lambda: Reporting(), description="selection")
    mid: Number = Field(UNKNOWN, description="smallest difference that matters, raw unit")
    quote: str = Field("", description="where the numbers were printed: abstract, table 2")
    cautions: str = Field("", description="what a careful reader must notice")
    note: Remark = Field("", description="anything else the file says")
    places: Mapping[str, Place] = Field(
        default_factory=dict, description="where each fact was read, by field path"
    )

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        for owner in (self.contrast, self.treated, self.control):
            if owner is None:
                continue
            low, high = owner.ci_low, owner.ci_high
            if low is not UNKNOWN and high is not UNKNOWN and low.value > high.value:
                raise ValueError(f"ci_low {low} is above ci_high {high}")
        return self

    def __repr__(self) -> str:
        said = "; ".join(text for text in (short(self.name, 100), design_line(self)) if text)
        return f"<Outcome {short(self.id, 60)}: {said}>"

    def _repr_html_(self) -> str:
        facts = html_table(("fact", "as printed"), _facts(self), caption=self.id)
        rows = (
            (what, value, "" if where is None else str(where))
            for what, value, where in printed_numbers(self)
        )
        return facts + html_table(("what", "printed", "where"), rows)


# --------------------------------------------------------------------------- showing


def said(value: object) -> str:
    """A fact in words; one that the source does not state is "unknown".

    >>> said("within_person"), said(UNKNOWN)
    ('within person', 'unknown')
    """
    return "unknown" if value is UNKNOWN else str(value).replace("_", " ")


def short(text: str, most: int) -> str:
    r"""One line of at most so many characters, without characters that a terminal obeys.

    >>> short("less\n wrinkles", 9)
    'less wri…'
    """
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def design_line(outcome: Outcome) -> str:
    """Design, comparator, allocation, time and people, as far as they are known.

    >>> design = Design(kind="within_person", comparator="vehicle", randomised="yes")
    >>> design_line(Outcome(id="1", name="depth", design=design, week=Reported(text="12")))
    'within person, comparator vehicle, randomised, week 12'
    >>> design_line(Outcome(id="2", name="depth"))
    'design unknown'
    """
    design = outcome.design
    parts = [
        "" if design.kind is UNKNOWN else said(design.kind),
        "" if design.comparator is UNKNOWN else f"comparator {said(design.comparator)}",
        {"yes": "randomised", "no": "not randomised"}.get(said(design.randomised), ""),
        "" if outcome.week is UNKNOWN else f"week {outcome.week.text}",
        "" if outcome.n_total is UNKNOWN else f"{outcome.n_total.text} analysed",
    ]
    return ", ".join(part for part in parts if part) or "design unknown"


def _facts(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """What the reliability of a result rests on; unknown facts are said too."""
    design, blind = outcome.design, outcome.design.blinding
    yield "outcome", outcome.name
    yield "read by", said(outcome.kind)
    yield "instrument", outcome.instrument
    yield "better", said(outcome.better)
    yield "design", said(design.kind)
    yield "comparator", said(design.comparator)
    yield "randomised", said(design.randomised)
    yield "sequence", said(design.sequence)
    yield "allocation concealed", said(design.concealment)
    yield "participants blind", said(blind.participant)
    yield "assessor blind", said(blind.assessor)
    yield "registered", said(outcome.reporting.registered)
    for name, text in (
        ("direction", outcome.contrast.direction_only),
        ("watch out for", outcome.cautions),
        ("note", outcome.note),
    ):
        if text:
            yield name, text


def printed_numbers(outcome: Outcome) -> Iterator[tuple[str, str, Place | None]]:
    """Every printed number of a result: what it is, its digits, where it was read.

    >>> one = Outcome(id="1", name="depth", treated=ArmResult(mean=Reported(text="12.10")))
    >>> [(what, value) for what, value, _ in printed_numbers(one)]
    [('product: mean at the time point', '12.10')]
    """
    parts: tuple[tuple[str, Record | None], ...] = (
        ("", outcome),
        ("product: ", outcome.treated),
        ("control: ", outcome.control),
        ("comparison: ", outcome.contrast),
        ("", outcome.design),
        ("", outcome.reporting),
    )
    for lead, part in parts:
        for name, field in type(part).model_fields.items() if part is not None else ():
            value = getattr(part, name)
            operator = ""
            if isinstance(value, PValue):
                operator, value = f"{value.operator} ", value.value
            if isinstance(value, Reported):
                yield f"{lead}{field.description or name}", f"{operator}{value}", value.place
