"""Reference numbers on small-study effects and selection that are shown to be wrong.

Rows for `disputed.py`: elements of a case, why, and the test that shows it.
"""

from __future__ import annotations

Row = tuple[tuple[str, ...], str, str]

_HERE = "reference/test_disputed_bias.py::"

_ALIKE = "all effects are the same: the line fits exactly, and 0 / 0 is a ratio of rounding errors"
_COARSE = "second derivatives of integrals known to four digits"
_BELOW = "the climb ended before the top of the likelihood"
_WIDE = "differences of step 0.001 where variances are hardly larger"
_ZERO = "the likelihood is highest without heterogeneity: its ratio is 0, not 1e-8"
_ROOT = "roots found to 1e-4, of effects of 1e-2"

_LINE = _HERE + "test_a_line_through_equal_effects_has_no_error_to_divide_by"
_PET = _HERE + "test_pet_and_peese_of_equal_effects_divide_by_rounding_errors"
_CURVE = _HERE + "test_errors_of_selection_curves"
_STEPS = _HERE + "test_steps_of_quan_stopped_below_the_top"
_WEIGHT = _HERE + "test_weight_functions_that_stopped_below_the_top"
_LAU = _HERE + "test_errors_from_differences_wider_than_the_variances"
_RATIO = _HERE + "test_no_heterogeneity_has_a_likelihood_ratio_of_zero"
_STAR = _HERE + "test_p_uniform_star_of_greenland_stopped_below_the_top"
_UNIFORM = _HERE + "test_conditional_p_values_are_uniform_at_our_estimate_and_not_at_theirs"

DISPUTED_BIAS: dict[str, Row] = {
    "regtest.k5_identical.sei.lm": (("statistic", "pval"), _ALIKE, _LINE),
    "regtest.k5_identical.vi.lm": (("statistic", "pval"), _ALIKE, _LINE),
    "petpeese.k5_identical": (
        ("pet_t", "pet_pval", "pet_slope_pval", "peese_t", "peese_pval", "peese_slope_pval"),
        _ALIKE,
        _PET,
    ),
    "selmodel.damico_or.halfnorm.ML": (("pval", "se_tau2"), _COARSE, _CURVE),
    "selmodel.damico_or.beta.ML": (
        ("se", "ci_lb", "ci_ub", "statistic", "pval", "se_delta[0]", "se_delta[1]"),
        _COARSE,
        _CURVE,
    ),
    "weightr.li_or.0.025": (
        ("tau2", "mu", "weights[0]", "se_mu", "logLik", "LRT", "LRT_pval"),
        _BELOW,
        _WEIGHT,
    ),
    "weightr.lee_or.0.025_0.5.fe": (("se_mu",), _BELOW, _WEIGHT),
    "weightr.lau_or.0.025": (("se_mu",), _WIDE, _LAU),
    "weightr.lau_or.0.05": (("se_mu",), _WIDE, _LAU),
    "weightr.lau_or.0.025_0.5": (("se_mu",), _WIDE, _LAU),
    "punistar.raudenbush": (("L_het",), _ZERO, _RATIO),
    "punistar.lau_or": (("L_het",), _ZERO, _RATIO),
}

DISPUTED_BIAS_BESIDE: dict[str, Row] = {
    "selmodel.quan_rr.halfnorm.ML": (("se_delta[0]",), _COARSE, _CURVE),
    "selmodel.quan_rr.beta.ML": (("se", "ci_lb", "ci_ub"), _COARSE, _CURVE),
    "selmodel.quan_rr.stepfun_025_05_5.ML": (
        ("estimate", "se_delta[2]", "se_delta[3]"),
        _BELOW,
        _STEPS,
    ),
    "weightr.greenland.0.025.fe": (("mu", "se_mu"), _BELOW, _WEIGHT),
    "weightr.greenland.0.05.fe": (("mu", "weights[0]", "se_mu"), _BELOW, _WEIGHT),
    "weightr.greenland.0.025_0.5.fe": (
        ("mu", "weights[0]", "weights[1]", "se_mu"),
        _BELOW,
        _WEIGHT,
    ),
    "punistar.greenland": (("ci_lb", "tau2", "tau2_lb", "tau2_ub"), _BELOW, _STAR),
    "punistar.thompson_or": (("L_het",), _ZERO, _RATIO),
    "puniform.greenland.P": (("estimate", "ci_lb", "ci_ub"), _ROOT, _UNIFORM),
    "puniform.greenland.LNP": (("ci_lb",), _ROOT, _UNIFORM),
}
"""The same for cases of the folder beside the project."""
