"""Mean and SD of a sample from its median, quartiles and range, by closed formulas.

S1 is minimum, median and maximum; S2 the median and quartiles; S3 all five.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from scipy.special import ndtri

from evidence.kernels.normal_order import expected_range

Scenario: TypeAlias = Literal["S1", "S2", "S3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FiveNumbers:
    """What is printed of a sample: five numbers, some of them None, and its size."""

    n: int
    median: float
    minimum: float | None = None
    q1: float | None = None
    q3: float | None = None
    maximum: float | None = None

    @property
    def scenario(self) -> Scenario:
        """Which of the five there are.

        >>> FiveNumbers(n=40, median=18, q1=14, q3=23).scenario
        'S2'
        """
        quartiles, extremes = self.q1 is not None, self.minimum is not None
        return "S3" if quartiles and extremes else "S2" if quartiles else "S1"

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """Probabilities and the quantiles printed for them; the extremes count as 1/n, 1 − 1/n.

        >>> FiveNumbers(n=40, median=18, q1=14, q3=23).points
        ((0.25, 14), (0.5, 18), (0.75, 23))
        """
        at = (1 / self.n, 0.25, 0.5, 0.75, 1 - 1 / self.n)
        values = (self.minimum, self.q1, self.median, self.q3, self.maximum)
        return tuple((p, x) for p, x in zip(at, values, strict=True) if x is not None)

    def map(self, function: Callable[[float], float]) -> FiveNumbers:
        """The same numbers after an increasing transformation.

        >>> FiveNumbers(n=40, median=1, q1=1, q3=1).map(math.log).median
        0.0
        """

        def moved(x: float | None) -> float | None:
            return None if x is None else float(function(x))

        return FiveNumbers(
            n=self.n,
            median=float(function(self.median)),
            minimum=moved(self.minimum),
            q1=moved(self.q1),
            q3=moved(self.q3),
            maximum=moved(self.maximum),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkewTest:
    """How far the printed numbers are from symmetry; skewed at or beyond `critical` (5 %)."""

    statistic: float
    critical: float

    @property
    def skewed(self) -> bool:
        """Whether a normal sample would be this far from symmetry in fewer than 5 % of cases."""
        return self.statistic >= self.critical


def _spans(x: FiveNumbers) -> tuple[float, float]:
    """Range and interquartile range; 0 where not printed."""
    full = 0.0 if x.minimum is None or x.maximum is None else x.maximum - x.minimum
    middle = 0.0 if x.q1 is None or x.q3 is None else x.q3 - x.q1
    return full, middle


def _midpoints(x: FiveNumbers) -> tuple[float, float]:
    """Midrange and mid-quartile; 0 where not printed."""
    full = 0.0 if x.minimum is None or x.maximum is None else (x.minimum + x.maximum) / 2
    middle = 0.0 if x.q1 is None or x.q3 is None else (x.q1 + x.q3) / 2
    return full, middle


def skew_test(x: FiveNumbers) -> SkewTest:
    """Test of Shi and colleagues that the printed numbers come from a symmetric distribution.

    References
    ----------
    Shi, Luo, Wang, Zhang, Wei & Tong (2023), Stat Med 42:1338–1352.
    https://doi.org/10.1002/sim.9672

    Examples
    --------
    >>> found = skew_test(FiveNumbers(n=40, median=18, q1=14, q3=23))
    >>> found.statistic, found.critical
    (0.1111, 0.4153)
    """
    n, (full, middle), (mid_full, mid_middle) = x.n, _spans(x), _midpoints(x)
    by_range = 2 * abs(mid_full - x.median) / full if full else 0.0
    by_quartiles = 2 * abs(mid_middle - x.median) / middle if middle else 0.0
    if x.scenario == "S1":
        return SkewTest(statistic=by_range, critical=1 / math.log(n + 9) + 2.5 / (n + 1))
    if x.scenario == "S2":
        return SkewTest(statistic=by_quartiles, critical=2.65 / math.sqrt(n) - 6 / n**2)
    both = max(2.65 * math.log(0.6 * n) / math.sqrt(n) * by_range, by_quartiles)
    return SkewTest(statistic=both, critical=3 / math.sqrt(n) - 40 / n**3)


def luo_mean(x: FiveNumbers) -> float:
    """Mean of a normal sample: Luo's optimal weights of midrange, mid-quartile and median.

    References
    ----------
    Luo, Wan, Liu & Tong (2018), Stat Methods Med Res 27:1785–1805.
    https://doi.org/10.1177/0962280216669183

    Examples
    --------
    >>> luo_mean(FiveNumbers(n=40, median=18, q1=14, q3=23))
    18.354875
    """
    n, (full, middle) = x.n, _midpoints(x)
    if x.scenario == "S1":
        w = 4 / (4 + math.pow(n, 0.75))
        return w * full + (1 - w) * x.median
    if x.scenario == "S2":
        w = 0.7 + 0.39 / n
        return w * middle + (1 - w) * x.median
    w1, w2 = 2.2 / (2.2 + math.pow(n, 0.75)), 0.7 - 0.72 / math.pow(n, 0.55)
    return w1 * full + w2 * middle + (1 - w1 - w2) * x.median


def wan_sd(x: FiveNumbers) -> float:
    """SD of a normal sample from its range, quartiles (Wan) or both (Shi's weights).

    References
    ----------
    Wan, Wang, Liu & Tong (2014), BMC Med Res Methodol 14:135.
    https://doi.org/10.1186/1471-2288-14-135
    Shi, Luo, Weng, Zeng, Lin, Chu & Tong (2020), Res Synth Methods 11:641–654.
    https://doi.org/10.1002/jrsm.1429

    Examples
    --------
    >>> wan_sd(FiveNumbers(n=40, median=18, q1=14, q3=23))
    6.9204
    """
    n, (full, middle) = x.n, _spans(x)
    by_range = full / _xi(n)
    by_quartiles = middle / _eta(n)
    if x.scenario == "S1":
        return by_range
    if x.scenario == "S2":
        return by_quartiles
    w = 1 / (1 + 0.07 * math.pow(n, 0.6))
    return w * by_range + (1 - w) * by_quartiles


def _xi(n: int) -> float:
    """Range of n standard normal values, about."""
    return 2 * float(ndtri((n - 0.375) / (n + 0.25)))


def _eta(n: int) -> float:
    """Interquartile range of n standard normal values, about."""
    return 2 * float(ndtri((0.75 * n - 0.125) / (n + 0.25)))


def walter_yao_sd(x: FiveNumbers) -> float:
    """SD of a normal sample from its range over the expected range of n standard normal values.

    References
    ----------
    Walter & Yao (2007), J Clin Epidemiol 60:849–852. https://doi.org/10.1016/j.jclinepi.2006.11.003

    Examples
    --------
    >>> walter_yao_sd(FiveNumbers(n=40, median=18, minimum=5, maximum=40))
    8.0989
    """
    return _spans(x)[0] / expected_range(x.n)


def lognormal_moments(x: FiveNumbers) -> tuple[float, float]:
    """Mean and SD of a lognormal sample: estimated on the log scale, brought back and corrected.

    The corrections take off most of what the sampling error of the log mean and SD adds.

    References
    ----------
    Shi, Tong, Wang & Genton (2020), Stat Interface 13:519–531.
    https://doi.org/10.4310/SII.2020.v13.n4.a9

    Examples
    --------
    >>> lognormal_moments(FiveNumbers(n=60, median=4, q1=2, q3=11))
    (9.683, 15.862)
    """
    n, logs = x.n, x.map(math.log)
    m, s = luo_mean(logs), wan_sd(logs)
    full, middle = _spans(logs)
    if x.scenario == "S1":
        s2 = s * s / (1.01 + 0.25 / math.log(n) ** 2)
        s4 = (full / _xi(n)) ** 4 / (1 + 2.23 / math.log(n) ** 2)
        mean_terms, spread = (0.565 * s2 / n, 0.37 * s4 / n), (2.26 * s2 / n, 5.92 * s4 / n, 1.48)
    elif x.scenario == "S2":
        s2 = s * s / (1 + 1.58 / n)
        s4 = (middle / _eta(n)) ** 4 / (1 + 19.2 / math.pow(n, 1.2))
        mean_terms, spread = (0.57 * s2 / n, 0.75 * s4 / n), (2.28 * s2 / n, 12 * s4 / n, 3.0)
    else:
        s2 = s * s / (1 + 0.28 / math.log(n) ** 2)
        s4 = s**4 / (1 + 3.93 / n)
        mean_terms, spread = (0.405 * s2 / n, 0.315 * s4 / n), (1.62 * s2 / n, 5.04 * s4 / n, 1.26)
    mean = math.exp(m + s2 / 2) / (1 + sum(mean_terms))
    first = math.exp(2 * m + 2 * s2) / (1 + spread[0] + spread[1])
    second = math.exp(2 * m + s2) / (1 + spread[0] + spread[2] * s4 / n)
    return mean, math.sqrt(max(0.0, first - second))
