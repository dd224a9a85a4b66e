"""Generalised linear mixed models of counts: fitted, compared and reported.

Which likelihood each model has is said in `glmm_plans.py`; `mixed.maximise` does the work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evidence._typing import Vector
from evidence.errors import ConvergenceError
from evidence.kernels.glmm_plans import PLANS, Cells, GlmmModel, Plan, Saturated
from evidence.kernels.mixed import Mixed, MixedFit, contributions, linear_predictor, maximise
from evidence.kernels.pirls import with_path

LME4_NOISE = 1e-5  # its likelihoods of two models start from different places
STARTS = (0.2, 0.7, 2.0)  # standard deviations from which the search for tau sets out


@dataclass(frozen=True, slots=True, kw_only=True)
class GlmmEstimate:
    """A fitted model on the log scale; `sigma2` is the variance of random study effects (UM.RS).

    `log_likelihood_at_modes` is that of the counts given the predicted effects; with equal effects
    and fixed study effects there is nothing to predict, and it is the `log_likelihood`.
    """

    estimate: float
    se: float
    tau2: float
    sigma2: float | None
    log_likelihood: float
    log_likelihood_at_modes: float
    parameters: int
    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GlmmFits:
    """The model asked for, the one with equal effects, and the saturated one."""

    chosen: GlmmEstimate
    equal: GlmmEstimate
    saturated: Saturated


def fit_counts(
    measure: str,
    model: GlmmModel,
    cells: Cells,
    *,
    random: bool,
    points: int,
    lme4: bool = False,
) -> GlmmFits:
    """Fit one model of counts.

    Parameters
    ----------
    measure : {"OR", "IRR", "PLO", "IRLN"}
        Odds ratio, rate ratio, log odds of a share, log rate.
    model : {"UM.FS", "UM.RS", "CM.EL", "CM.AL", "GLMM"}
        How the studies' base rates are treated; "GLMM" for one group.
    cells : arrays of shape (k,)
        `ai bi ci di`, `x1i t1i x2i t2i`, events and others, or events and time. No study may have
        all or none of its people with the event in both groups.
    random : bool
        Whether effects vary between studies (else they are equal).
    points : int
        Quadrature points, 1 for Laplace. The exact conditional model does not use it.
    lme4 : bool
        Whether UM.RS stops the search for modes where lme4 does; see `mixed.Mixed`.

    Raises
    ------
    ConvergenceError
        When the likelihood has no finite maximum, or it is not found.

    References
    ----------
    Stijnen, Hamza & Özdemir (2010), Stat Med 29:3046–3067. https://doi.org/10.1002/sim.4040
    Jackson, Law, Stijnen, Viechtbauer & White (2018), Stat Med 37:1059–1085.
    https://doi.org/10.1002/sim.7588

    Examples
    --------
    >>> cells = tuple(np.array([[3.0, 7, 5], [50, 80, 60], [9, 11, 4], [45, 70, 62]]))
    >>> found = fit_counts("OR", "CM.EL", cells, random=False, points=1)
    >>> found.equal.estimate, found.equal.se
    (-0.5439, 0.3449)
    """
    plan = PLANS[measure, model](cells, points)
    lme4 = lme4 and plan.levels is not None
    equal_fit = _fit(plan, plan.equal, plan.shared, plan.own, lme4=lme4)
    equal = _estimate(plan, equal_fit, None)
    saturated = plan.saturated(equal_fit, lme4)
    chosen = _random(plan, equal_fit, equal, lme4=lme4) if random else equal
    return GlmmFits(chosen=chosen, equal=equal, saturated=saturated)


def _fit(plan: Plan, model: Mixed, shared: Vector, own: Vector, *, lme4: bool) -> MixedFit:
    if lme4 and plan.levels is not None:
        model, start = with_path(model, plan.levels)
        shared = start.shared
    return maximise(model, shared, own)


def _random(plan: Plan, start: MixedFit, equal: GlmmEstimate, *, lme4: bool) -> GlmmEstimate:
    """The highest of the maxima found from several starts; equal effects when none is higher."""
    model = plan.random
    if plan.levels is not None and plan.equal.points != model.points:
        # by the same method as the random effects, so that their likelihoods can be compared
        start = maximise(replace(plan.equal, points=model.points), start.shared, start.own)
        equal = _estimate(plan, start, None)
    if lme4 and plan.levels is not None:
        model, _ = with_path(model, plan.levels)
    found: list[MixedFit] = []
    failure: ConvergenceError | None = None
    for sd in STARTS:
        shared = np.insert(start.shared, plan.tau, sd)
        try:
            found.append(maximise(model, shared, start.own))
        except ConvergenceError as error:
            failure = error
    if not found and failure is not None:
        raise failure
    best = max(found, key=lambda fit: fit.log_likelihood)
    if best.log_likelihood <= equal.log_likelihood + (LME4_NOISE if lme4 else 1e-9):
        return replace(equal, parameters=equal.parameters + 1)
    return _estimate(plan, best, plan.tau, at_modes=_at_modes(model, best))


def _at_modes(model: Mixed, fit: MixedFit) -> float:
    """Log-likelihood of the counts given the predicted random effects."""
    mode = np.zeros((len(model.y), model.sizes[1]))
    mode = contributions(model, fit.shared, fit.own, mode)[1]
    eta = linear_predictor(model, fit.shared, fit.own, mode)
    return model.constant + float((model.y * eta - model.cumulant(eta)[0]).sum())


def _estimate(
    plan: Plan, fit: MixedFit, tau: int | None, *, at_modes: float | None = None
) -> GlmmEstimate:
    variance = fit.covariance()[plan.effect, plan.effect]
    own = 0 if plan.random.own is None else len(fit.own)
    return GlmmEstimate(
        estimate=float(fit.shared[plan.effect]),
        se=float(np.sqrt(variance)),
        tau2=0.0 if tau is None else float(fit.shared[tau] ** 2),
        sigma2=None if plan.sigma is None else float(fit.shared[plan.sigma] ** 2),
        log_likelihood=fit.log_likelihood,
        log_likelihood_at_modes=fit.log_likelihood if at_modes is None else at_modes,
        parameters=len(fit.shared) + own,
        iterations=fit.iterations,
    )
