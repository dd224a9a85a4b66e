"""How strong an unmeasured confounder must be to explain a comparison away."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from evidence.effects.labelled import (
    Interval,
    Labelled,
    Labels,
    basis_of,
    check_finite,
    check_positive,
    check_spread,
)
from evidence.errors import EffectError, OptionError

EMeasure: TypeAlias = Literal["RR", "SMD"]
Comparison: TypeAlias = Literal["comparative", "one_arm"]
VANDERWEELE = "VanderWeele & Ding (2017), doi 10.7326/M16-2607"


@dataclass(frozen=True, slots=True, kw_only=True)
class EValue(Labelled):
    """How strong an unmeasured confounder must be to explain a comparison away.

    On the scale of risk ratios with both exposure and outcome; `evalue_ci` is 1 when the interval
    includes no effect, None without an interval.
    """

    rr: float
    evalue_point: float
    evalue_ci: float | None


def e_value(
    measure: EMeasure,
    estimate: float,
    *,
    se: float | None = None,
    ci_low: float | None = None,
    ci_high: float | None = None,
    comparison: Comparison = "comparative",
    labels: Labels | None = None,
) -> EValue:
    """E-value of a comparison that was not randomised.

    RR + √(RR (RR − 1)) for a risk ratio above 1, of which the inverse is taken below; an SMD
    enters as exp(.91 d) with limits exp(.91 d ± 1.78 se).

    Parameters
    ----------
    measure : {"RR", "SMD"}
        Scale of the estimate.
    estimate : float
        As printed.
    se : float
        Standard error of an SMD.
    ci_low, ci_high : float
        Limits of a risk ratio.
    comparison : {"comparative", "one_arm"}
        What was compared.
    labels : mapping, optional
        Labels of arguments that are not printed.

    Raises
    ------
    EffectError
        For one arm before and after, which has no unexposed group; for a ratio that is not
        positive, or an estimate outside its limits.

    References
    ----------
    VanderWeele & Ding (2017), Ann Intern Med 167:268–274. https://doi.org/10.7326/M16-2607

    Examples
    --------
    >>> found = e_value("SMD", 0.5, se=0.2)
    >>> found.evalue_point, found.evalue_ci
    (2.53, 1.44)
    """
    if measure not in get_args(EMeasure):
        raise OptionError("measure", measure, get_args(EMeasure))
    if comparison not in get_args(Comparison):
        raise OptionError("comparison", comparison, get_args(Comparison))
    if comparison == "one_arm":
        raise EffectError(
            "an E-value speaks of an unexposed group, and one arm before and after has none; "
            "`vehicle_tipping_point` says what a vehicle would have to do.",
            measure=measure,
        )
    check_finite(estimate=estimate, ci_low=ci_low, ci_high=ci_high)
    check_spread(se=se)
    rr, limits = _as_risk_ratio(measure, estimate, se, ci_low, ci_high)
    nearest = None
    if limits is not None:
        nearest = min(limits, key=lambda x: abs(math.log(x)))
        nearest = 1.0 if limits[0] <= 1 <= limits[1] else nearest
    return EValue(
        rr=rr,
        evalue_point=_e_value(rr),
        evalue_ci=None if nearest is None else _e_value(nearest),
        basis=basis_of(
            "e_value",
            VANDERWEELE,
            {"measure": measure, "estimate": estimate, "se": se, "ci_low": ci_low,
             "ci_high": ci_high},
            labels,
            assumptions=("confounding only: not selection, not measurement",),
        ),
    )  # fmt: skip


def _as_risk_ratio(
    measure: EMeasure, estimate: float, se: float | None, low: float | None, high: float | None
) -> tuple[float, Interval | None]:
    if measure == "SMD":
        if low is not None or high is not None:
            raise EffectError("the E-value of an SMD takes its standard error, not its limits.")
        limits = (
            None
            if se is None
            else (math.exp(0.91 * estimate - 1.78 * se), math.exp(0.91 * estimate + 1.78 * se))
        )
        return math.exp(0.91 * estimate), limits
    if se is not None:
        raise EffectError("the E-value of a risk ratio takes its limits, not a standard error.")
    check_positive("a ratio is above 0", estimate=estimate, ci_low=low, ci_high=high)
    if low is None or high is None:
        return estimate, None
    if not low <= estimate <= high:
        raise EffectError(f"{estimate:g} lies outside its own limits {low:g} to {high:g}.")
    return estimate, (low, high)


def _e_value(rr: float) -> float:
    above = max(rr, 1 / rr)
    return above + math.sqrt(above * (above - 1))
