"""Selection models: the family `bias_selmodel`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner import Case

from evidence.synthesis.selection import Selection, fit_selection

OF_SELECTION: dict[str, Callable[[Selection], Any]] = {
    "estimate": lambda s: s.estimate,
    "se": lambda s: s.se,
    "ci_lb": lambda s: s.ci_low,
    "ci_ub": lambda s: s.ci_high,
    "statistic": lambda s: s.statistic,
    "pval": lambda s: s.pvalue,
    "tau2": lambda s: s.tau2,
    "se_tau2": lambda s: s.tau2_se,
    "delta": lambda s: s.parameters["estimate"].to_numpy(),
    "se_delta": lambda s: s.parameters["se"].to_numpy(),
    "LRT": lambda s: s.lrt,
    "LRT_df": lambda s: s.lrt_df,
    "LRT_pval": lambda s: s.lrt_pvalue,
    "logLik": lambda s: s.log_likelihood,
    "logLik_unselected": lambda s: s.log_likelihood_unselected,
}


def bias_selmodel(case: Case) -> dict[str, object]:
    options = case.options
    asked: dict[str, Any] = {
        "model": "steps" if options["type"] == "stepfun" else options["type"],
        "alternative": options["alternative"],
        "tau2": options["method"],
    }
    if "steps" in options:
        asked["steps"] = options["steps"]
    if "delta" in options:
        asked["weights"] = options["delta"]
    found = fit_selection(case.input, **asked)
    return {key: pick(found) for key, pick in OF_SELECTION.items()}


FAMILIES = {"bias_selmodel": bias_selmodel}
