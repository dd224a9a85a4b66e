"""One arm against its own baseline: what is printed of it, and of how many people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evidence.effects.one_row import effect_sizes
from evidence.effects.printed import Figure, Spread, derived, deviation, figure, nothing, people
from evidence.effects.sides import is_paired
from evidence.errors import EffectError
from evidence.messages import say
from evidence.records.base import UNKNOWN, Unknown
from evidence.records.outcome import ArmResult, Outcome, PValue
from evidence.records.study import Study

IMPLAUSIBLE_SMD = 3.0
"""Beyond this many SDs, an SD may be a standard error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneArm:
    """One arm of a result and the people in it."""

    study: Study
    outcome: Outcome
    arm: ArmResult
    path: Literal["treated", "control"]
    n: Figure | None
    everybody: bool  # whether all people of the study are in it

    def read(self, name: str) -> Figure | None:
        """A printed figure of this arm."""
        return figure(f"{self.path}.{name}", getattr(self.arm, name))

    def sd(self, name: str) -> Figure | None:
        """A printed SD or SE of this arm."""
        return deviation(self.study, f"{self.path}.{name}", getattr(self.arm, name))

    @property
    def df(self) -> float | None:
        """Degrees of freedom of its paired t test."""
        return self.n.value - 1 if self.n is not None and self.n.value >= 2 else None

    @property
    def within_printed(self) -> bool:
        """Whether the printed comparison is this arm against its own baseline."""
        contrast = self.outcome.contrast
        within = contrast.kind == "within_group" or contrast.measure in (
            "pct_change_within_arm",
            "pct_change_unclear_reference",
        )
        return self.path == "treated" and within

    @property
    def p(self) -> PValue | Unknown:
        """The p value of this arm's own change; one of unknown kind only when there is no other."""
        p = self.outcome.contrast.p
        if p is UNKNOWN or self.path != "treated":
            return UNKNOWN
        if p.kind == "within_arm":
            return p
        alone = self.outcome.control is None and self.outcome.contrast.kind != "between_group"
        return p if p.kind is UNKNOWN and alone else UNKNOWN

    @property
    def r(self) -> Figure | None:
        """Before-after correlation, when the printed one is that."""
        contrast = self.outcome.contrast
        before_after = contrast.kind == "within_group" or not is_paired(self.outcome)
        return figure("contrast.r", contrast.r) if before_after else None


def change_of(x: OneArm) -> Figure | None:
    """The mean change: printed, else final minus baseline.

    >>> from evidence.records.reported import Reported
    >>> serum = ArmResult(baseline_mean=Reported(text="20"), baseline_sd=Reported(text="5"),
    ...                   mean=Reported(text="15"), sd=Reported(text="4"), n=Reported(text="25"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum)
    >>> x = one_arm(Study(id="Kim", outcomes=(one,)), one, serum, "treated")
    >>> change_of(x).value, change_of(x).rule
    (-5.0, 'final minus baseline')
    """
    if (printed := x.read("change_mean")) is not None:
        return printed
    estimate = x.outcome.contrast.estimate
    if x.within_printed and estimate is not UNKNOWN and estimate.unit != "%":
        if x.outcome.contrast.measure.startswith("pct"):
            return None
        return figure("contrast.estimate", estimate)
    before, after = x.read("baseline_mean"), x.read("mean")
    if before is None or after is None:
        return None
    return Figure(
        value=after.value - before.value,
        inputs=before.inputs + after.inputs,
        rule="final minus baseline",
        label="derived",
    )


def percent_of(x: OneArm) -> Figure | None:
    """The percent change: printed, else of the means.

    >>> from evidence.records.reported import Reported
    >>> serum = ArmResult(baseline_mean=Reported(text="20"), baseline_sd=Reported(text="5"),
    ...                   mean=Reported(text="15"), sd=Reported(text="4"), n=Reported(text="25"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum)
    >>> x = one_arm(Study(id="Kim", outcomes=(one,)), one, serum, "treated")
    >>> percent_of(x).value, percent_of(x).label
    (-25.0, 'derived')
    """
    printed = x.read("pct_change")
    if printed is None and x.within_printed:
        estimate = x.outcome.contrast.estimate
        if x.outcome.contrast.measure.startswith("pct") or (
            estimate is not UNKNOWN and estimate.unit == "%"
        ):
            printed = figure("contrast.estimate", estimate)
    if printed is not None:
        if printed.value < -100:
            raise EffectError(
                say(
                    "{printed}: nothing that is measured from zero falls by more than 100 %.",
                    printed=printed.inputs[0],
                ),
                study=x.study.id,
            )
        return printed
    before, change = x.read("baseline_mean"), change_of(x)
    if before is None or change is None or before.value <= 0:
        return None
    return Figure(
        value=100 * change.value / before.value,
        inputs=change.inputs + before.inputs,
        rule="percent of the baseline mean",
        label="derived",
    )


def paired_spread(x: OneArm, measure: str) -> Spread | None:
    """The spread from both SDs and a printed correlation; None when they are not all there.

    >>> from evidence.records.outcome import Contrast
    >>> from evidence.records.reported import Reported
    >>> serum = ArmResult(baseline_mean=Reported(text="20"), baseline_sd=Reported(text="5"),
    ...                   mean=Reported(text="15"), sd=Reported(text="4"), n=Reported(text="25"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum,
    ...               contrast=Contrast(kind="within_group", r=Reported(text="0.5")))
    >>> x = one_arm(Study(id="Kim", outcomes=(one,)), one, serum, "treated")
    >>> paired_spread(x, "MC").vi
    0.84
    """
    after, before = x.read("mean"), x.read("baseline_mean")
    sd_after, sd_before, r, n = x.sd("sd"), x.sd("baseline_sd"), x.r, x.n
    if after is None or before is None or sd_after is None or sd_before is None:
        return None
    if r is None or n is None:
        return None
    sizes = effect_sizes(
        measure, correct=False,
        m1i=after.value, sd1i=sd_after.value, m2i=before.value, sd2i=sd_before.value,
        ni=n.value, ri=r.value,
    )  # fmt: skip
    vi = float(sizes.vi[0])
    if not vi > 0:
        return nothing("SDs and correlation leave no spread of the change")
    basis = derived("sd_change_from_r", "Cochrane Handbook 6.5.2.8", sd_before, sd_after, r, n)
    return Spread(basis=basis, vi=vi, df=x.df)


def one_arm(
    study: Study, outcome: Outcome, arm: ArmResult, path: Literal["treated", "control"]
) -> OneArm:
    """One arm with the people in it.

    >>> from evidence.records.reported import Reported
    >>> serum = ArmResult(baseline_mean=Reported(text="20"), baseline_sd=Reported(text="5"),
    ...                   mean=Reported(text="15"), sd=Reported(text="4"), n=Reported(text="25"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum)
    >>> x = one_arm(Study(id="Kim", outcomes=(one,)), one, serum, "treated")
    >>> x.n.value, x.df, x.everybody
    (25.0, 24.0, True)
    """
    everybody = outcome.control is None or is_paired(outcome)
    n = people(study, outcome, arm, path, everybody=everybody, counted=False)
    return OneArm(study=study, outcome=outcome, arm=arm, path=path, n=n, everybody=everybody)
