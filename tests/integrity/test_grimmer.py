"""Mean and SD together: against every sample there is, where there are few enough to list."""

from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import EffectError
from evidence.integrity.grimmer import NOT_CHECKED, grimmer_exact
from evidence.integrity.reachable import (
    People,
    TooLargeError,
    first_reachable,
    four_squares,
    largest_squares,
    reachable_spreads,
    sample,
    smallest_squares,
)
from evidence.records.rounding import MODES, Box, box_of


def pairs_of(n, low, high):
    """Every (sum, sum of squares) of n integers from low to high."""
    every = combinations_with_replacement(range(low, high + 1), n)
    return {(sum(values), sum(v * v for v in values)) for values in every}


# the printed examples


@pytest.mark.parametrize(
    ("mean", "sd", "n", "reason"),
    [
        ("3.44", "2.47", 18, "parity"),
        ("5.23", "2.55", 35, "parity"),
        ("2.57", "2.57", 30, ""),
        ("3.10", "1.37", 10, ""),
        ("1.03", "0.41", 40, "no_integer_sum_of_squares"),
        ("3.58", "0.4", 33, "unreachable"),
        ("5.00", "1.4", 3, "unreachable"),
        ("3.19", "1.20", 28, "grim"),
    ],
)
def test_the_examples_of_the_specification(mean, sd, n, reason):
    found = grimmer_exact(mean, sd, n)
    assert (found.verdict, found.reason) == ("inconsistent" if reason else "consistent", reason)


def test_what_the_analytic_test_lets_pass_is_explained():
    found = grimmer_exact("3.58", "0.4", 33)
    assert found.nearest_sds == (0.5019,)  # the smallest there is: 14 at 3 and 19 at 4
    assert str(found) == (
        "These numbers cannot all be right: no whole-number answers of n = 33 have a mean of 3.58 "
        "and an SD of 0.4. It would fit if the SD were 0.50, or if the SD were a standard error."
    )


def test_three_people_with_a_mean_of_five():
    found = grimmer_exact("5.00", "1.4", 3)
    assert found.nearest_sds == (1.0, 1.7321)  # 4 5 6 and 4 4 7
    assert "computed with n in place of n − 1" in str(found)
    assert found.squares == (range(79, 80),)


def test_the_scale_rules_out_what_is_possible_without_one():
    assert grimmer_exact("4.90", "0.91", 20).verdict == "consistent"
    assert grimmer_exact("4.90", "0.91", 20, scale_min=1, scale_max=5).reason == "unreachable"
    assert grimmer_exact("3.50", "2.06", 20).verdict == "consistent"
    assert grimmer_exact("3.50", "2.06", 20, scale_min=1, scale_max=5).reason == "unreachable"
    assert grimmer_exact("6.00", "0.85", 12, scale_min=1, scale_max=5).reason == "unreachable"


def test_one_sided_scales():
    assert grimmer_exact("0.50", "1.58", 10, scale_min=0).found == (5, 25)  # one 5, nine 0
    assert grimmer_exact("-0.50", "1.58", 10, scale_max=0).found == (-5, 25)
    assert grimmer_exact("0.50", "1.84", 10).verdict == "consistent"
    assert grimmer_exact("0.50", "1.84", 10, scale_min=0).reason == "unreachable"


def test_nobody_spread_at_all():
    assert grimmer_exact("3.00", "0.00", 12, scale_min=1, scale_max=5).found == (36, 108)
    assert grimmer_exact("3.50", "0.00", 12).verdict == "inconsistent"


def test_one_and_two_people():
    assert grimmer_exact("3", "1.00", 1).verdict == "not_testable"
    assert grimmer_exact("3.5", "1.00", 1).reason == "grim"
    assert grimmer_exact("3.5", "0.71", 2).found == (7, 25)
    assert grimmer_exact("3.5", "1.41", 2).verdict == "inconsistent"


def test_a_negative_sd_and_no_items_are_errors():
    with pytest.raises(EffectError, match="not negative"):
        grimmer_exact("3.10", "-1.37", 10)
    with pytest.raises(EffectError, match="items is 0"):
        grimmer_exact("3.10", "1.37", 10, items=0)


# against brute force


