"""The family `recovery`: spreads, bounds, assumed values, and the way to them."""

from __future__ import annotations

from typing import Any

from runner import Case, Unsupported

from evidence.effects.assumed import pooled_cv, rubin_combine, sd_by_log_regression
from evidence.effects.bounds import (
    Bounds,
    partial_identification_paired,
    se_interval_intersection,
)
from evidence.effects.convert_quantiles import mean_sd_from_five_number
from evidence.effects.prior_interval import prior_propagation_paired
from evidence.effects.recover_spread import (
    Groups,
    digitised_bar,
    r_from_p_and_sds,
    sd_change_from_r,
    se_or_sd,
    total_n_only,
)
from evidence.effects.reported import (
    p_limits,
    se_from_ci,
    se_from_f,
    se_from_p,
    se_from_t,
    se_limits_from_p,
    statistic_of_p,
)
from evidence.effects.route import recovery_route

Answer = dict[str, object]


def _groups(case: Case) -> Groups | None:
    return Groups(**case.input["design"]) if "design" in case.input else None


def _df(case: Case, groups: Groups | None) -> float | None:
    dist = case.options.get("dist", "t")
    if dist not in ("t", "z"):
        raise Unsupported(dist)
    return groups.df if groups is not None and dist == "t" else None


def _with_sd(answer: Answer, groups: Groups | None, se: float) -> Answer:
    if groups is not None:
        answer["df"] = groups.df
        answer["sd_change" if groups.kind == "paired" else "sd_pooled"] = groups.sd_of(se)
    return answer


def exact_p(case: Case) -> Answer:
    groups = _groups(case)
    df = _df(case, groups)
    se = se_from_p(case.input["estimate"], case.input["p"], df=df)
    return _with_sd({"statistic": statistic_of_p(case.input["p"], df=df), "se": se}, groups, se)


def interval(case: Case) -> Answer:
    groups = _groups(case)
    log = {"log": True, "identity": False}[case.options["scale"]]
    found = se_from_ci(
        case.input["lo"],
        case.input["hi"],
        estimate=case.input["estimate"],
        level=case.options["level"],
        df=_df(case, groups),
        log=log,
    )
    answer: Answer = {
        "se": found.se,
        "centre": found.centre,
        "asymmetry_fraction": found.asymmetry,
    }
    return _with_sd(answer, groups, found.se)


def statistic(case: Case) -> Answer:
    from scipy.stats import t as student

    groups = _groups(case)
    estimate = case.input["estimate"]
    if "F" in case.input:
        se = se_from_f(estimate, case.input["F"])
    else:
        se = se_from_t(estimate, case.input["t"])
    t = estimate / se
    p = 2 * float(student.sf(abs(t), groups.df))
    return _with_sd({"t": t, "se": se, "p": p}, groups, se)


def statement(case: Case) -> Answer:
    groups = _groups(case)
    said = case.input["statement"]
    limits = _p_interval(said)
    low, high = se_limits_from_p(case.input["estimate"], limits, df=groups.df)
    name = "sd_change_interval" if groups.kind == "paired" else "sd_pooled_interval"
    return {
        "p_interval": list(limits),
        "se_interval": [low, high],
        name: [groups.sd_of(low), None if high is None else groups.sd_of(high)],
        "status": "bounded",
    }


def _p_interval(said: dict[str, Any]) -> tuple[float, float]:
    return p_limits(
        said["op"], said.get("p"), decimals=said.get("decimals"), grid=said.get("grid", ())
    )


def change_sd(case: Case) -> Answer:
    o = case.input
    if "r_range" not in o:
        return {"sd_change": sd_change_from_r(o["sd_pre"], o["sd_post"], r=o["r"]).sd}
    found = sd_change_from_r(o["sd_pre"], o["sd_post"], r_range=tuple(o["r_range"]))
    return {
        "sd_change_interval": list(found.interval),
        "status": found.label,
        "absolute_bounds": list(found.absolute),
    }


def correlation(case: Case) -> Answer:
    found = r_from_p_and_sds(**case.input, **case.options)
    return {
        "sd_change": found.sd_change,
        "r": found.r,
        "r_interval": None if found.interval is None else list(found.interval),
        "admissible": found.admissible,
    }


def kind_of_spread(case: Case) -> Answer:
    o = case.input
    found = se_or_sd(o["mean"], o["spread"], o["n"], tuple(o["cv_plausible"]))
    return {
        "cv_if_sd": found.cv_if_sd,
        "cv_if_se": found.cv_if_se,
        "verdict": found.verdict,
    }


