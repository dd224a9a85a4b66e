"""Percent of people: counts, intervals, references, and how many people there can be."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from evidence.effects.counts import counts_of_percent, wilson
from evidence.effects.responder_reference import (
    SEEN_VEHICLE_SHARES,
    responder_vs_reference,
    responder_vs_vehicles,
)
from evidence.effects.responders import (
    admissible_n_from_percents,
    clopper_pearson,
    counts_that_print,
    responder_ci,
)
from evidence.errors import EffectError, OptionError


@st.composite
def shares(draw, most=120):
    n = draw(st.integers(1, most))
    return draw(st.integers(0, n)), n


def printed(k: int, n: int, decimals: int, *, cut: bool = False) -> str:
    """A share as a paper prints it: ties up, or cut off."""
    scaled = Fraction(100 * k * 10**decimals, n)
    whole = scaled.__floor__() if cut else (scaled + Fraction(1, 2)).__floor__()
    text = str(whole).zfill(decimals + 1)
    return f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text


@pytest.mark.parametrize(
    ("percent", "n", "k", "exact", "score"),
    [
        ("85", 40, 34, (0.702, 0.943), (0.709, 0.929)),
        ("87", 30, 26, (0.693, 0.962), None),
        ("100", 20, 20, (0.832, 1), None),
    ],
)
def test_the_worked_shares(percent, n, k, exact, score):
    found = responder_ci(percent, n)
    assert (found.counts, found.status, found.label) == ((k,), "unique", "derived")
    assert found.clopper_pearson == pytest.approx(exact, abs=5e-4)
    if score:
        assert found.wilson == pytest.approx(score, abs=5e-4)


def test_a_share_that_nobody_can_have():
    found = responder_ci("88", 30)
    assert (found.counts, found.status, found.label) == ((), "impossible", "refused")
    assert (found.clopper_pearson, found.wilson) == (None, None)
    assert "26 is 86.67 %, 27 is 90.00 %" in found.reason


def test_several_counts_give_an_envelope():
    found = responder_ci("94", 250)
    assert (found.status, found.label) == ("set", "bounded")
    each = [wilson(k, 250) for k in found.counts]
    assert found.wilson == (each[0][0], each[-1][1])


@given(share=shares(), decimals=st.integers(0, 2), cut=st.booleans())
def test_the_true_count_is_always_among_those_that_print(share, decimals, cut):
    k, n = share
    text = printed(k, n, decimals, cut=cut)
    assert k in counts_that_print(text, n, "floor" if cut else "half_up")
    assert k in counts_that_print(text, n, "any")
    if not cut:
        assert k in counts_that_print(text, n)
        assert list(counts_that_print(text, n)) == counts_of_percent(text, n)


@given(share=shares(), decimals=st.integers(0, 1))
def test_the_interval_holds_that_of_the_true_count(share, decimals):
    k, n = share
    found = responder_ci(printed(k, n, decimals), n)
    low, high = binomtest(k, n).proportion_ci(method="exact")
    assert found.clopper_pearson[0] <= low + 1e-9
    assert found.clopper_pearson[1] >= high - 1e-9


def test_nobody_and_everybody():
    assert responder_ci("0", 20).clopper_pearson[0] == 0
    assert responder_ci("0", 20).wilson[0] == 0
    assert responder_ci("100", 1).counts == (1,)


def test_commas_signs_and_digits():
    assert responder_ci("96,7 %", 30).counts == (29,)
    assert responder_ci("85.0", 20).counts == (17,)
    assert responder_ci("85.0", 33).status == "impossible"
    assert responder_ci("85", 33).counts == (28,)


@pytest.mark.parametrize("wrong", ["101", "-3", "all women", "", "NaN"])
def test_what_is_no_percent_of_people_is_refused(wrong):
    with pytest.raises(EffectError):
        responder_ci(wrong, 30)


def test_people_are_whole_and_rounding_has_a_name():
    with pytest.raises(EffectError, match="whole"):
        responder_ci("85", 40.5)
    with pytest.raises(EffectError, match="at least 1"):
        responder_ci("85", 0)
    with pytest.raises(OptionError, match="rounding"):
        responder_ci("85", 40, rounding="upwards")


def test_self_reports_without_a_vehicle_are_perception_only():
    assert responder_ci("85", 40, self_report_without_vehicle=True).flags == ("perception_only",)
    assert responder_ci("85", 40).flags == ()


@given(share=shares(most=60), p0=st.floats(0.01, 0.99), level=st.sampled_from([0.9, 0.95]))
def test_tests_against_a_reference_are_the_exact_binomial_ones(share, p0, level):
    k, n = share
    found = responder_vs_reference(k, n, p0, level=level)
    assert found.p_two_sided == pytest.approx(binomtest(k, n, p0).pvalue, rel=1e-8)
    assert found.p_greater == pytest.approx(
        binomtest(k, n, p0, alternative="greater").pvalue, rel=1e-8
    )
    one_sided = binomtest(k, n, alternative="greater").proportion_ci(level)
    assert found.largest_reference_rejected_one_sided == pytest.approx(one_sided.low, abs=1e-9)


@given(share=shares())
def test_references_up_to_the_largest_are_rejected_and_no_others(share):
    k, n = share
    limit = responder_vs_reference(k, n, 0.5).largest_reference_rejected_two_sided
    if 0.001 < limit < 0.999:
        assert responder_vs_reference(k, n, limit - 1e-6).p_greater < 0.025
        assert responder_vs_reference(k, n, limit + 1e-6).p_greater > 0.025


def test_the_worked_reference():
    found = responder_vs_reference(34, 40, 0.5)
    assert found.largest_reference_rejected_two_sided == pytest.approx(0.70, abs=5e-3)


def test_shares_seen_on_vehicle_make_an_imputed_comparison():
    rows = responder_vs_vehicles(34, 40)
    assert [row.id for row, _ in rows] == [row.id for row in SEEN_VEHICLE_SHARES]
    assert {test.label for _, test in rows} == {"imputed"}
    shown = {row.id: round(100 * row.share) for row in SEEN_VEHICLE_SHARES}
    assert shown == {"olsen_global": 43, "kikuchi_fine": 24, "kikuchi_deep": 2, "wang": 0}


def test_a_reference_of_nobody_or_everybody():
    assert responder_vs_reference(1, 20, 0.0).p_greater == 0
    assert responder_vs_reference(0, 20, 0.0).p_two_sided == 1
    assert responder_vs_reference(20, 20, 1.0).p_greater == 1
    for k, n, p0 in ((21, 20, 0.5), (-1, 20, 0.5), (3, 20, 1.5), (2.5, 20, 0.5)):
        with pytest.raises(EffectError):
            responder_vs_reference(k, n, p0)


@pytest.mark.parametrize(
    ("percents", "n_max", "admissible"),
    [(["93", "87", "80"], 40, (15, 30, 40)), (["95", "91", "86", "77"], 50, (22, 43, 44))],
)
def test_the_worked_numbers_of_people(percents, n_max, admissible):
    found = admissible_n_from_percents(percents, n_max=n_max)
    assert (found.admissible_n, found.label) == (admissible, "bounded")
    assert len(found.clopper_pearson_at_min_n) == len(percents)


def test_one_percent_alone_says_at_least():
    assert admissible_n_from_percents(["85"]).min_n == 13


@given(data=st.data(), n=st.integers(1, 80), decimals=st.integers(0, 1))
def test_the_true_number_of_people_is_always_admissible(data, n, decimals):
    counts = data.draw(st.lists(st.integers(0, n), min_size=1, max_size=5))
    percents = [printed(k, n, decimals) for k in counts]
    found = admissible_n_from_percents(percents, n_max=80)
    assert n in found.admissible_n
    low, high = found.clopper_pearson_at_min_n[0]
    exact = clopper_pearson(counts[0], n)
    if found.min_n == n:
        assert low <= exact[0] + 1e-12
        assert high >= exact[1] - 1e-12


def test_words_and_impossible_sets_say_nothing_about_people():
    with pytest.raises(EffectError, match="no percent"):
        admissible_n_from_percents(["all women"])
    with pytest.raises(EffectError, match="nothing follows"):
        admissible_n_from_percents([])
    none = admissible_n_from_percents(["93.7", "51.1"], n_max=15)
    assert (none.min_n, none.admissible_n, none.label) == (None, (), "refused")
    assert "no number of people up to 15" in none.reason
