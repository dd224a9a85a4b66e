"""Weight functions, p-uniform, limit meta-analysis, further tests: the family `bias_other`."""

from __future__ import annotations

import math
from collections.abc import Callable

from runner import Case, Unsupported

from evidence.synthesis.limit_meta import limit_meta
from evidence.synthesis.p_uniform import p_uniform, p_uniform_star
from evidence.synthesis.rank_test import rank_test
from evidence.synthesis.small_study import regression_test
from evidence.synthesis.small_study_counts import counts_test
from evidence.synthesis.weight_function import weight_function


def _weight_function(case: Case) -> dict[str, object]:
    options = case.options
    table = {"yi": case.input["effect"], "vi": case.input["vi"]}
    method = "EE" if options["fixed_effect"] else "ML"
    found = weight_function(table, steps=options["steps"], tau2=method)
    constant = found.k / 2 * math.log(2 * math.pi)  # the reference leaves it out
    return {
        "mu": found.estimate,
        "se_mu": found.se,
        "tau2": found.tau2,
        "weights": found.parameters["estimate"].to_numpy()[1:],
        "logLik": found.log_likelihood + constant,
        "logLik_unadjusted": found.log_likelihood_unselected + constant,
        "LRT": found.lrt,
        "LRT_df": found.lrt_df,
        "LRT_pval": found.lrt_pvalue,
    }


def _p_uniform(case: Case) -> dict[str, object]:
    options = case.options
    found = p_uniform(
        case.input, side=options["side"], method=options["method"], alpha=options["alpha"]
    )
    return {
        "estimate": found.estimate,
        "ci_lb": found.ci_low,
        "ci_ub": found.ci_high,
        "ksig": found.k_significant,
        "L_0": found.statistic,
        "pval_0": found.pvalue,
        "L_pb": found.bias_statistic,
        "pval_pb": found.bias_pvalue,
        "est_fe": found.equal_effects,
    }


def _p_uniform_star(case: Case) -> dict[str, object]:
    options = case.options
    if options["method"] != "ML":
        raise Unsupported(f"p-uniform* by {options['method']}")
    found = p_uniform_star(case.input, side=options["side"], alpha=options["alpha"])
    return {
        "estimate": found.estimate,
        "ci_lb": found.ci_low,
        "ci_ub": found.ci_high,
        "L_0": found.lrt,
        "pval_0": found.pvalue,
        "tau2": found.tau2,
        "tau2_lb": found.tau2_ci_low,
        "tau2_ub": found.tau2_ci_high,
        "L_het": found.tau2_lrt,
        "pval_het": found.tau2_pvalue,
    }


def _limit_meta(case: Case) -> dict[str, object]:
    if case.options["method_adjust"] != "beta0":
        raise Unsupported(f"limit meta-analysis by {case.options['method_adjust']}")
    found = limit_meta(case.input, tau2=case.options["method"])
    return {
        "estimate_adj": found.estimate,
        "se_adj": found.se,
        "ci_lb": found.ci_low,
        "ci_ub": found.ci_high,
        "pval": found.pvalue,
        "alpha_r": found.intercept,
        "beta_r": found.slope,
        "Q": found.q,
        "Q_small": found.q_small,
        "Q_resid": found.q_residual,
        "G_squared": found.g2,
    }


def _metabias(case: Case) -> dict[str, object]:
    method = case.options["test"].removeprefix("metabias_")
    if method == "Begg":
        rank = rank_test(case.input, exact=False)
        return {
            "statistic": rank.statistic,
            "pval": rank.pvalue,
            "bias": rank.score,
            "se_bias": rank.score_se,
        }
    if method in ("Egger", "Thompson"):
        additive = {"model": "additive", "tau2": "DL", "test": "t"} if method == "Thompson" else {}
        line = regression_test(case.input, **additive)
        return {
            "statistic": line.statistic,
            "df": line.df,
            "pval": line.pvalue,
            "bias": line.slope,
            "se_bias": line.slope_se,
        }
    found = counts_test(case.input, method=method)
    return {
        "statistic": found.statistic,
        "df": found.df,
        "pval": found.pvalue,
        "bias": found.bias,
        "se_bias": found.bias_se,
    }


ANSWERS: dict[str, Callable[[Case], dict[str, object]]] = {
    "vevea_hedges": _weight_function,
    "p_uniform": _p_uniform,
    "p_uniform_star": _p_uniform_star,
    "limit_meta": _limit_meta,
}


def bias_other(case: Case) -> dict[str, object]:
    test = case.options["test"]
    if test.startswith("metabias_"):
        return _metabias(case)
    if test not in ANSWERS:
        raise Unsupported(f"test {test}")
    return ANSWERS[test](case)


FAMILIES = {"bias_other": bias_other}
