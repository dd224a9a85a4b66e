"""Whether chance explains how far apart two arms start: their sizes and their baseline values.

Two-sided p values of single variables are combined by Stouffer's method as if the variables were
independent, which few are: the threshold is set low (0.001) so that only gross cases show [1]_.

References
----------
.. [1] Carlisle (2017), Data fabrication and other reasons for non-random sampling. Anaesthesia
   72:944-952. https://doi.org/10.1111/anae.13938
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from statistics import NormalDist
from typing import NamedTuple

from evidence.records.base import UNKNOWN, Place
from evidence.records.outcome import ArmResult, Outcome
from evidence.records.reported import Number, value_of
from evidence.records.study import Study

_TINY = 1e-15  # p values are kept off 0 and 1, where the normal quantile is infinite


class Compared(NamedTuple):
    """One baseline variable: p if the means lie as near, and as far, as their rounding allows."""

    p_near: float
    p_far: float
    place: Place | None


def sizes_p(one: float, other: float, ratio: float) -> float:
    """Two-sided p of two arm sizes under the planned ratio, by the normal approximation.

    >>> sizes_p(60, 40, 1)
    0.0455
    """
    share, total = ratio / (1 + ratio), one + other
    z = (one - total * share) / math.sqrt(total * share * (1 - share))
    return math.erfc(abs(z) / math.sqrt(2))


def stouffer(pvalues: Iterable[float]) -> float:
    """Combined p of independent p values, each weighted alike.

    >>> stouffer([0.05, 0.05])
    0.0100
    """
    normal = NormalDist()
    z = [-normal.inv_cdf(min(1 - _TINY, max(_TINY, p))) for p in pvalues]
    return normal.cdf(-sum(z) / math.sqrt(len(z)))


def compare_baselines(study: Study, outcome: Outcome) -> Iterator[Compared]:
    """Each baseline variable that the study prints for the arms of this result, once.

    >>> from evidence.records.plain import outcome_of
    >>> arms = [{"n": "100", "baseline_mean": mean, "baseline_sd": "2.0"}
    ...     for mean in ("10.0", "11.0")]
    >>> one = outcome_of("TEWL", treated=arms[0], control=arms[1])
    >>> found, = compare_baselines(Study(id="a", outcomes=(one,)), one)
    >>> round(found.p_near, 4), round(found.p_far, 4)  # the means lie 0.9 to 1.1 apart
    (0.0017, 0.0001)
    """
    seen = set()
    for each in (outcome, *study.outcomes):
        if each.control is None or _labels(each) != _labels(outcome):
            continue
        key = (str(each.treated.baseline_mean), str(each.control.baseline_mean))
        if key in seen or (found := _compare(each.treated, each.control)) is None:
            continue
        seen.add(key)  # the same start is printed again for every later week
        yield found


def _labels(outcome: Outcome) -> tuple[str, str]:
    return outcome.treated.label, "" if outcome.control is None else outcome.control.label


def _compare(one: ArmResult, other: ArmResult) -> Compared | None:
    sides = [_side(arm) for arm in (one, other)]
    if sides[0] is None or sides[1] is None or one.baseline_mean is UNKNOWN:
        return None
    (mean1, var1, df1, half1), (mean2, var2, df2, half2) = sides[0], sides[1]
    se = math.sqrt(var1 + var2)
    df = (var1 + var2) ** 2 / (var1**2 / df1 + var2**2 / df2)  # Welch
    apart, give = abs(mean1 - mean2), half1 + half2
    return Compared(
        _student(max(0.0, apart - give) / se, df),
        _student((apart + give) / se, df),
        one.baseline_mean.place,
    )


def _side(arm: ArmResult) -> tuple[float, float, float, float] | None:
    """Mean, squared standard error, degrees of freedom, half a rounding unit."""
    mean, sd = arm.baseline_mean, value_of(arm.baseline_sd)
    n = _people(arm.n_randomised, arm.n)
    if mean is UNKNOWN or not sd or n is None or n < 2:
        return None
    return mean.value, sd**2 / n, n - 1, mean.rounding_unit / 2


def _people(allocated: Number, analysed: Number) -> float | None:
    found = value_of(allocated)
    return value_of(analysed) if found is None else found


def _student(t: float, df: float) -> float:
    from scipy.special import stdtr  # here: answers from flags must not wait for scipy

    return float(2 * stdtr(df, -t))
