"""How many people a study needs, by the normal approximation.

Two-sided alpha and power as planned; parallel 2·⌈2((z₁₋α/₂ + z₁₋β)/d)²⌉ in all, two sides of one
person ⌈2(1 − ρ)((z₁₋α/₂ + z₁₋β)/d)²⌉ people, the optimal information size of GRADE.

References
----------
.. [1] Guyatt et al. (2011), GRADE guidelines 6: imprecision. J Clin Epidemiol 64:1283-1293.
   https://doi.org/10.1016/j.jclinepi.2011.01.012
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

from evidence.errors import OptionError


class PowerSettings(NamedTuple):
    """Project settings; each can be replaced. Power and alpha are convention.

    `floor` is the size of true effects that `score` expects of cosmetics (A); `rho` the
    correlation of two sides of one person, within the 0.5 and 0.8 that are usually planned with.
    """

    power: float = 0.8
    alpha: float = 0.05
    floor: float = 0.25  # SMD
    fewest: int = 20  # below, the normal approximation no longer holds
    rho: float = 0.5
    lost: float = 0.15  # share of people who will not finish
    weeks: float = 8.0  # where no duration is claimed or measured
    share: float = 0.65  # who agree, where no share is claimed, against one half
    reaction: float = 0.01  # rate of reactions to be excluded


SETTINGS = PowerSettings()


def z_sum(settings: PowerSettings = SETTINGS) -> float:
    """z₁₋α/₂ + z₁₋β.

    >>> round(z_sum(), 4)
    2.8016
    """
    normal = NormalDist()
    return normal.inv_cdf(1 - settings.alpha / 2) + normal.inv_cdf(settings.power)


def people_parallel(smd: float, settings: PowerSettings = SETTINGS) -> int:
    """People in two equal groups together who show a difference of `smd`.

    >>> [people_parallel(d) for d in (0.2, 0.3, 0.5)]
    [786, 350, 126]
    """
    return 2 * math.ceil(2 * (z_sum(settings) / _positive(smd)) ** 2)


def people_two_sides(smd: float, settings: PowerSettings = SETTINGS) -> int:
    """People who show a difference of `smd` between their own two sides.

    >>> people_two_sides(0.5), people_two_sides(0.5, SETTINGS._replace(rho=0.8))
    (32, 13)
    """
    return math.ceil(2 * (1 - settings.rho) * (z_sum(settings) / _positive(smd)) ** 2)


def people_factorial(smd: float, settings: PowerSettings = SETTINGS) -> int:
    """People in the four groups of a 2 × 2 study who show an interaction of `smd`.

    The interaction is a difference of two differences, of variance 4σ²/m with m people a group:
    four times the people of a difference of the same size.

    >>> people_factorial(0.5), people_parallel(0.5)
    (504, 126)
    """
    return 4 * math.ceil(4 * (z_sum(settings) / _positive(smd)) ** 2)


def people_share(share: float, settings: PowerSettings = SETTINGS) -> int:
    """People asked once who show that a share differs from one half.

    By the normal approximation with the variance under each hypothesis.

    >>> people_share(0.82), people_share(0.65)
    (17, 85)
    """
    if not 0.5 < share < 1:
        raise OptionError("share", share, ("a number above 0.5 and below 1",))
    normal = NormalDist()
    a, b = normal.inv_cdf(1 - settings.alpha / 2), normal.inv_cdf(settings.power)
    return math.ceil(((a * 0.5 + b * math.sqrt(share * (1 - share))) / (share - 0.5)) ** 2)


def people_without_reaction(rate: float, settings: PowerSettings = SETTINGS) -> int:
    """People of whom none may react for a rate of `rate` to be excluded, one-sided.

    >>> people_without_reaction(0.01)
    299
    """
    return math.ceil(math.log(settings.alpha) / math.log1p(-rate))


def _positive(smd: float) -> float:
    if not smd > 0:
        raise OptionError("smd", smd, ("a number above 0",))
    return smd
