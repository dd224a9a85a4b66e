"""Pooling with standard errors that are limited or missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evidence as ev
from evidence.errors import SynthesisError
from evidence.records.priors import Prior, prior_of
from evidence.synthesis.pool_bounded import pool_bounded
from evidence.synthesis.pool_imputed import pool_imputed


def frame(yi, low, high=None):
    return pd.DataFrame({"yi": yi, "se_low": low, "se_high": low if high is None else high})


KNOWN = frame([-0.22, -0.10, -0.15, 0.02], [0.05, 0.03, 0.04, 0.06])


def test_known_errors_give_the_plain_pool():
    found = pool_bounded(KNOWN)
    plain = ev.pool({"yi": KNOWN["yi"], "vi": KNOWN["se_low"] ** 2})
    assert found.estimate_low == pytest.approx(plain.estimate, rel=1e-9)
    assert found.estimate_low == found.estimate_high
    assert (found.widest_low, found.widest_high) == pytest.approx((plain.ci_low, plain.ci_high))
    assert found.corners == 1


@given(
    yi=st.lists(st.floats(-1, 1), min_size=2, max_size=6),
    draw=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_with_equal_effects_no_error_inside_the_box_leaves_the_range(yi, draw):
    """A weighted mean is monotone in every weight, so the corners hold all of the box."""
    k = len(yi)
    low = np.array(draw.draw(st.lists(st.floats(0.02, 0.2), min_size=k, max_size=k)))
    more = np.array(draw.draw(st.lists(st.floats(0.0, 0.3), min_size=k, max_size=k)))
    inside = np.array(draw.draw(st.lists(st.floats(0.0, 1.0), min_size=k, max_size=k)))
    found = pool_bounded(frame(yi, low, low + more), tau2="EE", test="z")
    plain = ev.pool({"yi": yi, "vi": (low + inside * more) ** 2}, tau2="EE", test="z")
    assert found.estimate_low - 1e-9 <= plain.estimate <= found.estimate_high + 1e-9
    assert found.widest_low <= found.narrowest_low <= found.narrowest_high <= found.widest_high


def test_many_limited_errors_still_reach_the_extremes_of_equal_effects():
    rng = np.random.default_rng(3)
    yi = rng.normal(size=9)
    low, high = np.full(9, 0.05), np.full(9, 0.5)
    every = pool_bounded(frame(yi, low, high), tau2="EE", test="z")
    assert every.exhaustive
    # the extremes of a weighted mean are at threshold patterns: trust below, doubt above
    import evidence.synthesis.pool_bounded as room

    few = room.ALL_CORNERS
    try:
        room.ALL_CORNERS = 2
        some = pool_bounded(frame(yi, low, high), tau2="EE", test="z")
    finally:
        room.ALL_CORNERS = few
    assert not some.exhaustive
    assert some.corners < every.corners
    assert some.estimate_low == pytest.approx(every.estimate_low, rel=1e-12)
    assert some.estimate_high == pytest.approx(every.estimate_high, rel=1e-12)


def test_an_effect_without_an_upper_limit_is_left_out_by_name():
    rows = KNOWN.assign(study=list("abcd"), se_high=[np.nan, 0.03, np.inf, 0.06])
    found = pool_bounded(rows)
    assert found.left_out == ("a", "c")
    assert "left out" in repr(found)
    with pytest.raises(SynthesisError, match="nothing to pool"):
        pool_bounded(rows.assign(se_high=np.nan))


@pytest.mark.parametrize(
    ("change", "says"),
    [({"se_low": 0.5}, "in order"), ({"se_high": -1.0}, "in order")],
)
def test_limits_out_of_order(change, says):
    with pytest.raises(SynthesisError, match=says):
        pool_bounded(KNOWN.assign(**change))


POINT = Prior("x", "t", 0.35, 0.0, None, 0.6, 0.0, (0.3, 0.9), "for a test")


def missing_first(n=50):
    vi = [np.nan, 0.0009, 0.0016]
    return pd.DataFrame({"yi": [-0.22, -0.10, -0.15], "vi": vi, "n": [n, 40, 36]})


def test_a_prior_without_spread_is_plain_pooling_with_its_value():
    rows = missing_first()
    found = pool_imputed(rows, POINT, test="z")
    filled = rows["vi"].fillna(2 * 0.35**2 * 0.4 / 50)
    plain = ev.pool({"yi": rows["yi"], "vi": filled}, test="z")
    assert (found.estimate, found.se) == pytest.approx((plain.estimate, plain.se), rel=1e-9)
    assert found.between_share == pytest.approx(0, abs=1e-12)


def test_two_groups_take_their_own_formula():
    rows = missing_first().assign(n=np.nan, n1=[20, 20, 20], n2=[22, 20, 20])
    found = pool_imputed(rows, POINT, test="z")
    plain = ev.pool(
        {"yi": rows["yi"], "vi": rows["vi"].fillna(0.35**2 * (1 / 20 + 1 / 22))}, test="z"
    )
    assert found.se == pytest.approx(plain.se, rel=1e-9)


def test_not_knowing_costs_and_the_seed_fixes_the_bytes():
    rows = missing_first()
    prior = prior_of("wrinkle_depth")
    first, again = pool_imputed(rows, prior), pool_imputed(rows, prior)
    assert repr(first) == repr(again)
    assert (first.estimate, first.se) == (again.estimate, again.se)
    assert first.between_share > 0
    assert pool_imputed(rows, prior, seed=7).estimate != first.estimate
    assert abs(pool_imputed(rows, prior, seed=7).estimate - first.estimate) < 6 * first.mc_error


def test_no_number_of_people_is_assumed():
    rows = missing_first().assign(n=np.nan, study=list("abc"))
    with pytest.raises(SynthesisError, match="a: the number of people is not stated"):
        pool_imputed(rows, prior_of("wrinkle_depth"))


def test_a_family_without_a_spread_is_refused():
    with pytest.raises(SynthesisError, match="no coefficient of variation"):
        pool_imputed(missing_first(), prior_of("radiance"))
