"""Rules that claim limits: the widest interval must hold the truth at least 95 times in 100."""

from __future__ import annotations

import math
from functools import partial
from typing import Literal

import numpy as np
from degrade import Array, Pairs, allowed_by, pairs, two_sided_p
from numpy.random import Generator
from simulate import Check, Scored, Shape, before_after, changes, score

from evidence.effects.bounds import partial_identification_paired, se_interval_intersection
from evidence.effects.effect import quantile
from evidence.effects.paired_sides import paired_sides_bounds
from evidence.effects.percent_scale import few_df, percent_limits
from evidence.effects.recover_spread import sd_change_from_r, total_n_only
from evidence.effects.reported import se_limits_from_p
from evidence.effects.within_arm_tests import ArmChange, Statement, contrast_of_within_arm_tests

TRUE_PERCENT = -20.0
CV_REGION, R_REGION = (0.2, 0.6), (0.3, 0.9)
NONE = (-np.inf, np.inf)

Where = Literal["corner", "centre", "anywhere"]


def _people(rng: Generator, studies: int, n: int, where: Where, shape: Shape = "normal") -> Pairs:
    """Studies whose CV and correlation lie in the plausible region, at its worst corner or not."""
    cv: Array | float
    r: Array | float
    if where == "anywhere":
        cv, r = rng.uniform(*CV_REGION, studies), rng.uniform(*R_REGION, studies)
    else:
        cv, r = (CV_REGION[1], R_REGION[0]) if where == "corner" else (0.35, 0.6)
    return pairs(*before_after(rng, studies, n, cv=cv, r=r, shape=shape))


def region(
    rng: Generator, studies: int, *, n: int, where: Where, shape: Shape = "normal"
) -> Scored:
    seen = _people(rng, studies, n, where, shape)
    found = [
        partial_identification_paired(p, n, CV_REGION, R_REGION, df=few_df(n)).widest or NONE
        for p in seen.percent
    ]
    return score(found, TRUE_PERCENT, seen.percent - TRUE_PERCENT)


def cut_region(
    rng: Generator, studies: int, *, n: int, where: Where, shape: Shape = "normal"
) -> Scored:
    """The region cut with a printed threshold; an empty cut leaves it whole, as `recover` does."""
    seen = _people(rng, studies, n, where, shape)
    p = two_sided_p(seen.change / seen.se, n - 1)
    found = []
    for percent, value in zip(seen.percent, p, strict=True):
        cut = se_interval_intersection(
            percent, n, CV_REGION, R_REGION, allowed_by(value), df=few_df(n)
        )
        whole = percent_limits(
            math.log1p(percent / 100), cut.unconstrained[1] ** 2, 0.95, few_df(n)
        )
        found.append(cut.widest or whole)
    return score(found, TRUE_PERCENT, seen.percent - TRUE_PERCENT)


def r_range(rng: Generator, studies: int, *, n: int, r: float) -> Scored:
    """Both SDs printed, the correlation only limited; the mean change in points of the mean."""
    seen = pairs(*before_after(rng, studies, n, r=r))
    spread = np.array(
        [
            (sd_change_from_r(a, b, r_range=R_REGION).interval or NONE)[1]
            for a, b in zip(seen.sd_pre, seen.sd_post, strict=True)
        ]
    )
    half = quantile(0.95, n - 1) * spread / n**0.5
    ends = list(zip(seen.change - half, seen.change + half, strict=True))
    return score(ends, TRUE_PERCENT, seen.change - TRUE_PERCENT)


def threshold(
    rng: Generator,
    studies: int,
    *,
    n: int,
    grid: tuple[float, ...],
    effect: float = 0.6,
    significant: bool = False,
) -> Scored:
    """Nothing but a mean change and the strictest threshold that its p is below, or "ns"."""
    df = n - 1
    mean, sd = changes(rng, studies, n, effect)
    p = two_sided_p(mean / sd * n**0.5, df)
    kept = p < 0.05 if significant else p <= 1
    mean = mean[kept]
    ends = []
    for estimate, value in zip(mean, p[kept], strict=True):
        upper = se_limits_from_p(estimate, allowed_by(value, grid), df=df)[1]
        half = np.inf if upper is None else quantile(0.95, df) * upper
        ends.append((estimate - half, estimate + half))
    return score(ends, effect, mean - effect)


