"""Reading a record: which figures are printed, where they stand, how many people they are of."""

from __future__ import annotations

from dataclasses import dataclass, field

from evidence.effects.effect import Basis, Effect, Label, quantile, refused, weakest
from evidence.errors import EffectError
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import ArmResult, Outcome, PValue
from evidence.records.reported import Number
from evidence.records.study import Study

EXTREMES = ("up to", "at least", "more than", "less than")
"""Qualifiers that make a number a limit over people or sites, not a mean."""

N_MISSING = "the number of people is not printed"
ENROLLED = (
    "people analysed not printed: people randomised used; "
    "had a fifth been lost, the standard error would be 12 % larger"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number taken from a record, with where it stands and how it was got."""

    value: float
    inputs: tuple[str, ...]
    rule: str = ""
    label: Label = "reported"
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What is known of the error of an estimate; without `vi` its basis says why."""

    basis: Basis
    vi: float | None = None
    df: float | None = None
    ci: tuple[float, float] | None = None
    bound: tuple[float | None, float | None] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A value found by one rule, with its spread."""

    measure: str
    yi: float
    basis: Basis
    spread: Spread
    unit: str = ""
    log: bool = False
    notes: tuple[str, ...] = field(default=())
    directed: bool = True  # whether its sign says who does better

    @property
    def rank(self) -> int:
        """How much is known: a value with its variance, with bounds, or alone."""
        return 0 if self.spread.vi is not None else 1 if self.spread.bound is not None else 2


def cite(path: str, number: Number) -> str:
    """A printed figure and its place, as the inputs of a basis name it.

    >>> from evidence.records.reported import Reported
    >>> cite("treated.mean", Reported(text="12.10")), cite("treated.sd", UNKNOWN)
    ('treated.mean = 12.10', 'treated.sd not printed')
    """
    if number is UNKNOWN:
        return say("{path} not printed", path=path)
    return f"{path} = {number}" + (f" ({number.place})" if number.place is not None else "")


def figure(path: str, number: Number) -> Figure | None:
    """A printed number, or None when the source does not print it.

    >>> from evidence.records.reported import Reported
    >>> figure("treated.mean", Reported(text="12.10")).value, figure("treated.sd", UNKNOWN)
    (12.1, None)
    """
    if number is UNKNOWN:
        return None
    return Figure(value=number.value, inputs=(cite(path, number),), rule="printed")


def deviation(study: Study, path: str, number: Number) -> Figure | None:
    """A printed SD or SE; negative is an error, zero is refused by whoever needs it.

    >>> from evidence.records.reported import Reported
    >>> deviation(Study(id="Kim"), "treated.sd", Reported(text="3.2")).value
    3.2
    >>> deviation(Study(id="Kim"), "treated.sd", Reported(text="-3.2"))
    Traceback (most recent call last):
        ...
    evidence.errors.EffectError: Kim: treated.sd = -3.2: a standard deviation or error cannot be
    negative.
    """
    found = figure(path, number)
    if found is not None and found.value < 0:
        raise EffectError(
            say(
                "{printed}: a standard deviation or error cannot be negative.",
                printed=found.inputs[0],
            ),
            study=study.id,
        )
    return found


def extreme(*numbers: tuple[str, Number]) -> str:
    """The reason for refusing a number printed as "up to", or an empty string.

    >>> from evidence.records.reported import Reported
    >>> extreme(("treated.pct_change", Reported.parse("up to 30 %")))
    "treated.pct_change = up to 30 %: 'up to' is a limit over people or sites, not a mean"
    >>> extreme(("treated.pct_change", Reported(text="30")))
    ''
    """
    for path, number in numbers:
        if number is not UNKNOWN and number.qualifier in EXTREMES:
            return say(
                "{printed}: '{words}' is a limit over people or sites, not a mean",
                printed=cite(path, number),
                words=number.qualifier,
            )
    return ""


def people(
    study: Study, outcome: Outcome, arm: ArmResult, path: str, *, everybody: bool, counted: bool
) -> Figure | None:
    """People behind a figure: analysed before randomised, the arm's before everybody's.

    `everybody` when the arm holds all people of the study; `counted` for events, whose total
    goes first.

    >>> from evidence.records.reported import Reported
    >>> arm = ArmResult(n_randomised=Reported(text="24"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=arm)
    >>> found = people(Study(id="Kim"), one, arm, "treated", everybody=True, counted=False)
    >>> found.value, found.assumptions
    (24.0, ('people analysed not printed: people randomised used; had a fifth been lost, the
    standard error would be 12 % larger',))
    """
    tries: list[tuple[str, Number, str]] = []
    if counted:
        tries.append((f"{path}.total", arm.total, ""))
    tries.append((f"{path}.n", arm.n, ""))
    if everybody:
        tries.append(("n_total", outcome.n_total, ""))
    tries.append((f"{path}.n_randomised", arm.n_randomised, ENROLLED))
    if everybody:
        tries.append(("n_total_randomised", outcome.n_total_randomised, ENROLLED))
    for name, number, assumption in tries:
        found = figure(name, number)
        if found is None:
            continue
        if found.value < 1:
            raise EffectError(
                say("{printed}: fewer than one person.", printed=found.inputs[0]), study=study.id
            )
        return Figure(
            value=found.value,
            inputs=found.inputs,
            assumptions=(assumption,) if assumption else (),
        )
    return None


def p_text(p: PValue) -> str:
    """A printed p value in words.

    >>> from evidence.records.reported import Reported
    >>> p_text(PValue(operator="<", value=Reported(text="0.05"))), p_text(PValue(operator="ns"))
    ('contrast.p < 0.05', 'contrast.p ns')
    """
    number = "" if p.value is UNKNOWN else f" {p.value}"
    return f"contrast.p {p.operator}{number}"


def derived(rule: str, source: str, *figures: Figure | None) -> Basis:
    """The basis of a number computed from others; never stronger than what went in.

    >>> n = Figure(value=20.0, inputs=("n = 20",))
    >>> sd = Figure(value=3.2, inputs=("sd about 3",), label="bounded")
    >>> derived("sd_from_se", "", n, sd).label, derived("sd_from_se", "", n).inputs
    ('bounded', ('n = 20',))
    """
    given = [f for f in figures if f is not None]
    return Basis(
        label=weakest(["derived", *(f.label for f in given)]),
        rule=rule,
        source=source,
        assumptions=tuple(dict.fromkeys(a for f in given for a in f.assumptions)),
        inputs=tuple(dict.fromkeys(i for f in given for i in f.inputs)),
    )


def as_printed(found: Figure, rule: str) -> Basis:
    """The basis of a figure that is used as it stands.

    >>> as_printed(Figure(value=20.0, inputs=("n = 20",)), "counts").rule
    'counts'
    """
    return Basis(label=found.label, rule=rule, inputs=found.inputs, assumptions=found.assumptions)


def nothing(reason: str) -> Spread:
    """No spread, and why.

    >>> nothing("no SD printed").vi, nothing("no SD printed").basis.label
    (None, 'refused')
    """
    return Spread(basis=refused(reason))


def build(
    study: Study,
    outcome: Outcome,
    found: Found,
    *,
    between: bool,
    arm: str,
    n: float | None,
    counts: bool,
) -> Effect:
    """The effect that a rule found; the interval follows from the spread unless printed.

    >>> read = Basis(label="reported")
    >>> found = Found(measure="MD", yi=-3.0, basis=read, spread=Spread(basis=read, vi=1.0))
    >>> one = Outcome(id="1", name="wrinkle depth")
    >>> effect = build(Study(id="Kim"), one, found, between=True, arm="serum", n=40.0, counts=False)
    >>> effect.shown()
    'MD −3.00 (−4.96 to −1.04)'
    """
    spread = found.spread
    low = high = None
    if spread.ci is not None:
        low, high = spread.ci
    elif spread.vi is not None:
        half = quantile(0.95, spread.df) * spread.vi**0.5
        low, high = found.yi - half, found.yi + half
    # people who respond are counted, whatever the direction of the raw measure
    better = "higher" if counts and outcome.statistic != "events" else outcome.better
    return Effect(
        study=study.id,
        outcome=outcome.id,
        kind="between_arm" if between else "within_arm",
        arm=arm,
        measure=found.measure,
        yi=found.yi,
        vi=spread.vi,
        level=outcome.contrast.level if spread.ci is not None else 0.95,
        ci_low=low,
        ci_high=high,
        df=spread.df,
        n=n,
        unit=found.unit,
        log=found.log,
        basis=found.basis,
        spread=spread.basis,
        se_bound=spread.bound,
        better=better if found.directed else UNKNOWN,
        note=listed(dict.fromkeys((*found.notes, *spread.notes))),
    )


def refusal(
    study: Study, outcome: Outcome, measure: str, reason: str, *, between: bool, arm: str
) -> Effect:
    """No effect, and why.

    >>> one = Outcome(id="1", name="wrinkle depth")
    >>> refusal(Study(id="Kim"), one, "MD", "no SD printed", between=True, arm="serum").shown()
    'MD refused: no SD printed'
    """
    return Effect(
        study=study.id,
        outcome=outcome.id,
        kind="between_arm" if between else "within_arm",
        arm=arm,
        measure=measure,
        yi=None,
        vi=None,
        basis=refused(reason),
        spread=refused(reason),
        better=outcome.better,
    )
