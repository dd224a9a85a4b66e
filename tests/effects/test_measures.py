"""Array measures: properties that must hold, published numbers, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gamma

from evidence.effects.measures import MEASURES, effect_sizes, summarise
from evidence.effects.options import hedges_factor
from evidence.errors import EffectError, OptionError

means = st.floats(1, 100)
sds = st.floats(0.5, 30)
sizes = st.integers(4, 500)
group = st.tuples(means, sds, sizes)
cells = st.tuples(*[st.integers(1, 300)] * 4)


def two_means(measure: str, one: tuple, other: tuple, **options: object):
    (m1, s1, n1), (m2, s2, n2) = one, other
    return effect_sizes(measure, m1i=m1, sd1i=s1, n1i=n1, m2i=m2, sd2i=s2, n2i=n2, **options)


def table(measure: str, a: int, b: int, c: int, d: int):
    return effect_sizes(measure, ai=a, bi=b, ci=c, di=d)


@pytest.mark.parametrize("measure", ["MD", "SMD", "SMDH", "ROM", "CVR", "RPB", "D2OR"])
@given(one=group, other=group)
def test_swapping_the_arms_flips_the_sign_and_keeps_the_variance(measure, one, other):
    forth, back = two_means(measure, one, other), two_means(measure, other, one)
    assert forth.yi == pytest.approx(-back.yi, rel=1e-9, abs=1e-9)
    assert forth.vi == pytest.approx(back.vi, rel=1e-9)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "AS", "PETO", "PHI", "YUQ", "YUY", "PBIT"])
@given(cells=cells)
def test_swapping_the_rows_of_a_table_flips_the_sign(measure, cells):
    a, b, c, d = cells
    forth, back = table(measure, a, b, c, d), table(measure, c, d, a, b)
    assert forth.yi == pytest.approx(-back.yi, rel=1e-9, abs=1e-9)
    assert forth.vi == pytest.approx(back.vi, rel=1e-9)


@given(cells=cells)
def test_the_odds_ratio_of_the_complement_is_the_reciprocal_and_the_risk_ratio_is_not(cells):
    a, b, c, d = cells
    assert table("OR", a, b, c, d).yi == pytest.approx(-table("OR", b, a, d, c).yi, abs=1e-9)
    assert table("RD", a, b, c, d).yi == pytest.approx(-table("RD", b, a, d, c).yi, abs=1e-9)


@pytest.mark.parametrize("measure", ["SMD", "SMDH", "SMD1", "ROM", "CVR", "VR", "RPB", "CLESN"])
@given(one=group, other=group, scale=st.floats(0.01, 1000))
def test_units_do_not_matter_to_unitless_measures(measure, one, other, scale):
    names = {name for option in MEASURES[measure].columns for name in option}
    plain = {"m1i": one[0], "sd1i": one[1], "n1i": one[2],
             "m2i": other[0], "sd2i": other[1], "n2i": other[2]}  # fmt: skip
    scaled = {k: v if k.startswith("n") else v * scale for k, v in plain.items()}
    a = effect_sizes(measure, **{k: v for k, v in plain.items() if k in names})
    b = effect_sizes(measure, **{k: v for k, v in scaled.items() if k in names})
    assert b.yi == pytest.approx(a.yi, rel=1e-8, abs=1e-10)
    assert b.vi == pytest.approx(a.vi, rel=1e-8)


@given(one=group, other=group, scale=st.floats(0.01, 1000))
def test_a_mean_difference_follows_the_unit(one, other, scale):
    plain = two_means("MD", one, other)
    big = two_means(
        "MD",
        (one[0] * scale, one[1] * scale, one[2]),
        (other[0] * scale, other[1] * scale, other[2]),
    )
    assert big.yi == pytest.approx(plain.yi * scale, rel=1e-8, abs=1e-9)
    assert big.vi == pytest.approx(plain.vi * scale**2, rel=1e-8)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_missing_value_makes_its_own_row_missing_and_no_other(measure):
    values = {"ai": 12.0, "bi": 20.0, "ci": 8.0, "di": 25.0, "n1i": 32.0, "n2i": 33.0,
              "m1i": 12.0, "sd1i": 3.0, "m2i": 10.0, "sd2i": 2.5, "ni": 40.0, "ri": 0.5,
              "xi": 12.0, "mi": 6.0, "sdi": 2.0, "ti": 50.0, "x1i": 12.0, "x2i": 9.0,
              "t1i": 50.0, "t2i": 45.0}  # fmt: skip
    if measure in ("ARAW", "AHW", "ABT"):
        values["ai"] = 0.8
    names = MEASURES[measure].columns[0]
    columns = {name: np.array([values[name]] * 3) for name in names}
    whole = effect_sizes(measure, **columns)
    assert np.isfinite(whole.yi).all()
    assert (whole.vi > 0).all()
    columns[names[0]] = np.array([values[names[0]], np.nan, values[names[0]]])
    broken = effect_sizes(measure, **columns)
    assert np.isnan(broken.yi).tolist() == [False, True, False]
    assert broken.yi[[0, 2]] == pytest.approx(whole.yi[[0, 2]])


def test_hedges_factor_is_exact_and_its_approximation_close():
    # Γ at halves is known: J(2) = 1/√π, J(10) = 24 · 16 / (√5 · 105 √π)
    df = np.array([2.0, 10.0])
    root = np.sqrt(np.pi)
    assert hedges_factor(df) == pytest.approx(
        [1 / root, 24 * 16 / (5**0.5 * 105 * root)], rel=1e-12
    )
    assert hedges_factor(df, "approximate") == pytest.approx(hedges_factor(df), abs=0.01)
    assert np.isnan(hedges_factor(np.array([1.0])))


def test_paired_measures_of_a_published_wrinkle_change():
    # 100 to 80, SD 30 to 26, r 0.7, 50 people: L -0.2231, se 0.0344 uncorrected
    given = {"m1i": 80, "sd1i": 26, "m2i": 100, "sd2i": 30, "ni": 50, "ri": 0.7}
    log = effect_sizes("ROMC", correct=False, **given)
    assert log.yi[0] == pytest.approx(-0.223143551314, rel=1e-9)
    assert log.vi[0] == pytest.approx(0.0011825, rel=1e-9)
    percent = effect_sizes("PCHG", **given)
    assert percent.yi[0] == pytest.approx(-20)
    assert percent.vi[0] == pytest.approx(80**2 * 0.0011825)


def test_the_unbiased_correlation_agrees_with_its_integral_where_r_is_small():
    # r = -0.04, n = 12: Olkin & Pratt's series by quadrature of Euler's integral
    r, c = -0.04, 5.0
    z = 1 - r**2
    integral, _ = quad(
        lambda u: 2 * np.cos(u) ** (2 * c - 2) / np.sqrt(1 - z * np.sin(u) ** 2), 0, np.pi / 2
    )
    want = r * integral * gamma(c) / (gamma(0.5) * gamma(c - 0.5))
    assert effect_sizes("UCOR", ri=r, ni=12).yi[0] == pytest.approx(want, rel=1e-10)


@given(r=st.floats(-0.9, 0.9))
def test_the_tetrachoric_correlation_finds_the_one_it_was_made_from_at_the_medians(r):
    # at the medians P(both low) = 1/4 + asin(r) / 2π (Sheppard 1899)
    both = 0.25 + np.arcsin(r) / (2 * np.pi)
    a, b = 1e6 * both, 1e6 * (0.5 - both)
    found = effect_sizes("RTET", ai=a, bi=b, ci=b, di=a)
    assert found.yi[0] == pytest.approx(r, abs=3e-4)  # the search stops at 2^-13


def test_a_table_with_an_empty_cell_has_no_tetrachoric_variance():
    found = effect_sizes("RTET", ai=0, bi=45, ci=4, di=42)
    assert found.yi[0] == -1
    assert np.isnan(found.vi[0])


def test_zero_cells_are_adjusted_as_asked():
    only = effect_sizes("OR", ai=[0, 5], bi=[10, 5], ci=[4, 4], di=[6, 6])
    assert only.yi == pytest.approx([np.log(0.5 * 6.5 / (10.5 * 4.5)), np.log(5 * 6 / (5 * 4))])
    everywhere = effect_sizes("OR", to="all", ai=5, bi=5, ci=4, di=6)
    assert everywhere.yi[0] == pytest.approx(np.log(5.5 * 6.5 / (5.5 * 4.5)))
    assert np.isnan(effect_sizes("OR", to="none", ai=0, bi=10, ci=4, di=6).yi[0])
    assert np.isnan(effect_sizes("OR", drop00=True, ai=0, bi=10, ci=0, di=6).yi[0])


def test_the_summary_is_the_normal_one():
    shown = summarise([0.5, np.nan], [0.04, 0.1], level=0.9)
    assert shown.sei[0] == pytest.approx(0.2)
    assert shown.ci_low[0] == pytest.approx(0.5 - 1.6448536269514722 * 0.2)
    assert np.isnan(shown.pval[1])


@pytest.mark.parametrize(
    ("measure", "columns", "words"),
    [
        ("RR", {"ai": 12, "n1i": 10, "ci": 1, "n2i": 10}, "more events than people"),
        ("RR", {"ai": -1, "bi": 10, "ci": 1, "di": 10}, "a negative count"),
        ("MD", {"m1i": 1, "sd1i": -1, "n1i": 9, "m2i": 1, "sd2i": 1, "n2i": 9}, "row 1 has a neg"),
        ("MC", {"m1i": 1, "sd1i": 1, "m2i": 1, "sd2i": 1, "ni": 9, "ri": 1.2}, "beyond ±1"),
        ("SMD", {"m1i": 1, "sd1i": 1, "n1i": 9, "m2i": 1, "n2i": 9}, "missing sd2i"),
        ("MN", {"mi": [1, 2], "sdi": [1, 2, 3], "ni": 9}, "differ in length"),
    ],
)
def test_what_cannot_be_is_refused_by_name(measure, columns, words):
    with pytest.raises(EffectError, match=words):
        effect_sizes(measure, **columns)


def test_an_unknown_measure_or_option_names_those_there_are():
    with pytest.raises(OptionError, match="Did you mean 'SMDH'"):
        effect_sizes("SMDHH", m1i=1)
    with pytest.raises(OptionError, match="vtype='UB' is not one of LS, HO"):
        effect_sizes("MD", vtype="UB", m1i=1, sd1i=1, n1i=9, m2i=1, sd2i=1, n2i=9)
    with pytest.raises(OptionError, match="m1x"):
        effect_sizes("MD", m1x=1)
