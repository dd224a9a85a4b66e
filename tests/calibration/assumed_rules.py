"""Rules that borrow a spread: right under the prior they name, and what they lose under another."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from degrade import Array, pairs
from numpy.random import Generator
from simulate import Check, Scored, before_after, score

from evidence.effects.assumed import pooled_cv, rubin_combine, sd_by_log_regression
from evidence.effects.percent_scale import percent_limits
from evidence.effects.prior_interval import prior_propagation_paired, prior_r_propagation
from evidence.effects.recover_spread import Groups
from evidence.effects.uncontrolled import vehicle_subtraction
from evidence.records.priors import prior_of

TRUE_PERCENT = -20.0
PRIOR = prior_of("wrinkle_depth", "0")


def _median() -> float:
    if PRIOR.cv_median is None:
        raise ValueError(f"{PRIOR.id} has no coefficient of variation")
    return PRIOR.cv_median


def _log_sd() -> float:
    if PRIOR.cv_log_sd is None:
        raise ValueError(f"{PRIOR.id} has no spread")
    return PRIOR.cv_log_sd


def _drawn(
    rng: Generator, studies: int, cv_times: float, r_centre: float | None
) -> tuple[Array, Array]:
    """CV and correlation of each study, from the prior or from one beside it."""
    first, second = rng.standard_normal((2, studies))
    centre = PRIOR.r_centre if r_centre is None else r_centre
    return (
        cv_times * _median() * np.exp(_log_sd() * first),
        np.tanh(math.atanh(centre) + PRIOR.r_fisher_sd * second),
    )


def by_prior(
    rng: Generator, studies: int, *, n: int, cv_times: float = 1.0, r_centre: float | None = None
) -> Scored:
    """Nothing printed but the percent and the people; values are lognormal."""
    cv, r = _drawn(rng, studies, cv_times, r_centre)
    seen = pairs(*before_after(rng, studies, n, cv=cv, r=r, shape="lognormal"))
    found = [
        prior_propagation_paired(
            percent, n, cv_median=_median(), cv_log_sd=_log_sd(),
            r_centre=PRIOR.r_centre, r_fisher_sd=PRIOR.r_fisher_sd,
        )
        for percent in seen.percent
    ]  # fmt: skip
    return score([(x.ci_low, x.ci_high) for x in found], TRUE_PERCENT, seen.percent - TRUE_PERCENT)


def by_prior_of_r(rng: Generator, studies: int, *, n: int, r_centre: float | None = None) -> Scored:
    """Both SDs printed, the correlation not."""
    _, r = _drawn(rng, studies, 1.0, r_centre)
    seen = pairs(*before_after(rng, studies, n, r=r))
    found = [
        prior_r_propagation(
            percent, n, cv_pre=s0 / m0, cv_post=s1 / m1,
            r_centre=PRIOR.r_centre, r_fisher_sd=PRIOR.r_fisher_sd,
        )
        for percent, m0, s0, m1, s1 in zip(
            seen.percent, seen.mean_pre, seen.sd_pre, seen.mean_post, seen.sd_post, strict=True
        )
    ]  # fmt: skip
    return score([(x.ci_low, x.ci_high) for x in found], TRUE_PERCENT, seen.percent - TRUE_PERCENT)


def by_drawn_variances(rng: Generator, studies: int, *, n: int, m: int = 20) -> Scored:
    """As `by_prior`, with m standard errors drawn from the prior and Rubin's rules."""
    cv, r = _drawn(rng, studies, 1.0, None)
    seen = pairs(*before_after(rng, studies, n, cv=cv, r=r, shape="lognormal"))
    c, corr = _drawn(rng, studies * m, 1.0, None)
    variances = (2 * c**2 * (1 - corr) / n).reshape(studies, m)
    ends = []
    for log_ratio, v in zip(np.log1p(seen.percent / 100), variances, strict=True):
        found = rubin_combine([log_ratio] * m, v.tolist())
        ends.append((100 * math.expm1(found.ci_low), 100 * math.expm1(found.ci_high)))
    return score(ends, TRUE_PERCENT, seen.percent - TRUE_PERCENT)


def borrowed_cv(rng: Generator, studies: int, *, arms: int, log_sd: float) -> Scored:
    """A coefficient of variation from similar arms of 30, for a study of 40 with r printed."""
    n, r, cv = 40, 0.6, 0.35
    cvs = cv * np.exp(log_sd * rng.standard_normal((studies, arms + 1)))
    similar = 100 * (1 + cvs[:, :-1, None] * rng.standard_normal((studies, arms, 30)))
    means, sds = similar.mean(axis=2), similar.std(axis=2, ddof=1)
    seen = pairs(*before_after(rng, studies, n, cv=cvs[:, -1], r=r))
    # an arm whose mean is not positive is none to borrow from
    kept = (means > 0).all(axis=1) & (seen.percent > -100) & (seen.mean_pre > 0)
    ends = []
    for s, m, percent in zip(sds[kept], means[kept], seen.percent[kept], strict=True):
        found = pooled_cv(s, m, [30.0] * arms, Groups(kind="paired", n=n), r=r)
        ends.append(percent_limits(math.log1p(percent / 100), found.vi))
    return score(ends, TRUE_PERCENT, seen.percent[kept] - TRUE_PERCENT)


