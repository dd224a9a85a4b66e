"""A change beyond regression to the mean, from the readings of every person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from evidence.effects.labelled import Labelled, basis_of, check_finite, check_people
from evidence.errors import EffectError, OptionError
from evidence.messages import say

Hoped: TypeAlias = Literal["decrease", "increase"]
"""The change that was hoped for."""
MEE_CHUA = "Mee & Chua (1991), Am Stat 45:39-42"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeeChua(Labelled):
    """A change beyond regression to the mean, tested on n − 2 degrees of freedom.

    `t` and `p_one_sided` are None when all points lie on one line.
    """

    population_mean: float
    naive_change: float
    effect_beyond_regression: float
    se: float
    df: int
    t: float | None
    p_one_sided: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeeChuaScan(Labelled):
    """The effect beyond regression over a range of population means.

    `vanishes_at` is the population mean at which nothing is left, None when there is none.
    """

    rows: tuple[MeeChua, ...]
    vanishes_at: float | None


def rtm_mee_chua(
    before: Sequence[float],
    after: Sequence[float],
    *,
    population_mean: float,
    expect_change: Hoped = "decrease",
) -> MeeChua:
    """The change beyond regression to the mean, from the readings of every person.

    Readings after are regressed on (before − μ); the intercept less μ is the change of somebody
    who started at the population mean, whom regression moves nowhere.

    Parameters
    ----------
    before, after : sequences of n floats
        Readings of the same people, at least 3.
    population_mean : float
        μ of the population that was screened.
    expect_change : {"decrease", "increase"}
        Direction of the one-sided test.

    Raises
    ------
    EffectError
        For sequences of different length, fewer than 3 people, or equal readings before.

    References
    ----------
    Mee & Chua (1991), Am Stat 45:39–42.
    Ostermann, Willich & Lüdtke (2008), BMC Med Res Methodol 8:52.
    https://doi.org/10.1186/1471-2288-8-52

    Examples
    --------
    >>> before = [58, 62, 55, 70, 66, 61, 59, 64, 73, 57]
    >>> after = [50, 57, 53, 60, 61, 55, 52, 60, 63, 54]
    >>> found = rtm_mee_chua(before, after, population_mean=50)
    >>> found.naive_change, found.effect_beyond_regression, found.p_one_sided
    (-6.0, -1.87, 0.144)
    """
    if expect_change not in get_args(Hoped):
        raise OptionError("expect_change", expect_change, get_args(Hoped))
    check_finite(population_mean=population_mean)
    line = _line(before, after)
    n, df = len(before), len(before) - 2
    x = line.mean_before - population_mean
    effect = line.mean_after - line.slope * x - population_mean
    se = math.sqrt(line.residual / df * (1 / n + x**2 / line.sxx))
    t = effect / se if se > 0 else None
    good = 1 if expect_change == "decrease" else -1
    return MeeChua(
        population_mean=population_mean,
        naive_change=line.mean_after - line.mean_before,
        effect_beyond_regression=effect,
        se=se,
        df=df,
        t=t,
        p_one_sided=None if t is None else _lower_tail(good * t, df),
        basis=basis_of(
            "rtm_mee_chua",
            MEE_CHUA,
            {"people": n, "population_mean": population_mean},
            assumptions=("readings are bivariate normal", "the population mean is known"),
        ),
    )


def rtm_mee_chua_scan(
    before: Sequence[float],
    after: Sequence[float],
    *,
    population_means: Sequence[float],
    expect_change: Hoped = "decrease",
) -> MeeChuaScan:
    """The change beyond regression over the population means that are plausible.

    Parameters
    ----------
    before, after, expect_change
        As in `rtm_mee_chua`.
    population_means : sequence of float
        Means to try.

    Returns
    -------
    MeeChuaScan
        Bounded: what the scan says is the range of its rows, none of which is preferred.

    References
    ----------
    Ostermann, Willich & Lüdtke (2008), BMC Med Res Methodol 8:52.
    https://doi.org/10.1186/1471-2288-8-52

    Examples
    --------
    >>> before = [58, 62, 55, 70, 66, 61, 59, 64, 73, 57]
    >>> after = [50, 57, 53, 60, 61, 55, 52, 60, 63, 54]
    >>> scan = rtm_mee_chua_scan(before, after, population_means=[50, 55, 60])
    >>> scan.vanishes_at, [row.effect_beyond_regression for row in scan.rows]
    (44.3, [-1.87, -3.52, -5.17])
    """
    if not population_means:
        raise EffectError("a scan needs at least one population mean.")
    line = _line(before, after)
    flat = 1 - line.slope
    rows = tuple(
        rtm_mee_chua(before, after, population_mean=mu, expect_change=expect_change)
        for mu in population_means
    )
    low, high = min(population_means), max(population_means)
    return MeeChuaScan(
        rows=rows,
        vanishes_at=(line.mean_after - line.slope * line.mean_before) / flat if flat else None,
        basis=basis_of(
            "rtm_mee_chua_scan",
            MEE_CHUA,
            {"people": len(before)},
            least="bounded",
            assumptions=(
                say(
                    "the population mean lies between {low} and {high}",
                    low=f"{low:g}",
                    high=f"{high:g}",
                ),
            ),
            reason="the mean of the population that was screened is not known",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """Least squares of readings after on readings before."""

    mean_before: float
    mean_after: float
    slope: float
    sxx: float
    residual: float


def _line(before: Sequence[float], after: Sequence[float]) -> _Line:
    n = len(before)
    if n != len(after):
        raise EffectError(f"{n} readings before and {len(after)} after: they must be as many.")
    check_people(3, people=n)
    for name, values in (("before", before), ("after", after)):
        check_finite(**{f"{name} {i}": value for i, value in enumerate(values, start=1)})
    x, y = math.fsum(before) / n, math.fsum(after) / n
    sxx = math.fsum((b - x) ** 2 for b in before)
    if sxx == 0:
        raise EffectError("all readings before are equal: nothing can be regressed on them.")
    slope = math.fsum((b - x) * (a - y) for b, a in zip(before, after, strict=True)) / sxx
    left = math.fsum((a - y - slope * (b - x)) ** 2 for b, a in zip(before, after, strict=True))
    return _Line(x, y, slope, sxx, left)


def _lower_tail(t: float, df: float) -> float:
    from scipy.special import stdtr

    return float(stdtr(df, t))
