"""Generalised linear mixed models of counts: the family `glmm`.

For UM.RS the reference numbers come from lme4, which leaves its search for the modes a step early;
`laplace="lme4"` does the same. `logLik` of a fit with one random effect per study that was found by
quadrature is, in the reference, the likelihood of the counts given the predicted effects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner import Case, Unsupported

from evidence.synthesis.glmm import GlmmFit, fit_glmm

MARGINAL = {("OR", "UM.RS"), ("IRR", "UM.RS"), ("OR", "CM.EL")}

ANSWERS: dict[str, Callable[[GlmmFit], Any]] = {
    "k": lambda f: f.k,
    "estimate": lambda f: f.estimate,
    "se": lambda f: f.se,
    "ci_lb": lambda f: f.ci_low,
    "ci_ub": lambda f: f.ci_high,
    "statistic": lambda f: f.statistic,
    "pval": lambda f: f.pvalue,
    "tau2": lambda f: f.tau2,
    "sigma2": lambda f: f.sigma2,
    "I2": lambda f: f.i2,
    "H2": lambda f: f.h2,
    "QE_df": lambda f: f.q_df,
    "QE_Wald": lambda f: f.q_wald,
    "QE_Wald_pval": lambda f: f.q_wald_pvalue,
    "QE_LRT": lambda f: f.q_lrt,
    "QE_LRT_pval": lambda f: f.q_lrt_pvalue,
    "logLik": lambda f: (
        f.log_likelihood if (f.measure, f.model) in MARGINAL else f.log_likelihood_at_modes
    ),
}
OPTIONS = {"measure", "model", "method", "nAGQ", "level"}


def glmm(case: Case) -> dict[str, object]:
    options = case.options
    if unknown := set(options) - OPTIONS:
        raise Unsupported(f"options {sorted(unknown)}")
    if unknown := set(case.expect) - set(ANSWERS):
        raise Unsupported(f"no answer for {sorted(unknown)}")
    found = fit_glmm(
        case.input,
        measure=options["measure"],
        model=options["model"],
        tau2=options["method"],
        points=options["nAGQ"],
        laplace="lme4",
        level=options.get("level", 0.95),
    )
    return {key: ANSWERS[key](found) for key in case.expect}


FAMILIES = {"glmm": glmm}
