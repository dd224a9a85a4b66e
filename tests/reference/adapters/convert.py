"""The family `convert`: what papers print, made into effects."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from runner import Case, Unsupported

from evidence.effects.convert_dependent import aggregate_effects
from evidence.effects.convert_quantiles import ESTIMATORS, mean_sd_from_five_number
from evidence.effects.convert_reported import delta_method, wald_effects
from evidence.effects.convert_scales import TRANSFORMATIONS, WITH_PEOPLE, transform
from evidence.effects.convert_tables import KINDS, reconstruct_tables
from evidence.errors import EffectError

Answer = dict[str, object]

DISTRIBUTIONS = {"norm": "normal", "lnorm": "lognormal"}
R_FUNCTIONS = {
    "sqrt": np.sqrt, "abs": np.abs, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos,
    "tanh": np.tanh, "atanh": np.arctanh, "asin": np.arcsin, "log1p": np.log1p, "expm1": np.expm1,
}  # fmt: skip


def five_numbers(case: Case) -> Answer:
    """Rows of five numbers; rows that cannot be used are missing."""
    o = case.options
    estimator = {"default": "luo/wan/shi"}.get(o["method"], o["method"])
    if estimator not in ESTIMATORS or o["dist"] not in DISTRIBUTIONS:
        raise Unsupported(f"{o['method']}, {o['dist']}")
    _only(case.input, {"min", "q1", "median", "q3", "max", "n"})
    means, sds = [], []
    for row in _rows(case.input):
        try:
            found = mean_sd_from_five_number(
                **_five(row),
                estimator=estimator,
                distribution=DISTRIBUTIONS[o["dist"]],
                refuse_skewed=o["test"],
            )
        except EffectError:
            means.append(None)
            sds.append(None)
        else:
            means.append(found.mean)
            sds.append(found.sd)
    return {"mean": means, "sd": sds}


def one_group(case: Case) -> Answer:
    """Quantile estimation of one group."""
    names = {"min.val": "min", "q1.val": "q1", "med.val": "median", "q3.val": "q3",
             "max.val": "max", "n": "n"}  # fmt: skip
    _only(case.input, set(names))
    row = {names[name]: value for name, value in case.input.items()}
    estimator = case.options["what"].split(".")[0]
    found = mean_sd_from_five_number(**_five(row), estimator=estimator)
    answer: Answer = {"mean": found.mean, "sd": found.sd}
    if found.selected is not None:
        answer["selected"] = found.selected
    if found.power is not None:
        answer["lambda"] = found.power
    return answer


def wald(case: Case) -> Answer:
    """Variances worked back; the columns go by several names."""
    names = {"or": "estimate", "out": "estimate", "y": "estimate", "lb": "ci_low", "lo": "ci_low",
             "ci_lb": "ci_low", "ub": "ci_high", "hi": "ci_high", "ci_ub": "ci_high",
             "z": "statistic", "p": "pvalue", "n": "n"}  # fmt: skip
    _only(case.input, set(names))
    o = case.options
    if o["transform"] not in ("log", "none"):
        raise Unsupported(f"transform {o['transform']}")
    reference = o.get("reference", "normal")
    if reference not in ("normal", "t with n-1 df"):
        raise Unsupported(f"reference {reference}")
    columns = {names[name]: _numbers(values) for name, values in case.input.items()}
    if reference == "normal":
        columns.pop("n", None)
    found = wald_effects(
        columns.pop("estimate"), **columns, level=o.get("level", 0.95), scale=o["transform"]
    )
    return {"yi": _listed(found.yi), "vi": _listed(found.vi)}


def delta(case: Case) -> Answer:
    """The delta method."""
    yi, vi = delta_method(
        _numbers(case.input["yi"]), _numbers(case.input["vi"]), _function(case.options["transform"])
    )
    return {"yi": _listed(yi), "vi": _listed(vi)}


def tables(case: Case) -> Answer:
    """2x2 tables."""
    kind = case.options["from"]
    if kind not in KINDS:
        raise Unsupported(f"from {kind}")
    given = case.input
    measure = {"odds_ratio": "or", "phi": "r", "chi_square": "x2"}[kind]
    _only(given, {measure, "n", "n1", "n2"})
    found = reconstruct_tables(
        n=given["n"],
        n1=given["n1"],
        events=given["n2"],
        continuity=case.options.get("correct", False),
        **{kind: given[measure]},
    )
    return {name: _listed(getattr(found, name)) for name in ("ai", "bi", "ci", "di")}


def scales(case: Case) -> Answer:
    """Transformations by name."""
    name = case.options["name"]
    if name not in TRANSFORMATIONS and name not in WITH_PEOPLE:
        raise Unsupported(f"transformation {name}")
    people = {"n": case.input["ni"]} if "ni" in case.input else {}
    return {"y": _listed(transform(_numbers(case.input["x"]), name, **people))}


def dependent(case: Case) -> Answer:
    """Effects of one cluster made one."""
    given, o = case.input, case.options
    found = aggregate_effects(
        given["yi"], given["vi"], given["cluster"], rho=o["rho"], weighted=o["weighted"]
    )
    return {"cluster": list(found.cluster), "yi": _listed(found.yi), "vi": _listed(found.vi)}


WHAT: dict[str, Callable[[Case], Answer]] = {
    "fivenum": five_numbers,
    "qe.mean.sd": one_group,
    "bc.mean.sd": one_group,
    "mln.mean.sd": one_group,
    "wald": wald,
    "delta_method": delta,
    "reconstruct_2x2": tables,
    "transform": scales,
    "aggregate": dependent,
}


def convert(case: Case) -> Answer:
    what = case.options["what"]
    if what not in WHAT:
        raise Unsupported(f"what {what}")
    answer = WHAT[what](case)
    if missing := set(case.expect) - set(answer):
        raise Unsupported(f"no answer for {sorted(missing)}")
    return answer


def _function(name: str) -> Callable[[Any], Any]:
    """A transformation by R's name, or a plain R expression of x."""
    plain = name.removeprefix("transf.").replace(".", "_")
    if plain in TRANSFORMATIONS:
        return TRANSFORMATIONS[plain].function
    body = re.fullmatch(r"function\(x\)\s*(.+)", name)
    if body is None or not set(re.findall(r"[A-Za-z_]\w*", body[1])) <= {*R_FUNCTIONS, "x"}:
        raise Unsupported(f"transformation {name}")
    code = compile(body[1].replace("^", "**"), "<R>", "eval")
    return lambda x: eval(code, {"__builtins__": {}}, {**R_FUNCTIONS, "x": x})


def _five(row: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {"min": "minimum", "max": "maximum"}
    return {renamed.get(name, name): value for name, value in row.items()}


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _numbers(values: Sequence[Any]) -> np.ndarray:
    return np.array([np.nan if x is None else float(x) for x in values])


def _only(given: Mapping[str, Any], known: set[str]) -> None:
    if unknown := set(given) - known:
        raise Unsupported(f"input {sorted(unknown)}")


def _listed(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(x) else float(x) for x in values]


FAMILIES = {"convert": convert}
