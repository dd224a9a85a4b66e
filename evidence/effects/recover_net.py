"""Arm against arm from two percent changes: the ratio of changes, with what is known of its error.

Two significances of arms against their own baselines are no comparison; this is the comparison,
as far as the printed numbers allow it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.effects.effect import Basis, Label, refused, weakest
from evidence.effects.labelled import Interval, percent_of_log
from evidence.effects.percent_scale import percent_limits
from evidence.effects.recover import Recovered, Step, recover
from evidence.effects.sides import R_RANGE, is_paired
from evidence.messages import say
from evidence.records.outcome import Outcome
from evidence.records.priors import DEFAULT_VERSION
from evidence.records.study import Study

RULE = "between_arm_ratio_of_changes"
SOURCE = "Lajeunesse (2015), doi 10.1890/14-2402.1: difference of two log ratios"


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """The ratio of two changes as a percent, negative where the tested arm fell further.

    `narrowest` and `widest` are confidence intervals at the ends of the standard error's limits,
    the same where it is known; None where nothing is known of it.
    """

    percent: float | None
    treated: Recovered
    control: Recovered | None
    basis: Basis
    se: Interval | None = None
    narrowest: Interval | None = None
    widest: Interval | None = None

    @property
    def label(self) -> Label:
        """What it is."""
        return self.basis.label

    @property
    def sign_decided(self) -> bool:
        """Whether even the widest interval leaves out zero."""
        return self.widest is not None and (self.widest[0] > 0 or self.widest[1] < 0)


def recover_net(
    study: Study,
    outcome: Outcome,
    *,
    assumptions: bool = True,
    priors: str = DEFAULT_VERSION,
    level: float = 0.95,
) -> Net:
    """The tested arm's percent change over the control's.

    Parameters
    ----------
    study, outcome
        The record; both arms must have a percent change.
    assumptions, priors, level
        As for `recover`.

    Returns
    -------
    Net
        The standard error is that of two independent log ratios, √(a² + b²); for two sides of
        the same people it lies between the correlations 0 and 0.9 of their changes.

    Examples
    --------
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> def arm(percent):
    ...     return ArmResult(pct_change=Reported(text=percent), n=Reported(text="30"))
    >>> one = Outcome(id="1", name="wrinkle depth", family="wrinkle_depth",
    ...     treated=arm("-20"), control=arm("-8"))
    >>> net = recover_net(Study(id="serum", outcomes=(one,)), one)
    >>> round(net.percent, 1), net.label, net.sign_decided
    (-13.0, 'bounded', False)
    """
    options = {"assumptions": assumptions, "priors": priors, "level": level}
    treated = recover(study, outcome, arm="treated", **options)  # type: ignore[arg-type]  # as named
    if outcome.control is None:
        return Net(
            percent=None, treated=treated, control=None, basis=refused("there is no second arm")
        )
    control = recover(study, outcome, arm="control", **options)  # type: ignore[arg-type]  # as named
    a, b = treated.percent, control.percent
    if a is None or b is None or min(a, b) <= -100:
        reason = "both arms must have a percent change above −100"
        return Net(percent=None, treated=treated, control=control, basis=refused(reason))
    log_ratio = math.log1p(a / 100) - math.log1p(b / 100)
    percent = percent_of_log(log_ratio)
    of_values = weakest((treated.effect.basis.label, control.effect.basis.label, "derived"))
    inputs = (*treated.effect.basis.inputs, *control.effect.basis.inputs)
    of_treated, of_control = _log_se(treated), _log_se(control)
    if of_treated is None or of_control is None:
        return Net(
            percent=percent,
            treated=treated,
            control=control,
            basis=Basis(
                label=of_values, rule=RULE, source=SOURCE, inputs=inputs,
                reason="nothing gives the error of both changes",
            ),
        )  # fmt: skip
    (first, se_t), (second, se_c) = of_treated, of_control
    paired = is_paired(outcome)
    se = _combined(se_t, se_c, R_RANGE if paired else (0.0, 0.0))
    label = weakest((of_values, first.label, second.label, "bounded" if paired else "derived"))
    assumed = (_OF_SIDES,) if paired else ()
    return Net(
        percent=percent,
        treated=treated,
        control=control,
        basis=Basis(
            label=label,
            rule=RULE,
            source=SOURCE,
            assumptions=tuple(
                dict.fromkeys((*first.basis.assumptions, *second.basis.assumptions, *assumed))
            ),
            inputs=inputs,
        ),
        se=se,
        narrowest=percent_limits(log_ratio, se[0] ** 2, level),
        widest=percent_limits(log_ratio, se[1] ** 2, level),
    )


_OF_SIDES = say(
    "correlation of the two sides {low} to {high}", low=f"{R_RANGE[0]:g}", high=f"{R_RANGE[1]:g}"
)


def _log_se(found: Recovered) -> tuple[Step, Interval] | None:
    """Limits of the standard error of the log ratio from the best step that is on that scale.

    A printed error is in points of percent; its delta-method value on the log scale is used,
    se/(100 + percent), which is exact for the ratio of means.
    """
    for step in found.steps:
        if step.se is None or step.se[1] is None or found.percent is None:
            continue
        scale = 1.0 if step.scale == "log" else 1 / (100 + found.percent)
        return step, ((step.se[0] or 0.0) * scale, step.se[1] * scale)
    return None


def _combined(first: Interval, second: Interval, r: Interval) -> Interval:
    """Limits of √(a² + b² − 2 r a b) over both boxes and all correlations."""
    low_r, high_r = r
    widest = math.sqrt(first[1] ** 2 + second[1] ** 2 - 2 * low_r * first[1] * second[1])
    # the smallest difference of two correlated errors lies on an edge of the box
    smallest = min(
        _least(a, second, high_r) if fixed == 0 else _least(a, first, high_r)
        for fixed, ends in ((0, first), (1, second))
        for a in ends
    )
    return smallest, widest


def _least(a: float, other: Interval, r: float) -> float:
    """Smallest √(a² + b² − 2 r a b) for b within limits: at b = r a, or the nearer end."""
    b = min(max(r * a, other[0]), other[1])
    return math.sqrt(max(0.0, a * a + b * b - 2 * r * a * b))
