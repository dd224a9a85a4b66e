"""Bounds of a percent change: the worked numbers, and that nothing allowed lies outside."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evidence.effects.bounds import (
    fewest_people_that_decide,
    partial_identification_paired,
    se_interval_intersection,
    se_of_log,
    smallest_cv_that_undoes,
)
from evidence.effects.reported import p_limits, se_limits_from_p, statistic_of_p
from evidence.errors import EffectError

WRINKLES = {"cv": (0.2, 0.6), "r": (0.3, 0.9)}
ELASTICITY = {"cv": (0.08, 0.25), "r": (0.3, 0.9)}


def rounded(values: tuple[float, ...], digits: int = 1) -> list[float]:
    return [round(x, digits) for x in values]


class TestWorkedNumbers:
    """Sections 2.3, 3.1, 3.5 and 7 of the specification, to the digits it prints."""

    def test_fifty_people(self):
        found = partial_identification_paired(-20, 50, **WRINKLES)
        assert rounded(found.se, 4) == [0.0126, 0.1004]
        assert rounded(found.narrowest) == [-22.0, -18.0]
        assert rounded(found.widest) == [-34.3, -2.6]
        assert found.sign_decided

    def test_an_unknown_number_of_people(self):
        found = partial_identification_paired(15, (10, 60), **ELASTICITY)
        assert rounded(found.widest) == [-4.3, 38.1]
        assert not found.sign_decided

    @pytest.mark.parametrize(
        ("cv", "intervals"),
        [
            (0.2, [(-25.1, -14.6), (-24.3, -15.4), (-23.4, -16.5), (-22.0, -18.0)]),
            (0.3, [(-27.5, -11.7), (-26.4, -13.1), (-25.0, -14.7), (-22.9, -17.0)]),
            (0.4, [(-29.8, -8.8), (-28.4, -10.6), (-26.6, -12.8), (-23.9, -15.9)]),
            (0.5, [(-32.1, -5.7), (-30.4, -8.1), (-28.1, -10.9), (-24.8, -14.9)]),
            (0.6, [(-34.3, -2.6), (-32.3, -5.5), (-29.7, -9.0), (-25.7, -13.8)]),
            (0.8, [(-38.5, 4.0), (-35.9, -0.1), (-32.6, -5.0), (-27.6, -11.7)]),
        ],
    )
    def test_the_table_of_conditional_intervals(self, cv, intervals):
        for r, expected in zip((0.3, 0.5, 0.7, 0.9), intervals, strict=True):
            found = partial_identification_paired(-20, 50, (cv, cv), (r, r))
            assert found.narrowest == found.widest
            assert rounded(found.widest) == list(expected)

    @pytest.mark.parametrize(
        ("percent", "n", "region", "said", "se"),
        [
            (-20, 50, WRINKLES, ("<", 0.001), [0.0126, 0.0628]),
            (-20, 50, WRINKLES, ("<", 0.05), [0.0126, 0.1004]),
            (-4, 30, WRINKLES, ("ns",), [0.0199, 0.1296]),
            (15, 20, ELASTICITY, ("stars", 0.01), [0.0352, 0.0486]),
        ],
    )
    def test_a_region_cut_by_a_statement(self, percent, n, region, said, se):
        limits = p_limits(*said, grid=(0.05, 0.01, 0.001))
        found = se_interval_intersection(percent, n, p_interval=limits, **region)
        assert rounded(found.se, 4) == se

    def test_the_worst_interval_under_a_strict_threshold(self):
        found = se_interval_intersection(-20, 50, p_interval=(0, 0.001), **WRINKLES)
        assert rounded(found.widest) == [-29.3, -9.5]

    def test_an_implausibly_small_spread(self):
        found = se_interval_intersection(-2, 12, (0.3, 0.6), (0.3, 0.8), (0, 0.001))
        assert found.status == "empty"
        assert found.widest is None
        assert not found.sign_decided
        # both are printed: the region as it was stands beside the empty cut
        assert (
            found.unconstrained == partial_identification_paired(-2, 12, (0.3, 0.6), (0.3, 0.8)).se
        )

    @pytest.mark.parametrize(
        ("cv", "p_interval"), [((0.5, 0.6), (0, 0.001)), ((0.02, 0.2), (0.05, 1))]
    )
    def test_a_region_just_beyond_the_p(self, cv, p_interval):
        # SDs of the change from .46 where at most .40 fits; up to .22 where at least .70 does
        found = se_interval_intersection(-20, 50, cv, (0.3, 0.5), p_interval)
        assert found.status == "empty"

    @pytest.mark.parametrize(
        ("said", "se", "sd"), [(("<", 0.05), 9.95, 70.4), (("<", 0.001), 5.71, 40.4)]
    )
    def test_a_threshold_alone(self, said, se, sd):
        low, high = se_limits_from_p(-20, p_limits(*said), df=49)
        assert (low, round(high, 2), round(high * 50**0.5, 1)) == (0, se, sd)

    def test_stars_between_neighbours(self):
        limits = p_limits("stars", 0.01, grid=(0.05, 0.01, 0.001))
        assert rounded(se_limits_from_p(12, limits, df=19), 2) == [3.09, 4.19]

    def test_the_spread_that_undoes_it(self):
        assert [round(smallest_cv_that_undoes(-20, 50, r), 2) for r in (0.3, 0.5)] == [0.68, 0.81]

    @pytest.mark.parametrize(
        ("percent", "cv", "people"),
        [(15, 0.14, [6, 4, 1]), (15, 0.25, [18, 10, 3]), (18, 0.6, [71, 41, 11])],
    )
    def test_the_fewest_people_that_decide(self, percent, cv, people):
        found = [fewest_people_that_decide(percent, cv, r) for r in (0.3, 0.6, 0.9)]
        assert found == people


percents = st.floats(-80, 150).filter(lambda x: abs(x) > 0.5)
people = st.integers(5, 300)


@st.composite
def regions(draw) -> tuple[tuple[float, float], tuple[float, float]]:
    c = sorted(draw(st.tuples(st.floats(0.02, 1.2), st.floats(0.02, 1.2))))
    r = sorted(draw(st.tuples(st.floats(-0.5, 0.98), st.floats(-0.5, 0.98))))
    return (c[0], c[1]), (r[0], r[1])


@given(percents, people, regions(), st.floats(0, 1), st.floats(0, 1))
def test_bounds_hold_every_spread_of_the_region(percent, n, region, at_c, at_r):
    (c_low, c_high), (r_low, r_high) = region
    found = partial_identification_paired(percent, n, *region)
    se = se_of_log(c_low + at_c * (c_high - c_low), r_low + at_r * (r_high - r_low), n)
    assert found.se[0] * (1 - 1e-9) <= se <= found.se[1] * (1 + 1e-9)
    assert found.widest[0] <= found.narrowest[0] <= percent + 1e-9
    assert percent - 1e-9 <= found.narrowest[1] <= found.widest[1]


def allowed(percent, n, region, p_interval, steps):
    """Standard errors of a grid of pairs (c, r) whose own paired t test has a p inside."""
    ratio = 1 + percent / 100
    c, r = np.meshgrid(np.linspace(*region[0], steps), np.linspace(*region[1], steps))
    spread = c * np.sqrt(1 + ratio**2 - 2 * r * ratio)
    t = abs(percent) / 100 * math.sqrt(n) / spread
    fits = (t >= statistic_of_p(p_interval[1], df=n - 1)) & (
        t <= statistic_of_p(p_interval[0], df=n - 1)
    )
    return (c * np.sqrt(2 * (1 - r) / n))[fits]


statements = st.sampled_from([(0.0, 0.05), (0.0, 0.001), (0.05, 1.0), (0.001, 0.01), (0.01, 0.05)])


@given(percents, people, regions(), statements)
def test_no_pair_that_fits_the_p_lies_outside_the_cut(percent, n, region, p_interval):
    found = se_interval_intersection(percent, n, *region, p_interval)
    inside = allowed(percent, n, region, p_interval, steps=60)
    if found.status == "empty":
        assert inside.size == 0
        return
    low, high = found.se
    assert low <= high * (1 + 1e-9)
    assert np.all(inside >= low * (1 - 1e-9))
    assert np.all(inside <= high * (1 + 1e-9))
    assert found.unconstrained[0] <= low * (1 + 1e-9)
    assert high <= found.unconstrained[1] * (1 + 1e-9)


@pytest.mark.parametrize("p_interval", [(0.0, 0.05), (0.0, 0.001), (0.05, 1.0), (0.001, 0.01)])
@pytest.mark.parametrize(("percent", "n"), [(-20, 50), (-20, 12), (-8, 20), (15, 30)])
def test_the_cut_is_no_wider_than_it_must_be(percent, n, p_interval):
    region = ((0.2, 0.6), (0.3, 0.9))
    found = se_interval_intersection(percent, n, *region, p_interval)
    inside = allowed(percent, n, region, p_interval, steps=1500)
    if found.status == "empty":
        assert inside.size == 0
        return
    # half a percent: what a grid of this fineness leaves between its points and the edge
    assert found.se == pytest.approx((inside.min(), inside.max()), rel=5e-3)


@given(percents, people, regions(), st.floats(0, 1), st.floats(0, 1))
def test_thresholding_the_p_of_a_true_pair_keeps_its_standard_error(percent, n, region, at_c, at_r):
    """recover(degrade(truth)) contains the truth."""
    (c_low, c_high), (r_low, r_high) = region
    c, r = c_low + at_c * (c_high - c_low), r_low + at_r * (r_high - r_low)
    ratio = 1 + percent / 100
    t = abs(percent) / 100 * math.sqrt(n) / (c * math.sqrt(1 + ratio**2 - 2 * r * ratio))
    edges = [statistic_of_p(p, df=n - 1) for p in (0.05, 0.01, 0.001)]
    assume(all(abs(t - edge) > 1e-9 for edge in edges))
    grid = (1.0, 0.05, 0.01, 0.001, 0.0)
    passed = sum(t > edge for edge in edges)
    found = se_interval_intersection(percent, n, *region, (grid[passed + 1], grid[passed]))
    assert found.status == "bounded"
    se = se_of_log(c, r, n)
    assert found.se[0] * (1 - 1e-9) <= se <= found.se[1] * (1 + 1e-9)


@given(percents, people, st.floats(-0.5, 0.95))
def test_the_undoing_spread_puts_the_limit_at_zero(percent, n, r):
    cv = smallest_cv_that_undoes(percent, n, r)
    widest = partial_identification_paired(percent, n, (cv, cv), (r, r)).widest
    assert min(abs(x) for x in widest) == pytest.approx(0, abs=1e-9)


@given(percents, st.floats(0.05, 1), st.floats(-0.5, 0.95))
def test_one_person_fewer_no_longer_decides(percent, cv, r):
    n = fewest_people_that_decide(percent, cv, r)
    assert partial_identification_paired(percent, n, (cv, cv), (r, r)).sign_decided
    if n > 1:
        fewer = partial_identification_paired(percent, n - 1, (cv, cv), (r, r))
        assert not fewer.sign_decided


def test_equal_values_leave_no_spread():
    """r = 1 with equal coefficients of variation."""
    found = partial_identification_paired(-20, 50, (0.3, 0.3), (1, 1))
    assert found.se == (0, 0)
    assert found.widest == pytest.approx((-20, -20))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"percent": -100}, "nothing is left"),
        ({"percent": -130}, "more than 100 %"),
        ({"n": 0}, "number of people"),
        ({"n": (60, 10)}, "lower limit first"),
        ({"cv": (0.6, 0.2)}, "coefficient of variation"),
        ({"cv": (-0.1, 0.2)}, "coefficient of variation"),
        ({"r": (0.9, 0.3)}, "correlations"),
        ({"r": (0.3, 1.1)}, "correlations"),
        ({"n": math.nan}, "number of people"),
    ],
)
def test_what_is_no_region_is_refused(wrong, says):
    given_ = {"percent": -20, "n": 50, **WRINKLES} | wrong
    with pytest.raises(EffectError, match=says):
        partial_identification_paired(**given_)


def test_a_change_of_nothing_has_no_spread_that_follows():
    with pytest.raises(EffectError, match="0 %"):
        se_interval_intersection(0, 50, (0.2, 0.6), (0.3, 0.9), (0, 0.05))
    with pytest.raises(EffectError, match="change of 0"):
        fewest_people_that_decide(0, 0.3, 0.5)


@pytest.mark.parametrize("limits", [(-0.1, 0.05), (0.05, 0.01), (0.0, 1.2)])
def test_what_is_no_interval_of_p_values_is_refused(limits):
    with pytest.raises(EffectError, match="no interval of p values"):
        se_interval_intersection(-20, 50, (0.2, 0.6), (0.3, 0.9), limits)


def test_one_person_has_no_test():
    with pytest.raises(EffectError, match="number of people"):
        se_interval_intersection(-20, 1, (0.2, 0.6), (0.3, 0.9), (0, 0.05))
