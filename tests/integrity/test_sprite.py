"""Samples behind a mean and an SD, and the share of people beyond a threshold beside them."""

from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_granularity import PRINTED_BY, printed, printed_sd

from evidence.errors import EffectError, OptionError
from evidence.integrity.grimmer import NOT_CHECKED, grimmer_exact
from evidence.integrity.responders import responders_fit
from evidence.integrity.sprite import all_samples, one_sample
from evidence.records.rounding import box_of

IMPROVED = {"threshold": -1, "side": "at_most"}


def fitting(mean, sd, n, low, high):
    """Every sample whose mean and SD lie in the boxes of the printed ones."""
    means, sds = box_of(mean), box_of(sd)
    for values in combinations_with_replacement(range(low, high + 1), n):
        total, squares = sum(values), sum(v * v for v in values)
        variance = Fraction(n * squares - total**2, n * (n - 1))
        if Fraction(total, n) in means and max(0, sds.low) ** 2 <= variance <= sds.high**2:
            yield values


# one sample


def test_a_sample_prints_as_what_it_was_made_from():
    found = one_sample("3.47", "1.16", 32, scale_min=1, scale_max=5)
    pen = PRINTED_BY["half_up"][0]
    assert len(found.values) == 32
    assert set(found.values) <= {1, 2, 3, 4, 5}
    assert printed(Fraction(sum(found.values), 32), 2, pen) == "3.47"
    assert printed_sd(found.values, 1, 2, pen) == "1.16"


@given(st.lists(st.integers(0, 4), min_size=2, max_size=25), st.booleans())
def test_a_true_sample_always_finds_another_with_its_figures(values, on_scale):
    pen, n = PRINTED_BY["half_up"][0], len(values)
    mean = printed(Fraction(sum(values), n), 2, pen)
    sd = printed_sd(values, 1, 2, pen)
    scale = {"scale_min": 0, "scale_max": 4} if on_scale else {}
    found = one_sample(mean, sd, n, rounding="half_up", **scale)
    assert printed(Fraction(sum(found.values), n), 2, pen) == mean
    assert printed_sd(found.values, 1, 2, pen) == sd
    assert not on_scale or set(found.values) <= set(range(5))


def test_no_sample_has_a_reason():
    found = one_sample("4.90", "0.91", 20, scale_min=1, scale_max=5)
    assert (found.verdict, found.reason, found.values) == ("inconsistent", "unreachable", ())
    assert str(found).startswith("These numbers cannot all be right")
    assert one_sample("3", "1", 1).verdict == "not_testable"


def test_no_sample_found_for_its_cost_is_never_called_impossible():
    found = one_sample("50.20", "49.5", 200, scale_min=0, scale_max=100)
    assert (found.verdict, found.reason, found.values) == ("consistent", NOT_CHECKED, ())
    assert "nor ruled out" in str(found)


def test_with_items_a_sample_holds_sums_of_people():
    found = one_sample("2.44", "0.61", 15, items=3, scale_min=0, scale_max=4)
    assert sum(found.values) == 110
    assert max(found.values) <= 12


# all samples


@pytest.mark.parametrize(
    ("mean", "sd", "n", "low", "high"),
    [
        ("3.10", "1.37", 10, 1, 5),
        ("2.5", "1.1", 8, 0, 6),
        ("3", "1.5", 6, 1, 7),
        ("-0.25", "1.04", 8, -3, 3),
        ("4.00", "0.00", 7, 1, 5),
        ("5.00", "1.40", 3, 0, 9),
        ("1.50", "2.12", 2, 0, 3),
    ],
)
def test_all_samples_are_those_that_listing_finds(mean, sd, n, low, high):
    want = set(fitting(mean, sd, n, low, high))
    found = all_samples(mean, sd, n, scale_min=low, scale_max=high, most=10**6)
    assert found.count == len(want)
    assert len(found.samples) == len(want)
    assert set(found.samples) == want
    assert found.complete
    assert found.verdict == ("consistent" if want else "inconsistent")


def test_a_long_list_is_cut_and_says_so():
    found = all_samples("4.47", "1.70", 30, scale_min=0, scale_max=9, most=5)
    assert len(found.samples) == 5
    assert not found.complete
    assert found.count == 3608
    whole = all_samples("4.47", "1.70", 30, scale_min=0, scale_max=9, most=10**4)
    assert len(set(whole.samples)) == 3608  # listed one by one, not counted


