"""Trim and fill: the family `bias_trimfill`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner import Case

from evidence.synthesis.trim_fill import TrimFill, trim_fill

OF_FILLED: dict[str, Callable[[TrimFill], Any]] = {
    "k0": lambda t: t.missing,
    "se_k0": lambda t: t.missing_se,
    "p_k0": lambda t: t.missing_pvalue,
    "side": lambda t: t.side,
    "k": lambda t: t.pooled.k,
    "estimate": lambda t: t.pooled.estimate,
    "se": lambda t: t.pooled.se,
    "ci_lb": lambda t: t.pooled.ci_low,
    "ci_ub": lambda t: t.pooled.ci_high,
    "pval": lambda t: t.pooled.pvalue,
    "tau2": lambda t: t.pooled.tau2,
    "I2": lambda t: t.pooled.i2,
    "QE": lambda t: t.pooled.q,
    "filled_yi": lambda t: t.filled["yi"].to_numpy(),
    "filled_vi": lambda t: t.filled["vi"].to_numpy(),
}


def bias_trimfill(case: Case) -> dict[str, object]:
    options = case.options
    side = None if options["side"] == "auto" else options["side"]
    # the reference's fit of the filled set stops at its program's default, 1e-5
    asked = {"scoring_stop": 1e-5} if options["method"] == "REML" else {}
    found = trim_fill(
        case.input,
        estimator=options["estimator"],
        side=side,
        tau2=options["method"],
        test="z",
        **asked,
    )
    return {key: pick(found) for key, pick in OF_FILLED.items()}


FAMILIES = {"bias_trimfill": bias_trimfill}