def predicted_sd(rng: Generator, studies: int, *, arms: int) -> Scored:
    """SDs of arms of 30 along ln s = −1 + 0.9 ln m, spread .15; the SD printed for a new one."""
    means = np.exp(rng.uniform(math.log(10), math.log(100), (studies, arms)))
    inside = rng.uniform(0.1, 0.9, studies)
    lowest, highest = means.min(axis=1), means.max(axis=1)
    new = lowest ** (1 - inside) * highest**inside
    at = np.column_stack([means, new])
    spread = np.exp(-1 + 0.9 * np.log(at) + 0.15 * rng.standard_normal(at.shape))
    sds = spread * np.sqrt(rng.chisquare(29, at.shape) / 29)
    ends, error = [], []
    for m, s, x, real in zip(means, sds[:, :-1], new, sds[:, -1], strict=True):
        found = sd_by_log_regression(m, s, x)
        ends.append((100 * found.interval[0] / real, 100 * found.interval[1] / real))
        error.append(100 * (found.sd / real - 1))
    return score(ends, 100.0, error)


def missing_people(rng: Generator, studies: int, *, n: int, lost: float, m: int = 20) -> Scored:
    """A mean of which a share of the people is missing at random, filled in m times."""
    seen = round(n * (1 - lost))
    x = rng.standard_normal((studies, seen))
    mean, ss = x.mean(axis=1), ((x - x.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    sigma = np.sqrt(ss[:, None] / rng.chisquare(seen - 1, (studies, m)))
    mu = mean[:, None] + sigma / seen**0.5 * rng.standard_normal((studies, m))
    filled = mu[:, :, None] + sigma[:, :, None] * rng.standard_normal((studies, m, n - seen))
    total = (seen * mean[:, None] + filled.sum(axis=2)) / n
    squares = (x**2).sum(axis=1)[:, None] + (filled**2).sum(axis=2)
    variance = (squares - n * total**2) / (n - 1) / n
    found = [rubin_combine(e, v) for e, v in zip(total.tolist(), variance.tolist(), strict=True)]
    return score([(f.ci_low, f.ci_high) for f in found], 0.0, [f.estimate for f in found])


def net_of_vehicle(rng: Generator, studies: int, *, tau: float = 0.06) -> Scored:
    """One arm of a product whose vehicle's response is known from other trials only."""
    se, vehicle_se, vehicle = 0.05, 0.03, math.log(0.92)
    truth = math.log(0.87)
    here = vehicle + tau * rng.standard_normal(studies)
    observed = truth + here + se * rng.standard_normal(studies)
    elsewhere = vehicle + vehicle_se * rng.standard_normal(studies)
    found = [
        vehicle_subtraction(
            100 * math.expm1(a), se_ln=se, vehicle_percent=100 * math.expm1(b),
            vehicle_se_ln=vehicle_se, vehicle_tau_ln=0.06, better="lower",
        )
        for a, b in zip(observed, elsewhere, strict=True)
    ]  # fmt: skip
    percent = 100 * math.expm1(truth)
    return score(
        [x.ci_net_percent for x in found], percent, [x.net_percent - percent for x in found]
    )


POINTS = "points"

CHECKS = (
    *(
        Check("prior_propagation_paired", f"the prior holds, n {n}", "assumed", POINTS,
              partial(by_prior, n=n)) for n in (20, 50)
    ),
    *(
        Check("prior_propagation_paired", f"CV median {says}, n 50", "shown", POINTS,
              partial(by_prior, n=50, cv_times=times))
        for times, says in ((2.0, "twice the prior's"), (0.5, "half the prior's"))
    ),
    *(
        Check("prior_propagation_paired", f"r centre {r}, not .6, n 50", "shown", POINTS,
              partial(by_prior, n=50, r_centre=r)) for r in (0.2, 0.9)
    ),
    *(
        Check("prior_r_propagation", f"the prior holds, n {n}", "assumed", POINTS,
              partial(by_prior_of_r, n=n)) for n in (20, 50)
    ),
    *(
        Check("prior_r_propagation", f"r centre {r}, not .6, n 50", "shown", POINTS,
              partial(by_prior_of_r, n=50, r_centre=r)) for r in (0.2, 0.9)
    ),
    Check("rubin_combine", "20 standard errors drawn from the prior, n 50", "assumed", POINTS,
          partial(by_drawn_variances, n=50)),
    *(
        Check("rubin_combine", f"{lost:.0%} of 50 people filled in 20 times", "exact", "SD",
              partial(missing_people, n=50, lost=lost)) for lost in (0.1, 0.3)
    ),
    *(
        Check("pooled_cv", f"{arms} arms, all of one CV", "assumed", POINTS,
              partial(borrowed_cv, arms=arms, log_sd=0.0)) for arms in (3, 10)
    ),
    *(
        Check("pooled_cv", f"{arms} arms, CVs spread by {sd} (log)", "shown", POINTS,
              partial(borrowed_cv, arms=arms, log_sd=sd))
        for arms, sd in ((3, 0.2), (10, 0.2), (10, 0.45))
    ),
    *(
        Check("sd_by_log_regression", f"{arms} arms of 30", "assumed", "% of the SD",
              partial(predicted_sd, arms=arms)) for arms in (5, 10)
    ),
    Check("vehicle_subtraction", "tau as stated (.06)", "assumed", POINTS, net_of_vehicle),
    Check("vehicle_subtraction", "tau twice as large (.12)", "shown", POINTS,
          partial(net_of_vehicle, tau=0.12)),
)  # fmt: skip
