"""Two arms, or two sides of everybody, as the rules of `between_arm` take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import ceil, floor, sqrt
from typing import Literal

from evidence.effects.effect import Basis
from evidence.effects.printed import (
    ENROLLED,
    N_MISSING,
    Figure,
    Spread,
    deviation,
    figure,
    nothing,
    people,
)
from evidence.effects.reported import HANDBOOK, se_from_ci
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import ArmResult, Outcome
from evidence.records.study import Study

Path = Literal["treated", "control"]
PATHS: tuple[Path, ...] = ("treated", "control")
KINDS: tuple[Literal["change", "final"], ...] = ("change", "final")
SIDES_UNPAIRED = (
    "the correlation of the two sides is not printed, and sides of one person are not independent"
)
R_RANGE = (0.0, 0.9)
"""Correlations of the two sides of one person between which a spread is bounded."""
ALLOCATION = 2.0
"""Most unequal split of the people that is considered when only their total is printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The arms of one comparison and the people in them."""

    study: Study
    outcome: Outcome
    treated: ArmResult
    control: ArmResult
    paired: bool
    n1: Figure | None
    n2: Figure | None

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the t test of the comparison."""
        if self.n1 is None or self.n2 is None:
            return self.total_df
        df = self.n1.value - 1 if self.paired else self.n1.value + self.n2.value - 2
        return df if df >= 1 else None

    @property
    def together(self) -> Figure | None:
        """People of all arms together, analysed before randomised."""
        analysed = figure("n_total", self.outcome.n_total)
        if analysed is not None:
            return analysed
        found = figure("n_total_randomised", self.outcome.n_total_randomised)
        return None if found is None else replace(found, assumptions=(ENROLLED,))

    @property
    def total_df(self) -> float | None:
        """Degrees of freedom from the total of people, arms not counted apart."""
        found = self.together
        if found is None or found.value <= 2 or self.paired:
            return None
        return found.value - 2

    @property
    def everybody(self) -> tuple[Figure, ...]:
        """The people, for the inputs of a basis."""
        if self.n1 is None or self.n2 is None:
            return () if self.together is None else (self.together,)
        return (self.n1,) if self.paired else (self.n1, self.n2)

    @property
    def total(self) -> float | None:
        """People in the comparison."""
        found = self.everybody
        return sum(f.value for f in found) if found else None

    @property
    def r(self) -> Figure | None:
        """The correlation of the two sides, when the printed one is that."""
        contrast = self.outcome.contrast
        return (
            figure("contrast.r", contrast.r)
            if self.paired and contrast.kind != "within_group"
            else None
        )

    def arm(self, path: Path) -> ArmResult:
        """The record of one arm."""
        return self.treated if path == "treated" else self.control

    def read(self, path: Path, name: str) -> Figure | None:
        """A printed figure of one arm."""
        return figure(f"{path}.{name}", getattr(self.arm(path), name))

    def change(self, path: Path) -> Figure | None:
        """The mean change of one arm: printed, else final minus baseline."""
        if (printed := self.read(path, "change_mean")) is not None:
            return printed
        before, after = self.read(path, "baseline_mean"), self.read(path, "mean")
        if before is None or after is None:
            return None
        return Figure(
            value=after.value - before.value, inputs=before.inputs + after.inputs, label="derived"
        )

    def sd(self, path: Path, kind: Literal["change", "final"]) -> Figure | None:
        """The SD of one arm: printed, else from its SE, else from its interval."""
        lead = "change_" if kind == "change" else ""
        arm, n = self.arm(path), self.n1 if path == "treated" else self.n2
        printed = deviation(self.study, f"{path}.{lead}sd", getattr(arm, f"{lead}sd"))
        if printed is not None:
            return printed
        if kind == "change" and (by_r := self._change_sd_by_r(path)) is not None:
            return by_r
        if n is None or n.value < 2:
            return None
        se = deviation(self.study, f"{path}.{lead}se", getattr(arm, f"{lead}se"))
        if se is not None:
            return Figure(
                value=se.value * sqrt(n.value),
                inputs=se.inputs + n.inputs,
                rule="sd_from_se",
                label="derived",
                assumptions=n.assumptions,
            )
        low, high = self.read(path, f"{lead}ci_low"), self.read(path, f"{lead}ci_high")
        if low is None or high is None or low.value >= high.value:
            return None
        read = se_from_ci(low.value, high.value, df=n.value - 1)
        return Figure(
            value=read.se * sqrt(n.value),
            inputs=low.inputs + high.inputs + n.inputs,
            rule="sd_from_ci",
            label="derived",
            assumptions=(*n.assumptions, "limits of an arm are those of a 95 % t interval"),
        )

    def _change_sd_by_r(self, path: Path) -> Figure | None:
        """SD of change from both SDs and a printed before-after correlation."""
        arm, contrast = self.arm(path), self.outcome.contrast
        before = deviation(self.study, f"{path}.baseline_sd", arm.baseline_sd)
        after = deviation(self.study, f"{path}.sd", arm.sd)
        r = figure("contrast.r", contrast.r)
        if before is None or after is None or r is None:
            return None
        if self.paired and contrast.kind != "within_group":
            return None  # the printed correlation is that of the sides
        squared = before.value**2 + after.value**2 - 2 * r.value * before.value * after.value
        return Figure(
            value=sqrt(max(0.0, squared)),
            inputs=before.inputs + after.inputs + r.inputs,
            rule="sd_change_from_r",
            label="derived",
        )