def two_thresholds(rng: Generator, studies: int, *, n: int) -> Scored:
    """Two arms, of each a threshold for its change from baseline."""
    effects = (0.8, 0.5)
    arms = [changes(rng, studies, n, e) for e in effects]
    ends, error = [], []
    truth = effects[0] - effects[1]
    for m1, s1, m2, s2 in zip(*arms[0], *arms[1], strict=True):
        said = []
        for m, s in ((m1, s1), (m2, s2)):
            low, high = allowed_by(float(two_sided_p(np.array(m / s * n**0.5), n - 1)))
            statement = Statement(operator="<", p=high) if low == 0 else Statement(operator="ns")
            said.append(ArmChange(change=m, n=n, p=statement))
        found = contrast_of_within_arm_tests(*said)
        ends.append(found.ci_widest or NONE)
        error.append(found.difference - truth)
    return score(ends, truth, error)


def sides(rng: Generator, studies: int, *, n: int, r: float) -> Scored:
    """Two sides of a face: the SD of each change, not their correlation."""
    shared, one, two = rng.standard_normal((3, studies, n))
    keep, own = r**0.5, (1 - r) ** 0.5
    treated, control = 0.5 + keep * shared + own * one, keep * shared + own * two
    found = [
        paired_sides_bounds(a, b, n=n, sd_t=sa, sd_c=sb)
        for a, sa, b, sb in zip(
            treated.mean(axis=1), treated.std(axis=1, ddof=1),
            control.mean(axis=1), control.std(axis=1, ddof=1), strict=True,
        )
    ]  # fmt: skip
    return score([x.ci_widest for x in found], 0.5, [x.md - 0.5 for x in found])


def only_total(rng: Generator, studies: int, *, total: int) -> Scored:
    """The groups are anywhere between 2 to 1 and 1 to 2; their pooled SD is printed."""
    effect, df = 0.5, total - 2
    limits = total_n_only(total)
    first = rng.integers(limits.smaller_arm[0], total - limits.smaller_arm[0] + 1, studies)
    x = rng.standard_normal((studies, total))
    inside = np.arange(total) < first[:, None]
    n1, n2 = first, total - first
    m1, m2 = (x * inside).sum(axis=1) / n1, (x * ~inside).sum(axis=1) / n2
    left = ((x - m1[:, None]) ** 2 * inside + (x - m2[:, None]) ** 2 * ~inside).sum(axis=1)
    difference = effect + m1 - m2
    half = quantile(0.95, df) * np.sqrt(left / df) * limits.interval[1]
    ends = list(zip(difference - half, difference + half, strict=True))
    return score(ends, effect, difference - effect)


POINTS, SDS = "points", "SD"
WHERE: tuple[tuple[Where, str], ...] = (
    ("corner", "CV .6, r .3: the worst corner"),
    ("centre", "CV .35, r .6"),
    ("anywhere", "CV .2-.6, r .3-.9"),
)

CHECKS = (
    *(
        Check("partial_identification_paired", f"{says}, n {n}", "bound", POINTS,
              partial(region, n=n, where=where))
        for n in (12, 50) for where, says in WHERE
    ),
    Check("partial_identification_paired", "worst corner, n 12, lognormal", "bound", POINTS,
          partial(region, n=12, where="corner", shape="lognormal")),
    *(
        # at the corner half of all samples lie outside the region: nothing is promised there
        Check("se_interval_intersection", f"{says}, n {n}",
              "shown" if where == "corner" else "bound", POINTS,
              partial(cut_region, n=n, where=where))
        for n in (12, 50) for where, says in WHERE
    ),
    Check("se_interval_intersection", "worst corner, n 12, lognormal", "shown", POINTS,
          partial(cut_region, n=12, where="corner", shape="lognormal")),
    *(
        Check("sd_change_from_r", f"r {r}, range .3-.9, n 30", "bound", POINTS,
              partial(r_range, n=30, r=r)) for r in (0.3, 0.6, 0.9)
    ),
    Check("sd_change_from_r", "r 0, outside the range .3-.9, n 30", "shown", POINTS,
          partial(r_range, n=30, r=0.0)),
    Check("se_limits_from_p", "n 30, < .05 or ns", "bound", SDS,
          partial(threshold, n=30, grid=(0.05,))),
    Check("se_limits_from_p", "n 30, < .001, < .01, < .05 or ns", "bound", SDS,
          partial(threshold, n=30, grid=(0.001, 0.01, 0.05))),
    Check("se_limits_from_p", "n 30, effect .2 SD, published if p < .05", "shown", SDS,
          partial(threshold, n=30, grid=(0.05,), effect=0.2, significant=True)),
    Check("contrast_of_within_arm_tests", "n 30 + 30, thresholds or ns", "bound", SDS,
          partial(two_thresholds, n=30)),
    *(
        Check("paired_sides_bounds", f"r {r}, range 0-.9, n 29", "bound", SDS,
              partial(sides, n=29, r=r)) for r in (0.0, 0.5, 0.9)
    ),
    *(
        Check("total_n_only", f"{n} people, up to 2 to 1", "bound", SDS,
              partial(only_total, total=n)) for n in (20, 60)
    ),
)  # fmt: skip
