"""Spreads that follow from other printed numbers: SD of a change, correlation, SE or SD, figures.

Scalars in, frozen results out; scipy is imported by the functions that need it, so that a score
from flags starts at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from evidence.effects.effect import Label
from evidence.effects.labelled import Interval
from evidence.effects.reported import statistic_of_p
from evidence.errors import EffectError, OptionError

SeOrSd = Literal["sd", "se", "ambiguous", "neither"]

HALVES = (-0.5, 0.0, 0.5)
"""Corners of the box of values that print alike, in units of the last digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The people behind a difference: one group seen twice, or two groups."""

    kind: Literal["paired", "independent"]
    n: float | None = None
    n1: float | None = None
    n2: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("paired", "independent"):
            raise OptionError("kind", self.kind, ("paired", "independent"))
        sizes = (self.n,) if self.kind == "paired" else (self.n1, self.n2)
        for size in sizes:
            if size is None or not math.isfinite(size) or size < 1:
                raise EffectError(
                    f"the number of people is {size}; it takes at least 1 in every group."
                )
        if self.df < 1:
            raise EffectError("with one person there is no spread to work back from.")

    @property
    def df(self) -> float:
        """Of the t test: n − 1, or n1 + n2 − 2."""
        if self.kind == "paired":
            return (self.n or 0) - 1
        return (self.n1 or 0) + (self.n2 or 0) - 2

    def sd_of(self, se: float) -> float:
        """The SD of the change, or within the two groups, that has this standard error."""
        if self.kind == "paired":
            return se * math.sqrt(self.n or 0)
        return se / math.sqrt(1 / (self.n1 or 1) + 1 / (self.n2 or 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class SdChange:
    """The SD of a change; `interval` where the correlation is only limited.

    `absolute` are the limits that hold whatever the correlation: |s0 − s1| and s0 + s1.
    """

    label: Label
    sd: float | None
    interval: Interval | None
    absolute: Interval
    degenerate: bool = False


def sd_change_from_r(
    sd_pre: float,
    sd_post: float,
    *,
    r: float | None = None,
    r_range: Interval | None = None,
    r_label: Label = "reported",
) -> SdChange:
    """SD of the change from the two SDs and their correlation.

    Parameters
    ----------
    sd_pre, sd_post : float
        Standard deviations before and after, in the unit of the outcome.
    r : float, optional
        Correlation of before and after. `r_label` says what it is: printed, or assumed
        ("imputed").
    r_range : (low, high), optional
        Limits of r, in place of a value.

    Returns
    -------
    SdChange
        √(s0² + s1² − 2 r s0 s1); an interval under `r_range`; without either only the absolute
        limits, bounded.

    Raises
    ------
    EffectError
        For a negative SD or a correlation outside −1 to 1.

    Notes
    -----
    Cochrane Handbook 6.5.2.8 (Higgins et al. 2019).

    Examples
    --------
    >>> sd_change_from_r(30, 26, r=0.7).sd
    22.0
    >>> [round(x, 1) for x in sd_change_from_r(30, 26, r_range=(0.3, 0.9)).interval]
    [13.1, 33.3]
    """
    if sd_pre < 0 or sd_post < 0:
        raise EffectError(f"a standard deviation cannot be negative: {sd_pre:g}, {sd_post:g}.")
    absolute = (abs(sd_pre - sd_post), sd_pre + sd_post)

    def at(corr: float) -> float:
        if not -1 <= corr <= 1:
            raise EffectError(f"a correlation lies between −1 and 1, not at {corr:g}.")
        return math.sqrt(max(0.0, sd_pre**2 + sd_post**2 - 2 * corr * sd_pre * sd_post))

    if r is not None:
        label: Label = "derived" if r_label in ("reported", "derived") else r_label
        sd = at(r)
        return SdChange(label=label, sd=sd, interval=None, absolute=absolute, degenerate=sd == 0)
    interval = absolute if r_range is None else (at(max(r_range)), at(min(r_range)))
    return SdChange(label="bounded", sd=None, interval=interval, absolute=absolute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """The before-after correlation that p and the SDs imply.

    `interval` holds every correlation that numbers rounding to the printed ones imply, cut at
    −1 and 1; None when none of them is a correlation (`admissible` is then False).
    """

    sd_change: float
    r: float
    interval: Interval | None
    admissible: bool


def r_from_p_and_sds(
    *,
    mean_pre: float,
    sd_pre: float,
    mean_post: float,
    sd_post: float,
    n: float,
    p: float,
    mean_decimals: int,
    sd_decimals: int,
    p_decimals: int,
) -> Correlation:
    """Correlation of before and after from the p value of the paired t test and both SDs.

    Rounding is carried through over all corners of the box of values that print alike. An r
    outside −1 to 1 says that the numbers cannot all be right; it is never cut to fit.

    Parameters
    ----------
    mean_pre, sd_pre, mean_post, sd_post : float
        As printed, with the decimals given.
    n : float
        People in the paired test.
    p : float
        Two-sided p value.

    Raises
    ------
    EffectError
        When p is 0 or 1, nothing changed, or an SD is not positive.

    Examples
    --------
    >>> found = r_from_p_and_sds(mean_pre=1.10, sd_pre=0.21, mean_post=1.02, sd_post=0.21,
    ...     n=57, p=0.012, mean_decimals=2, sd_decimals=2, p_decimals=3)
    >>> round(found.r, 3), [round(x, 3) for x in found.interval]
    (0.387, [0.175, 0.558])
    """
    if not 0 < p < 1 or mean_pre == mean_post:
        raise EffectError(
            f"a correlation does not follow from p = {p:g} and means of {mean_pre:g} and "
            f"{mean_post:g}."
        )
    if min(sd_pre, sd_post) <= 0 or n < 2:
        raise EffectError("a correlation takes two positive SDs and at least two people.")

    def implied(m0: float, s0: float, m1: float, s1: float, pv: float) -> tuple[float, float]:
        sd = abs(m1 - m0) / statistic_of_p(pv, df=n - 1) * math.sqrt(n)
        return sd, (s0 * s0 + s1 * s1 - sd * sd) / (2 * s0 * s1)

    sd, r = implied(mean_pre, sd_pre, mean_post, sd_post, p)
    um, us, up = 10.0**-mean_decimals, 10.0**-sd_decimals, 10.0**-p_decimals
    corners = []
    # the size of the change is convex in the means, so the corners hold its extremes but zero
    for a, b, c, d, e in product(HALVES, repeat=5):
        s0, s1, pv = sd_pre + b * us, sd_post + d * us, p + e * up
        if min(s0, s1) > 0 and 0 < pv < 1:
            m0, m1 = mean_pre + a * um, mean_post + c * um
            corners.append(implied(m0, s0, m1, s1, pv)[1])
    if abs(mean_pre - mean_post) < um:  # the rounded means may have been equal: no change at all
        corners.extend(
            ((sd_pre + b * us) ** 2 + (sd_post + d * us) ** 2)
            / (2 * (sd_pre + b * us) * (sd_post + d * us))
            for b, d in product(HALVES, repeat=2)
            if min(sd_pre + b * us, sd_post + d * us) > 0
        )
    low, high = min(corners), max(corners)
    fits = low <= 1 and high >= -1
    return Correlation(
        sd_change=sd,
        r=r,
        interval=(max(low, -1.0), min(high, 1.0)) if fits else None,
        admissible=fits,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadKind:
    """Which reading of an unlabelled "±" gives a plausible coefficient of variation."""

    verdict: SeOrSd
    cv_if_sd: float
    cv_if_se: float
    plausible: Interval
    printed: Literal["sd", "se"] | None = None

    @property
    def contradicted(self) -> bool:
        """Whether the printed label is the one that does not fit: `label_contradicted`."""
        decided = self.verdict in ("sd", "se")
        return self.printed is not None and decided and self.verdict != self.printed


def se_or_sd(
    mean: float,
    spread: float,
    n: float,
    cv_plausible: Interval,
    *,
    printed: Literal["sd", "se"] | None = None,
) -> SpreadKind:
    """Tell an SD from a standard error by the coefficient of variation that each implies.

    Parameters
    ----------
    mean, spread : float
        Mean and what stands behind its ±, in one unit.
    n : float
        People.
    cv_plausible : (low, high)
        Range of SD/mean that the outcome shows between people.
    printed : "sd" or "se", optional
        What the source calls it.

    Returns
    -------
    SpreadKind
        `sd`, `se`, `ambiguous` when both fit (carry both), `neither` when none does.

    Raises
    ------
    EffectError
        When the mean is zero, the spread negative or there is nobody.

    Examples
    --------
    >>> se_or_sd(19.42, 1.04, 29, (0.15, 0.60)).verdict
    'se'
    >>> se_or_sd(19.42, 1.04, 29, (0.15, 0.60), printed="sd").contradicted
    True
    """
    if mean == 0 or spread < 0 or n < 1:
        raise EffectError(
            f"{mean:g} ± {spread:g} of {n:g} people has no coefficient of variation; it takes a "
            "mean other than 0, a spread that is not negative, and people."
        )
    low, high = cv_plausible
    as_sd = spread / abs(mean)
    as_se = spread * math.sqrt(n) / abs(mean)
    fits = (low <= as_sd <= high, low <= as_se <= high)
    verdicts: dict[tuple[bool, bool], SeOrSd] = {
        (True, True): "ambiguous",
        (True, False): "sd",
        (False, True): "se",
        (False, False): "neither",
    }
    return SpreadKind(
        verdict=verdicts[fits],
        cv_if_sd=as_sd,
        cv_if_se=as_se,
        plausible=cv_plausible,
        printed=printed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Digitised:
    """A bar read off a figure, in data units; label derived, to be called digitised."""

    mean: float
    spread: float
    reading_sd: float
    spread_interval: Interval


def digitised_bar(
    *,
    axis: Interval,
    axis_pixels: Interval,
    bar_pixel: float,
    whisker_pixel: float,
    reading_sd_pixels: float = 1.0,
) -> Digitised:
    """Value and whisker of a bar from pixel positions on a linear axis.

    Parameters
    ----------
    axis, axis_pixels : (low, high)
        Two values of the axis and the pixels on which they stand.
    bar_pixel, whisker_pixel : float
        End of the bar and of its whisker.
    reading_sd_pixels : float
        SD of one reading. The whisker is a difference of two: ± 2√2 of it, not below 0.

    Raises
    ------
    EffectError
        When the two points of the axis coincide. A broken or logarithmic axis needs points of
        its own and is not read.

    Examples
    --------
    >>> found = digitised_bar(axis=(0, 50), axis_pixels=(400, 100), bar_pixel=220,
    ...     whisker_pixel=196)
    >>> found.mean, found.spread, round(found.reading_sd, 4)
    (30.0, 4.0, 0.1667)
    """
    if axis[0] == axis[1] or axis_pixels[0] == axis_pixels[1]:
        raise EffectError("two different points are needed to calibrate an axis.")
    per_pixel = (axis[1] - axis[0]) / (axis_pixels[1] - axis_pixels[0])
    spread = abs((whisker_pixel - bar_pixel) * per_pixel)
    reading = abs(reading_sd_pixels * per_pixel)
    slack = 2 * math.sqrt(2) * reading
    return Digitised(
        mean=axis[0] + (bar_pixel - axis_pixels[0]) * per_pixel,
        spread=spread,
        reading_sd=reading,
        spread_interval=(max(0.0, spread - slack), spread + slack),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalN:
    """Standard error of a difference per unit of SD when only the total of people is known."""

    equal: float
    interval: Interval
    smaller_arm: tuple[int, int]


def total_n_only(n_total: int, *, max_allocation_ratio: float = 2.0) -> TotalN:
    """What a total number of people says about the error of a difference of two arms.

    Parameters
    ----------
    n_total : int
        People in both arms together.
    max_allocation_ratio : float
        Most unequal split considered.

    Returns
    -------
    TotalN
        √(1/n1 + 1/n2) over the allowed whole-number splits: at the most equal one, and the range.

    Raises
    ------
    EffectError
        With fewer than two people, or a ratio below 1.

    Examples
    --------
    >>> found = total_n_only(60)
    >>> [round(x, 3) for x in found.interval], found.smaller_arm
    ([0.258, 0.274], (20, 30))
    """
    if n_total < 2 or n_total != int(n_total) or max_allocation_ratio < 1:
        raise EffectError(
            f"{n_total:g} people cannot be split into two arms at most "
            f"{max_allocation_ratio:g} to 1."
        )
    total = int(n_total)
    splits = [k for k in range(1, total // 2 + 1) if total - k <= max_allocation_ratio * k]
    if not splits:
        raise EffectError(f"{total} people cannot be split more evenly than the ratio allows.")
    errors: Sequence[float] = [math.sqrt(1 / k + 1 / (total - k)) for k in splits]
    return TotalN(
        equal=errors[-1],
        interval=(min(errors), max(errors)),
        smaller_arm=(splits[0], splits[-1]),
    )
