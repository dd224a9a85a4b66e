"""Two treatments on the same people: split face, split body, crossover."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.effects.effect import quantile
from evidence.effects.labelled import (
    Interval,
    Labelled,
    Labels,
    basis_of,
    check_finite,
    check_people,
    check_r,
    check_spread,
)
from evidence.effects.reported import HANDBOOK
from evidence.effects.sides import R_RANGE
from evidence.errors import EffectError
from evidence.messages import say

WASHOUT_WEEKS = 4.0
"""Shortest wash-out after which a second period is taken as free of the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SidesDifference(Labelled):
    """Mean difference of two changes of the same people, in the unit of the changes.

    `t` and `pvalue` are None when nothing varied (flag degenerate); `se_if_wrongly_independent`
    is what treating sides as different people would give, None without both SDs.
    """

    md: float
    sd_diff: float
    se: float
    df: int
    t: float | None
    pvalue: float | None
    ci: Interval
    se_if_wrongly_independent: float | None
    level: float
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SidesBounds(Labelled):
    """The difference of two sides when the correlation of their changes is not printed."""

    md: float
    se_interval: Interval
    df: int
    ci_narrowest: Interval
    ci_widest: Interval
    level: float

    @property
    def sign_decided(self) -> bool:
        """Whether even the widest interval leaves zero out."""
        return self.ci_widest[0] > 0 or self.ci_widest[1] < 0


def paired_sides_difference(
    change_t: float,
    change_c: float,
    *,
    n: int,
    sd_t: float | None = None,
    sd_c: float | None = None,
    r: float | None = None,
    sd_diff: float | None = None,
    level: float = 0.95,
    labels: Labels | None = None,
) -> SidesDifference:
    """Treated minus control side, tested as pairs on n − 1 degrees of freedom.

    Parameters
    ----------
    change_t, change_c : float
        Mean changes of the two sides.
    n : int
        People, not sides.
    sd_t, sd_c, r : float
        SDs of the two changes and the correlation of the two *changes* ...
    sd_diff : float
        ... or the SD of the difference of the sides, which goes first.
    level : float
        Of the interval.
    labels : mapping, optional
        Labels of arguments that are not printed; a correlation of .5 put in for a missing one is
        {"r": "imputed"}.

    Raises
    ------
    EffectError
        When neither the SD of the difference nor both SDs with the correlation are given, for
        negative SDs, |r| > 1 or fewer than 2 people.

    References
    ----------
    Cochrane Handbook (2019), sections 6.5.2.8 and 23.2.7.

    Examples
    --------
    >>> found = paired_sides_difference(-2.19, -0.51, n=29, sd_t=3.4, sd_c=3.1, r=0.5)
    >>> found.md, found.se, found.se_if_wrongly_independent, found.pvalue
    (-1.68, 0.605, 0.854, 0.0097)
    """
    _check_sides(change_t, change_c, n, sd_t, sd_c)
    check_r(r=r)
    check_spread(sd_diff=sd_diff)
    spread = sd_diff
    if spread is None:
        if sd_t is None or sd_c is None or r is None:
            raise EffectError(
                "the SD of the difference of two sides needs the correlation of their changes; "
                "without it `paired_sides_bounds` gives limits.",
                missing=("sd_diff", "r"),
            )
        spread = _sd_of_difference(sd_t, sd_c, r)
    md, se, df = change_t - change_c, spread / math.sqrt(n), n - 1
    half = quantile(level, df) * se
    t = md / se if se > 0 else None
    return SidesDifference(
        md=md,
        sd_diff=spread,
        se=se,
        df=df,
        t=t,
        pvalue=None if t is None else _two_sided(t, df),
        ci=(md - half, md + half),
        se_if_wrongly_independent=None
        if sd_t is None or sd_c is None
        else math.sqrt((sd_t**2 + sd_c**2) / n),
        level=level,
        flags=() if se > 0 else ("degenerate",),
        basis=basis_of(
            "paired_sides_difference",
            HANDBOOK,
            {"change_t": change_t, "change_c": change_c, "sd_t": sd_t, "sd_c": sd_c, "r": r,
             "sd_diff": sd_diff, "n": n},
            labels,
        ),
    )  # fmt: skip


