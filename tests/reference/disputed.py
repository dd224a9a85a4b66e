"""Numbers of the reference that an independent computation shows to be wrong.

Each entry names elements of one case, by case id, why, and the test that shows it; everything else
of that case is compared as usual. The closing lines of a run count these cases apart and name them.
"""

from __future__ import annotations

from typing import NamedTuple

from disputed_bias import DISPUTED_BIAS, DISPUTED_BIAS_BESIDE


class Disputed(NamedTuple):
    """Elements that are not compared, why, and the test (file::name) that shows it."""

    elements: tuple[str, ...]
    why: str
    shown_by: str


_UCOR = Disputed(
    ("yi[5]", "vi[5]", "sei[5]", "zi[5]", "pval[5]", "ci_lb[5]", "ci_ub[5]"),
    "Olkin-Pratt at r = -0.04, n = 12: the hypergeometric function is off near z = 1",
    "reference/test_disputed.py::test_unbiased_correlation_near_zero",
)

_AMPLIFIED = (
    "a p value that amplifies the last digits of a statistic that agrees",
    "reference/test_disputed_glmm.py::test_a_p_value_amplifies_a_statistic_that_agrees",
)
_EXACT = (
    "whole-number arithmetic gives other digits of the conditional likelihood's curvature",
    "kernels/test_glmm_independent.py"
    "::test_the_exact_conditional_model_agrees_with_whole_number_arithmetic",
)
_SHORT = (
    "the reference stops short of the maximum: the likelihood still rises",
    "kernels/test_glmm_independent.py"
    "::test_where_the_reference_stops_short_the_likelihood_still_rises",
)
_MODE = (
    "studies without an event: neither mode is the converged one, whose Q is shown",
    "kernels/test_glmm_independent.py"
    "::test_walds_q_with_random_levels_agrees_with_differences_of_laplaces_likelihood",
)

