"""Meta-regression as users meet it: ways to say moderators, predictions, tests, errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import numbers, tables

from evidence.errors import OptionError, SynthesisError
from evidence.synthesis.pool import pool
from evidence.synthesis.prediction import predict, residual_tau2_interval
from evidence.synthesis.regression import regress
from evidence.synthesis.regression_comparison import (
    compare,
    regression_statistics,
    variance_inflation,
)
from evidence.synthesis.subgroup import pool_subgroups


@pytest.fixture
def table():
    generator = np.random.default_rng(7)
    k = 14
    weeks = generator.integers(2, 25, k)
    blind = np.where(generator.random(k) < 0.5, "no", "yes")
    vi = generator.uniform(0.02, 0.1, k)
    yi = 0.1 + 0.03 * weeks + 0.2 * (blind == "yes") + generator.normal(size=k) * np.sqrt(vi + 0.02)
    return pd.DataFrame(
        {
            "study": [f"S{i}" for i in range(k)],
            "yi": yi,
            "vi": vi,
            "weeks": weeks,
            "blind": blind,
            "dose": generator.uniform(0.5, 5, k),
        }
    )


def test_formula_columns_and_matrix_say_the_same(table):
    x = np.column_stack([np.ones(len(table)), table["blind"] == "yes", table["weeks"]])
    by_formula = regress(table, formula="~ C(blind) + weeks")
    by_names = regress(table, moderators=["blind", "weeks"])
    by_columns = regress(table[["yi", "vi"]], moderators=table[["blind", "weeks"]])
    by_matrix = regress(table, X=x.astype(float))
    assert by_names.terms == ("intercept", "blind[yes]", "weeks")
    for other in (by_names, by_columns, by_matrix):
        assert other.estimate == pytest.approx(by_formula.estimate, rel=1e-9)
        assert other.se == pytest.approx(by_formula.se, rel=1e-9)
        assert other.omnibus.pvalue == pytest.approx(by_formula.omnibus.pvalue, rel=1e-9)


def test_a_formula_may_transform_and_interact(table):
    found = regress(table, formula="~ np.log(dose) * weeks", tau2="DL")
    assert found.terms == ("intercept", "np.log(dose)", "weeks", "np.log(dose):weeks")
    again = predict(found, table[["dose", "weeks"]])
    assert again["estimate"].to_numpy() == pytest.approx(predict(found)["estimate"].to_numpy())


@settings(max_examples=40)
@given(case=tables(min_size=3), method=st.sampled_from(["DL", "REML", "PM", "EE"]))
def test_without_moderators_it_is_pool(case, method):
    yi, vi = case
    effects = {"yi": yi, "vi": vi}
    one, other = regress(effects, tau2=method), pool(effects, tau2=method)
    assert one.estimate[0] == pytest.approx(other.estimate, rel=1e-5, abs=1e-7)
    assert one.ci_high[0] == pytest.approx(other.ci_high, rel=1e-5, abs=1e-6)
    assert one.i2 == pytest.approx(other.i2, rel=1e-5, abs=1e-4)
    if method != "EE":
        predicted = predict(one, [[1.0]]).iloc[0]
        assert predicted["pi_low"] == pytest.approx(other.pi_low, rel=1e-5, abs=1e-6)
        limits = residual_tau2_interval(one)
        assert limits.loc["tau2", "ci_high"] == pytest.approx(other.tau2_ci_high, rel=1e-7)


@settings(max_examples=30)
@given(origin=numbers(-3000, 3000), unit=numbers(0.01, 50))
def test_origin_and_unit_of_a_moderator_change_its_coefficient_only(origin, unit):
    yi = np.array([0.1, 0.5, 0.3, 0.9, 0.7, 0.4])
    vi = np.array([0.02, 0.04, 0.03, 0.05, 0.02, 0.06])
    weeks = np.array([1.0, 4, 2, 8, 6, 3])
    plain = regress({"yi": yi, "vi": vi, "w": weeks}, moderators="w")
    moved = regress({"yi": yi, "vi": vi, "w": origin + unit * weeks}, moderators="w")
    assert moved.estimate[1] * unit == pytest.approx(plain.estimate[1], rel=1e-7)
    assert moved.statistic[1] == pytest.approx(plain.statistic[1], rel=1e-7)
    assert moved.tau2 == pytest.approx(plain.tau2, rel=1e-6, abs=1e-9)
    assert predict(moved)["se"].to_numpy() == pytest.approx(predict(plain)["se"].to_numpy())


def test_one_tested_coefficient_has_the_same_p_alone_and_as_omnibus(table):
    for test in ("z", "t", "HKSJ"):
        found = regress(table, moderators=["weeks"], test=test)
        assert found.omnibus.pvalue == pytest.approx(found.pvalue[1], rel=1e-9)


def test_btt_takes_names_terms_and_numbers(table):
    options = {"formula": "~ C(blind) + weeks + dose"}
    by_term = regress(table, btt="C(blind)", **options)
    assert by_term.omnibus == regress(table, btt=1, **options).omnibus
    assert by_term.omnibus == regress(table, btt=["C(blind)[T.yes]"], **options).omnibus
    with pytest.raises(SynthesisError, match="'colour' is no coefficient"):
        regress(table, btt="colour", **options)
    with pytest.raises(SynthesisError, match="no coefficient 9"):
        regress(table, btt=9, **options)


def test_rows_without_a_moderator_are_refused_or_dropped_and_said(table):
    table.loc[3, "dose"] = np.nan
    with pytest.raises(SynthesisError, match=r"row 4: moderator dose is missing"):
        regress(table, moderators=["dose"])
    with pytest.raises(SynthesisError, match="formula"):
        regress(table, formula="~ dose")
    for asked in ({"moderators": ["dose"]}, {"formula": "~ dose"}):
        found = regress(table, missing="drop", **asked)
        assert found.k == len(table) - 1
        assert "S3" in found.notes[0]
    complete = table.drop(index=3)
    assert found.estimate == pytest.approx(regress(complete, formula="~ dose").estimate)
    # a gap in a column the model does not use costs nothing
    assert regress(table, formula="~ weeks", missing="drop").k == len(table)


def test_what_cannot_be_fitted_is_refused_by_name(table):
    with pytest.raises(SynthesisError, match="twice can be computed from the columns before"):
        regress(table.assign(twice=2 * table["weeks"]), moderators=["weeks", "twice"])
    with pytest.raises(SynthesisError, match="no column colour"):
        regress(table, moderators=["colour"])
    with pytest.raises(SynthesisError, match="one value only"):
        regress(table.assign(site="here"), moderators=["site"])
    with pytest.raises(SynthesisError, match="3 effects for 3 coefficients"):
        regress(table.head(3), X=np.vander([1.0, 2.0, 3.0], 3))
    with pytest.raises(SynthesisError, match="one of formula, moderators and X"):
        regress(table, formula="~ weeks", moderators=["weeks"])
    with pytest.raises(OptionError, match="Did you mean 'REML'"):
        regress(table, moderators=["weeks"], tau2="RELM")
    with pytest.raises(SynthesisError, match="needs weights="):
        regress(table, moderators=["weeks"], tau2="GENQ")
    with pytest.raises(SynthesisError, match="nosuch"):
        regress(table, formula="~ nosuch")
    with pytest.raises(SynthesisError, match=r"blind = 'maybe' is not one of no, yes"):
        predict(regress(table, moderators=["blind"]), {"blind": ["maybe"]})


def test_weights_of_one_over_v_make_genq_the_dersimonian_laird_model(table):
    weights = 1 / table["vi"]
    ours = regress(table, moderators=["weeks"], tau2="GENQ", weights=weights)
    assert ours.tau2 == pytest.approx(regress(table, moderators=["weeks"], tau2="DL").tau2)
    x = np.column_stack([np.ones(len(table)), table["weeks"]])
    a = np.diag(weights)
    bread = np.linalg.inv(x.T @ a @ x)
    s = np.diag(table["vi"] + ours.tau2)
    vcov = ours.hk_factor * bread @ x.T @ a @ s @ a @ x @ bread
    assert ours.vcov == pytest.approx(vcov, rel=1e-8)


def test_saturated_equal_effects_fit_exactly():
    found = regress(
        {"yi": [0.1, 0.5], "vi": [0.02, 0.03], "x": [0, 1]}, moderators="x", tau2="EE", test="z"
    )
    assert found.estimate == pytest.approx([0.1, 0.4])
    assert (found.i2, found.h2, found.q_df, found.q_pvalue) == (None, None, 0, 1.0)


def test_likelihood_ratio_wants_ml_and_nesting(table):
    full = regress(table, moderators=["weeks", "blind"], tau2="ML")
    part = regress(table, moderators=["weeks"], tau2="ML")
    found = compare(full, part)
    two = [regression_statistics(one).log_likelihood for one in (full, part)]
    assert found.statistic == pytest.approx(2 * (two[0] - two[1]))
    with pytest.raises(SynthesisError, match="needs tau2='ML'"):
        compare(regress(table, moderators=["weeks"]), regress(table))
    with pytest.raises(SynthesisError, match="not nested"):
        compare(part, regress(table, moderators=["dose"], tau2="ML"))
    with pytest.raises(SynthesisError, match="different effects"):
        compare(full, regress(table.head(9), tau2="ML"))


def test_variance_inflation_is_one_over_what_others_leave():
    """With equal weights it is 1/(1 − R²) of the column on the others."""
    generator = np.random.default_rng(3)
    x = generator.normal(size=(30, 3))
    x[:, 2] += x[:, 0]
    effects = {"yi": generator.normal(size=30), "vi": np.full(30, 0.1)}
    names = pd.DataFrame(x, columns=["a", "b", "c"])
    found = variance_inflation(regress(effects, moderators=names))
    for j, name in enumerate(names):
        others = np.column_stack([np.ones(30), np.delete(x, j, axis=1)])
        left = x[:, j] - others @ np.linalg.lstsq(others, x[:, j], rcond=None)[0]
        r2 = 1 - left @ left / np.sum((x[:, j] - x[:, j].mean()) ** 2)
        assert found.loc[name, "vif"] == pytest.approx(1 / (1 - r2))
    together = variance_inflation(regress(effects, moderators=names), [["a", "c"]])
    assert together["m"].to_list() == [2]
    assert together["vif"].iloc[0] == pytest.approx(found.loc["b", "vif"])  # all others together


def test_a_common_tau2_makes_subgroups_a_regression(table):
    found = pool_subgroups(table, "blind", shared="common", tau2="DL")
    fitted = regress(table, moderators=["blind"], tau2="DL")
    assert found.statistic == pytest.approx(fitted.omnibus.statistic)
    assert found.pvalue == pytest.approx(fitted.omnibus.pvalue)
    means = predict(fitted, {"blind": ["no", "yes"]})
    assert found.frame["ci_low"].to_numpy() == pytest.approx(means["ci_low"].to_numpy())


def test_subgroups_of_their_own_tau2_are_pooled_apart(table):
    found = pool_subgroups(table, "blind", tau2="REML", test="z")
    for level, part in table.groupby("blind"):
        alone = pool(part, tau2="REML", test="z")
        assert found.frame.loc[level, "estimate"] == pytest.approx(alone.estimate)
    difference = np.diff(found.frame["estimate"])[0]
    z2 = difference**2 / np.square(found.frame["se"]).sum()
    assert found.statistic == pytest.approx(z2)


def test_subgroups_say_what_is_missing(table):
    with pytest.raises(SynthesisError, match="one level only"):
        pool_subgroups(table, ["a"] * len(table))
    with pytest.raises(SynthesisError, match=r"row 1 \(S0\): group is missing"):
        pool_subgroups(table, [None, *["a", "b"] * 6, "a"])
    with pytest.raises(SynthesisError, match="no column colour"):
        pool_subgroups(table, "colour")
    alone = pool_subgroups(table, ["only", *["rest"] * 13])
    assert "one effect only in only" in alone.notes[0]
    assert np.isnan(alone.frame.loc["only", "tau2"])


def test_results_are_escaped_in_notebooks(table):
    table["<b>"] = table["weeks"]
    found = regress(table, moderators=["<b>"])
    assert "<b>" not in found._repr_html_()
    assert "&lt;b&gt;" in found._repr_html_()
    assert "<b>" in repr(found)
    groups = pool_subgroups(table, np.where(table["weeks"] > 10, "<i>long", "short"))
    assert "<i>" not in groups._repr_html_()
