"""The family `pvalue`: combination of p values."""

from __future__ import annotations

from runner import Case, Unsupported

from evidence.errors import SynthesisError
from evidence.synthesis.pvalues import METHODS, combine_pvalues

NAMES = {  # as the reference package calls them; what it calls the statistic; the option it takes
    "sumlog": ("fisher", "chisq", None),
    "sumz": ("stouffer", "z", None),
    "sumz_weighted": ("stouffer", "z", None),
    "sump": ("edgington", "sum", None),
    "meanp": ("mean", "z", None),
    "logitp": ("logit", "t", None),
    "minimump": ("tippett", "min", None),
    "maximump": ("maximum", "max", None),
    "votep": ("votes", "count", None),
    "invchisq": ("inverse_chi_square", "chisq", ("k", "df")),
    "invt": ("inverse_t", "z", ("k", "df")),
    "wilkinson": ("wilkinson", "pr", ("r", "rank")),
    "truncated_product": ("truncated_product", "logw", ("ptrunc", "cut")),
}


def pvalue(case: Case) -> dict[str, object]:
    options, given = dict(case.options), case.input
    name = options.pop("method")
    if name not in NAMES or NAMES[name][0] not in METHODS:
        raise Unsupported(f"method {name}")
    method, statistic, renamed = NAMES[name]
    asked = {}
    if renamed is not None:
        asked[renamed[1]] = options.pop(renamed[0])
    if options:
        raise Unsupported(f"options {sorted(options)}")
    if "weights" in given:
        asked["weights"] = given["weights"]
    if unknown := set(given) - {"p", "weights"}:
        raise Unsupported(f"input {sorted(unknown)}")
    try:
        found = combine_pvalues(given["p"], method=method, **asked)
    except SynthesisError:
        if any(value is not None for value in case.expect.values()):
            raise
        return {}  # refused here, and no number there either
    answer = {"p": found.pvalue, statistic: found.statistic}
    if found.df is not None:
        answer["df"] = found.df
    if found.bound is not None:
        answer["critp" if name == "wilkinson" else "conservativep"] = found.bound
    return answer


FAMILIES = {"pvalue": pvalue}
