"""Univariate pooling: the families `pooling` and `pooling_options`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from runner import Case, Unsupported

from evidence.synthesis.intervals import fit_statistics, prediction_interval, profile_interval
from evidence.synthesis.pool import Pooled, pool

TESTS = {"z": "z", "t": "t", "knha": "HKSJ", "adhoc": "HKSJ-adhoc"}  # R's names
OPTIONS = {"method", "test", "level", "weights", "tau2"}

OF_POOLED: dict[str, Callable[[Pooled], Any]] = {
    "k": lambda p: p.k,
    "estimate": lambda p: p.estimate,
    "se": lambda p: p.se,
    "ci_lb": lambda p: p.ci_low,
    "ci_ub": lambda p: p.ci_high,
    "statistic": lambda p: p.statistic,
    "pval": lambda p: p.pvalue,
    "ddf": lambda p: p.df,
    "s2w": lambda p: p.hk_factor,
    "tau2": lambda p: p.tau2,
    "tau": lambda p: math.sqrt(p.tau2),
    "se_tau2": lambda p: p.tau2_se,
    "I2": lambda p: p.i2,
    "H2": lambda p: p.h2,
    "vt": lambda p: p.typical_variance,
    "QE": lambda p: p.q,
    "QE_df": lambda p: p.q_df,
    "QE_pval": lambda p: p.q_pvalue,
    "tau2_qp_lb": lambda p: p.tau2_ci_low,
    "tau2_qp_ub": lambda p: p.tau2_ci_high,
    "I2_qp_lb": lambda p: p.i2_ci_low,
    "I2_qp_ub": lambda p: p.i2_ci_high,
    "H2_qp_lb": lambda p: p.h2_ci_low,
    "H2_qp_ub": lambda p: p.h2_ci_high,
    "weights_pct": lambda p: 100 * p.weights.to_numpy(),
    "pi_lb": lambda p: prediction_interval(p)[0],
    "pi_ub": lambda p: prediction_interval(p)[1],
    "pi_riley_lb": lambda p: prediction_interval(p, df="k-2")[0],
    "pi_riley_ub": lambda p: prediction_interval(p, df="k-2")[1],
    "pi_t_lb": lambda p: prediction_interval(p, df="k-1")[0],
    "pi_t_ub": lambda p: prediction_interval(p, df="k-1")[1],
}

OF_FIT = {
    "logLik": "log_likelihood",
    "deviance": "deviance",
    "AIC": "aic",
    "BIC": "bic",
    "AICc": "aicc",
}


def pooling(case: Case) -> dict[str, object]:
    options, given = case.options, case.input
    if unknown := set(options) - OPTIONS:
        raise Unsupported(f"options {sorted(unknown)}")
    if unknown := set(given) - {"yi", "vi", "weights"}:
        raise Unsupported(f"input {sorted(unknown)}")
    asked: dict[str, Any] = {"level": options["level"], "test": TESTS.get(options["test"])}
    if asked["test"] is None:
        raise Unsupported(f"test {options['test']}")
    weights = options.get("weights", "default")
    if weights not in ("default", "equal", "custom"):
        raise Unsupported(f"weights {weights}")
    asked["weights"] = {"default": None, "equal": "equal", "custom": given.get("weights")}[weights]
    if options["method"] == "fixed_tau2":
        asked["fixed_tau2"] = options["tau2"]
    else:
        asked["tau2"] = options["method"]

    pooled = pool(given, **asked)
    answer: dict[str, object] = {}
    for key in case.expect:
        if key in OF_POOLED:
            answer[key] = OF_POOLED[key](pooled)
        elif key in OF_FIT:
            fitted = fit_statistics(given, likelihood=options["method"])
            answer[key] = getattr(fitted, OF_FIT[key])
        elif key in ("tau2_pl_lb", "tau2_pl_ub"):
            limits = profile_interval(given, likelihood=options["method"], level=options["level"])
            answer[key] = limits.loc["tau2", "ci_low" if key.endswith("lb") else "ci_high"]
        else:
            raise Unsupported(f"no answer for {key}")
    return answer


FAMILIES = {"pooling": pooling, "pooling_options": pooling}
