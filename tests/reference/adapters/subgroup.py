"""Subgroups with a τ² of their own: the family `subgroup`."""

from __future__ import annotations

from runner import Case, Unsupported

from evidence.synthesis.subgroup import pool_subgroups

COLUMNS = {
    "k": "k",
    "estimate": "estimate",
    "se": "se",
    "ci_lb": "ci_low",
    "ci_ub": "ci_high",
    "pval": "pvalue",
    "tau2": "tau2",
    "I2": "i2",
    "QE": "q",
}
WITHOUT_SPREAD = ("tau2", "I2", "QE")  # R writes 0 where one study leaves nothing to estimate


def subgroup(case: Case) -> dict[str, object]:
    options, given = case.options, case.input
    if unknown := set(options) - {"method", "level", "tau2"}:
        raise Unsupported(f"options {sorted(unknown)}")
    if options["tau2"] not in ("separate", "common"):
        raise Unsupported(f"tau2 {options['tau2']}")
    found = pool_subgroups(
        {"yi": given["yi"], "vi": given["vi"]},
        given["group"],
        tau2=options["method"],
        test="z",
        shared=options["tau2"],
        level=options["level"],
    )
    frame = found.to_frame()
    answer: dict[str, object] = {}
    for key in case.expect:
        if key == "levels":
            answer[key] = found.levels
        elif key in COLUMNS:
            column = frame[COLUMNS[key]].astype(float)
            if key in WITHOUT_SPREAD:
                column = column.where(frame["k"] > 1, 0.0)
            answer[key] = column
        elif key == "Q_between":
            answer[key] = found.statistic
        elif key == "Q_between_df":
            answer[key] = found.df1
        elif key == "Q_between_pval":
            answer[key] = found.pvalue
        else:
            raise Unsupported(f"no answer for {key}")
    return answer


FAMILIES = {"subgroup": subgroup}