def sides_of(study: Study, outcome: Outcome) -> Sides | None:
    """The two arms of a result; None when there is one.

    >>> from evidence.records.reported import Reported
    >>> serum = ArmResult(n=Reported(text="20"))
    >>> vehicle = ArmResult(n=Reported(text="18"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> x.df, x.total, x.paired
    (36.0, 38.0, False)
    """
    if outcome.control is None:
        return None
    paired = is_paired(outcome)

    def count(arm: ArmResult, path: Path) -> Figure | None:
        return people(study, outcome, arm, path, everybody=paired, counted=False)

    n1, n2 = count(outcome.treated, "treated"), count(outcome.control, "control")
    if paired:
        both = min((n for n in (n1, n2) if n is not None), key=lambda n: n.value, default=None)
        n1 = n2 = both
    return Sides(
        study=study,
        outcome=outcome,
        treated=outcome.treated,
        control=outcome.control,
        paired=paired,
        n1=n1,
        n2=n2,
    )


def is_paired(outcome: Outcome) -> bool:
    """Whether both products were tried by the same people.

    >>> from evidence.records.outcome import Design
    >>> halves = Outcome(id="1", name="hydration", design=Design(comparator="untreated_site"))
    >>> is_paired(halves), is_paired(Outcome(id="2", name="hydration"))
    (True, False)
    """
    design = outcome.design
    if design.kind == "crossover" and design.first_period_only == "yes":
        return False
    return (
        design.kind in ("within_person", "crossover")
        or design.comparator == "untreated_site"
        or outcome.contrast.kind == "paired_site"
    )


def repeated(outcome: Outcome, *, paired: bool) -> tuple[float | None, str]:
    """What several readings per person do to a variance: a factor, or None and the reason.

    People counted once give a factor of 1. Readings, sites or members of a cluster give the
    design effect 1 + (m - 1) icc [1]_, which needs both m and the correlation.

    References
    ----------
    .. [1] Cochrane Handbook 23.1.4 (2019).

    Examples
    --------
    >>> from evidence.records.outcome import Design
    >>> from evidence.records.reported import Reported
    >>> design = Design(unit_of_count="readings", units_per_person=Reported(text="3"),
    ...                 icc=Reported(text="0.5"))
    >>> repeated(Outcome(id="1", name="hydration", design=design), paired=False)
    (2.0, '')
    """
    design = outcome.design
    unit = design.unit_of_count
    if unit is UNKNOWN or unit == "people" or (unit == "sides" and paired):
        return 1.0, ""
    m, icc = figure("units_per_person", design.units_per_person), figure("icc", design.icc)
    if m is None or icc is None:
        return None, say(
            "n counts {units}, several per person or cluster: how many, and their correlation, "
            "is not printed",
            units=unit.replace("_", " "),
        )
    return 1 + (m.value - 1) * icc.value, ""


def over_splits(total: float, variance: Callable[[float, float], float]) -> tuple[float, float]:
    """Smallest and largest SE over the splits of a total, up to `ALLOCATION` to one.

    >>> over_splits(60, lambda n1, n2: 1 / n1 + 1 / n2)
    (0.258, 0.274)
    """
    n = int(total)
    share = 1 / (1 + ALLOCATION)
    first = range(max(2, ceil(share * n)), min(n - 2, floor((1 - share) * n)) + 1)
    errors = [sqrt(variance(float(a), float(n - a))) for a in first]
    return min(errors), max(errors)


def bounded(
    rule: str,
    source: str,
    inputs: Iterable[Figure | None],
    limits: tuple[float | None, float | None],
    *,
    assumption: str,
    df: float | None = None,
    reason: str,
) -> Spread:
    """A spread of which only limits are known.

    >>> spread = bounded("total_n_only", "", (), (0.5, 0.9), assumption="at most 2 to 1",
    ...                  reason="people are printed for all arms together")
    >>> spread.vi, spread.bound, spread.basis.label
    (None, (0.5, 0.9), 'bounded')
    """
    given = [f for f in inputs if f is not None]
    basis = Basis(
        label="bounded",
        rule=rule,
        source=source,
        assumptions=(*dict.fromkeys(a for f in given for a in f.assumptions), assumption),
        inputs=tuple(dict.fromkeys(i for f in given for i in f.inputs)),
        reason=reason,
    )
    return Spread(basis=basis, df=df, bound=limits)


def total_only(
    sides: Sides, variance: Callable[[float, float], float], inputs: Iterable[Figure | None]
) -> Spread:
    """The spread when people are printed for all arms together, or not at all.

    >>> from evidence.records.reported import Reported
    >>> one = Outcome(id="1", name="depth", n_total=Reported(text="40"), control=ArmResult())
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> spread = total_only(x, lambda n1, n2: 1 / n1 + 1 / n2, ())
    >>> spread.bound
    (0.3162, 0.3315)
    """
    total = sides.together
    if total is None or total.value < 6 or sides.paired:
        return nothing(N_MISSING)
    return bounded(
        "total_n_only",
        HANDBOOK,
        (*inputs, total),
        over_splits(total.value, variance),
        assumption=say("arms no more unequal than {ratio} to 1", ratio=f"{ALLOCATION:g}"),
        reason="people are printed for all arms together",
    )
