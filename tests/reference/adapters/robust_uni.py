"""Cluster-robust errors of ordinary random-effects models: the family `robust_uni`."""

from __future__ import annotations

from typing import Any

from runner import Case, Unsupported

from evidence.synthesis.regression import regress
from evidence.synthesis.robust import RobustRegression, robust_regression

OF_FIT = {"k": "k", "coef": "estimate", "se": "se", "tau2": "tau2"}
OF_CR2 = {
    "n_clusters": lambda r: r.n_clusters,
    "CR2_t": lambda r: r.statistic,
    "CR2_df": lambda r: r.df,
    "CR2_pval": lambda r: r.pvalue,
    "CR2_ci_lb": lambda r: r.ci_low,
    "CR2_ci_ub": lambda r: r.ci_high,
    "CR2_vcov": lambda r: r.vcov,
    "CR2_F": lambda r: r.wald.statistic,
    "CR2_F_df1": lambda r: r.wald.df1,
    "CR2_F_df2": lambda r: r.wald.df2,
    "CR2_F_pval": lambda r: r.wald.pvalue,
}
OF_CR1P = {
    "CR1_metafor_df": lambda r: r.df[0],  # one number for all coefficients
    "CR1_metafor_pval": lambda r: r.pvalue,
}
ERRORS = {
    "CR0_se": "CR0",
    "CR1_se": "CR1",
    "CR1S_se": "CR1S",
    "CR2_se": "CR2",
    "CR3_se": "CR3",
    "CR1_metafor_se": "CR1p",
}
OPTIONS = {"method", "formula", "working_model", "level"}


def robust_uni(case: Case) -> dict[str, object]:
    options, given = case.options, case.input
    if unknown := set(options) - OPTIONS:
        raise Unsupported(f"options {sorted(unknown)}")
    if options["working_model"] != "rma.uni":
        raise Unsupported(f"working model {options['working_model']}")
    fitted = regress(
        {"yi": given["yi"], "vi": given["vi"]},
        X=given["X"],
        tau2=options["method"],
        test="z",
        level=options.get("level", 0.95),
    )
    made: dict[str, RobustRegression] = {}

    def robust(correction: Any) -> RobustRegression:
        if correction not in made:
            made[correction] = robust_regression(
                fitted, cluster=given["cluster"], correction=correction
            )
        return made[correction]

    answer: dict[str, object] = {}
    for key in case.expect:
        if key in OF_FIT:
            answer[key] = getattr(fitted, OF_FIT[key])
        elif key in ERRORS:
            answer[key] = robust(ERRORS[key]).se
        elif key in OF_CR2:
            answer[key] = OF_CR2[key](robust("CR2"))
        elif key in OF_CR1P:
            answer[key] = OF_CR1P[key](robust("CR1p"))
        else:
            raise Unsupported(f"no answer for {key}")
    return answer


FAMILIES = {"robust_uni": robust_uni}
