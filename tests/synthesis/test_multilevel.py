"""Multilevel models as a user meets them: properties, agreement with simpler methods, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import OptionError, SynthesisError
from evidence.synthesis.intervals import profile_interval
from evidence.synthesis.multilevel import multilevel
from evidence.synthesis.multilevel_intervals import component_intervals
from evidence.synthesis.multilevel_robust import robust_multilevel
from evidence.synthesis.pool import pool
from evidence.synthesis.vcalc import sampling_covariance, shared_arm_covariance


def effects(seed=0, studies=8, structured=False):
    rng = np.random.default_rng(seed)
    study = np.repeat(np.arange(studies), 2 if structured else rng.integers(1, 5, studies))
    k = len(study)
    vi = rng.gamma(3, 0.03, k)
    yi = rng.normal(0.4, np.sqrt(vi)) + rng.normal(0, 0.4, studies)[study] + rng.normal(0, 0.2, k)
    return pd.DataFrame(
        {
            "yi": yi,
            "vi": vi,
            "study": [f"S{i:02d}" for i in study],
            "outcome": np.where(np.arange(k) % 2 == 0, "dryness", "itch"),
            "week": np.where(np.arange(k) % 2 == 0, 4, 8),
            "dose": rng.normal(0, 1, k),
        }
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 50), scale=st.floats(0.2, 20), shift=st.floats(-50, 50))
def test_scale_and_origin(seed, scale, shift):
    table = effects(seed)
    moved = table.assign(yi=scale * table.yi + shift, vi=scale**2 * table.vi)
    one = multilevel(table, random="1 | study/row", test="z")
    two = multilevel(moved, random="1 | study/row", test="z")
    assert two.coefficients[0] == pytest.approx(scale * one.coefficients[0] + shift, rel=1e-6)
    assert two.se[0] == pytest.approx(scale * one.se[0], rel=1e-5)
    typical = float(table.vi.median())
    for a, b in zip(one.of_kind("sigma2"), two.of_kind("sigma2"), strict=True):
        assert b / scale**2 == pytest.approx(a, rel=1e-4, abs=1e-5 * typical)


@pytest.mark.parametrize("random", ["1 | study/row", "CS(outcome | study)", "UN(outcome | study)"])
@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_does_not_matter(random, seed):
    table = effects(seed, structured=True)
    shuffled = table.sample(frac=1, random_state=seed)
    one, two = (multilevel(t, random=random, moderators=["outcome"]) for t in (table, shuffled))
    assert two.coefficients == pytest.approx(one.coefficients, rel=1e-6, abs=1e-8)
    assert two.fit.log_likelihood == pytest.approx(one.fit.log_likelihood, abs=1e-8)


@pytest.mark.parametrize("likelihood", ["ML", "REML"])
def test_one_effect_per_group_is_ordinary_pooling(likelihood):
    table = effects(3)
    plain = pool(table.drop(columns="study"), tau2=likelihood, test="z")
    nested = multilevel(table, random="1 | row", likelihood=likelihood, test="z")
    assert nested.coefficients[0] == pytest.approx(plain.estimate, rel=1e-7)
    assert nested.se[0] == pytest.approx(plain.se, rel=1e-7)
    assert nested.of_kind("sigma2")[0] == pytest.approx(plain.tau2, rel=1e-6)
    assert nested.q == pytest.approx(plain.q, rel=1e-10)
    assert nested.i2["row"] == pytest.approx(plain.i2, rel=1e-6)
    assert (nested.pi_low, nested.pi_high) == pytest.approx((plain.pi_low, plain.pi_high), rel=1e-6)
    limits = component_intervals(nested)
    simple = profile_interval(table.drop(columns="study"), likelihood=likelihood)
    assert limits.ci_low[0] == pytest.approx(simple.loc["tau2", "ci_low"], rel=1e-5, abs=1e-8)
    assert limits.ci_high[0] == pytest.approx(simple.loc["tau2", "ci_high"], rel=1e-5)


def test_compound_symmetry_is_two_nested_intercepts():
    # with ρ ≥ 0 and each outcome once per study, CS is a study and an effect variance
    table = effects(0, structured=True, studies=12)
    nested = multilevel(table, random="1 | study/row", test="z")
    cs = multilevel(table, random="CS(outcome | study)", test="z")
    between, within = nested.of_kind("sigma2")
    assert between > 0 < within
    assert cs.of_kind("tau2")[0] == pytest.approx(between + within, rel=1e-6)
    assert cs.of_kind("rho")[0] == pytest.approx(between / (between + within), rel=1e-6)
    assert cs.fit.log_likelihood == pytest.approx(nested.fit.log_likelihood, abs=1e-9)


@pytest.mark.parametrize(
    ("general", "special"),
    [("UN", "HCS"), ("HCS", "CS"), ("HAR", "AR"), ("CS", "ID"), ("DIAG", "ID"), ("UN", "DIAG")],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_more_general_structure_fits_no_worse(general, special, seed):
    table = effects(seed, structured=True)
    wide, narrow = (
        multilevel(table, random=f"{name}(outcome | study)", test="z")
        for name in (general, special)
    )
    assert wide.fit.log_likelihood >= narrow.fit.log_likelihood - 1e-8


def test_with_two_levels_un_is_hcs_and_ar_is_cs():
    table = effects(1, structured=True)
    found = {
        name: multilevel(table, random=f"{name}(outcome | study)", test="z")
        for name in ("UN", "HCS", "HAR", "AR", "CS")
    }
    same = found["UN"].fit.log_likelihood
    assert found["HCS"].fit.log_likelihood == pytest.approx(same, abs=1e-8)
    assert found["HAR"].fit.log_likelihood == pytest.approx(same, abs=1e-8)
    assert found["AR"].of_kind("rho")[0] == pytest.approx(found["CS"].of_kind("rho")[0], rel=1e-5)


@pytest.mark.parametrize(
    "random", ["1 | study/row", *(f"{s}(outcome | study)" for s in ("CS", "DIAG", "HCS", "UN"))]
)
def test_profile_limits_are_where_the_likelihood_ratio_says(random):
    table = effects(5, structured=True, studies=12)
    fit = multilevel(table, random=random, test="z", likelihood="ML")
    limits = component_intervals(fit)
    assert (limits.ci_low <= limits.estimate + 1e-9).all()
    assert (limits.ci_high >= limits.estimate - 1e-9).all()
    narrower = component_intervals(fit, level=0.5)
    assert (narrower.ci_low >= limits.ci_low - 1e-9).all()
    assert (narrower.ci_high <= limits.ci_high + 1e-9).all()


@pytest.mark.parametrize("seed", range(4))
def test_un_and_hcs_have_the_same_profiles_with_two_levels(seed):
    table = effects(seed, structured=True, studies=12)
    un, hcs = (
        component_intervals(multilevel(table, random=f"{s}(outcome | study)", test="z"))
        for s in ("UN", "HCS")
    )
    columns = ["estimate", "ci_low", "ci_high"]
    assert un[columns].to_numpy() == pytest.approx(hcs[columns].to_numpy(), rel=1e-4, abs=1e-6)


def test_blocks_and_the_whole_covariance_are_the_same():
    table = effects(2, structured=True)
    whole = sampling_covariance(table, rho=0.6)
    blocks = [whole[i : i + 2, i : i + 2] for i in range(0, len(table), 2)]
    one, two = (multilevel(table, random="1 | study", sampling=v) for v in (whole, blocks))
    assert one.coefficients[0] == two.coefficients[0]


def test_independent_sampling_is_a_diagonal_matrix():
    table = effects(2)
    one = multilevel(table, random="1 | study/row")
    two = multilevel(table, random="1 | study/row", sampling=np.diag(table.vi))
    assert two.coefficients[0] == pytest.approx(one.coefficients[0], rel=1e-8)
    assert two.q == pytest.approx(one.q, rel=1e-10)


def test_df_follow_the_level_a_moderator_varies_at():
    table = effects(4, structured=True, studies=9)
    table["quality"] = [len(name) + int(name[1:]) % 2 for name in table.study]
    fit = multilevel(table, random="1 | study/row", moderators=["quality", "dose"])
    assert fit.df.tolist() == [9 - 3, 9 - 3, 18 - 3]
    assert fit.qm_df2 == 9 - 3


def test_correlated_errors_of_two_rows_by_hand():
    v = sampling_covariance({"study": ["a", "a"], "vi": [0.04, 0.09]}, rho=0.5)
    fit = multilevel({"yi": [0.2, 0.5], "study": ["a", "a"]}, random=None, sampling=v, test="z")
    weights = np.linalg.solve(v, np.ones(2))
    assert fit.coefficients[0] == pytest.approx(weights @ [0.2, 0.5] / weights.sum())
    assert fit.se[0] == pytest.approx(weights.sum() ** -0.5)


def test_several_reasons_to_correlate_multiply():
    table = pd.DataFrame(
        {
            "study": ["a"] * 3,
            "vi": [1.0, 1.0, 1.0],
            "obs": [1, 2, 3],
            "type": ["x", "x", "y"],
            "week": [0, 1, 1],
        }
    )
    v = sampling_covariance(table, obs="obs", type="type", time="week", rho=(0.8, 0.5), phi=0.9)
    assert v == pytest.approx(np.array([[1, 0.72, 0.45], [0.72, 1, 0.5], [0.45, 0.5, 1]]))


def test_arms_shared_and_outcomes_correlated():
    table = pd.DataFrame(
        {
            "study": ["a"] * 4,
            "vi": [1.0] * 4,
            "arm": ["low", "low", "high", "high"],
            "control": ["none"] * 4,
            "outcome": ["x", "y"] * 2,
            "n": [10] * 4,
        }
    )
    base = sampling_covariance(table, type="outcome", rho=0.4)
    v = shared_arm_covariance(table, arm1="arm", arm2="control", n1="n", n2="n", base=base)
    assert v[0] == pytest.approx([1.0, 0.4, 0.5, 0.2])


def test_an_impossible_set_of_correlations_is_named():
    table = {"study": ["a"] * 3, "vi": [1.0] * 3, "type": ["x", "y", "z"]}
    rho = {("x", "y"): 0.9, ("y", "z"): 0.9, ("x", "z"): -0.9}
    with pytest.raises(SynthesisError, match="a cannot all hold at once"):
        sampling_covariance(table, type="type", rho=rho)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"random": "1 | paper"}, SynthesisError, "no column paper"),
        ({"random": "study"}, SynthesisError, "cannot be read"),
        ({"random": "outcome | study"}, SynthesisError, "names no structure"),
        ({"random": "US(outcome | study)"}, OptionError, "structure='US'"),
        ({"random": "CAR(outcome | study)"}, SynthesisError, "CAR needs numbers"),
        ({"random": "1 | study", "likelihood": "MLE"}, OptionError, "Did you mean 'ML'"),
        ({"random": "1 | study", "test": "F"}, OptionError, "test='F'"),
        ({"random": "1 | study", "sampling": np.eye(3)}, SynthesisError, "3 × 3"),
        ({"random": "1 | study", "moderators": ["dose", "half"]}, SynthesisError, "half"),
    ],
)
def test_refusals(options, error, words):
    with pytest.raises(error, match=words):
        multilevel(effects(0, structured=True).assign(half=lambda t: t.dose / 2), **options)


def test_groups_that_cannot_be_told_apart():
    table = effects(0, structured=True).drop_duplicates("study")
    with pytest.raises(SynthesisError, match="make the same groups"):
        multilevel(table, random="1 | study/row")


def test_levels_that_never_meet():
    table = effects(0, structured=True).assign(outcome=lambda t: t.study.str[-1])
    with pytest.raises(SynthesisError, match="never occur in the same group"):
        multilevel(table, random="UN(outcome | study)")
    with pytest.raises(SynthesisError, match="no correlation can be estimated"):
        multilevel(table, random="CS(outcome | study)")


def test_a_singular_sampling_covariance():
    table = effects(0, structured=True)
    v = sampling_covariance(table, rho=1.0)
    with pytest.raises(SynthesisError, match="singular"):
        multilevel(table, random="1 | study", sampling=v)


def test_rows_in_another_order_than_the_covariance():
    table = effects(0, structured=True)
    v = sampling_covariance(table, rho=0.5)
    with pytest.raises(SynthesisError, match="same order"):
        multilevel(table.iloc[::-1], random="1 | study", sampling=v)


def test_a_boundary_is_flagged_and_said():
    table = {"yi": [0.1, 0.11, 0.1, 0.12], "vi": [0.2] * 4, "study": ["a", "a", "b", "b"]}
    fit = multilevel(table, random="1 | study", test="z")
    (part,) = fit.components
    assert (part.estimate, part.at_boundary) == (0.0, True)
    assert any("estimated as 0" in note for note in fit.notes)


def test_clusters_must_contain_what_is_correlated():
    fit = multilevel(effects(0, structured=True), random="1 | study")
    with pytest.raises(SynthesisError, match="join rows of different clusters"):
        robust_multilevel(fit, cluster="row")


def test_tables_and_pictures_of_the_result():
    fit = multilevel(effects(0, structured=True), random="UN(outcome | study)", moderators="~ dose")
    assert fit.to_frame().index.tolist() == ["intercept", "dose"]
    assert fit.components_frame().kind.tolist() == ["tau2", "tau2", "rho"]
    assert "<table>" in fit._repr_html_()
    assert "correlation of outcome | study" in repr(fit)
    robust = robust_multilevel(fit)
    assert "CR2, 8 clusters" in repr(robust)
    assert "<table>" in robust._repr_html_()