@given(
    n=st.integers(2, 5),
    low=st.integers(-2, 1),
    width=st.integers(1, 4),
    items=st.integers(1, 2),
    mean=st.integers(-30, 60),
    sd=st.integers(0, 40),
    mode=st.sampled_from(MODES),
)
def test_a_verdict_is_what_listing_every_sample_gives(n, low, width, items, mean, sd, mode):
    mean_text, sd_text = f"{mean / 10:.1f}", f"{sd / 10:.1f}"
    means, sds = box_of(mean_text, mode), box_of(sd_text, mode)
    if mean == 0:  # a printed zero may come from either side of zero
        means = Box(-means.high, means.high, means.high_in, means.high_in)
    possible = False
    for total, squares in pairs_of(n, items * low, items * (low + width)):
        variance = Fraction(n * squares - total**2, n * (n - 1) * items**2)
        above = sds.low < 0 or variance > sds.low**2 or (sds.low_in and variance == sds.low**2)
        below = variance < sds.high**2 or (sds.high_in and variance == sds.high**2)
        possible |= Fraction(total, n * items) in means and above and below
    found = grimmer_exact(
        mean_text, sd_text, n, scale_min=low, scale_max=low + width, items=items, rounding=mode
    )
    assert (found.verdict == "consistent") == possible


@pytest.mark.parametrize(("low", "high"), [(0, 1), (1, 5), (-3, 2), (0, 6)])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_reachable_is_what_listing_gives_and_every_witness_is_one(n, low, high):
    every = pairs_of(n, low, high)
    for total in range(n * low - 1, n * high + 2):
        for squares in range(n * max(low**2, high**2) + 3):
            one = range(squares, squares + 1)
            reached = first_reachable(n, total, one, low=low, high=high)
            values = sample([People(n, low, high)], total, squares)
            assert (reached == squares) == ((total, squares) in every) == (values is not None)
            if values is not None:
                assert len(values) == n
                assert low <= min(values) <= max(values) <= high
                assert (sum(values), sum(v * v for v in values)) == (total, squares)


@pytest.mark.parametrize(("n", "high"), [(20, 4), (12, 9), (30, 2)])
def test_the_programme_is_what_adding_person_by_person_gives(n, high):
    pairs = {(0, 0)}
    for _ in range(n):
        pairs = {(total + v, squares + v * v) for total, squares in pairs for v in range(high + 1)}
    for total in range(n * high + 1):
        least, most = smallest_squares(n, total), largest_squares(n, total, 0, high)
        bits = reachable_spreads([People(n, 0, high)], total, (most - least) // 2)
        reached = {least + 2 * e for e in range((most - least) // 2 + 1) if bits >> e & 1}
        assert reached == {squares for t, squares in pairs if t == total}


@given(n=st.integers(9, 14), total=st.integers(-20, 20), spread=st.integers(0, 30))
def test_nine_people_reach_every_spread_by_either_way(n, total, spread):
    squares = smallest_squares(n, total) + 2 * spread
    found = first_reachable(n, total, range(squares, squares + 1))
    assert found == squares
    assert reachable_spreads([People(n, None, None)], total, spread) >> spread & 1


@given(st.integers(0, 10**9))
def test_four_squares_sum_to_the_number(number):
    parts = four_squares(number)
    assert sum(part**2 for part in parts) == number
    assert len(parts) <= 4


@given(st.lists(st.integers(0, 6), min_size=1, max_size=9))
def test_sums_of_squares_lie_between_their_limits(values):
    n, total, squares = len(values), sum(values), sum(v * v for v in values)
    assert smallest_squares(n, total) <= squares <= largest_squares(n, total, 0, 6)


def test_limits_that_no_total_keeps():
    assert largest_squares(3, 20, 0, 6) is None
    assert largest_squares(3, 18, 0, 6) == 108
    assert largest_squares(3, 18, 6, 6) == 108


# what it costs


def test_two_hundred_people_are_settled():
    assert grimmer_exact("3.20", "1.20", 200).verdict == "consistent"
    tight = grimmer_exact("3.20", "1.98", 200, scale_min=1, scale_max=5)
    assert (tight.verdict, tight.reason) == ("consistent", "")
    beyond = grimmer_exact("3.20", "2.00", 200, scale_min=1, scale_max=5)
    assert beyond.reason == "unreachable"


def test_what_would_take_too_long_says_that_it_was_not_checked():
    found = grimmer_exact("50.20", "49.5", 200, scale_min=0, scale_max=100)
    assert (found.verdict, found.reason) == ("consistent", NOT_CHECKED)
    assert "not worked out" in str(found)
    with pytest.raises(TooLargeError):
        first_reachable(200_000, 3, range(10**6, 10**6 + 2))


def test_a_whole_country_is_answered_at_once():
    assert grimmer_exact("3", "1", 50_000_000).reason == NOT_CHECKED
    with pytest.raises(EffectError, match="a whole number"):
        grimmer_exact("3", "1", 10**30)


def test_an_impossible_sd_is_found_however_many_people():
    assert grimmer_exact("50.2", "50.4", 200, scale_min=0, scale_max=100).reason == "unreachable"
