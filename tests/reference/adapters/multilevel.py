"""Multilevel models: the family `multilevel`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from runner import Case, Unsupported

from evidence.errors import SynthesisError
from evidence.synthesis.multilevel import multilevel
from evidence.synthesis.multilevel_intervals import component_intervals
from evidence.synthesis.multilevel_result import MultilevelFit
from evidence.synthesis.multilevel_robust import RobustMultilevel, robust_multilevel
from evidence.synthesis.vcalc import sampling_covariance

OPTIONS = {
    "structure", "formula", "method", "random", "sampling", "test", "dfs", "terms", "rho", "phi",
    "what",
}  # fmt: skip
INPUTS = {"yi", "vi", "V", "X", "level1", "level2", "inner", "outer", "time", "cluster", "obs"}
LIKELIHOODS = {"REML": "REML", "ML": "ML", "FE": "REML"}  # fixed effects: R's default stays
TESTS = {
    ("z", None): "z",
    ("t", "residual"): "t",
    ("t", "contain"): "t-contain",
}

OF_FIT: dict[str, Callable[[MultilevelFit], Any]] = {
    "k": lambda f: f.k,
    "p": lambda f: len(f.names),
    "coef": lambda f: f.coefficients,
    "se": lambda f: f.se,
    "statistic": lambda f: f.statistic,
    "pval": lambda f: f.pvalue,
    "ci_lb": lambda f: f.ci_low,
    "ci_ub": lambda f: f.ci_high,
    "vcov": lambda f: f.vcov,
    "ddf": lambda f: f.df,
    "sigma2": lambda f: f.of_kind("sigma2"),
    "tau2": lambda f: f.of_kind("tau2"),
    "rho": lambda f: f.of_kind("rho") or [0.0],  # R says 0 where the structure has none
    "QE": lambda f: f.q,
    "QE_df": lambda f: f.q_df,
    "QE_pval": lambda f: f.q_pvalue,
    "QM": lambda f: f.qm,
    "QM_df1": lambda f: f.qm_df1,
    "QM_df2": lambda f: f.qm_df2,
    "QM_pval": lambda f: f.qm_pvalue,
    "logLik": lambda f: f.fit.log_likelihood,
    "deviance": lambda f: f.fit.deviance,
    "AIC": lambda f: f.fit.aic,
    "BIC": lambda f: f.fit.bic,
    "AICc": lambda f: f.fit.aicc,
}

OF_ROBUST: dict[str, Callable[[RobustMultilevel], Any]] = {
    "se": lambda r: r.se,
    "t": lambda r: r.statistic,
    "df": lambda r: r.df,
    "pval": lambda r: r.pvalue,
    "ci_lb": lambda r: r.ci_low,
    "ci_ub": lambda r: r.ci_high,
    "vcov": lambda r: r.vcov,
    "F": lambda r: r.wald and r.wald.statistic,
    "F_df1": lambda r: r.wald and r.wald.df1,
    "F_df2": lambda r: r.wald and r.wald.df2,
    "F_pval": lambda r: r.wald and r.wald.pvalue,
}
CORRECTIONS = {"CR0", "CR1", "CR1S", "CR2", "CR3"}


def answer(case: Case) -> dict[str, object]:
    options, given = case.options, case.input
    if unknown := set(options) - OPTIONS:
        raise Unsupported(f"options {sorted(unknown)}")
    if unknown := set(given) - INPUTS:
        raise Unsupported(f"input {sorted(unknown)}")
    if options.get("what") == "vcalc":
        return {"V": _covariance(given, options, "constant_correlation")}
    fit = multilevel(
        {name: column for name, column in given.items() if name not in ("V", "X")},
        random=_random(given, options),
        sampling=given.get("V") or _covariance(given, options, options.get("sampling")),
        moderators=np.array(given["X"], dtype=float) if "X" in given else None,
        likelihood=_of(LIKELIHOODS, options["method"], "method"),
        test=_of(TESTS, (options.get("test", "z"), options.get("dfs")), "test and dfs"),
    )
    if options.get("what") == "profile_ci":
        limits = component_intervals(fit)
        return {
            "sigma2": limits["estimate"].to_list(),
            "sigma2_ci_lb": limits["ci_low"].to_list(),
            "sigma2_ci_ub": limits["ci_high"].to_list(),
        }
    if options.get("what"):
        raise Unsupported(f"what {options['what']}")

    @lru_cache
    def robust(correction: str) -> RobustMultilevel | None:
        try:
            return robust_multilevel(fit, cluster="cluster", correction=correction)
        except SynthesisError:  # refused: no number, where the reference must have none
            return None

    found: dict[str, object] = {}
    for key in case.expect:
        correction, _, field = key.partition("_")
        if key in OF_FIT:
            found[key] = OF_FIT[key](fit)
        elif key == "n_clusters":
            found[key] = _of_robust(robust("CR2"), lambda r: r.n_clusters)
        elif key.startswith("CR1_metafor_"):
            value = _of_robust(robust("CR1p"), OF_ROBUST[key.removeprefix("CR1_metafor_")])
            found[key] = _alike(value, case, key)
        elif correction in CORRECTIONS and field in OF_ROBUST:
            found[key] = _alike(_of_robust(robust(correction), OF_ROBUST[field]), case, key)
        else:
            raise Unsupported(f"no answer for {key}")
    return found


def _of_robust(robust: RobustMultilevel | None, take: Callable[[RobustMultilevel], Any]) -> Any:
    return np.nan if robust is None else take(robust)


def _alike(value: Any, case: Case, key: str) -> Any:
    """One number where the reference gives one for all coefficients, and the other way round."""
    want = case.expect[key]
    if isinstance(want, list):
        return value if hasattr(value, "__len__") else [value] * len(want)
    return value[0] if hasattr(value, "__len__") else value


def _random(given: Any, options: Any) -> str | None:
    structure = options["structure"]
    if structure == "none":
        return None
    if structure == "nested":
        return "1 | level1/level2"
    inner = "inner" if "inner" in given else "time"
    return f"{structure}({inner} | outer)"


def _covariance(given: Any, options: Any, sampling: str | None) -> Any:
    if sampling in (None, "independent", "matrix"):
        return None
    if sampling == "constant_correlation":
        obs = next((name for name in ("obs", "level2") if name in given), None)
        return sampling_covariance(given, cluster="cluster", obs=obs, rho=options["rho"])
    if sampling == "ar1":
        cluster = "cluster" if "cluster" in given else "outer"
        return sampling_covariance(given, cluster=cluster, time="time", phi=options["phi"])
    raise Unsupported(f"sampling {sampling}")


def _of(table: Any, name: Any, what: str) -> Any:
    if name not in table:
        raise Unsupported(f"{what} {name}")
    return table[name]


FAMILIES = {"multilevel": answer}
