"""Location-scale models and likelihood-ratio tests: the family `location_scale`."""

from __future__ import annotations

from runner import Case, Unsupported

from evidence.synthesis.location_scale import regress_location_scale
from evidence.synthesis.regression import regress
from evidence.synthesis.regression_comparison import compare


def location_scale(case: Case) -> dict[str, object]:
    options, given = case.options, case.input
    if unknown := set(options) - {"method", "link", "terms", "scale_terms", "test"}:
        raise Unsupported(f"options {sorted(unknown)}")
    effects = {"yi": given["yi"], "vi": given["vi"]}
    if options.get("test") == "likelihood_ratio":
        return _ratio(case, effects)
    if options.get("link", "log") != "log":
        raise Unsupported(f"link {options['link']}")
    found = regress_location_scale(
        effects,
        location=given["X"],
        scale=given["Z"],
        likelihood=options["method"],
        test=options.get("test", "z"),
    )
    answer: dict[str, object] = {
        "coef": found.estimate,
        "se": found.se,
        "alpha": found.scale_estimate,
        "se_alpha": found.scale_se,
        "QM": found.omnibus.statistic,
        "QM_pval": found.omnibus.pvalue,
        "QS": found.scale_omnibus.statistic,
        "QS_pval": found.scale_omnibus.pvalue,
        "logLik": found.log_likelihood,
        "tau2": found.tau2,
    }
    return _asked(case, answer)


def _ratio(case: Case, effects: dict[str, object]) -> dict[str, object]:
    method = case.options["method"]
    found = compare(
        regress(effects, X=case.input["X"], tau2=method, test="z"),
        regress(effects, tau2=method, test="z"),
    )
    answer: dict[str, object] = {
        "LRT": found.statistic,
        "df": found.df,
        "pval": found.pvalue,
        "R2": found.r2,
        "logLik_full": found.log_likelihood_full,
        "logLik_null": found.log_likelihood_reduced,
    }
    return _asked(case, answer)


def _asked(case: Case, answer: dict[str, object]) -> dict[str, object]:
    if unknown := set(case.expect) - set(answer):
        raise Unsupported(f"no answer for {sorted(unknown)}")
    return answer


FAMILIES = {"location_scale": location_scale}
