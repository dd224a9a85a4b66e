"""Regression and rank tests of small-study effects: the family `bias_regtest`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner import Case, Unsupported

from evidence.synthesis.pet_peese import PetPeese, pet_peese
from evidence.synthesis.rank_test import rank_test
from evidence.synthesis.small_study import RegressionTest, regression_test

EXACT = {"default": None, True: True, False: False}

OF_LINE: dict[str, Callable[[RegressionTest], Any]] = {
    "statistic": lambda t: t.statistic,
    "df": lambda t: t.df,
    "pval": lambda t: t.pvalue,
    "intercept": lambda t: t.intercept,
    "intercept_se": lambda t: t.intercept_se,
    "slope": lambda t: t.slope,
    "slope_se": lambda t: t.slope_se,
    "limit_estimate": lambda t: t.limit_estimate,
    "limit_ci_lb": lambda t: t.limit_ci_low,
    "limit_ci_ub": lambda t: t.limit_ci_high,
}

OF_PET: dict[str, Callable[[PetPeese], Any]] = {
    "df": lambda t: t.pet.df,
    "pet_intercept": lambda t: t.pet.intercept,
    "pet_se": lambda t: t.pet.intercept_se,
    "pet_t": lambda t: t.pet.intercept_statistic,
    "pet_pval": lambda t: t.pet.intercept_pvalue,
    "pet_slope": lambda t: t.pet.slope,
    "pet_slope_se": lambda t: t.pet.slope_se,
    "pet_slope_pval": lambda t: t.pet.pvalue,
    "pet_sigma": lambda t: t.pet.dispersion,
    "peese_intercept": lambda t: t.peese.intercept,
    "peese_se": lambda t: t.peese.intercept_se,
    "peese_t": lambda t: t.peese.intercept_statistic,
    "peese_pval": lambda t: t.peese.intercept_pvalue,
    "peese_slope": lambda t: t.peese.slope,
    "peese_slope_se": lambda t: t.peese.slope_se,
    "peese_slope_pval": lambda t: t.peese.pvalue,
}


def bias_regtest(case: Case) -> dict[str, object]:
    options = case.options
    test = options.get("test")
    if test == "pet_peese":
        found = pet_peese(case.input)
        return {key: pick(found) for key, pick in OF_PET.items()}
    if test == "begg_mazumdar":
        rank = rank_test(case.input, exact=EXACT[options["exact"]])
        return {"tau": rank.tau, "pval": rank.pvalue}
    if test is not None:
        raise Unsupported(f"test {test}")
    asked: dict[str, Any] = {"predictor": options["predictor"]}
    if options["model"] == "rma":
        asked |= {"model": "additive", "tau2": options["method"]}
    elif options["model"] != "lm":
        raise Unsupported(f"model {options['model']}")
    line = regression_test(case.input, **asked)
    return {key: pick(line) for key, pick in OF_LINE.items()}


FAMILIES = {"bias_regtest": bias_regtest}
