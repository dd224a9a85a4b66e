"""Small-study effects: properties that must hold, agreement with other programs, refusals."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau
from strategies import numbers, tables

from evidence.errors import OptionError, SynthesisError
from evidence.kernels.rank_test import exact_pvalue, kendall
from evidence.synthesis.excess import excess_significance
from evidence.synthesis.fail_safe import fail_safe_n
from evidence.synthesis.funnel import funnel_lines, funnel_rows
from evidence.synthesis.limit_meta import limit_meta
from evidence.synthesis.pet_peese import pet_peese
from evidence.synthesis.pool import pool
from evidence.synthesis.rank_test import rank_test
from evidence.synthesis.small_study import regression_test
from evidence.synthesis.small_study_counts import counts_test
from evidence.synthesis.trim_fill import trim_fill

LEANING = {
    "yi": [0.05, 0.12, 0.18, 0.35, 0.48, 0.71, 0.95, 1.20],
    "vi": [0.002, 0.004, 0.008, 0.02, 0.04, 0.09, 0.15, 0.25],
    "study": list("ABCDEFGH"),
    "ni": [2000, 1000, 500, 200, 100, 45, 27, 16],
}
COUNTS = {
    "ai": [4, 6, 3, 62, 33, 180],
    "n1i": [123, 306, 231, 13598, 5069, 1541],
    "ci": [11, 29, 11, 248, 47, 372],
    "n2i": [139, 303, 220, 12867, 5808, 1451],
}


def varied(table):
    return np.ptp(table[1]) > 1e-3


lines = tables(min_size=4).filter(varied)

# ------------------------------------------------------------------------------ regression


@given(table=lines)
@settings(max_examples=40, deadline=None)
def test_eggers_line_is_that_of_weighted_least_squares(table):
    yi, vi = table
    if np.ptp(yi) < 1e-3:
        return
    found = regression_test({"yi": yi, "vi": vi})
    fitted = sm.WLS(yi, sm.add_constant(np.sqrt(vi)), weights=1 / vi).fit()
    assert [found.intercept, found.slope] == pytest.approx(fitted.params, rel=1e-6, abs=1e-7)
    if fitted.ssr > 1e-8:
        errors = [found.intercept_se, found.slope_se]
        assert errors == pytest.approx(fitted.bse, rel=1e-6)


@pytest.mark.parametrize("method", ["EE", "DL", "HE", "PM", "ML", "REML"])
@given(table=lines, scale=st.floats(0.2, 5), shift=st.floats(-3, 3))
@settings(max_examples=25, deadline=None)
def test_the_slope_on_standard_errors_has_no_unit(method, table, scale, shift):
    yi, vi = table
    plain = regression_test({"yi": yi, "vi": vi}, model="additive", tau2=method)
    moved = {"yi": scale * yi + shift, "vi": scale**2 * vi}
    found = regression_test(moved, model="additive", tau2=method)
    assert found.slope == pytest.approx(plain.slope, rel=1e-4, abs=1e-4 * plain.slope_se)
    assert found.intercept == pytest.approx(
        scale * plain.intercept + shift, abs=1e-4 * scale * plain.intercept_se
    )


@given(table=tables(min_size=4), order=st.randoms())
@settings(max_examples=25, deadline=None)
def test_the_order_of_studies_does_not_matter(table, order):
    yi, vi = table
    rows = list(range(len(yi)))
    order.shuffle(rows)
    plain, mixed = rank_test({"yi": yi, "vi": vi}), rank_test({"yi": yi[rows], "vi": vi[rows]})
    assert mixed.pvalue == pytest.approx(plain.pvalue, nan_ok=True)


@pytest.mark.parametrize("predictor", ["ni", "sqrtni"])
def test_predictors_that_grow_have_no_limit(predictor):
    assert regression_test(LEANING, predictor=predictor).limit_estimate is None


def test_the_estimate_of_pet_peese_is_one_of_the_two():
    found = pet_peese(LEANING)
    line = found.pet if found.chosen == "PET" else found.peese
    assert found.estimate == line.intercept
    assert found.to_frame()["chosen"].sum() == 1


# ----------------------------------------------------------------------------------- ranks


@given(
    xi=st.lists(numbers(-3, 3), min_size=3, max_size=12, unique=True),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=40, deadline=None)
def test_kendall_without_ties_is_scipys(xi, seed):
    x = np.array(xi)
    y = np.random.default_rng(seed).permutation(len(x)).astype(float)
    found = kendall(x, y, exact=True)
    theirs = kendalltau(x, y, method="exact")
    assert found.tau == pytest.approx(theirs.statistic)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-9)


@given(
    x=st.lists(st.integers(0, 4), min_size=4, max_size=20),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=40, deadline=None)
def test_kendall_with_ties_is_scipys(x, seed):
    y = np.random.default_rng(seed).integers(0, 4, len(x)).astype(float)
    if len(set(x)) < 2 or len(set(y)) < 2:
        assert math.isnan(kendall(np.array(x, dtype=float), y).tau)
        return
    found = kendall(np.array(x, dtype=float), y, exact=False)
    theirs = kendalltau(x, y, method="asymptotic")
    assert found.tau == pytest.approx(theirs.statistic, abs=1e-12)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-9)


def test_exact_tails_of_a_hundred_pairs_stay_positive():
    assert 0 < exact_pvalue(100, 100 * 99 / 2) < 1e-150


# --------------------------------------------------------------------------- trim and fill


@given(table=tables(min_size=5), estimator=st.sampled_from(["L0", "R0"]))
@settings(max_examples=40, deadline=None)
def test_both_sides_are_mirror_images(table, estimator):
    yi, vi = table
    options = {"estimator": estimator, "tau2": "EE", "test": "z"}
    left = trim_fill({"yi": yi, "vi": vi}, side="left", **options)
    right = trim_fill({"yi": -yi, "vi": vi}, side="right", **options)
    assert left.missing == right.missing
    assert left.pooled.estimate == pytest.approx(-right.pooled.estimate, abs=1e-12)


def test_filling_in_brings_the_mean_towards_the_missing_side():
    found = trim_fill(LEANING, tau2="EE", test="z")
    assert found.side == "left"
    assert found.missing == len(found.filled) > 0
    assert found.pooled.k == len(LEANING["yi"]) + found.missing
    assert found.pooled.estimate < found.original.estimate
    assert found.filled["study"].str.startswith("filled: ").all()


def test_nothing_missing_leaves_the_mean_alone():
    level = {"yi": [-0.2, 0.2, -0.1, 0.1, 0.0], "vi": [0.05, 0.05, 0.02, 0.02, 0.01]}
    found = trim_fill(level, side="left")
    assert (found.missing, found.pooled) == (0, found.original)


def test_stopping_early_is_asked_for_and_close():
    options = {"estimator": "R0", "side": "left", "test": "z"}
    top = trim_fill(LEANING, **options)
    early = trim_fill(LEANING, scoring_stop=1e-5, **options)
    assert early.pooled.tau2 == pytest.approx(top.pooled.tau2, abs=1e-4)
    with pytest.raises(SynthesisError, match="belongs to tau2='REML'"):
        trim_fill(LEANING, tau2="DL", scoring_stop=1e-5)


# ------------------------------------------------------------------------------ fail-safe N


@pytest.mark.parametrize("method", ["Rosenthal", "Rosenberg", "General"])
def test_so_many_null_studies_undo_the_result_and_fewer_do_not(method):
    k, yi, vi = len(LEANING["yi"]), np.array(LEANING["yi"]), np.array(LEANING["vi"])
    found = fail_safe_n(LEANING, method=method, tau2="EE")
    harmonic = k / (1 / vi).sum()

    def still_significant(count):
        if method == "Rosenthal":
            return (yi / np.sqrt(vi)).sum() / math.sqrt(k + count) > 1.6448536
        weight = (1 / vi).sum() + count / harmonic
        return abs((yi / vi).sum() / math.sqrt(weight)) > 1.9599640

    assert not still_significant(found.count)
    assert still_significant(math.ceil(found.crossing) - 1)
    assert found.crossing <= found.count <= found.crossing + 1.5


def test_orwins_number_brings_the_mean_to_the_target():
    found = fail_safe_n(LEANING, method="Orwin", target=0.05)
    k = len(LEANING["yi"])
    assert found.estimate * k / (k + found.crossing) == pytest.approx(0.05)


@pytest.mark.parametrize(("target", "words"), [(0, "near zero"), (-0.1, "other side of zero")])
def test_targets_out_of_reach_are_refused(target, words):
    with pytest.raises(SynthesisError, match=words):
        fail_safe_n(LEANING, method="Orwin", target=target)


# ------------------------------------------------------------------------------------ excess


@given(table=tables(min_size=3, variance=(0.01, 1.0)))
@settings(max_examples=30, deadline=None)
def test_power_without_effect_is_alpha(table):
    yi, vi = table
    found = excess_significance({"yi": yi, "vi": vi}, theta=0.0)
    assert found.studies["power"].to_numpy() == pytest.approx(np.full(len(yi), 0.05))
    assert found.expected == pytest.approx(0.05 * len(yi))


@given(table=tables(min_size=3, max_size=8, variance=(0.02, 1.0)))
@settings(max_examples=30, deadline=None)
def test_tails_of_the_exact_test_share_one_value(table):
    yi, vi = table
    given_ = {"yi": yi, "vi": vi}
    up = excess_significance(given_, test="exact", test_alternative="greater")
    down = excess_significance(given_, test="exact", test_alternative="less")
    power = up.studies["power"].to_numpy()
    assert 1 - 1e-12 <= up.pvalue + down.pvalue <= 2 + 1e-12
    if up.observed == 0:
        assert down.pvalue == pytest.approx(np.prod(1 - power))


# -------------------------------------------------------------------------------- limit mean


def test_without_heterogeneity_the_limit_is_eggers_intercept():
    yi = np.array([0.10, 0.11, 0.13, 0.12, 0.16])
    vi = np.array([0.01, 0.02, 0.04, 0.05, 0.09])
    found = limit_meta({"yi": yi, "vi": vi})
    assert found.tau2 == 0
    assert found.estimate == pytest.approx(regression_test({"yi": yi, "vi": vi}).intercept)


@given(table=lines, scale=st.floats(0.2, 5))
@settings(max_examples=25, deadline=None)
def test_the_limit_follows_the_scale(table, scale):
    yi, vi = table
    plain = limit_meta({"yi": yi, "vi": vi})
    found = limit_meta({"yi": scale * yi, "vi": scale**2 * vi})
    assert found.estimate == pytest.approx(scale * plain.estimate, abs=1e-7 * scale * plain.se)
    assert found.q == pytest.approx(plain.q_small + plain.q_residual, rel=1e-7, abs=1e-7)


# ------------------------------------------------------------------------------------ counts


@pytest.mark.parametrize(
    "method", ["Harbord", "Peters", "Macaskill", "Deeks", "Pustejovsky", "Schwarzer"]
)
def test_exchanging_the_groups_turns_the_bias_round(method):
    swapped = {
        "ai": COUNTS["ci"], "n1i": COUNTS["n2i"], "ci": COUNTS["ai"], "n2i": COUNTS["n1i"],
    }  # fmt: skip
    plain, turned = counts_test(COUNTS, method=method), counts_test(swapped, method=method)
    assert turned.bias == pytest.approx(-plain.bias)
    assert turned.pvalue == pytest.approx(plain.pvalue)


def test_tables_without_events_are_left_out_and_counted():
    more = {name: [*column, 0 if name in ("ai", "ci") else 50] for name, column in COUNTS.items()}
    found = counts_test(more)
    assert found.bias == pytest.approx(counts_test(COUNTS).bias)
    assert any("1 of 7 tables have no event" in note for note in found.notes)


# ------------------------------------------------------------------------------------ funnel


def test_funnel_rows_say_what_is_significant_and_what_was_filled_in():
    filled = trim_fill(LEANING, tau2="EE", test="z")
    rows = funnel_rows(LEANING, filled=filled)
    assert len(rows) == len(LEANING["yi"]) + filled.missing
    assert (rows["kind"] == "filled").sum() == filled.missing
    significant = rows["band"].isin(["p < 0.01", "0.01 < p < 0.05"])
    assert (significant == (rows["pvalue"] < 0.05)).all()


def test_funnel_lines_meet_at_the_centre():
    drawn = funnel_lines(LEANING, points=5)
    at_top = drawn[drawn["sei"] == 0]
    centre = pool(LEANING, tau2="EE", test="z").estimate
    assert at_top.loc[at_top["line"] == "expected", "low"].item() == pytest.approx(centre)
    assert (at_top.loc[at_top["line"] == "contour", ["low", "high"]] == 0).all(axis=None)


# ---------------------------------------------------------------------------------- refusals


def test_what_cannot_be_tested_is_refused():
    two = {"yi": [0.1, 0.2], "vi": [0.01, 0.02]}
    with pytest.raises(SynthesisError, match="nothing to test it with"):
        regression_test(two)
    with pytest.raises(SynthesisError, match="participants of each study"):
        regression_test({"yi": [0.1, 0.2, 0.3], "vi": [0.01, 0.02, 0.03]}, predictor="ni")
    alike = {"yi": [0.1, 0.2, 0.4], "vi": [0.01, 0.01, 0.01]}
    with pytest.raises(SynthesisError, match="in all studies"):
        regression_test(alike)
    with pytest.raises(SynthesisError, match="give side="):
        trim_fill(alike)
    with pytest.raises(OptionError, match="Did you mean 'sqrtninv'"):
        regression_test(LEANING, predictor="sqrtnin")
    with pytest.raises(OptionError, match="Did you mean 'Rosenthal'"):
        fail_safe_n(LEANING, method="Rosenthall")
    with pytest.raises(SynthesisError, match="increasing levels"):
        funnel_rows(LEANING, contours=[0.95, 0.9])


def test_equal_effects_have_no_statistic():
    same = {"yi": [0.3] * 5, "vi": [0.01, 0.04, 0.09, 0.16, 0.25]}
    found = regression_test(same)
    assert (found.slope, found.slope_se, found.statistic, found.pvalue) == (0, 0, None, None)
    assert any("no error is left" in note for note in found.notes)


@pytest.mark.parametrize(
    "make",
    [
        regression_test,
        rank_test,
        pet_peese,
        trim_fill,
        fail_safe_n,
        excess_significance,
        limit_meta,
    ],
)
def test_results_show_themselves(make):
    found = make(LEANING)
    assert len(found.to_frame()) in (1, 2)
    assert found.heading() in repr(found)
    assert "<table>" in found._repr_html_()
    with pytest.raises(AttributeError):
        found.notes = ()
