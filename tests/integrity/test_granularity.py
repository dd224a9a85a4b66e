"""Means, shares and SDs against n: the figures of papers, brute force, and truth never accused."""

import subprocess
import sys
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    localcontext,
)
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import EffectError, OptionError
from evidence.integrity.granularity import grim, grim_percent
from evidence.integrity.grimmer import grimmer_exact
from evidence.integrity.printed_sets import share_that_fits
from evidence.integrity.spread_limits import debit_exact, sd_bounds_on_scale
from evidence.records.rounding import MODES, box_of

PRINTED_BY = {
    "up_or_down": (ROUND_HALF_UP, ROUND_HALF_DOWN),
    "half_up": (ROUND_HALF_UP,),
    "half_down": (ROUND_HALF_DOWN,),
    "half_even": (ROUND_HALF_EVEN,),
    "floor": (ROUND_DOWN,),
    "ceiling": (ROUND_UP,),
    "any": (ROUND_DOWN, ROUND_UP, ROUND_HALF_EVEN),
}


def printed(value, decimals, way):
    """A fraction, or a Decimal, as `decimal` writes it: an independent hand with the pen."""
    with localcontext() as context:
        context.prec = 60
        if isinstance(value, Fraction):
            value = Decimal(value.numerator) / Decimal(value.denominator)
        return str(value.quantize(Decimal(1).scaleb(-decimals), rounding=way))


def printed_sd(values, items, decimals, way):
    n, total = len(values), sum(values)
    variance = Fraction(n * sum(v * v for v in values) - total**2, n * (n - 1) * items**2)
    with localcontext() as context:
        context.prec = 60
        root = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
    return printed(root, decimals, way)


@st.composite
def printing(draw):
    """A rounding mode, one of the ways of writing that it allows, and a number of decimals."""
    mode = draw(st.sampled_from(MODES))
    return mode, draw(st.sampled_from(PRINTED_BY[mode])), draw(st.integers(0, 3))


def samples(low, high, least=1):
    return st.lists(st.integers(low, high), min_size=least, max_size=40)


# what the papers and the specification print


@pytest.mark.parametrize(
    ("mean", "n", "verdict"),
    [
        ("3.19", 28, "inconsistent"),
        ("5.27", 43, "inconsistent"),
        ("5.21", 28, "consistent"),
        ("3.48", 20, "inconsistent"),
    ],
)
def test_grim_on_the_published_examples(mean, n, verdict):
    assert grim(mean, n).verdict == verdict


@pytest.mark.parametrize(
    ("mean", "rounding", "verdict"),
    [
        ("3.12", "up_or_down", "consistent"),
        ("3.13", "up_or_down", "consistent"),
        ("3.12", "half_up", "inconsistent"),
        ("3.13", "half_up", "consistent"),
        ("3.13", "half_even", "inconsistent"),
        ("3.12", "half_even", "consistent"),
    ],
)
def test_a_tie_is_judged_by_the_rounding_mode_and_no_float_dust(mean, rounding, verdict):
    assert grim(mean, 8, rounding=rounding).verdict == verdict  # 25/8 = 3.125


def test_a_mean_of_as_many_people_as_endings_tells_nothing():
    found = grim("3.48", 100)
    assert found.verdict == "not_informative"
    assert found.share_of_consistent_values == 1


def test_items_multiply_people():
    assert grim("2.44", 15).verdict == "inconsistent"
    assert list(grim("2.44", 15, items=3).totals) == [110]


def test_a_mean_of_changes_may_be_negative():
    assert grim("−3.21", 28).totals == grim("-3.21", 28).totals == range(-90, -89)
    assert grim("-3.19", 28).verdict == "inconsistent"


def test_the_sentence_names_what_would_fit():
    found = grim("3.19", 28)
    assert found.fits_with_n == (27, 26)
    assert found.nearest_attainable == (3.1786, 3.2143)
    assert str(found) == (
        "These numbers cannot all be right: whole-number answers of n = 28 can have a mean of "
        "3.18 or 3.21, not 3.19. It would fit if n were 27 or 26."
    )
    assert found.benign
    assert not grim("5.21", 28).benign


