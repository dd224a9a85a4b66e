"""Rules that claim a standard error or an interval outright."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from degrade import Array, pairs, printed, two_sided_p
from numpy.random import Generator
from scipy.stats import truncnorm
from simulate import Check, Scored, Shape, before_after, changes, one_group, score

from evidence.effects.effect import quantile
from evidence.effects.percent_scale import (
    VarianceType,
    log_ratio_independent,
    percent_change_paired,
    percent_limits,
)
from evidence.effects.regression_to_mean import rtm_truncation
from evidence.effects.reported import se_from_ci, se_from_p, se_from_t, se_limits_from_p
from evidence.effects.responders import responder_ci
from evidence.effects.within_arm_tests import (
    ArmChange,
    Statement,
    contrast_of_within_arm_tests,
)
from evidence.errors import EffectError

TRUE_PERCENT = -20.0


def paired_percent(
    rng: Generator,
    studies: int,
    *,
    n: int,
    shape: Shape = "normal",
    cv: float = 0.35,
    vtype: VarianceType = "auto",
    t: bool = False,
    significant: bool = False,
) -> Scored:
    seen = pairs(*before_after(rng, studies, n, cv=cv, shape=shape))
    p = two_sided_p(seen.change / seen.se, n - 1)
    kept = np.flatnonzero(p < 0.05) if significant else np.arange(studies)
    intervals, error = [], []
    for i in kept:
        try:
            found = percent_change_paired(
                mean_pre=seen.mean_pre[i], sd_pre=seen.sd_pre[i], mean_post=seen.mean_post[i],
                sd_post=seen.sd_post[i], r=seen.r[i], n=n, vtype=vtype,
            )  # fmt: skip
        except EffectError:  # a mean within three standard errors of zero is refused
            continue
        with_t = percent_limits(found.ln_ratio, found.var_ln, 0.95, n - 1)
        intervals.append(with_t if t else found.ci_shown)
        error.append(found.percent - TRUE_PERCENT)
    return score(intervals, TRUE_PERCENT, error)


def independent_percent(
    rng: Generator, studies: int, *, n: int, shape: Shape = "normal", cv: float = 0.35
) -> Scored:
    one = 0.8 * one_group(rng, studies, n, cv, shape)
    two = one_group(rng, studies, n, cv, shape)
    intervals, error = [], []
    moments = [(x.mean(axis=1), x.std(axis=1, ddof=1)) for x in (one, two)]
    for m1, s1, m2, s2 in zip(*moments[0], *moments[1], strict=True):
        found = log_ratio_independent(m1=m1, sd1=s1, n1=n, m2=m2, sd2=s2, n2=n)
        intervals.append(found.ci_shown)
        error.append(found.percent - TRUE_PERCENT)
    return score(intervals, TRUE_PERCENT, error)


def _with_t(
    estimates: Array, errors: Sequence[float], original: Array, df: float, truth: float
) -> Scored:
    """Intervals of recovered standard errors, and how far these are from the originals."""
    se = np.asarray(errors, dtype=np.float64)
    half = quantile(0.95, df) * se
    ends = np.column_stack([estimates - half, estimates + half])
    off = np.where(np.isfinite(se), 100 * (se / original - 1), np.nan)
    return score([(a, b) for a, b in ends], truth, off)


def from_ci(rng: Generator, studies: int, *, n: int, decimals: int) -> Scored:
    """The interval of a mean change, printed with these decimals; the SD of changes is 1."""
    effect, df = 0.4, n - 1
    mean, sd = changes(rng, studies, n, effect)
    se = sd / n**0.5
    half = quantile(0.95, df) * se
    ends = (printed(x, decimals) for x in (mean - half, mean + half, mean))
    low, high, shown = ends
    kept = low < high
    found = [se_from_ci(a, b, df=df).se for a, b in zip(low[kept], high[kept], strict=True)]
    return _with_t(shown[kept], found, se[kept], df, effect)


def from_p(
    rng: Generator,
    studies: int,
    *,
    n: int,
    decimals: int,
    effect: float = 0.4,
    significant: bool = False,
    groups: int = 1,
) -> Scored:
    """A p value printed with these decimals; one that prints as 0 gives only an upper limit."""
    if groups == 1:
        mean, sd = changes(rng, studies, n, effect)
        se, df = sd / n**0.5, n - 1
    else:
        (m1, s1), (m2, s2) = changes(rng, studies, n, effect), changes(rng, studies, n, 0)
        mean, df = m1 - m2, 2 * n - 2
        se = np.sqrt((s1**2 + s2**2) / 2 * 2 / n)
    p = two_sided_p(mean / se, df)
    kept = p < 0.05 if significant else p < 2
    found = []
    for estimate, value in zip(mean[kept], printed(p[kept], decimals), strict=True):
        if 0 < value < 1:
            found.append(se_from_p(estimate, value, df=df))
        else:
            half = 0.5 * 10.0**-decimals
            limits = (0.0, half) if value == 0 else (1 - half, 1.0)
            found.append(se_limits_from_p(estimate, limits, df=df)[1] or np.inf)
    return _with_t(mean[kept], found, se[kept], df, effect)


def from_t(rng: Generator, studies: int, *, n: int, decimals: int) -> Scored:
    effect = 0.4
    mean, sd = changes(rng, studies, n, effect)
    se = sd / n**0.5
    t = printed(mean / se, decimals)
    kept = t != 0
    found = [se_from_t(m, x) for m, x in zip(mean[kept], t[kept], strict=True)]
    return _with_t(mean[kept], found, se[kept], n - 1, effect)


def two_tests(rng: Generator, studies: int, *, n1: int, n2: int, decimals: int) -> Scored:
    """Two arms, each tested against its own baseline with an exact p."""
    effects = (0.2, 0.0)
    arms = [changes(rng, studies, n, e) for n, e in zip((n1, n2), effects, strict=True)]
    shown = [
        printed(two_sided_p(m / s * n**0.5, n - 1), decimals)
        for (m, s), n in zip(arms, (n1, n2), strict=True)
    ]
    intervals, error = [], []
    rows = zip(arms[0][0], shown[0], arms[1][0], shown[1], strict=True)
    for m1, p1, m2, p2 in rows:
        if max(p1, p2) >= 1:
            continue
        one, two = (
            ArmChange(change=m, n=n, p=Statement(operator="=", p=p, decimals=decimals))
            for m, n, p in ((m1, n1, p1), (m2, n2, p2))
        )
        found = contrast_of_within_arm_tests(one, two)
        intervals.append(found.ci_widest or (-np.inf, np.inf))
        error.append(found.difference - (effects[0] - effects[1]))
    return score(intervals, effects[0] - effects[1], error)


def share(rng: Generator, studies: int, *, n: int, method: str) -> Scored:
    """A whole percent of n people; the true share anywhere between 5 and 95 %."""
    truth = rng.uniform(0.05, 0.95, studies)
    shown = np.round(100 * rng.binomial(n, truth) / n).astype(int)
    known = {k: responder_ci(str(k), n) for k in sorted(set(shown.tolist()))}
    intervals = [getattr(known[k], method) for k in shown.tolist()]
    ends = [(100 * low, 100 * high) for low, high in intervals]
    return score(ends, 100 * truth, shown - 100 * truth)


def regression(rng: Generator, studies: int, *, readings: int) -> Scored:
    """Selected people without any product: does their mean change agree with the formula?"""
    mean, sd, r, cutoff, n = 3.0, 1.5, 0.6, 3.5, 40
    expected = rtm_truncation(mean, sd, r, cutoff=cutoff, readings=readings)
    of_mean = sd * ((1 + (readings - 1) * r) / readings) ** 0.5
    z = truncnorm.rvs((cutoff - mean) / of_mean, np.inf, size=(studies, n), random_state=rng)
    before = mean + of_mean * z
    # the later mean of as many readings shares only what people keep between readings
    kept = r / ((1 + (readings - 1) * r) / readings)
    left = of_mean * (1 - kept**2) ** 0.5
    after = mean + kept * (before - mean) + left * rng.standard_normal((studies, n))
    change = after - before
    middle, se = change.mean(axis=1), change.std(axis=1, ddof=1) / n**0.5
    half = quantile(0.95, n - 1) * se
    truth = expected.expected_change_from_regression
    return score(list(zip(middle - half, middle + half, strict=True)), truth, truth - middle)


POINTS, OF_SE, SDS = "points", "% of the SE", "SD"

CHECKS = (
    *(
        Check("percent_change_paired", f"{shape}, CV .35, n {n}", "exact", POINTS,
              partial(paired_percent, n=n, shape=shape))
        for shape in ("normal", "lognormal") for n in (10, 20, 30, 50, 200)
    ),
    *(
        Check("percent_change_paired, t", f"normal, CV .35, n 10, {vtype}", "shown", POINTS,
              partial(paired_percent, n=10, vtype=vtype, t=True)) for vtype in ("LS", "LS2")
    ),
    *(
        Check("percent_change_paired, t", f"{shape}, CV .35, n {n}", "exact", POINTS,
              partial(paired_percent, n=n, shape=shape, t=True))
        for shape in ("normal", "lognormal") for n in (10, 20, 30, 50)
    ),
    Check("percent_change_paired", "lognormal, CV .8, n 50", "shown", POINTS,
          partial(paired_percent, n=50, shape="lognormal", cv=0.8)),
    Check("percent_change_paired", "normal, CV .35, n 10, published if p < .05", "shown", POINTS,
          partial(paired_percent, n=10, cv=0.35, significant=True)),
    *(
        Check("log_ratio_independent", f"{shape}, CV .35, n {n} + {n}", "exact", POINTS,
              partial(independent_percent, n=n, shape=shape))
        for shape in ("normal", "lognormal") for n in (10, 20, 50)
    ),
    *(
        Check("se_from_ci", f"n 30, limits to {d} decimals of an SD", "exact", OF_SE,
              partial(from_ci, n=30, decimals=d)) for d in (2, 1)
    ),
    *(
        Check("se_from_exact_p", f"n 30, p to {d} decimals", "exact", OF_SE,
              partial(from_p, n=30, decimals=d, effect=0.1)) for d in (3, 2)
    ),
    Check("se_from_exact_p", "25 + 25, p to 3 decimals", "exact", OF_SE,
          partial(from_p, n=25, decimals=3, effect=0.2, groups=2)),
    Check("se_from_exact_p", "n 30, p often 0.000: then a limit", "bound", OF_SE,
          partial(from_p, n=30, decimals=3, effect=0.6)),
    Check("se_from_exact_p", "n 30, published if p < .05", "shown", OF_SE,
          partial(from_p, n=30, decimals=3, effect=0.2, significant=True)),
    *(
        Check("se_from_test_statistic", f"n 30, t to {d} decimals", "exact", OF_SE,
              partial(from_t, n=30, decimals=d)) for d in (2, 1)
    ),
    *(
        Check("contrast_of_within_arm_tests", f"n {a} + {b}, p to 3 decimals", "exact", SDS,
              partial(two_tests, n1=a, n2=b, decimals=3)) for a, b in ((30, 30), (20, 40))
    ),
    *(
        Check("responder_ci, Wilson", f"n {n}, whole percents", "exact", POINTS,
              partial(share, n=n, method="wilson")) for n in (10, 30, 100)
    ),
    Check("responder_ci, Wilson", "n 250: several counts print alike", "bound", POINTS,
          partial(share, n=250, method="wilson")),
    *(
        Check("responder_ci, Clopper-Pearson", f"n {n}, whole percents", "bound", POINTS,
              partial(share, n=n, method="clopper_pearson")) for n in (10, 30, 100, 250)
    ),
    *(
        Check("rtm_truncation", f"entry on the mean of {k}, n 40", "exact", "points of the scale",
              partial(regression, readings=k)) for k in (1, 3)
    ),
)  # fmt: skip
