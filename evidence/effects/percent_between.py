"""Percents of two arms against each other, and percents as benefits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from evidence.effects.labelled import (
    Interval,
    Labelled,
    Labels,
    basis_of,
    check_better,
    check_finite,
    check_percent,
    percent_of_log,
)
from evidence.effects.percent_scale import (
    SENIOR,
    Correction,
    VarianceType,
    percent_change_paired,
    percent_limits,
)
from evidence.errors import EffectError, OptionError
from evidence.records.base import UNKNOWN, Unknown
from evidence.records.vocabulary import Better

Readable: TypeAlias = Literal["improvement", "signed_change"]
"""How a percent is printed: the size of an improvement, or a change with its sign."""
NO_DIRECTION = "which direction of this outcome is good is not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmMeans:
    """One arm before and after: means, SDs, their correlation, and people."""

    mean_pre: float
    sd_pre: float
    mean_post: float
    sd_post: float
    r: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioOfChanges(Labelled):
    """Arm against arm: the ratio of two changes, and the difference of the two percents."""

    percent_treated: float
    percent_control: float
    difference_points: float
    ln_ratio_of_ratios: float
    se_ln: float
    net_percent: float
    ci_net_percent: Interval
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NetEffect(Labelled):
    """Two printed percents against each other; benefits are positive, None without a direction."""

    difference_points: float
    net_percent: float
    benefit_points: float | None
    benefit_net_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction(Labelled):
    """A printed percent with its sign, and as a benefit (positive is good).

    What does not follow is None, and `reason` says why. `flags`: sign_contradicts_word.
    """

    change_percent: float | None
    ratio: float | None
    benefit_percent: float | None
    benefit_ln_ratio: float | None
    flags: tuple[str, ...]


def between_arm_ratio_of_changes(
    treated: ArmMeans,
    control: ArmMeans,
    *,
    level: float = 0.95,
    correction: Correction = "none",
    vtype: VarianceType = "LS",
    labels: Labels | None = None,
) -> RatioOfChanges:
    """What the treated arm gained over the control: L treated − L control.

    Parameters
    ----------
    treated, control : ArmMeans
        Of different people; for two sides of the same people see `paired_sides_difference`.
    level, correction, vtype
        As in `percent_change_paired`.
    labels : mapping, optional
        Labels of figures of an arm that are not printed, such as {"r": "imputed"}.

    Raises
    ------
    EffectError, OptionError
        As `percent_change_paired`.

    References
    ----------
    Senior, Viechtbauer & Nakagawa (2020), Res Synth Methods 11:553–567.
    https://doi.org/10.1002/jrsm.1423

    Examples
    --------
    >>> found = between_arm_ratio_of_changes(
    ...     ArmMeans(mean_pre=100, sd_pre=30, mean_post=80, sd_post=26, r=0.7, n=30),
    ...     ArmMeans(mean_pre=98, sd_pre=29, mean_post=91, sd_post=28, r=0.7, n=30),
    ... )
    >>> found.net_percent, found.ci_net_percent
    (-13.8, (-23.6, -2.8))
    """
    one, two = (
        percent_change_paired(
            mean_pre=arm.mean_pre, sd_pre=arm.sd_pre, mean_post=arm.mean_post,
            sd_post=arm.sd_post, r=arm.r, n=arm.n,
            level=level, correction=correction, vtype=vtype, labels=labels,
        )
        for arm in (treated, control)
    )  # fmt: skip
    log_net, variance = one.ln_ratio - two.ln_ratio, one.var_ln + two.var_ln
    inputs = {
        f"{name}.{field}": getattr(arm, field)
        for name, arm in (("treated", treated), ("control", control))
        for field in ArmMeans.__slots__
    }
    of_arms = {f"{arm}.{name}": label for name, label in (labels or {}).items()
               for arm in ("treated", "control")}  # fmt: skip
    return RatioOfChanges(
        percent_treated=one.percent,
        percent_control=two.percent,
        difference_points=one.percent - two.percent,
        ln_ratio_of_ratios=log_net,
        se_ln=math.sqrt(variance),
        net_percent=percent_of_log(log_net),
        ci_net_percent=percent_limits(log_net, variance, level),
        level=level,
        basis=basis_of("between_arm_ratio_of_changes", SENIOR, inputs, of_arms),
    )


def net_effect_from_percents(
    percent_treated: float,
    percent_control: float,
    *,
    better: Better | Unknown,
    labels: Labels | None = None,
) -> NetEffect:
    """The effect between arms from two percent changes; without a standard error.

    Parameters
    ----------
    percent_treated, percent_control : float
        Signed percent changes of the two arms, above −100.
    better : "lower", "higher" or UNKNOWN
        Which direction is good.
    labels : mapping, optional
        Labels of percents that are not printed.

    Raises
    ------
    EffectError
        For a percent of −100 or below.

    Examples
    --------
    >>> net = net_effect_from_percents(-20, -8, better="lower")
    >>> net.benefit_points, net.benefit_net_percent
    (12, 13.0)
    """
    check_better(better)
    check_percent("percent_treated", percent_treated)
    check_percent("percent_control", percent_control)
    points = percent_treated - percent_control
    net = 100 * points / (100 + percent_control)
    good = _sign(better)
    return NetEffect(
        difference_points=points,
        net_percent=net,
        benefit_points=None if good is None else good * points,
        benefit_net_percent=None if good is None else good * net,
        basis=basis_of(
            "net_effect_from_percents",
            "ratio of two ratios",
            {"percent_treated": percent_treated, "percent_control": percent_control},
            labels,
            reason=NO_DIRECTION if good is None else "",
        ),
    )


def direction_of_benefit(
    value: float, *, better: Better | Unknown, reported_as: Readable
) -> Direction:
    """A printed percent with its sign, and as a benefit.

    "Improved, reduced, boosted by 20 %" is a size, whose sign follows from what is good; a minus
    that is printed stays. With an unknown direction nothing is harmonised.

    Parameters
    ----------
    value : float
        The percent as printed.
    better : "lower", "higher" or UNKNOWN
        Which direction of the outcome is good.
    reported_as : str
        "improvement" for a size, "signed_change" for a change with its sign.

    Raises
    ------
    EffectError
        For a fall of more than 100 %.

    Examples
    --------
    >>> found = direction_of_benefit(20, better="lower", reported_as="improvement")
    >>> found.change_percent, found.benefit_percent, found.ratio
    (-20, 20, 0.8)
    """
    check_better(better)
    if reported_as not in get_args(Readable):
        raise OptionError("reported_as", reported_as, get_args(Readable))
    check_finite(value=value)
    good = _sign(better)
    size_only = reported_as == "improvement" and value >= 0
    change = value
    if size_only and good is not None:
        change = good * value
    if change < -100:
        raise EffectError(
            f"a fall of {-change:g} %: nothing that is measured from zero falls by more than "
            "100 %; is the direction of the outcome right?"
        )
    known = good is not None or not size_only
    ratio = 1 + change / 100 if known else None
    log = good * math.log(ratio) if good is not None and ratio else None
    contradiction = reported_as == "improvement" and good is not None and good * change < 0
    reason = NO_DIRECTION if good is None else "" if ratio else "−100 % has no logarithm"
    return Direction(
        change_percent=change if known else None,
        ratio=ratio,
        benefit_percent=None if good is None else good * change,
        benefit_ln_ratio=log,
        flags=("sign_contradicts_word",) if contradiction else (),
        basis=basis_of(
            "direction_of_benefit",
            "direction of the outcome family",
            {"value": value, "better": None if good is None else better, "as": reported_as},
            least="refused" if not known else "derived",
            reason=reason,
        ),
    )


def _sign(better: Better | Unknown) -> int | None:
    return None if better is UNKNOWN else 1 if better == "higher" else -1