DISPUTED: dict[str, Disputed] = {
    "es.cohen.UCOR": _UCOR,
    "es.cohen.UCOR.UB": _UCOR,
    "es.damico.RTET": Disputed(
        ("vi[6]", "sei[6]", "zi[6]", "pval[6]", "ci_lb[6]", "ci_ub[6]"),
        "a table with an empty cell: the estimate is -1, without a variance; 2^44/10^6 is printed",
        "reference/test_disputed.py::test_tetrachoric_correlation_of_a_table_with_an_empty_cell",
    ),
    "pcomb.cholest.sump": Disputed(
        ("p",),
        "an alternating sum in floating point, wrong from the 7th digit",
        "kernels/test_pvalue_combination.py"
        "::test_sum_of_34_p_values_where_the_reference_lost_its_digits",
    ),
    "pcomb.validity.truncated": Disputed(
        ("p",),
        "70 times 2^-52: 1 - x rounded, where the exact value is smaller",
        "kernels/test_pvalue_combination.py"
        "::test_truncated_product_where_the_reference_is_a_multiple_of_the_rounding_error",
    ),
    "fivenum.made2.qe.norm.notest": Disputed(
        ("mean[0]", "sd[0]"),
        "the Weibull fit, whose sum of squares is smaller, was not found",
        "effects/test_convert.py::test_the_best_family_where_the_reference_did_not_find_it",
    ),
    "estmeansd.made2.1.qe.mean.sd": Disputed(
        ("mean", "sd", "selected"),
        "the Weibull fit, whose sum of squares is smaller, was not found",
        "effects/test_convert.py::test_the_best_family_where_the_reference_did_not_find_it",
    ),
    "wald.t90": Disputed(
        ("vi[0]", "vi[1]", "vi[2]"),
        "the option says t with n - 1 df; the numbers rest on normal quantiles",
        "effects/test_convert.py::test_limits_on_t_where_the_reference_took_normal_ones",
    ),
    "mv3.assink.2.ML": Disputed(
        ("CR3_se[0]", "CR3_se[1]", "CR3_se[2]"),
        "one cluster alone has the reference category: 0 divided by 0 is printed as a number",
        "reference/test_disputed_multilevel.py"
        "::test_the_adjustment_divides_a_residual_of_zero_by_zero",
    ),
    # --- meta-regression and diagnostics: shown in kernels/test_regression_exact.py
    "reg.li_or.28.HS.z": Disputed(
        ("R2",),
        "exact rational arithmetic gives another 7th digit; the reference lost it beside a year",
        "kernels/test_regression_exact.py::test_r2_of_hunter_schmidt_beside_a_year",
    ),
    "reg.lau_or.29.HS.z": Disputed(
        ("R2",),
        "exact rational arithmetic gives another 8th digit; the reference lost it beside a year",
        "kernels/test_regression_exact.py::test_r2_of_hunter_schmidt_beside_a_year",
    ),
    "reg.lau_or.29.ML.z": Disputed(
        ("R2",),
        "both tau2 have their maximum at 0: one rounding error divided by another",
        "kernels/test_regression_exact.py"
        "::test_r2_of_a_variance_that_is_zero_with_and_without_the_year",
    ),
    "reg.lau_or.29.ML.knha": Disputed(
        ("R2",),
        "both tau2 have their maximum at 0: one rounding error divided by another",
        "kernels/test_regression_exact.py"
        "::test_r2_of_a_variance_that_is_zero_with_and_without_the_year",
    ),
    "regdiag.hart_irr.EE": Disputed(
        ("dffits[5]", "cook_d[2]", "cook_d[5]"),
        "exact rational arithmetic gives other digits; the reference lost them beside a year",
        "kernels/test_regression_exact.py::test_influence_beside_a_year",
    ),
    "regdiag.hart_irr.DL": Disputed(
        ("dffits[5]", "cook_d[2]", "cook_d[5]"),
        "exact rational arithmetic gives other digits; the reference lost them beside a year",
        "kernels/test_regression_exact.py::test_influence_beside_a_year",
    ),
    "blup.steurer_hr.REML": Disputed(  # lives in beside/, not in data/
        tuple(
            f"{name}[{i}]"
            for name in ("ranef", "ranef_se", "ranef_pi_lb", "ranef_pi_ub")
            for i in range(4)
        ),
        "tau2 has its maximum at 0; the reference shows the root of an optimiser's 4e-13",
        "kernels/test_regression_exact.py::test_random_effects_of_a_variance_that_is_zero",
    ),
    # --- mixed models for counts
    "glmm.lee.UM.FS.ML": Disputed(("pval",), *_AMPLIFIED),
    "glmm.viecht.UM.FS.ML": Disputed(("pval",), *_AMPLIFIED),
    "glmm.lee.UM.RS.ML": Disputed(("QE_Wald_pval",), *_AMPLIFIED),
    "glmm.lee.UM.RS.EE": Disputed(("QE_Wald_pval",), *_AMPLIFIED),
    "glmm.damico.UM.RS.ML": Disputed(("QE_Wald_pval",), *_AMPLIFIED),
    "glmm.damico.UM.RS.EE": Disputed(("QE_Wald_pval",), *_AMPLIFIED),
    "glmm.dorn.UM.RS.ML": Disputed(("QE_Wald_pval",), *_AMPLIFIED),
    "glmm.dorn.UM.RS.EE": Disputed(("QE_Wald_pval",), *_AMPLIFIED),
    "glmm.damico.CM.EL.EE": Disputed(("QE_Wald_pval",), *_AMPLIFIED),
    "glmm.dorn.CM.EL.EE": Disputed(("QE_Wald_pval",), *_AMPLIFIED),
    "glmm.bassler.CM.EL.ML": Disputed(("QE_Wald_pval",), *_AMPLIFIED),
    "glmm.bassler.CM.EL.EE": Disputed(("pval", "QE_Wald_pval"), *_AMPLIFIED),
    "glmm.hine.CM.EL.EE": Disputed(("se", "ci_lb", "statistic", "pval", "QE_Wald"), *_EXACT),
    "glmm.nielweise2007.CM.EL.EE": Disputed(("pval", "QE_Wald", "QE_Wald_pval"), *_EXACT),
    "glmm.viecht.CM.EL.EE": Disputed(("pval", "QE_Wald", "QE_Wald_pval"), *_EXACT),
    "glmm.nielweise2007.UM.FS.ML": Disputed(
        ("estimate", "se", "ci_lb", "ci_ub", "pval", "tau2", "I2", "H2"), *_SHORT
    ),
    "glmm.dorn.UM.FS.ML": Disputed(("pval", "tau2", "H2"), *_SHORT),
    "glmm.li.UM.FS.ML": Disputed(("estimate", "ci_lb", "ci_ub", "pval", "tau2", "H2"), *_SHORT),
    "glmm.nielweise2007.UM.RS.ML": Disputed(("QE_Wald", "QE_Wald_pval", "QE_LRT_pval"), *_MODE),
    "glmm.nielweise2007.UM.RS.EE": Disputed(("QE_Wald", "QE_Wald_pval", "QE_LRT_pval"), *_MODE),
    "glmm.li.UM.RS.ML": Disputed(("QE_Wald", "QE_Wald_pval"), *_MODE),
    "glmm.li.UM.RS.EE": Disputed(("QE_Wald", "QE_Wald_pval"), *_MODE),
    "glmm.hart.IRR.UM.RS.ML": Disputed(
        ("tau2",),
        "7e-10, what an optimiser leaves of a zero",
        "reference/test_disputed_glmm.py::test_a_variance_at_its_boundary_is_zero",
    ),
}

NOT_IN_DATA: tuple[str, ...] = (
    "blup.steurer_hr.REML",
    "glmm.bassler.CM.EL.ML",
    "glmm.bassler.CM.EL.EE",
)
"""Cases of the folder beside the project."""

DISPUTED |= {name: Disputed(*row) for name, row in (DISPUTED_BIAS | DISPUTED_BIAS_BESIDE).items()}
NOT_IN_DATA += tuple(DISPUTED_BIAS_BESIDE)
