"""Robust errors of regressions and dependent effects: theory, and what a user is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import OptionError, SynthesisError
from evidence.kernels.dependent import hierarchical_effects
from evidence.synthesis.pool import pool
from evidence.synthesis.regression import regress
from evidence.synthesis.robust import pool_dependent, robust_regression

TABLE = {
    "study": ["Kim", "Kim", "Lee", "Lin", "Lin", "Mora", "Ngo"],
    "yi": [0.10, 0.25, 0.80, 0.55, 0.70, 0.35, 0.60],
    "vi": [0.02, 0.03, 0.05, 0.02, 0.04, 0.03, 0.06],
    "weeks": [2, 4, 8, 4, 8, 4, 12],
}


@st.composite
def nested(draw):
    """Effects of at least three studies, one of them with several."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=3, max_size=6))
    sizes[0] = max(2, sizes[0])
    k = sum(sizes)
    random = np.random.default_rng(draw(st.integers(0, 9999)))
    return {
        "study": np.repeat([f"s{j}" for j in range(len(sizes))], sizes).tolist(),
        "yi": random.normal(0.4, 0.5, k).round(3).tolist(),
        "vi": random.uniform(0.01, 0.2, k).round(4).tolist(),
    }


@given(table=nested(), scale=st.floats(0.1, 10), shift=st.floats(-5, 5),
       working=st.sampled_from(["CORR", "HIER"]))  # fmt: skip
@settings(max_examples=40)
def test_estimates_follow_the_scale_and_the_origin(table, scale, shift, working):
    found = pool_dependent(table, working=working)
    moved = pool_dependent(
        {**table, "yi": [scale * y + shift for y in table["yi"]],
         "vi": [scale**2 * v for v in table["vi"]]},
        working=working,
    )  # fmt: skip
    assert moved.estimate[0] == pytest.approx(scale * found.estimate[0] + shift, rel=1e-6, abs=1e-8)
    assert moved.se[0] == pytest.approx(scale * found.se[0], rel=1e-5)
    assert moved.df[0] == pytest.approx(found.df[0], rel=1e-5)
    assert moved.tau2 == pytest.approx(scale**2 * found.tau2, rel=1e-5, abs=1e-8)


@given(table=nested())
@settings(max_examples=40)
def test_hierarchical_variances_reproduce_both_quadratic_forms(table):
    """Where neither is cut off at zero, both forms equal their expectation at the estimates."""
    yi, vi = np.array(table["yi"]), np.array(table["vi"])
    _, study = np.unique(table["study"], return_inverse=True)
    found = hierarchical_effects(yi, vi, np.ones((len(yi), 1)), study)
    weights, pairs = np.diag(1 / vi), (study[:, None] == study).astype(float)
    ones = np.ones((len(yi), 1))
    residual_maker = np.eye(len(yi)) - ones @ ones.T @ weights / weights.sum()
    e = residual_maker @ yi
    covariance = np.diag(vi) + found.tau2 * pairs + found.omega2 * np.eye(len(yi))

    def expected(form):
        return np.trace(residual_maker.T @ form @ residual_maker @ covariance)

    if found.tau2 > 0:
        assert e @ weights @ e == pytest.approx(expected(weights), rel=1e-8)
    if found.tau2 > 0 and found.omega2 > 0:
        assert e @ pairs @ e == pytest.approx(expected(pairs), rel=1e-8)


def test_one_effect_per_study_is_ordinary_pooling_with_robust_errors():
    alone = {name: [column[i] for i in (0, 2, 3, 5, 6)] for name, column in TABLE.items()}
    found = pool_dependent(alone, working="CORR", rho=0.3)
    plain = pool(alone, tau2="DL", test="z")
    assert found.tau2 == pytest.approx(plain.tau2, rel=1e-9, abs=1e-12)
    assert found.estimate[0] == pytest.approx(plain.estimate, rel=1e-9)
    robust = robust_regression(regress(alone, tau2="DL", test="z"))
    assert found.se[0] == pytest.approx(robust.se[0], rel=1e-9)
    assert found.df[0] == pytest.approx(robust.df[0], rel=1e-9)


def test_rho_matters_for_tau2_alone_and_little():
    low, high = (pool_dependent(TABLE, rho=rho) for rho in (0.0, 1.0))
    assert low.tau2 < high.tau2
    assert low.estimate[0] == pytest.approx(high.estimate[0], abs=0.1 * low.se[0])


def test_the_joint_test_leaves_out_the_intercept_unless_asked():
    fitted = regress(TABLE, moderators=["weeks"], test="z")
    found = robust_regression(fitted, cluster=TABLE["study"])
    assert found.wald_terms == ("weeks",)
    assert found.wald.statistic == pytest.approx(found.statistic[1] ** 2, rel=1e-9)
    asked = robust_regression(fitted, cluster=TABLE["study"], btt=["intercept", "weeks"])
    assert asked.wald_terms == ("intercept", "weeks")
    mean = robust_regression(regress(TABLE, test="z"), cluster=TABLE["study"])
    assert mean.wald is None


def test_what_cannot_be_done_is_said():
    fitted = regress(TABLE, test="z")
    with pytest.raises(SynthesisError, match="lengths differ"):
        robust_regression(fitted, cluster=["Kim", "Lee"])
    with pytest.raises(SynthesisError, match="missing"):
        robust_regression(fitted, cluster=[None, *TABLE["study"][1:]])
    with pytest.raises(SynthesisError, match="differences between clusters"):
        robust_regression(fitted, cluster=["Kim"] * 7)
    with pytest.raises(OptionError, match="CORR, HIER"):
        pool_dependent(TABLE, working="CS")
    with pytest.raises(OptionError, match="from 0 to 1"):
        pool_dependent(TABLE, rho=1.5)
    with pytest.raises(SynthesisError, match="no column paper"):
        pool_dependent(TABLE, cluster="paper")
    with pytest.raises(SynthesisError, match="every study has one effect"):
        pool_dependent(TABLE, cluster=list("abcdefg"), working="HIER")


def test_results_show_themselves():
    found = pool_dependent(TABLE)
    assert found.to_frame().index.to_list() == ["intercept"]
    assert "correlated effects, rho 0.8" in repr(found)
    assert "<table>" in found._repr_html_()
    assert "CR2 errors" in repr(robust_regression(regress(TABLE), cluster=TABLE["study"]))