def paired_sides_bounds(
    change_t: float,
    change_c: float,
    *,
    n: int,
    sd_t: float,
    sd_c: float,
    r_range: Interval = R_RANGE,
    level: float = 0.95,
    labels: Labels | None = None,
) -> SidesBounds:
    """Treated minus control side when only the SDs of the two changes are printed.

    Parameters
    ----------
    change_t, change_c, n, sd_t, sd_c, level, labels
        As in `paired_sides_difference`.
    r_range : pair of float
        Correlations of the two changes that are thought possible.

    Raises
    ------
    EffectError
        For negative SDs, limits of r out of order or beyond ±1, fewer than 2 people.

    Examples
    --------
    >>> found = paired_sides_bounds(-2.19, -0.51, n=29, sd_t=3.4, sd_c=3.1)
    >>> found.se_interval, found.sign_decided
    ((0.275, 0.854), False)
    """
    _check_sides(change_t, change_c, n, sd_t, sd_c)
    low, high = r_range
    check_r(r_low=low, r_high=high)
    if low > high:
        raise EffectError(f"correlations from {low:g} to {high:g} are not in order.")
    md, df = change_t - change_c, n - 1
    errors = tuple(_sd_of_difference(sd_t, sd_c, r) / math.sqrt(n) for r in (high, low))
    q = quantile(level, df)
    narrow, wide = ((md - q * se, md + q * se) for se in errors)
    return SidesBounds(
        md=md,
        se_interval=(errors[0], errors[1]),
        df=df,
        ci_narrowest=narrow,
        ci_widest=wide,
        level=level,
        basis=basis_of(
            "paired_sides_bounds",
            HANDBOOK,
            {"change_t": change_t, "change_c": change_c, "sd_t": sd_t, "sd_c": sd_c, "n": n},
            labels,
            least="bounded",
            assumptions=(
                say(
                    "changes of the two sides correlate between {low} and {high}",
                    low=f"{low:g}",
                    high=f"{high:g}",
                ),
            ),
            reason="the correlation of the changes of two sides is not printed",
        ),
    )


def second_period_refusal(washout_weeks: float | None, *, period_effect_reported: bool) -> str:
    """Why only the first period of a crossover may be used; empty when both may.

    Carry-over is expected on skin, so that a second period counts only after a wash-out of at
    least four weeks and with the period effect reported.

    >>> second_period_refusal(2, period_effect_reported=True)
    'use the first period only: a wash-out of 2 weeks is shorter than 4'
    >>> second_period_refusal(6, period_effect_reported=True)
    ''
    """
    if washout_weeks is None:
        return "use the first period only: no wash-out is stated"
    if washout_weeks < WASHOUT_WEEKS:
        return say(
            "use the first period only: a wash-out of {weeks} weeks is shorter than {least}",
            weeks=f"{washout_weeks:g}",
            least=f"{WASHOUT_WEEKS:g}",
        )
    return "" if period_effect_reported else "use the first period only: no period effect is given"


def _check_sides(
    change_t: float, change_c: float, n: int, sd_t: float | None, sd_c: float | None
) -> None:
    check_finite(change_t=change_t, change_c=change_c)
    check_people(n=n)
    check_spread(sd_t=sd_t, sd_c=sd_c)


def _sd_of_difference(sd_t: float, sd_c: float, r: float) -> float:
    """√(s_t² + s_c² − 2 r s_t s_c), written so that it cannot turn negative."""
    return math.sqrt((sd_t - sd_c) ** 2 + 2 * sd_t * sd_c * (1 - r))


def _two_sided(t: float, df: float) -> float:
    from scipy.special import stdtr  # only a t test needs it

    return 2 * float(stdtr(df, -abs(t)))
