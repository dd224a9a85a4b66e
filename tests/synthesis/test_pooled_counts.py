"""Mantel–Haenszel and Peto: what must hold whatever the counts, and what a user is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import EffectError, OptionError, SynthesisError
from evidence.kernels.mantel_haenszel import breslow_day, fitted_cell, odds_ratio
from evidence.synthesis.binary import pool_mantel_haenszel, pool_peto

FLIPPED = {"ai": "ci", "bi": "di", "ci": "ai", "di": "bi"}


@st.composite
def tables(draw, *, least=0, largest=60, min_size=1):
    k = draw(st.integers(min_size, 6))
    column = st.lists(st.integers(least, largest), min_size=k, max_size=k)
    return {name: draw(column) for name in ("ai", "bi", "ci", "di")}


@given(counts=tables(least=1), measure=st.sampled_from(["OR", "RR", "RD"]))
def test_exchanging_the_groups_turns_the_effect_around(counts, measure):
    found = pool_mantel_haenszel(counts, measure=measure)
    other = pool_mantel_haenszel({FLIPPED[n]: x for n, x in counts.items()}, measure=measure)
    assert other.estimate == pytest.approx(-found.estimate, rel=1e-9, abs=1e-11)
    assert other.se == pytest.approx(found.se, rel=1e-9)
    if measure == "OR":
        assert other.association == pytest.approx(found.association, rel=1e-9, abs=1e-12)


@given(counts=tables(), measure=st.sampled_from(["OR", "RR", "RD"]), seed=st.integers(0, 99))
def test_the_order_of_the_studies_does_not_matter(counts, measure, seed):
    order = np.random.default_rng(seed).permutation(len(counts["ai"]))
    shuffled = {name: [column[i] for i in order] for name, column in counts.items()}
    found = pool_mantel_haenszel(counts, measure=measure)
    again = pool_mantel_haenszel(shuffled, measure=measure)
    for name in ("estimate", "se", "q", "tarone"):
        value, other = getattr(found, name), getattr(again, name)
        assert (value is None) == (other is None)
        assert other is None or other == pytest.approx(value, rel=1e-8, abs=1e-9)


@given(counts=tables(least=1), times=st.integers(2, 5))
def test_one_table_repeated_keeps_its_own_odds_ratio(counts, times):
    one = {name: column[:1] for name, column in counts.items()}
    found = pool_mantel_haenszel({name: column * times for name, column in one.items()})
    a, b, c, d = (one[name][0] for name in ("ai", "bi", "ci", "di"))
    assert found.estimate == pytest.approx(np.log(a * d / (b * c)), rel=1e-9, abs=1e-10)
    assert found.q == pytest.approx(0, abs=1e-9)
    assert found.breslow_day == pytest.approx(0, abs=1e-9)


@given(
    n1=st.integers(1, 400), n2=st.integers(1, 400), share=st.floats(0.01, 0.99),
    log_odds=st.floats(-8, 8),
)  # fmt: skip
def test_the_fitted_table_has_the_margins_and_the_odds_ratio(n1, n2, share, log_odds):
    m = max(1, min(n1 + n2 - 1, round(share * (n1 + n2))))
    fitted = float(
        fitted_cell(np.array([float(n1)]), np.array([float(n2)]), np.array([float(m)]),
                    float(np.exp(log_odds)))[0]
    )  # fmt: skip
    assert max(0, m - n2) <= fitted <= min(n1, m)
    left = np.log(fitted) + np.log(n2 - m + fitted)
    right = log_odds + np.log(n1 - fitted) + np.log(m - fitted)
    # cells that are the small difference of margins lose digits: allow for that, no more
    smallest = min(fitted, n1 - fitted, m - fitted, n2 - m + fitted)
    assert left == pytest.approx(right, abs=1e-12 * (n1 + n2) / smallest + 1e-12)


def test_tarone_is_never_above_breslow_day():
    tables = np.array([[12.0, 5, 9], [88, 45, 21], [20, 9, 3], [80, 41, 30]])
    plain, corrected = breslow_day(*tables, log_odds_ratio=odds_ratio(*tables).estimate)
    assert 0 <= corrected.statistic <= plain.statistic
    assert plain.df == corrected.df == 2


@given(counts=tables(least=1))
@settings(max_examples=30)
def test_rates_per_unit_of_time_scale_the_difference_and_keep_the_ratio(counts):
    rates = {"x1i": counts["ai"], "t1i": counts["bi"], "x2i": counts["ci"], "t2i": counts["di"]}
    weeks = {**rates, "t1i": [7 * t for t in rates["t1i"]], "t2i": [7 * t for t in rates["t2i"]]}
    ratio, ratio_weeks = (pool_mantel_haenszel(x, measure="IRR") for x in (rates, weeks))
    assert ratio_weeks.estimate == pytest.approx(ratio.estimate, rel=1e-9, abs=1e-11)
    difference, per_week = (pool_mantel_haenszel(x, measure="IRD") for x in (rates, weeks))
    assert per_week.estimate == pytest.approx(difference.estimate / 7, rel=1e-9, abs=1e-12)
    assert per_week.se == pytest.approx(difference.se / 7, rel=1e-9)


def test_no_events_in_one_group_leaves_no_odds_ratio_but_a_test():
    found = pool_mantel_haenszel({"ai": [0, 0], "n1i": [50, 40], "ci": [5, 4], "n2i": [50, 41]})
    assert found.estimate is None
    assert found.se is None
    assert found.association > 3.84
    assert "no estimate" in found.notes[-1]


def test_no_events_anywhere_is_said():
    found = pool_mantel_haenszel({"ai": [0], "n1i": [50], "ci": [0], "n2i": [50]}, measure="RR")
    assert found.estimate is None
    assert found.k_effects == 0
    assert pool_peto({"ai": [0], "n1i": [50], "ci": [0], "n2i": [50]}).estimate is None


def test_a_constant_added_before_pooling_is_noted():
    counts = {"ai": [0, 4], "n1i": [50, 40], "ci": [5, 6], "n2i": [50, 41]}
    by_hand = {"ai": [0.5, 4], "bi": [50.5, 36], "ci": [5.5, 6], "di": [45.5, 35]}
    found = pool_mantel_haenszel(counts, add=0.5)
    assert found.estimate == pytest.approx(pool_mantel_haenszel(by_hand).estimate, rel=1e-12)
    assert any("0.5 was added" in note for note in found.notes)


def test_a_study_with_a_missing_count_is_left_out_and_named():
    counts = {"study": ["Kim", "Lee"], "ai": [3, None], "n1i": [50, 40], "ci": [5, 6],
              "n2i": [50, 41]}  # fmt: skip
    found = pool_peto(counts)
    assert found.k == 1
    assert "Lee" in found.notes[0]


@pytest.mark.parametrize(
    ("counts", "error", "match"),
    [
        ({"ai": [3]}, SynthesisError, "needs the columns"),
        ({"ai": [9], "n1i": [5], "ci": [1], "n2i": [5]}, EffectError, "more events than people"),
        ({"ai": [-1], "bi": [5], "ci": [1], "di": [5]}, EffectError, "negative"),
        ({"ai": ["x"], "bi": [5], "ci": [1], "di": [5]}, SynthesisError, "row 1: ai"),
        ({"ai": [1, 2], "bi": [5], "ci": [1], "di": [5]}, SynthesisError, "differ in length"),
        ({"ai": [None], "bi": [5], "ci": [1], "di": [5]}, SynthesisError, "nothing to pool"),
        ([1, 2], SynthesisError, "mapping of columns"),
    ],
)
def test_counts_that_cannot_be_are_refused(counts, error, match):
    with pytest.raises(error, match=match):
        pool_mantel_haenszel(counts)


def test_unknown_options_name_the_known_ones():
    good = {"ai": [1], "bi": [5], "ci": [1], "di": [5]}
    with pytest.raises(OptionError, match="OR, RR, RD, IRR, IRD"):
        pool_mantel_haenszel(good, measure="SMD")
    with pytest.raises(OptionError, match="only0"):
        pool_mantel_haenszel(good, to="only")
    with pytest.raises(SynthesisError, match=r"Did you mean 0\.95"):
        pool_peto(good, level=95)


def test_a_result_shows_itself_as_a_row_and_as_escaped_html():
    found = pool_mantel_haenszel({"study": ["<b>"], "ai": [3], "bi": [5], "ci": [4], "di": [5]})
    assert found.to_frame().loc[0, "measure"] == "OR"
    assert "as a ratio" in repr(found)
    assert found._repr_html_().startswith("<table>")
    assert found.weights.index.to_list() == ["<b>"]
