"""Models of counts: the likelihood of each, where its search starts, and its saturated twin.

Two groups of people or two rates per study (odds ratio, rate ratio) can be modelled with a fixed
effect per study (UM.FS), a random one (UM.RS), or given the number of events (CM.EL exactly, CM.AL
approximately); shares and rates of one group have one model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy

from evidence._typing import Matrix, Vector
from evidence.kernels.cumulants import Cumulant, binomial, log_choose, poisson
from evidence.kernels.hypergeometric import hypergeometric, support
from evidence.kernels.mixed import Mixed, MixedFit, maximise
from evidence.kernels.pirls import with_path

GlmmModel: TypeAlias = Literal["UM.FS", "UM.RS", "CM.EL", "CM.AL", "GLMM"]
Rows: TypeAlias = NDArray[np.bool_]
Cells: TypeAlias = tuple[Vector, ...]

EXACT_POINTS = 41  # for the exact conditional model: more points change no digit that is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturated:
    """The model with an effect of its own for every study: its log-likelihood, and Wald's Q."""

    log_likelihood: float
    wald: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A model in parts: with equal effects, with random ones, saturated, and where to start.

    `saturated` takes the equal-effects fit and whether to stop as lme4 does. `effect` is the place
    of the pooled effect among the shared parameters, `tau` that of its standard deviation in
    `random`; the shared parameters of `equal` are the others.
    """

    equal: Mixed
    random: Mixed
    saturated: Callable[[MixedFit, bool], Saturated]
    shared: Vector
    own: Vector
    effect: int
    tau: int
    sigma: int | None = None  # place of the study effects' standard deviation, in both
    levels: Matrix | None = None  # observed η, where lme4 would start; of UM.RS alone


def _people_fixed(cells: Cells, points: int) -> Plan:
    """UM.FS for two groups of people."""
    a, b, c, d = cells
    likelihood = float((_binomial_peak(a, b) + _binomial_peak(c, d)).sum())
    wi = _reciprocal(a, b, c, d)
    with np.errstate(divide="ignore", invalid="ignore"):
        wald = _wald(np.log(a * d / (b * c)), wi)
    return _fixed(
        np.stack([a, c], axis=1),
        binomial(np.stack([a + b, c + d], axis=1)),
        np.zeros((len(a), 2)),
        points,
        constant=float((log_choose(a + b, a) + log_choose(c + d, c)).sum()),
        own=np.log((a + c + 0.5) / (b + d + 0.5)),
        saturated=Saturated(log_likelihood=likelihood, wald=wald),
    )


def _rates_fixed(cells: Cells, points: int) -> Plan:
    """UM.FS for two rates."""
    x1, t1, x2, t2 = cells
    with np.errstate(divide="ignore", invalid="ignore"):
        wald = _wald(np.log(x1 * t2 / (x2 * t1)), _reciprocal(x1, x2))
    return _fixed(
        np.stack([x1, x2], axis=1),
        poisson,
        np.log(np.stack([t1, t2], axis=1)),
        points,
        constant=float(-(gammaln(x1 + 1) + gammaln(x2 + 1)).sum()),
        own=np.log((x1 + x2 + 0.5) / (t1 + t2)),
        saturated=Saturated(
            log_likelihood=float((_poisson_peak(x1) + _poisson_peak(x2)).sum()), wald=wald
        ),
    )


def _fixed(
    y: Matrix,
    cumulant: Cumulant,
    offset: Matrix,
    points: int,
    *,
    constant: float,
    own: Vector,
    saturated: Saturated,
) -> Plan:
    k = len(y)
    first = np.zeros((k, 2, 1))
    first[:, 0] = 1.0
    equal = Mixed(
        y=y, cumulant=cumulant, offset=offset, constant=constant,
        x=first, z=np.zeros((k, 2, 0)), own=np.ones((k, 2)),
    )  # fmt: skip
    return Plan(
        equal=equal,
        random=replace(equal, z=first - 0.5, points=points),
        saturated=lambda *_: saturated,
        shared=np.zeros(1),
        own=own,
        effect=0,
        tau=1,
    )


def _people_random(cells: Cells, points: int) -> Plan:
    """UM.RS for two groups of people."""
    a, b, c, d = cells
    return _random_study(
        np.stack([a, c], axis=1),
        binomial(np.stack([a + b, c + d], axis=1)),
        np.zeros((len(a), 2)),
        points,
        constant=float((log_choose(a + b, a) + log_choose(c + d, c)).sum()),
        peak=float((_binomial_peak(a, b) + _binomial_peak(c, d)).sum()),
        levels=np.log((np.stack([a, c], axis=1) + 0.5) / (np.stack([b, d], axis=1) + 0.5)),
        bounded=(a > 0) & (b > 0),
    )


def _rates_random(cells: Cells, points: int) -> Plan:
    """UM.RS for two rates."""
    x1, t1, x2, t2 = cells
    return _random_study(
        np.stack([x1, x2], axis=1),
        poisson,
        np.log(np.stack([t1, t2], axis=1)),
        points,
        constant=float(-(gammaln(x1 + 1) + gammaln(x2 + 1)).sum()),
        peak=float((_poisson_peak(x1) + _poisson_peak(x2)).sum()),
        levels=np.log(np.stack([x1, x2], axis=1) + 0.1),
        bounded=x1 > 0,
    )


def _random_study(
    y: Matrix,
    cumulant: Cumulant,
    offset: Matrix,
    points: int,
    *,
    constant: float,
    peak: float,
    levels: Matrix,
    bounded: Rows,
) -> Plan:
    """Random study levels; shared parameters: level, effect, sd of levels (, sd of effects)."""
    k = len(y)
    first = np.zeros((k, 2, 1))
    first[:, 0] = 1.0
    ones = np.ones((k, 2, 1))
    equal = Mixed(
        y=y, cumulant=cumulant, offset=offset, constant=constant, points=points,
        x=np.concatenate([ones, first], axis=2), z=ones, peak=peak - constant,
    )  # fmt: skip
    base = levels - offset
    spread = max(float(np.std(base[:, 1])), 0.1)

    def saturated(fit: MixedFit, lme4: bool) -> Saturated:
        # a study without events in the first group: its own effect is at minus infinity, its
        # first group is fitted perfectly, and it says nothing about the shared parameters
        use = np.ones((k, 2))
        use[:, 0] = bounded
        free = replace(equal, x=ones, own=first[:, :, 0], use=use)
        shared, own = np.delete(fit.shared, 1), np.where(bounded, base[:, 0] - base[:, 1], 0.0)
        if lme4:
            free, start = with_path(free, levels)
            shared, own = start.shared, start.own
        top = maximise(free, shared, own)
        return Saturated(log_likelihood=top.log_likelihood, wald=_wald_dependent(top, bounded))

    return Plan(
        equal=equal,
        random=replace(equal, z=np.concatenate([ones, first - 0.5], axis=2), points=1),
        saturated=saturated,
        shared=np.array([float(base[:, 1].mean()), 0.0, spread]),
        own=np.zeros(k),
        effect=1,
        tau=3,
        sigma=2,
        levels=levels,
    )


def _conditional_exact(cells: Cells, points: int) -> Plan:
    """CM.EL for two groups of people: the non-central hypergeometric distribution."""
    a, b, c, d = cells
    n1, n2, m = a + b, c + d, a + c
    cumulant = hypergeometric(n1, n2, m)
    constants = log_choose(n1, a) + log_choose(n2, c)
    low, high = support(n1, n2, m)
    inside = (a > low) & (a < high)
    theta, vi = _hypergeometric_peak(cumulant, a, inside)
    b0 = cumulant(theta[:, None])[0][:, 0]
    peak = np.where(inside, a * theta - b0 + constants, 0.0)  # at the edge: certainty
    saturated = Saturated(
        log_likelihood=float(peak.sum()), wald=_wald(theta, np.where(inside, vi, 0.0))
    )
    plan = _single(a, cumulant, np.zeros(len(a)), points, float(constants.sum()), saturated)
    return replace(plan, random=replace(plan.random, points=EXACT_POINTS))


def _hypergeometric_peak(cumulant: Cumulant, a: Vector, inside: Rows) -> tuple[Vector, Vector]:
    """The log odds ratio of each study at which the expected cell is the observed one."""
    theta, low, high = np.zeros(len(a)), np.full(len(a), -60.0), np.full(len(a), 60.0)
    for _ in range(200):
        _, mean, variance = (part[:, 0] for part in cumulant(theta[:, None]))
        off = a - mean
        low, high = np.where(off > 0, theta, low), np.where(off > 0, high, theta)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = theta + off / variance
        within = (newton > low) & (newton < high)
        new = np.where(inside, np.where(within, newton, (low + high) / 2), 0.0)
        if (np.abs(new - theta) < 1e-13 * (1 + np.abs(theta))).all():
            break
        theta = new
    return theta, cumulant(theta[:, None])[2][:, 0]


def _conditional_people(cells: Cells, points: int) -> Plan:
    """CM.AL for two groups of people: binomial, given the events; for rare events."""
    a, b, c, d = cells
    return _share(a, c, np.log((a + b) / (c + d)), points)


def _conditional_rates(cells: Cells, points: int) -> Plan:
    """CM.EL for two rates: exactly binomial, given the events."""
    x1, t1, x2, t2 = cells
    return _share(x1, x2, np.log(t1 / t2), points)


def _one_share(cells: Cells, points: int) -> Plan:
    """Shares of one group."""
    return _share(cells[0], cells[1], np.zeros(len(cells[0])), points)


def _share(x: Vector, other: Vector, offset: Vector, points: int) -> Plan:
    """Events x among x + other, with the log odds shifted by the offset."""
    with np.errstate(divide="ignore", invalid="ignore"):
        wald = _wald(np.log(x / other) - offset, _reciprocal(x, other))
    saturated = Saturated(log_likelihood=float(_binomial_peak(x, other).sum()), wald=wald)
    constant = float(log_choose(x + other, x).sum())
    return _single(x, binomial((x + other)[:, None]), offset, points, constant, saturated)


def _one_rate(cells: Cells, points: int) -> Plan:
    """Rates of one group."""
    x, t = cells
    with np.errstate(divide="ignore", invalid="ignore"):
        wald = _wald(np.log(x / t), x)
    saturated = Saturated(log_likelihood=float(_poisson_peak(x).sum()), wald=wald)
    constant = float(-gammaln(x + 1).sum())
    return _single(x, poisson, np.log(t), points, constant, saturated)


def _single(
    y: Vector,
    cumulant: Cumulant,
    offset: Vector,
    points: int,
    constant: float,
    saturated: Saturated,
) -> Plan:
    """One count per study, and one random effect."""
    k = len(y)
    equal = Mixed(
        y=y[:, None], cumulant=cumulant, offset=offset[:, None], constant=constant,
        x=np.ones((k, 1, 1)), z=np.zeros((k, 1, 0)),
    )  # fmt: skip
    return Plan(
        equal=equal,
        random=replace(equal, z=np.ones((k, 1, 1)), points=points),
        saturated=lambda *_: saturated,
        shared=np.zeros(1),
        own=np.zeros(k),
        effect=0,
        tau=1,
    )


PLANS: dict[tuple[str, str], Callable[[Cells, int], Plan]] = {
    ("OR", "UM.FS"): _people_fixed,
    ("OR", "UM.RS"): _people_random,
    ("OR", "CM.EL"): _conditional_exact,
    ("OR", "CM.AL"): _conditional_people,
    ("IRR", "UM.FS"): _rates_fixed,
    ("IRR", "UM.RS"): _rates_random,
    ("IRR", "CM.EL"): _conditional_rates,
    ("PLO", "GLMM"): _one_share,
    ("IRLN", "GLMM"): _one_rate,
}
"""Models by measure and name."""


def _wald(theta: Vector, wi: Vector) -> float:
    """Weighted squares about the weighted mean; studies without weight have no finite effect."""
    rows = wi > 0
    if not rows.any():
        return 0.0
    t, w = theta[rows], wi[rows]
    centred = t - t[0]
    return float(w @ np.square(centred - w @ centred / w.sum()))


def _wald_dependent(fit: MixedFit, rows: Rows) -> float:
    """The same for effects that are correlated through the shared parameters."""
    own, between = fit.own_information[rows], fit.between[rows]
    if not len(own):
        return 0.0
    shared = fit.information + (between.T / own) @ between
    s = np.diag(own) - between @ np.linalg.solve(shared, between.T)
    theta = fit.own[rows]
    one = s.sum(axis=1)
    centred = theta - (one @ theta) / one.sum()
    return float(centred @ s @ centred)


def _reciprocal(*counts: Vector) -> Vector:
    """1 / Σ 1/count; 0 where a count is."""
    with np.errstate(divide="ignore"):
        total = np.sum([1 / count for count in counts], axis=0)
    return np.asarray(1 / total, dtype=np.float64)


def _binomial_peak(x: Vector, other: Vector) -> Vector:
    """Log-likelihood of x among x + other at its own share."""
    n = x + other
    share = np.divide(x, n, out=np.zeros_like(n), where=n > 0)
    return np.asarray(log_choose(n, x) + xlogy(x, share) + xlog1py(other, -share))


def _poisson_peak(x: Vector) -> Vector:
    """Log-likelihood of x events at their own rate."""
    return np.asarray(xlogy(x, x) - x - gammaln(x + 1))
