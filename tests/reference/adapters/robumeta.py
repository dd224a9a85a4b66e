"""Correlated and hierarchical effects models: the family `robumeta`."""

from __future__ import annotations

from runner import Case, Unsupported

from evidence.synthesis.robust import pool_dependent

ANSWERS = {
    "coef": "estimate",
    "se": "se",
    "t": "statistic",
    "df": "df",
    "pval": "pvalue",
    "ci_lb": "ci_low",
    "ci_ub": "ci_high",
    "tau2": "tau2",
    "omega2": "omega2",
    "I2": "i2",
}
OPTIONS = {"working_model", "rho", "small_sample", "formula", "level"}


def robumeta(case: Case) -> dict[str, object]:
    options, given = case.options, case.input
    if unknown := set(options) - OPTIONS:
        raise Unsupported(f"options {sorted(unknown)}")
    if unknown := set(case.expect) - set(ANSWERS):
        raise Unsupported(f"no answer for {sorted(unknown)}")
    found = pool_dependent(
        {"yi": given["yi"], "vi": given["vi"]},
        cluster=given["cluster"],
        working=options["working_model"],
        rho=options["rho"],
        small_sample=options["small_sample"],
        X=given["X"],
        level=options.get("level", 0.95),
    )
    return {key: getattr(found, ANSWERS[key]) for key in case.expect}


FAMILIES = {"robumeta": robumeta}