@pytest.mark.parametrize(
    ("percent", "n", "verdict", "counts"),
    [
        ("87", 30, "consistent", [26]),
        ("88", 30, "inconsistent", []),
        ("86", 30, "consistent_only_if_truncated_or_rounded_up", []),
        ("85", 33, "consistent", [28]),
        ("83.4", 36, "consistent_only_if_truncated_or_rounded_up", []),
        ("0", 30, "consistent", [0]),
        ("100", 17, "consistent", [17]),
        ("105", 30, "inconsistent", []),
        ("-5", 30, "inconsistent", []),
    ],
)
def test_percents_of_the_specification(percent, n, verdict, counts):
    found = grim_percent(percent, n)
    assert (found.verdict, list(found.counts)) == (verdict, counts)


def test_a_smaller_n_that_fits_a_percent_is_named():
    found = grim_percent("86", 30)
    assert list(found.counts_loose) == [26]
    assert found.fits_with_n == (29, 28)  # 25/29 = 86.2, 24/28 = 85.7; 27 is tried and fails
    assert grim_percent("105", 30).fits_with_n == ()


def test_debit_tells_the_population_formula_from_the_rest():
    assert debit_exact("0.35", "0.49", 20).counts == (7,)
    assert debit_exact("0.85", "0.36", 40).verdict == "consistent"
    assert debit_exact("0.36", "0.11", 20).reason == "grim"
    assert debit_exact("0.35", "0.48", 20).reason == "population_sd_formula"
    assert debit_exact("0.85", "0.30", 40).reason == "sd"


def test_limits_of_an_sd_on_a_scale():
    found = sd_bounds_on_scale("3.45", "1.10", 20, scale_min=1, scale_max=5)
    assert (round(found.sd_min, 3), round(found.sd_max, 3)) == (0.510, 1.959)
    large = sd_bounds_on_scale("8.60", "3.10", 30, scale_min=0, scale_max=9)
    assert (large.verdict, large.reason) == ("inconsistent", "sd_too_large")


def test_a_mean_beyond_the_scale_is_said_to_be_so():
    found = sd_bounds_on_scale("5.50", "1.00", 20, scale_min=1, scale_max=5)
    assert (found.verdict, found.reason) == ("inconsistent", "mean_outside_scale")
    assert found.sd_max is None
    assert "outside a scale from 1 to 5" in str(found)


def test_everybody_at_the_end_of_the_scale_has_an_sd_of_zero():
    assert sd_bounds_on_scale("5.00", "0.00", 9, scale_min=1, scale_max=5).verdict == "consistent"
    spread = sd_bounds_on_scale("5.00", "0.10", 9, scale_min=1, scale_max=5)
    assert (spread.reason, spread.sd_min, spread.sd_max) == ("sd_too_large", 0, 0)


def test_one_person_has_no_sd():
    assert debit_exact("1", "0.00", 1).verdict == "not_testable"
    limits = sd_bounds_on_scale("3", "0.00", 1, scale_min=1, scale_max=5)
    assert (limits.verdict, limits.sd_min) == ("not_testable", None)
    assert debit_exact("0.5", "0.00", 1).reason == "grim"  # no half person says yes


def test_more_totals_than_can_be_gone_through_are_not_tested():
    limits = sd_bounds_on_scale("3", "1", 10**8, scale_min=1, scale_max=5)
    assert (limits.verdict, limits.reason) == ("not_testable", "too_many_totals")
    assert debit_exact("0", "0.1", 10**8).reason == "too_many_totals"


def test_two_people_are_enough():
    assert debit_exact("0.50", "0.71", 2).verdict == "consistent"


# input that cannot be


@pytest.mark.parametrize("n", [0, -3, 20.5, 20.0, True, "20", None])
def test_n_is_a_whole_number_above_zero(n):
    for check in (grim, grim_percent):
        with pytest.raises(EffectError, match=r"n is .*: a whole number of at least 1 is needed"):
            check("3", n)


def test_no_items_is_an_error():
    with pytest.raises(EffectError, match="items is 0"):
        grim("3.19", 28, items=0)


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1e5", "1_0", "3.1.9", "."])
def test_what_is_no_printed_number_is_named(text):
    with pytest.raises(EffectError, match="not a printed number"):
        grim(text, 28)


def test_a_decimal_comma_is_not_guessed_at():
    with pytest.raises(EffectError, match="decimals after a point"):
        grim("3,19", 28)


def test_a_float_has_lost_its_digits():
    with pytest.raises(EffectError, match="as text, as printed"):
        grim(3.10, 28)