def bar(case: Case) -> Answer:
    o = case.input
    found = digitised_bar(
        axis=(o["axis_lo"], o["axis_hi"]),
        axis_pixels=(o["pixel_lo"], o["pixel_hi"]),
        bar_pixel=o["bar_pixel"],
        whisker_pixel=o["whisker_pixel"],
        **case.options,
    )
    return {
        "mean": found.mean,
        "spread": found.spread,
        "reading_sd": found.reading_sd,
        "spread_interval": list(found.spread_interval),
    }


def total(case: Case) -> Answer:
    found = total_n_only(case.input["n_total"], **case.options)
    return {
        "se_per_unit_sd_equal": found.equal,
        "se_per_unit_sd_interval": list(found.interval),
        "n_smaller_arm_range": list(found.smaller_arm),
    }


def borrowed_cv(case: Case) -> Answer:
    o = dict(case.input)
    target = dict(o.pop("target"))
    r = target.pop("r", None)
    found = pooled_cv(**o, target=Groups(**target), r=r)
    return {"cv_pooled": found.cv, "cv_rms": found.rms, "var_ln": found.vi, "se_ln": found.se}


def predicted_sd(case: Case) -> Answer:
    found = sd_by_log_regression(**case.input)
    return {
        "intercept": found.intercept,
        "slope": found.slope,
        "residual_sd": found.residual_sd,
        "sd_predicted": found.sd,
        "sd_prediction_interval": list(found.interval),
    }


def rubin(case: Case) -> Answer:
    found = rubin_combine(**case.input)
    return {
        "estimate": found.estimate,
        "within": found.within,
        "between": found.between,
        "total_variance": found.total_variance,
        "df_rubin_1987": found.df,
        "ci": [found.ci_low, found.ci_high],
    }


def _region(case: Case) -> dict[str, Any]:
    n = case.input["n"]
    return {
        "percent": case.input["percent"],
        "n": tuple(n) if isinstance(n, list) else n,
        "cv": tuple(case.input["cv"]),
        "r": tuple(case.input["r"]),
    }


def identified(case: Case) -> Answer:
    found = partial_identification_paired(**_region(case))
    return {
        "se_ln_interval": list(found.se),
        "ci_percent_narrowest": list(found.narrowest),
        "ci_percent_widest": list(found.widest),
        "sign_decided_under_all": found.sign_decided,
        "status": found.status,
    }


def intersection(case: Case) -> Answer:
    limits = _p_interval(case.input["statement"])
    found: Bounds = se_interval_intersection(**_region(case), p_interval=limits)
    answer: Answer = {"status": found.status, "se_ln_unconstrained": list(found.unconstrained)}
    if found.se is not None:
        answer |= {"se_ln_interval": list(found.se), "ci_percent_widest": list(found.widest)}
    return answer


def prior(case: Case) -> Answer:
    found = prior_propagation_paired(**case.input)
    return {
        "se_ln_quantiles": list(found.se),
        "percent_interval_95": [found.ci_low, found.ci_high],
        "status": "imputed",
    }


NAMES = {
    "percent": "effect", "responder_percent": "responders", "n": "n", "se": "se", "ci": "ci",
    "sd_change": "sd_change", "p_exact": "p_exact", "p_threshold": "p_threshold",
}  # fmt: skip


def route(case: Case) -> Answer:
    known = {NAMES[key] for key in case.input if key in NAMES}
    if {"sd_pre", "sd_post"} <= case.input.keys():
        known.add("sds")
    found = recovery_route(known)
    return {
        "effect_status": found.effect,
        "se_status": found.spread,
        "reason": found.reason,
    }


DISTRIBUTIONS = {"norm": "normal", "lnorm": "lognormal"}


def five_numbers(case: Case) -> Answer:
    names = {"min": "minimum", "max": "maximum"}
    found = mean_sd_from_five_number(
        **{names.get(key, key): value for key, value in case.input.items()},
        estimator=case.options["estimator"],
        distribution=DISTRIBUTIONS[case.options.get("dist", "norm")],
    )
    return {
        "mean": found.mean,
        "sd": found.sd,
        "skew_statistic": found.skew.statistic,
        "skew_critical": found.skew.critical,
        "skewed": found.skew.skewed,
        "selected": found.selected,
        "lambda": found.power,
    }


METHODS = {
    "se_from_exact_p": exact_p,
    "se_from_ci": interval,
    "se_from_test_statistic": statistic,
    "se_interval_from_p_statement": statement,
    "sd_change_from_r": change_sd,
    "r_from_p_and_sds": correlation,
    "se_or_sd": kind_of_spread,
    "digitised_bar": bar,
    "total_n_only": total,
    "pooled_cv": borrowed_cv,
    "sd_by_log_regression": predicted_sd,
    "rubin_combine": rubin,
    "partial_identification_paired": identified,
    "se_interval_intersection": intersection,
    "prior_propagation_paired": prior,
    "recovery_route": route,
    "mean_sd_from_five_number": five_numbers,
}
