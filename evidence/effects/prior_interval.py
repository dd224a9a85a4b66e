"""The interval of a percent change whose spread was never printed, under a prior for it.

By quadrature and bisection, without random numbers and without numpy: a score starts at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

from evidence.effects.labelled import log_of_percent, percent_of_log
from evidence.errors import EffectError


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorInterval:
    """A percent change whose spread was never printed, under a prior for c and r.

    `se` holds the 2.5, 50 and 97.5 % quantiles of the standard error of the log ratio; `ci_low`
    and `ci_high` the marginal interval of the percent.
    """

    percent: float
    se: tuple[float, float, float]
    ci_low: float
    ci_high: float
    level: float


def prior_r_propagation(
    percent: float,
    n: float,
    *,
    cv_pre: float,
    cv_post: float,
    r_centre: float,
    r_fisher_sd: float,
    level: float = 0.95,
) -> PriorInterval:
    """Interval of a before-after percent change whose SDs are printed and whose r is not.

    As `prior_propagation_paired`, with both coefficients of variation known:
    se² = (c0² + c1² − 2 r c0 c1)/n.

    Raises
    ------
    EffectError
        For a percent of −100 or less, no people, a CV that is not positive, or no prior.

    Examples
    --------
    >>> found = prior_r_propagation(-20, 50, cv_pre=0.30, cv_post=0.325, r_centre=0.6,
    ...     r_fisher_sd=0.35)
    >>> [round(x, 1) for x in (found.ci_low, found.ci_high)]
    [-26.4, -13.0]
    """
    log_ratio = log_of_percent("percent", percent)
    if not (n >= 1 and min(cv_pre, cv_post) > 0 and r_fisher_sd >= 0 and -1 < r_centre < 1):
        raise EffectError(
            "a prior of the correlation takes people, two positive coefficients of variation and "
            "a centre inside −1 to 1."
        )

    def se_at(score: float) -> float:
        r = math.tanh(math.atanh(r_centre) + r_fisher_sd * score)
        return math.sqrt((cv_pre**2 + cv_post**2 - 2 * r * cv_pre * cv_post) / n)

    normals = [(se_at(z), w) for z, w in zip(_NODES, _SHARES, strict=True)]
    half = _mixture_half_width(normals, (1 - level) / 2)
    # se falls as r rises, so its quantiles are those of r mirrored
    low, middle, high = (se_at(NormalDist().inv_cdf(1 - p)) for p in (0.025, 0.5, 0.975))
    return PriorInterval(
        percent=percent,
        se=(low, middle, high),
        ci_low=percent_of_log(log_ratio - half),
        ci_high=percent_of_log(log_ratio + half),
        level=level,
    )


_STEP = 0.5
_NODES = [i * _STEP for i in range(-14, 15)]
_SHARES = [_STEP * math.exp(-x * x / 2) / math.sqrt(2 * math.pi) for x in _NODES]
"""The trapezoid rule for a normal weight: at this step exact to ten digits for smooth functions."""


def prior_propagation_paired(
    percent: float,
    n: float,
    *,
    cv_median: float,
    cv_log_sd: float,
    r_centre: float,
    r_fisher_sd: float,
    level: float = 0.95,
) -> PriorInterval:
    """Interval of a before-after percent change under a prior for its missing spread.

    ln c ~ N(ln `cv_median`, `cv_log_sd`²) and atanh r ~ N(atanh `r_centre`, `r_fisher_sd`²),
    independent; L | se ~ N(L̂, se²) with se = c √(2(1 − r)/n). Quadrature, no random numbers.

    Parameters
    ----------
    percent : float
        Percent change of means, above −100.
    n : float
        People.

    Raises
    ------
    EffectError
        For a percent of −100 or less, no people, or a prior that is none.

    Examples
    --------
    >>> found = prior_propagation_paired(-20, 50, cv_median=0.35, cv_log_sd=0.35,
    ...     r_centre=0.6, r_fisher_sd=0.35)
    >>> [round(x, 1) for x in (found.ci_low, found.ci_high)], [round(x, 3) for x in found.se]
    ([-28.2, -10.8], [0.018, 0.044, 0.102])
    """
    log_ratio = log_of_percent("percent", percent)
    if not (n >= 1 and cv_median > 0 and cv_log_sd >= 0 and r_fisher_sd >= 0 and -1 < r_centre < 1):
        raise EffectError(
            "a prior takes people, a positive median and spreads that are not negative, and a "
            "correlation inside −1 to 1."
        )
    unit = (cv_log_sd, r_centre, r_fisher_sd)
    tail = (1 - level) / 2
    scale = cv_median / math.sqrt(n)  # the standard error is this times a factor free of c and n
    half = scale * _half_width(*unit, tail)
    low, middle, high = (scale * _se_factor(*unit, p) for p in (0.025, 0.5, 0.975))
    return PriorInterval(
        percent=percent,
        se=(low, middle, high),
        ci_low=percent_of_log(log_ratio - half),
        ci_high=percent_of_log(log_ratio + half),
        level=level,
    )


@lru_cache(maxsize=256)
def _se_factor(cv_log_sd: float, r_centre: float, r_fisher_sd: float, p: float) -> float:
    """Quantile of √(2(1 − r)) · exp(cv_log_sd · z) over the prior."""
    logs = _log_factors(r_centre, r_fisher_sd)
    if cv_log_sd == 0:
        # monotone in the normal score of r: no convolution left
        score = NormalDist().inv_cdf(1 - p)
        return math.sqrt(2 * (1 - math.tanh(math.atanh(r_centre) + r_fisher_sd * score)))

    def excess(y: float) -> float:
        return sum(w * _cdf((y - a) / cv_log_sd) for a, w in zip(logs, _SHARES, strict=True)) - p

    return math.exp(_root(excess, min(logs) - 8 * cv_log_sd, max(logs) + 8 * cv_log_sd))


@lru_cache(maxsize=256)
def _half_width(cv_log_sd: float, r_centre: float, r_fisher_sd: float, tail: float) -> float:
    factors = [
        (math.exp(a + cv_log_sd * z), w * v)
        for a, w in zip(_log_factors(r_centre, r_fisher_sd), _SHARES, strict=True)
        for z, v in zip(_NODES, _SHARES, strict=True)
    ]
    return _mixture_half_width(factors, tail)


def _mixture_half_width(normals: Sequence[tuple[float, float]], tail: float) -> float:
    """Where a mixture of centred normals, pairs of SD and share, has `tail` left beyond it."""

    def excess(log_x: float) -> float:
        x = math.exp(log_x)
        return tail - sum(w * _cdf(-x / se) for se, w in normals)

    sizes = [math.log(se) for se, _ in normals]
    return math.exp(_root(excess, min(sizes) - 3, max(sizes) + 3))


def _log_factors(r_centre: float, r_fisher_sd: float) -> list[float]:
    centre = math.atanh(r_centre)
    # 1 − tanh x = 2/(1 + e^{2x}), without the cancellation for x large
    return [
        0.5 * (math.log(4) - math.log1p(math.exp(2 * (centre + r_fisher_sd * z)))) for z in _NODES
    ]


def _cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _root(increasing: Callable[[float], float], low: float, high: float) -> float:
    """Root of an increasing function between two ends, by bisection."""
    for _ in range(52):  # every bit of a float
        middle = (low + high) / 2
        if increasing(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
