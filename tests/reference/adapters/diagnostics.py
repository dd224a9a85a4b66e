"""Diagnostics: the family `diagnostics`, one function for each `options.what`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from runner import Case, Unsupported

from evidence.synthesis.diagnostics import baujat, henmi_copas, influence, predict_studies
from evidence.synthesis.gosh import pool_subsets
from evidence.synthesis.permutation import permute
from evidence.synthesis.refits import cumulate, leave_one_out
from evidence.synthesis.regression import RegressionFit, regress
from evidence.synthesis.regression_comparison import variance_inflation

TESTS = {"z": "z", "t": "t", "knha": "HKSJ", "adhoc": "HKSJ-adhoc"}  # R's names
R_TOLERANCE = 2.220446049250313e-16**0.25  # where R's root finder stops unless told otherwise

Answer = dict[str, object]

REFITS = {
    "estimate": "estimate",
    "se": "se",
    "statistic": "statistic",
    "pval": "pvalue",
    "ci_lb": "ci_low",
    "ci_ub": "ci_high",
    "tau2": "tau2",
    "I2": "i2",
    "H2": "h2",
    "Q": "q",
    "Q_pval": "q_pvalue",
}
ALONE = {"tau2": 0.0, "i2": 0.0, "h2": 1.0, "q": 0.0, "q_pvalue": 1.0}  # what R writes for k = 1
INFLUENCE = {
    "rstudent": "studentised",
    "rstudent_resid": "deleted_residual",
    "rstudent_se": "deleted_residual_se",
    "rstandard_z": "standardised",
    "rstandard_resid": "residual",
    "rstandard_se": "residual_se",
    "dffits": "dffits",
    "cook_d": "cook",
    "cov_r": "covariance_ratio",
    "tau2_del": "tau2_deleted",
    "QE_del": "q_deleted",
    "hat": "hat",
    "weight_pct": "weight",
    "influential": "influential",
}
BLUP = {
    "blup": "estimate",
    "blup_se": "se",
    "blup_pi_lb": "pi_low",
    "blup_pi_ub": "pi_high",
    "ranef": "random",
    "ranef_se": "random_se",
    "ranef_pi_lb": "random_low",
    "ranef_pi_ub": "random_high",
}


def _effects(case: Case) -> dict[str, Any]:
    return {"yi": case.input["yi"], "vi": case.input["vi"]}


def _asked(case: Case) -> dict[str, Any]:
    test = case.options.get("test", "z")
    if test not in TESTS:
        raise Unsupported(f"test {test}")
    asked: dict[str, Any] = {"tau2": case.options["method"], "test": TESTS[test]}
    if "level" in case.options:
        asked["level"] = case.options["level"]
    return asked


def _fit(case: Case) -> RegressionFit:
    return regress(_effects(case), X=case.input.get("X"), **_asked(case))


def _columns(case: Case, frame: pd.DataFrame, names: Mapping[str, str]) -> Answer:
    return {key: frame[names[key]] for key in case.expect if key in names}


def _with_single_studies(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    for name, value in ALONE.items():
        frame[name] = frame[name].astype(float).where(frame["k"] > 1, value)
    return frame


def _leave1out(case: Case) -> Answer:
    found = leave_one_out(_effects(case), **_asked(case)).to_frame()
    return _columns(case, _with_single_studies(found), REFITS)


def _cumul(case: Case) -> Answer:
    effects, asked = _effects(case), _asked(case)
    answer = _columns(case, _with_single_studies(cumulate(effects, **asked).to_frame()), REFITS)
    ranked = cumulate(effects, order="vi", **asked).to_frame()
    return answer | {
        key: ranked[REFITS[key.removesuffix("_by_vi")]]
        for key in case.expect
        if key.endswith("_by_vi")
    }


def _influence(case: Case) -> Answer:
    found = influence(_fit(case))
    answer = _columns(case, found.to_frame(), INFLUENCE)
    if "influential" in answer:
        answer["influential"] = found.frame["influential"].astype(int)
    if "dfbetas" in case.expect:
        wide = found.dfbetas.to_numpy()
        # one coefficient: a list of numbers where the case lists numbers
        flat = found.p == 1 and not isinstance(case.expect["dfbetas"][0], list)
        answer["dfbetas"] = wide[:, 0] if flat else wide
    return answer


def _regression_influence(case: Case) -> Answer:
    answer = _influence(case)
    if "vif" in case.expect:
        fitted = _fit(case)
        names = case.options["terms"]
        found = variance_inflation(fitted)
        answer["vif"] = [
            {
                "spec": [str(fitted.terms.index(term) + 1)],
                "coefs": [str(fitted.terms.index(term) + 1)],
                "coefname": [names[fitted.terms.index(term)]],
                "m": [int(row.m)],
                "vif": [row.vif],
                "sif": [row.sif],
            }
            for term, row in zip(found.index, found.itertuples(), strict=True)
        ]
    return answer


def _baujat(case: Case) -> Answer:
    found = baujat(_fit(case))
    return {"x": found["heterogeneity"], "y": found["influence"]}


def _blup(case: Case) -> Answer:
    return _columns(case, predict_studies(_fit(case)), BLUP)


def _henmi_copas(case: Case) -> Answer:
    found = henmi_copas(
        _effects(case), level=case.options.get("level", 0.95), tolerance=R_TOLERANCE
    )
    return {
        "estimate": found.estimate,
        "se": found.se,
        "ci_lb": found.ci_low,
        "ci_ub": found.ci_high,
        "tau2": found.tau2,
    }


def _gosh(case: Case) -> Answer:
    found = pool_subsets(_effects(case), tau2=case.options["method"])
    frame = found.frame
    # a long list of subsets is thinned to every n-th; how many are listed tells n
    listed = slice(None, None, math.ceil(len(frame) / len(case.expect["include"])))
    return {
        "n_subsets": len(frame),
        "mean_estimate": frame["estimate"].mean(),
        "sd_estimate": frame["estimate"].std(),
        "median_estimate": frame["estimate"].median(),
        "mean_I2": frame["i2"].mean(),
        "include": found.include[listed].astype(int),
        "k": frame["k"][listed],
        "estimate": frame["estimate"][listed],
        "I2": frame["i2"][listed],
        "QE": frame["q"][listed],
    }


def _permutest(case: Case) -> Answer:
    found = permute(_fit(case), exact=bool(case.options.get("exact")))
    flat = not isinstance(case.expect["pval"], list)
    return {
        "pval": found.pvalue[0] if flat else found.pvalue,
        "QM_pval": found.omnibus_pvalue,
    }


WHAT: dict[str, Callable[[Case], Answer]] = {
    "leave1out": _leave1out,
    "cumul": _cumul,
    "influence": _influence,
    "regression_influence": _regression_influence,
    "baujat": _baujat,
    "blup": _blup,
    "henmi_copas": _henmi_copas,
    "gosh": _gosh,
    "permutest": _permutest,
    "permutest_regression": _permutest,
}


def diagnostics(case: Case) -> Answer:
    if case.options["what"] not in WHAT:
        raise Unsupported(f"what {case.options['what']}")
    if unknown := set(case.options) - {"what", "method", "test", "terms", "exact", "level"}:
        raise Unsupported(f"options {sorted(unknown)}")
    answer = WHAT[case.options["what"]](case)
    if unknown := set(case.expect) - set(answer):
        raise Unsupported(f"no answer for {sorted(unknown)}")
    return answer


FAMILIES = {"diagnostics": diagnostics}
