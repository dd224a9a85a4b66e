"""Diagnostics: each against the plain computation it stands for."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import tables

from evidence.errors import OptionError, SynthesisError
from evidence.kernels.permutation import arrangements, deal
from evidence.synthesis.diagnostics import (
    baujat,
    find_outliers,
    henmi_copas,
    influence,
    predict_studies,
)
from evidence.synthesis.gosh import pool_subsets
from evidence.synthesis.location_scale import compare_scale, regress_location_scale
from evidence.synthesis.multiverse import multiverse
from evidence.synthesis.permutation import permute
from evidence.synthesis.pool import pool
from evidence.synthesis.refits import cumulate, leave_one_out
from evidence.synthesis.regression import regress

EFFECTS = {
    "study": ["A", "B", "C", "D", "E", "F"],
    "yi": np.array([0.10, 0.35, 0.22, 0.40, 1.60, 0.15]),
    "vi": np.array([0.02, 0.03, 0.02, 0.05, 0.03, 0.04]),
    "weeks": np.array([2, 8, 4, 8, 12, 2]),
}


def without(i):
    return {name: np.delete(np.array(column), i) for name, column in EFFECTS.items()}


@pytest.mark.parametrize("test", ["z", "HKSJ"])
def test_leaving_one_out_is_pooling_the_others(test):
    found = leave_one_out(EFFECTS, tau2="REML", test=test).frame
    for i, study in enumerate(EFFECTS["study"]):
        alone = pool(without(i), tau2="REML", test=test)
        assert found.loc[study, "estimate"] == alone.estimate
        assert found.loc[study, "ci_low"] == alone.ci_low


def test_cumulating_ends_at_the_whole_in_any_order():
    whole = pool(EFFECTS, tau2="PM")
    for order in (None, "vi", "weeks", [6, 5, 4, 3, 2, 1]):
        found = cumulate(EFFECTS, order, tau2="PM").frame
        assert found["estimate"].iloc[-1] == pytest.approx(whole.estimate)
        assert found["k"].to_list() == [1, 2, 3, 4, 5, 6]
    assert cumulate(EFFECTS, "weeks").frame.index.to_list() == ["A", "F", "C", "B", "D", "E"]
    with pytest.raises(SynthesisError, match="no column year"):
        cumulate(EFFECTS, "year")


@pytest.mark.parametrize("asked", [{}, {"moderators": ["weeks"]}])
@pytest.mark.parametrize("test", ["z", "HKSJ"])
def test_influence_is_what_refitting_shows(asked, test):
    fitted = regress(EFFECTS, tau2="REML", test=test, **asked)
    found = influence(fitted)
    bread = np.linalg.inv(fitted.vcov)
    for i, study in enumerate(EFFECTS["study"]):
        part = regress(without(i), tau2="REML", test=test, **asked)
        row, x = found.frame.loc[study], fitted.design.matrix[i]
        moved = fitted.estimate - part.estimate
        assert row["tau2_deleted"] == pytest.approx(part.tau2)
        assert row["q_deleted"] == pytest.approx(part.q)
        assert row["cook"] == pytest.approx(moved @ bread @ moved)
        assert row["deleted_residual"] == pytest.approx(EFFECTS["yi"][i] - x @ part.estimate)
        ratio = np.linalg.det(part.vcov) / np.linalg.det(fitted.vcov)
        assert row["covariance_ratio"] == pytest.approx(ratio)
    assert found.frame["hat"].sum() == pytest.approx(fitted.p)
    assert found.frame["weight"].sum() == pytest.approx(100)


def test_a_study_that_carries_a_coefficient_alone_has_no_deletion_statistics():
    lone = {**EFFECTS, "open": [0, 0, 0, 0, 1, 0]}
    found = influence(regress(lone, moderators=["open"], tau2="DL")).frame
    assert np.isnan(found.loc["E", "cook"])
    assert found.drop(index="E").notna().all().all()
    assert found.loc["E", "hat"] == pytest.approx(1)


def test_the_outlier_is_found_and_the_others_are_not():
    found = find_outliers(EFFECTS, tau2="DL", test="z")
    assert found["pvalue_holm"].idxmin() == "E"
    assert found.loc["E", "pvalue_holm"] < 0.01
    assert (found.drop(index="E")["pvalue_holm"] > 0.05).all()
    assert (found["pvalue_holm"] >= found["pvalue"]).all()


@given(table=tables(min_size=3))
def test_baujat_of_equal_effects_adds_up_to_q(table):
    yi, vi = table
    found = baujat({"yi": yi, "vi": vi}, tau2="EE", test="z")
    q = pool({"yi": yi, "vi": vi}, tau2="EE").q
    assert found["heterogeneity"].sum() == pytest.approx(q, rel=1e-9, abs=1e-9)


@given(table=tables(min_size=3), method=st.sampled_from(["DL", "REML"]))
def test_predictions_of_studies_lie_between_effect_and_mean(table, method):
    yi, vi = table
    found = predict_studies({"yi": yi, "vi": vi}, tau2=method)
    mean = regress({"yi": yi, "vi": vi}, tau2=method).estimate[0]
    low, high = np.minimum(yi, mean), np.maximum(yi, mean)
    assert (found["estimate"] >= low - 1e-9).all()
    assert (found["estimate"] <= high + 1e-9).all()
    weighted = ((found["estimate"] - mean) / found["shrinkage"].replace(0, np.nan)).to_numpy()
    known = np.isfinite(weighted) & (found["shrinkage"] > 1e-6).to_numpy()
    assert weighted[known] == pytest.approx((yi - mean)[known], abs=1e-6)


@given(case=tables(min_size=3, max_size=6))
def test_dealing_gives_each_arrangement_once(case):
    yi, _ = case
    groups = np.round(yi)[:, None]
    dealt = deal(groups)
    assert len(dealt) == arrangements(groups)
    brute = set()
    for one in permutations(range(len(yi))):
        brute.add(
            tuple(
                tuple(sorted(one[j] for j in np.flatnonzero(groups[:, 0] == value)))
                for value in np.unique(groups)
            )
        )
    ours = {
        tuple(tuple(sorted(row[groups[:, 0] == value].tolist())) for value in np.unique(groups))
        for row in dealt
    }
    assert ours == brute


@pytest.mark.parametrize("method", ["EE", "DL", "REML", "PM"])
@pytest.mark.parametrize("test", ["z", "HKSJ"])
def test_sign_flips_are_counted_one_by_one(method, test):
    part = {name: EFFECTS[name][:5] for name in ("yi", "vi")}
    whole = pool(part, tau2=method, test=test)
    far = [
        abs(pool({"yi": part["yi"] * signs, "vi": part["vi"]}, tau2=method, test=test).statistic)
        >= abs(whole.statistic) * (1 - 1e-7)
        for signs in product([1, -1], repeat=5)
    ]
    found = permute(part, tau2=method, test=test)
    assert found.exact
    assert found.arrangements == 32
    assert found.pvalue[0] == np.mean(far)


@pytest.mark.parametrize("method", ["DL", "REML"])
def test_permuted_moderators_are_counted_one_by_one(method):
    part = {name: EFFECTS[name][:5] for name in ("yi", "vi", "weeks")}
    whole = regress(part, moderators=["weeks"], tau2=method)
    far = []
    for one in permutations(range(5)):
        dealt = {"yi": part["yi"][list(one)], "vi": part["vi"][list(one)], "weeks": part["weeks"]}
        again = regress(dealt, moderators=["weeks"], tau2=method)
        far.append(np.abs(again.statistic) >= np.abs(whole.statistic) * (1 - 1e-7))
    found = permute(whole)
    assert found.arrangements == 60  # two studies of eight weeks
    assert found.pvalue == pytest.approx(np.mean(far, axis=0))
    assert found.omnibus_pvalue == pytest.approx(found.pvalue[1])


def test_random_arrangements_come_near_all_of_them_and_again_the_same():
    exact = permute(EFFECTS, tau2="DL", test="z").pvalue[0]
    drawn = permute(EFFECTS, tau2="DL", test="z", exact=False, iterations=20_000, seed=5)
    assert not drawn.exact
    assert drawn.pvalue[0] == pytest.approx(exact, abs=4 * np.sqrt(exact / 20_000))
    again = permute(EFFECTS, tau2="DL", test="z", exact=False, iterations=20_000, seed=5)
    assert again.pvalue[0] == drawn.pvalue[0]
    with pytest.raises(SynthesisError, match="too many for all"):
        permute({"yi": np.arange(30.0), "vi": np.ones(30)}, exact=True)


@pytest.mark.parametrize("method", ["EE", "DL", "REML"])
def test_subsets_are_pooled_one_by_one(method):
    found = pool_subsets(EFFECTS, tau2=method)
    assert len(found.frame) == 63
    for row in (0, 2, 10, 40, 62):
        chosen = found.include[row]
        part = {name: np.array(EFFECTS[name])[chosen] for name in ("yi", "vi")}
        alone = pool(part, tau2=method, test="z")
        assert found.frame.loc[row, "estimate"] == pytest.approx(alone.estimate)
        assert found.frame.loc[row, "i2"] == pytest.approx(alone.i2 or 0.0, abs=1e-7)
        assert found.frame.loc[row, "h2"] == pytest.approx(alone.h2 or 1.0, abs=1e-7)
    by_study = found.by_study()
    assert by_study.loc["E", "estimate_without"] == by_study["estimate_without"].min()
    drawn = pool_subsets(EFFECTS, tau2=method, subsets=50, seed=3)
    assert (drawn.include.sum(axis=1) > 0).all()
    assert not drawn.exact
    with pytest.raises(SynthesisError, match="2\\^25 subsets"):
        pool_subsets({"yi": np.arange(25.0), "vi": np.ones(25)})


def test_the_multiverse_holds_every_analysis_once():
    found = multiverse(EFFECTS, estimators=["REML", "DL"], tests=["HKSJ", "z"])
    assert found.analyses == 2 * 2 * 7
    frame = found.frame
    assert not frame.duplicated(["effects", "estimator", "test", "excluded"]).any()
    first = frame.iloc[0]
    assert first[["estimator", "test", "excluded"]].to_list() == ["REML", "HKSJ", "nothing"]
    for _, row in frame.sample(8, random_state=1).iterrows():
        i = EFFECTS["study"].index(row["excluded"]) if row["excluded"] != "nothing" else None
        part = EFFECTS if i is None else without(i)
        alone = pool(part, tau2=row["estimator"], test=row["test"])
        assert row["estimate"] == alone.estimate
        assert row["significant"] == (alone.pvalue < 0.05)
    agree = (frame["estimate"] > 0) & (frame["significant"] == first["significant"])
    assert found.share_agree == agree.mean()
    assert found.share_significant == frame["significant"].mean()


def test_analyses_that_fail_are_counted_and_explained():
    found = multiverse(EFFECTS, exclusions={"all": EFFECTS["study"], "high risk": ["E"]})
    assert found.failed == 8
    failures = found.frame.loc[found.frame["excluded"] == "all", "failure"]
    assert failures.str.contains("nothing to pool").all()
    assert found.share_same_sign == 1.0  # of those that could be done
    with pytest.raises(SynthesisError, match="there is no study 'Z'"):
        multiverse(EFFECTS, exclusions={"typo": ["Z"]})
    with pytest.raises(OptionError, match="estimator='RELM'"):
        multiverse(EFFECTS, estimators=["RELM"])


def test_measures_are_crossed_and_not_put_on_one_scale():
    other = {**EFFECTS, "yi": 2 * EFFECTS["yi"], "vi": 4 * EFFECTS["vi"]}
    found = multiverse(
        {"SMD": EFFECTS, "MD": other}, estimators=["DL"], tests=["z"], exclusions=None
    )
    assert found.frame["effects"].to_list() == ["SMD", "MD"]
    assert not found.comparable
    assert "not compared" in found.summary()[0]
    assert found.share_agree == 1.0


def test_scale_moderators_are_tested_against_none():
    generator = np.random.default_rng(11)
    k = 40
    open_ = generator.integers(0, 2, k)
    vi = generator.uniform(0.02, 0.08, k)
    yi = 0.3 + generator.normal(size=k) * np.sqrt(vi + np.where(open_, 0.8, 0.05))
    effects = pd.DataFrame({"yi": yi, "vi": vi, "open": open_})
    full = regress_location_scale(effects, scale=["open"])
    none = regress_location_scale(effects)
    single = regress(effects, test="z")
    assert none.tau2 == pytest.approx(single.tau2, rel=1e-6)
    assert none.estimate == pytest.approx(single.estimate, rel=1e-6)
    statistic, df, pvalue = compare_scale(full, none)
    assert (statistic > 0, df, pvalue < 0.01) == (True, 1, True)
    assert full.to_frame().loc[("scale", "open"), "estimate"] > 0
    by_formula = regress_location_scale(effects, scale="~ open")
    assert by_formula.scale_estimate == pytest.approx(full.scale_estimate)
    with pytest.raises(SynthesisError, match="not nested"):
        compare_scale(none, full)


def test_options_do_not_go_with_a_fitted_model():
    with pytest.raises(SynthesisError, match="cannot be given with a fitted model"):
        influence(regress(EFFECTS), tau2="DL")


@settings(max_examples=20)
@given(table=tables(min_size=2, max_size=6))
def test_results_have_words_and_escaped_tables(table):
    yi, vi = table
    named = {"yi": yi, "vi": vi, "study": [f"<s{i}>" for i in range(len(yi))]}
    for found in (leave_one_out(named), cumulate(named), pool_subsets(named, tau2="DL")):
        assert "<s0>" not in found._repr_html_()
        assert "<s0>" in repr(found)


def test_effects_that_agree_exactly_leave_no_error_and_no_crash():
    same = {"yi": [0.3, 0.3, 0.3, 0.3], "vi": [0.02, 0.03, 0.05, 0.02]}
    found = regress(same)
    assert found.se[0] == 0
    assert found.omnibus.statistic == np.inf
    assert found.omnibus.pvalue == found.pvalue[0] == 0
    assert not np.isfinite(influence(same).frame["cook"]).any()
    assert permute(same).pvalue[0] == 2 / 16  # as they are, and all flipped
    assert "p < 0.001" in repr(found)


def test_henmi_copas_refuses_one_study():
    with pytest.raises(SynthesisError, match="one study"):
        henmi_copas({"yi": [0.1], "vi": [0.02]})
