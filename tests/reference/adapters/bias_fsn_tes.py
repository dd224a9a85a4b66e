"""Fail-safe N and the test of excess significance: the family `bias_fsn_tes`."""

from __future__ import annotations

from typing import Any

from runner import Case, Unsupported

from evidence.synthesis.excess import excess_significance
from evidence.synthesis.fail_safe import fail_safe_n

SIDES = {"two.sided": "two-sided", "greater": "greater", "less": "less"}
TESTS = {"chi2": "chi2", "binom": "binomial", "exact": "exact"}


def bias_fsn_tes(case: Case) -> dict[str, object]:
    return _excess(case) if "test" in case.options else _fail_safe(case)


def _fail_safe(case: Case) -> dict[str, object]:
    options = case.options
    asked: dict[str, Any] = {"method": options["type"], "alpha": options.get("alpha", 0.05)}
    if options.get("target", "default") != "default":
        asked["target"] = options["target"]
    if "method" in options:
        asked["tau2"] = options["method"]
    if options.get("method") == "REML":  # the reference stops scoring at its program's default
        asked["scoring_stop"] = 1e-5
    found = fail_safe_n(case.input, **asked)
    return {
        "fsn": found.count,
        "ub_sign": "",  # the count is exact: there is no upper bound
        "estimate": found.estimate,
        "pval": found.pvalue,
        "target": found.target,
        "tau2": found.tau2,
        "est_fsn": found.estimate_with,
        "pval_fsn": found.pvalue_with,
        "tau2_fsn": found.tau2_with,
        # the reference gives the weighted mean under both names
        "fsn_weighted": found.count,
        "fsn_unweighted": found.count,
        "estimate_weighted": found.estimate,
        "estimate_unweighted": found.estimate,
    }


def _excess(case: Case) -> dict[str, object]:
    options = case.options
    if options.get("theta", "EE estimate") != "EE estimate":
        raise Unsupported(f"theta {options['theta']}")
    found = excess_significance(
        case.input,
        alpha=options["alpha"],
        alternative=SIDES[options["alternative"]],
        test=TESTS[options["test"]],
        test_alternative=SIDES[options["tes_alternative"]],
    )
    return {
        "k": found.k,
        "observed": found.observed,
        "expected": found.expected,
        "ratio": found.ratio,
        "chi2": found.statistic,
        "pval": found.pvalue,
        "theta": found.theta,
        "power": found.studies["power"].to_numpy(),
        "significant": found.studies["significant"].to_numpy().astype(int),
    }


FAMILIES = {"bias_fsn_tes": bias_fsn_tes}
