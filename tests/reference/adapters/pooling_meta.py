"""The family `pooling_meta`: interval methods, IVhet, two-arm tables and single proportions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from runner import Case, Unsupported

from evidence.kernels.proportion_scales import SCALES
from evidence.kernels.tau2_limits import AS_IN_R_META
from evidence.synthesis.heterogeneity_intervals import q_heterogeneity, tau2_interval
from evidence.synthesis.ivhet import ivhet
from evidence.synthesis.meta_intervals import AdHoc, MeanIntervalMethod, mean_interval
from evidence.synthesis.pool import pool
from evidence.synthesis.prediction_limits import PredictionMethod, predict_effect
from evidence.synthesis.proportions import pool_proportions
from evidence.synthesis.table_pooling import TableMeasure, TableWeights, pool_tables

Answer = dict[str, object]


def metagen(case: Case) -> Answer:
    """A random-effects mean with its interval, and the heterogeneity."""
    o, given = case.options, case.input
    _expect(o, "random_ci", get_args(MeanIntervalMethod))
    _expect(o, "adhoc", get_args(AdHoc))
    level = o["level"]
    mean = mean_interval(
        given, method=o["random_ci"], adhoc=o["adhoc"], tau2=o["method"], level=level
    )
    # the reference looked for its limits with R's default search, loose and with a ceiling
    limits = tau2_interval(
        given, method=o["tau2_ci"], tau2=o["method"], level=level, search=AS_IN_R_META
    )
    spread = q_heterogeneity(given, level=level)
    common = pool(given, tau2="EE", test="z", level=level)
    return {
        "estimate": mean.estimate,
        "se": mean.se,
        "ci_lb": mean.ci_low,
        "ci_ub": mean.ci_high,
        "statistic": mean.statistic,
        "df": math.inf if mean.df is None else mean.df,
        "pval": mean.pvalue,
        "tau2": mean.tau2,
        "tau2_ci_lb": limits.tau2_low,
        "tau2_ci_ub": limits.tau2_high,
        "Q": spread.q,
        "Q_pval": spread.q_pvalue,
        "I2": spread.i2 / 100,
        "I2_lb": _share(spread.i2_low),
        "I2_ub": _share(spread.i2_high),
        "H": spread.h,
        "H_lb": spread.h_low,
        "H_ub": spread.h_high,
        "estimate_common": common.estimate,
        "se_common": common.se,
        "ci_lb_common": common.ci_low,
        "ci_ub_common": common.ci_high,
    }


def prediction(case: Case) -> Answer:
    """A prediction interval."""
    o = case.options
    _expect(o, "predict", get_args(PredictionMethod))
    found = predict_effect(case.input, method=o["predict"], tau2=o["method"], level=o["level"])
    return {
        "pi_lb": found.pi_low,
        "pi_ub": found.pi_high,
        "pi_se": found.se,
        "pi_df": math.inf if found.df is None else found.df,
        "tau2": found.tau2,
        "estimate": found.estimate,
    }


def heterogeneity_mean(case: Case) -> Answer:
    """Inverse variance heterogeneity."""
    found = ivhet(case.input, level=case.options.get("level", 0.95))
    return {
        "estimate": found.estimate,
        "se": found.se,
        "ci_lb": found.ci_low,
        "ci_ub": found.ci_high,
        "pval": found.pvalue,
    }


def metabin(case: Case) -> Answer:
    """2x2 tables."""
    o, given = case.options, case.input
    _expect(o, "sm", get_args(TableMeasure))
    _expect(o, "method_common", get_args(TableWeights))
    counts = {"ai": given["e1"], "n1i": given["n1"], "ci": given["e2"], "n2i": given["n2"]}
    found = pool_tables(
        counts,
        measure=o["sm"],
        weights=o["method_common"],
        tau2=o["method"],
        level=o.get("level", 0.95),
    )
    return {
        "TE": _listed(found.studies["yi"]),
        "seTE": _listed(found.studies["sei"]),
        "weights_common": _listed(found.studies["weight_common"]),
        "estimate_common": found.estimate_common,
        "se_common": found.se_common,
        "ci_lb_common": found.ci_low_common,
        "ci_ub_common": found.ci_high_common,
        "estimate_random": found.estimate_random,
        "se_random": found.se_random,
        "tau2": found.tau2,
        "Q": found.q,
        "Q_pval": found.q_pvalue,
    }


def metaprop(case: Case) -> Answer:
    """Single proportions; the exact limits of each study are wanted on the scale pooled on."""
    o, given = case.options, case.input
    _expect(o, "sm", SCALES)
    found = pool_proportions(
        {"xi": given["x"], "ni": given["n"]},
        scale=o["sm"],
        tau2=o["method"],
        level=o.get("level", 0.95),
    )
    return {
        "TE": _listed(found.studies["yi"]),
        "seTE": _listed(found.studies["sei"]),
        "estimate_common": found.estimate_common,
        "se_common": found.se_common,
        "estimate_random": found.estimate_random,
        "se_random": found.se_random,
        "tau2": found.tau2,
        "Q": found.q,
        "study_ci_lb": _listed(found.studies["yi_low"]),
        "study_ci_ub": _listed(found.studies["yi_high"]),
    }


def pooling_meta(case: Case) -> Answer:
    options, given = case.options, set(case.input)
    routes: tuple[tuple[bool, set[str], Callable[[Case], Answer]], ...] = (
        ("random_ci" in options, {"random_ci", "adhoc", "tau2_ci", "method", "level"}, metagen),
        ("predict" in options, {"predict", "method", "level"}, prediction),
        (options.get("method") == "IVhet", {"method", "level"}, heterogeneity_mean),
        ("e1" in given, {"sm", "method_common", "method", "level"}, metabin),
        ("x" in given, {"sm", "method", "level"}, metaprop),
    )
    for fits, known, route in routes:
        if fits:
            if unknown := set(options) - known:
                raise Unsupported(f"options {sorted(unknown)}")
            answer = route(case)
            if missing := set(case.expect) - set(answer):
                raise Unsupported(f"no answer for {sorted(missing)}")
            return answer
    raise Unsupported(f"options {sorted(options)} with input {sorted(given)}")


def _expect(options: Mapping[str, Any], name: str, allowed: Iterable[str]) -> None:
    if options[name] not in allowed:
        raise Unsupported(f"{name} {options[name]}")


def _listed(values: Iterable[float]) -> list[float | None]:
    return [None if math.isnan(x) else float(x) for x in values]


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


FAMILIES = {"pooling_meta": pooling_meta}
