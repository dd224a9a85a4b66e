"""Meta-regression: the family `metareg`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner import Case, Unsupported

from evidence.synthesis.prediction import predict, residual_tau2_interval
from evidence.synthesis.regression import RegressionFit, regress
from evidence.synthesis.regression_comparison import regression_statistics

TESTS = {"z": "z", "t": "t", "knha": "HKSJ", "adhoc": "HKSJ-adhoc"}  # R's names
OPTIONS = {"formula", "terms", "intercept", "method", "test", "level", "btt", "tau2"}

OF_FIT: dict[str, Callable[[RegressionFit], Any]] = {
    "k": lambda f: f.k,
    "p": lambda f: f.p,
    "coef": lambda f: f.estimate,
    "se": lambda f: f.se,
    "statistic": lambda f: f.statistic,
    "pval": lambda f: f.pvalue,
    "ci_lb": lambda f: f.ci_low,
    "ci_ub": lambda f: f.ci_high,
    "vcov": lambda f: f.vcov,
    "ddf": lambda f: f.df,
    "s2w": lambda f: f.hk_factor,
    "tau2": lambda f: f.tau2,
    "se_tau2": lambda f: f.tau2_se,
    "I2": lambda f: f.i2,
    "H2": lambda f: f.h2,
    "R2": lambda f: f.r2,
    "vt": lambda f: f.typical_variance,
    "QE": lambda f: f.q,
    "QE_df": lambda f: f.q_df,
    "QE_pval": lambda f: f.q_pvalue,
    "QM": lambda f: f.omnibus.statistic,
    "QM_df1": lambda f: f.omnibus.df1,
    "QM_df2": lambda f: f.omnibus.df2,
    "QM_pval": lambda f: f.omnibus.pvalue,
    "fitted": lambda f: predict(f)["estimate"],
    "fitted_se": lambda f: predict(f)["se"],
}
OF_STATISTICS = {
    "logLik": "log_likelihood",
    "deviance": "deviance",
    "AIC": "aic",
    "BIC": "bic",
    "AICc": "aicc",
}
OF_NEW = {
    "pred": "estimate",
    "pred_se": "se",
    "pred_ci_lb": "ci_low",
    "pred_ci_ub": "ci_high",
    "pred_pi_lb": "pi_low",
    "pred_pi_ub": "pi_high",
}


def metareg(case: Case) -> dict[str, object]:
    options, given = case.options, case.input
    if unknown := set(options) - OPTIONS:
        raise Unsupported(f"options {sorted(unknown)}")
    if unknown := set(given) - {"yi", "vi", "X", "new_X", "weights"}:
        raise Unsupported(f"input {sorted(unknown)}")
    if options["test"] not in TESTS:
        raise Unsupported(f"test {options['test']}")
    asked: dict[str, Any] = {"tau2": options["method"]}
    if options["method"] == "fixed_tau2":
        asked = {"fixed_tau2": options["tau2"]}
    fitted = regress(
        {"yi": given["yi"], "vi": given["vi"]},
        X=given["X"],
        test=TESTS[options["test"]],
        level=options.get("level", 0.95),
        btt=[number - 1 for number in options["btt"]],  # R counts from 1
        weights=given.get("weights"),
        **asked,
    )
    answer: dict[str, object] = {}
    for key in case.expect:
        if key in OF_FIT:
            answer[key] = OF_FIT[key](fitted)
        elif key in OF_STATISTICS:
            found = regression_statistics(fitted, likelihood=options["method"])
            answer[key] = getattr(found, OF_STATISTICS[key])
        elif key in OF_NEW:
            answer[key] = predict(fitted, given["new_X"])[OF_NEW[key]]
        elif key in ("tau2_qp_lb", "tau2_qp_ub"):
            limits = residual_tau2_interval(fitted)
            answer[key] = limits.loc["tau2", "ci_low" if key.endswith("lb") else "ci_high"]
        else:
            raise Unsupported(f"no answer for {key}")
    return answer


FAMILIES = {"metareg": metareg}