def test_scales_and_sds_that_cannot_be():
    with pytest.raises(EffectError, match="not negative"):
        debit_exact("0.35", "-0.49", 20)
    with pytest.raises(EffectError, match="it has no room"):
        sd_bounds_on_scale("3", "1", 20, scale_min=5, scale_max=5)
    with pytest.raises(EffectError, match=r"scale_max is 5\.5"):
        sd_bounds_on_scale("3", "1", 20, scale_min=1, scale_max=5.5)
    with pytest.raises(OptionError, match="half_up"):
        grim("3.19", 28, rounding="half-up")


# properties


@given(st.integers(1, 60), st.integers(0, 2), st.sampled_from(MODES))
def test_the_share_that_fits_is_what_counting_gives(parts, decimals, mode):
    endings = [f"{Fraction(e, 10**decimals).__float__():.{decimals}f}" for e in range(10**decimals)]
    boxes = [box_of(text, mode) for text in endings]
    fitting = [any(Fraction(t, parts) in box for t in range(-1, parts + 2)) for box in boxes]
    # beside 0 the boxes of a mode that favours one side differ; an ending repeats at 1, 2, ...
    again = box_of(f"{1:.{decimals}f}", mode)
    fitting[0] = any(Fraction(t, parts) in again for t in range(2 * parts + 2))
    if decimals:  # without decimals there is one ending, and it always fits
        assert share_that_fits(parts, 10**decimals, mode) == sum(fitting) / len(fitting)
    else:
        assert share_that_fits(parts, 1, mode) == 1


@given(samples(-9, 9), st.integers(1, 3), printing())
def test_a_true_mean_is_never_called_impossible(values, items, way):
    mode, pen, decimals = way
    mean = printed(Fraction(sum(values), len(values) * items), decimals, pen)
    found = grim(mean, len(values), items=items, rounding=mode)
    assert found.verdict in ("consistent", "not_informative")
    assert sum(values) in found.totals


@given(st.integers(1, 300), st.data(), printing())
def test_a_true_percent_is_never_called_impossible(n, data, way):
    mode, pen, decimals = way
    k = data.draw(st.integers(0, n))
    found = grim_percent(printed(Fraction(100 * k, n), decimals, pen), n, rounding=mode)
    assert found.verdict in ("consistent", "not_informative")
    assert k in found.counts
    assert k in found.counts_loose


@given(samples(0, 1, least=2), printing())
def test_true_answers_of_yes_and_no_are_never_called_impossible(values, way):
    mode, pen, decimals = way
    mean = printed(Fraction(sum(values), len(values)), decimals, pen)
    found = debit_exact(mean, printed_sd(values, 1, decimals, pen), len(values), rounding=mode)
    assert found.verdict == "consistent"
    assert sum(values) in found.counts


@given(samples(3, 15, least=2), printing(), st.sampled_from(["limits", "exact", "exact, no scale"]))
def test_true_answers_on_a_scale_are_never_called_impossible(values, way, check):
    mode, pen, decimals = way
    mean = printed(Fraction(sum(values), 3 * len(values)), decimals, pen)
    sd = printed_sd(values, 3, decimals, pen)
    verify = sd_bounds_on_scale if check == "limits" else grimmer_exact
    scale = {} if check == "exact, no scale" else {"scale_min": 1, "scale_max": 5}
    found = verify(mean, sd, len(values), items=3, rounding=mode, **scale)
    assert found.verdict == "consistent", str(found)


@given(samples(-9, 9, least=2), printing())
def test_true_changes_around_zero_are_never_called_impossible(values, way):
    mode, pen, decimals = way
    mean = printed(Fraction(sum(values), len(values)), decimals, pen)
    sd = printed_sd(values, 1, decimals, pen)
    for written in {mean, mean.lstrip("-") if Decimal(mean) == 0 else mean}:
        assert grimmer_exact(written, sd, len(values), rounding=mode).verdict == "consistent"


@given(st.integers(2, 60), st.integers(100, 500))
def test_every_n_named_as_fitting_does_fit_and_the_others_do_not(n, hundredths):
    mean = f"{hundredths / 100:.2f}"
    found = grim(mean, n)
    if not found.totals:
        tried = range(n - 1, max(0, n - -(-n // 10) - 1), -1)
        assert list(found.fits_with_n) == [m for m in tried if grim(mean, m).totals]


def test_the_checks_start_without_numpy():
    names = ("granularity", "spread_limits", "grimmer", "reachable", "sprite", "responders")
    code = "import sys\n" + "".join(f"import evidence.integrity.{name}\n" for name in names)
    code += "print(sorted({'numpy', 'scipy', 'pandas', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
