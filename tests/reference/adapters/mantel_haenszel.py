"""Mantel–Haenszel and Peto: the family `mantel_haenszel`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner import Case, Unsupported

from evidence.synthesis.binary import PooledCounts, pool_mantel_haenszel, pool_peto

ANSWERS: dict[str, Callable[[PooledCounts], Any]] = {
    "k": lambda p: p.k,
    "k_yi": lambda p: p.k_effects,
    "k_pos": lambda p: p.k_informative,
    "estimate": lambda p: p.estimate,
    "se": lambda p: p.se,
    "ci_lb": lambda p: p.ci_low,
    "ci_ub": lambda p: p.ci_high,
    "statistic": lambda p: p.statistic,
    "pval": lambda p: p.pvalue,
    "QE": lambda p: p.q,
    "QE_df": lambda p: p.q_df,
    "QE_pval": lambda p: p.q_pvalue,
    "I2": lambda p: p.i2,
    "H2": lambda p: p.h2,
    "CMH": lambda p: p.association,
    "CMH_pval": lambda p: p.association_pvalue,
    "mantel_haenszel_test": lambda p: p.association,
    "mantel_haenszel_pval": lambda p: p.association_pvalue,
    "breslow_day": lambda p: p.breslow_day,
    "breslow_day_pval": lambda p: p.breslow_day_pvalue,
    "tarone": lambda p: p.tarone,
    "tarone_pval": lambda p: p.tarone_pvalue,
    "tarone_df": lambda p: p.homogeneity_df,
}
OPTIONS = {"model", "measure", "level", "cmh_continuity_correction", "individual_add"}
INDIVIDUAL = "0.5 to only0 for Q only; none for the pooled estimate"


def mantel_haenszel(case: Case) -> dict[str, object]:
    options = case.options
    if unknown := set(options) - OPTIONS:
        raise Unsupported(f"options {sorted(unknown)}")
    if options.get("individual_add", INDIVIDUAL) != INDIVIDUAL:
        raise Unsupported(f"individual_add {options['individual_add']}")
    if unknown := set(case.expect) - set(ANSWERS):
        raise Unsupported(f"no answer for {sorted(unknown)}")
    level = options.get("level", 0.95)
    if options["model"] == "Peto":
        found = pool_peto(case.input, level=level)
    elif options["model"] == "MH":
        found = pool_mantel_haenszel(
            case.input,
            measure=options["measure"],
            correct=options.get("cmh_continuity_correction", True),  # R's default
            level=level,
        )
    else:
        raise Unsupported(f"model {options['model']}")
    return {key: ANSWERS[key](found) for key in case.expect}


FAMILIES = {"mantel_haenszel": mantel_haenszel}