def test_too_many_to_count_is_neither_zero_nor_a_guess():
    found = all_samples("44.5", "17", 30, scale_min=0, scale_max=100, most=3)
    assert found.count is None
    assert len(found.samples) == 3
    assert not found.complete


def test_listing_needs_few_people_and_a_scale():
    with pytest.raises(EffectError, match="2 to 30 people"):
        all_samples("3.10", "1.37", 31, scale_min=1, scale_max=5)
    with pytest.raises(EffectError, match="2 to 30 people"):
        all_samples("3", "1.37", 1, scale_min=1, scale_max=5)
    with pytest.raises(EffectError, match="both needed"):
        all_samples("3.10", "1.37", 10, scale_min=1, scale_max=None)


# a share beside mean and SD


def test_most_improved_beside_a_small_mean_change():
    found = responders_fit("-0.60", "0.50", 20, percent="85", **IMPROVED)
    assert grimmer_exact("-0.60", "0.50", 20).verdict == "consistent"
    assert (found.verdict, found.reason) == ("inconsistent", "jointly_unreachable")
    assert found.possible_counts == (12,)  # twelve fell by one grade, eight did not move
    assert "It would fit if 12 people were there." in str(found)


def test_a_share_that_goes_with_mean_and_sd_has_a_witness():
    found = responders_fit("-1.20", "0.70", 20, percent="85", **IMPROVED)
    assert found.verdict == "consistent"
    assert sum(v <= -1 for v in found.values) == 17
    assert sum(found.values) == -24


def test_the_reasons_before_the_joint_one():
    assert responders_fit("-1.23", "0.70", 20, percent="85", **IMPROVED).reason == "grim"
    assert responders_fit("-1.20", "0.70", 20, percent="86", **IMPROVED).reason == "percent"
    assert responders_fit("-1", "0.70", 1, percent="100", **IMPROVED).verdict == "not_testable"


def test_a_share_as_a_lower_limit():
    exactly = responders_fit("-1.00", "0.00", 20, percent="85", **IMPROVED)
    at_least = responders_fit("-1.00", "0.00", 20, percent="85", or_more=True, **IMPROVED)
    assert (exactly.verdict, exactly.possible_counts) == ("inconsistent", (20,))
    assert (at_least.verdict, at_least.values) == ("consistent", (-1,) * 20)


def test_what_takes_too_long_is_not_judged():
    found = responders_fit("-20.2", "30.5", 200, percent="85", **IMPROVED)
    assert (found.verdict, found.reason) == ("not_testable", NOT_CHECKED)


def test_sides_and_thresholds_that_cannot_be():
    with pytest.raises(OptionError, match="at_most"):
        responders_fit("-1.20", "0.70", 20, percent="85", threshold=-1, side="below")
    with pytest.raises(EffectError, match=r"threshold is -0\.5"):
        responders_fit("-1.20", "0.70", 20, percent="85", threshold=-0.5, side="at_most")


@given(
    mean=st.sampled_from(["-0.50", "0.33", "1.00", "1.17", "-1.33"]),
    sd=st.sampled_from(["0.55", "0.82", "1.03", "1.47", "1.51", "2.10"]),
    threshold=st.integers(-2, 2),
    side=st.sampled_from(["at_least", "at_most"]),
    count=st.integers(0, 6),
    or_more=st.booleans(),
)
def test_a_joint_verdict_is_what_listing_gives(mean, sd, threshold, side, count, or_more):
    def beyond(value):
        return value >= threshold if side == "at_least" else value <= threshold

    seen = {sum(map(beyond, values)) for values in fitting(mean, sd, 6, -3, 3)}
    found = responders_fit(
        mean,
        sd,
        6,
        percent=f"{100 * count / 6:.1f}",
        threshold=threshold,
        side=side,
        or_more=or_more,
        scale_min=-3,
        scale_max=3,
    )
    asked = range(count, 7) if or_more else [count]
    assert (found.verdict == "consistent") == any(k in seen for k in asked)
    if found.values:
        assert sum(map(beyond, found.values)) in asked
    elif seen:
        assert set(found.possible_counts) == seen
