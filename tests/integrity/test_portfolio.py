"""The p-curve and the number of significant results of several studies."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evidence.errors import EffectError, OptionError
from evidence.integrity.portfolio import excess_significance, p_curve
from evidence.synthesis.excess import excess_significance as from_effects

SKEWED = [0.001, 0.003, 0.012, 0.021, 0.0004]
NEAR = [0.049, 0.041, 0.038, 0.045, 0.032]


def test_curves_of_the_specification():
    found = p_curve(SKEWED)
    assert round(found.stouffer_right_skew_z, 2) == -3.10
    assert round(found.p_right_skew, 3) == 0.001
    assert round(p_curve(NEAR).stouffer_right_skew_z, 2) == 2.38
    assert "do not crowd" in str(p_curve(NEAR))


@given(st.lists(st.integers(1, 999), min_size=1, max_size=30))
def test_curve_is_stouffers_and_a_binomial_test_of_scipy(thousandths):
    p = [x / 1000 for x in thousandths]
    found = p_curve(p)
    small = [x for x in p if x < 0.05]
    assert (found.k_significant, found.k) == (len(small), len(p))
    assert found.usable == (len(small) >= 5)
    if not small:
        assert (found.stouffer_right_skew_z, found.p_right_skew, found.binomial_p) == (None,) * 3
        return
    z, skew = stats.combine_pvalues(np.array(small) / 0.05, method="stouffer")
    assert found.stouffer_right_skew_z == pytest.approx(-z, abs=1e-9)
    assert found.p_right_skew == pytest.approx(skew, rel=1e-9)
    low = sum(x < 0.025 for x in small)
    want = stats.binomtest(low, len(small), 0.5, alternative="greater").pvalue
    assert found.binomial_p == pytest.approx(want, rel=1e-9)


def test_without_any_effect_the_curve_is_right_as_often_as_it_says():
    draws = np.random.default_rng(2014).uniform(0, 0.05, (4000, 6))
    below = np.array([p_curve(list(row)).p_right_skew < 0.1 for row in draws])
    assert below.mean() == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / 4000))


@given(st.lists(st.floats(1e-6, 0.0499), min_size=1, max_size=10), st.data())
def test_a_smaller_p_value_makes_the_skew_stronger(p, data):
    i = data.draw(st.integers(0, len(p) - 1))
    smaller = [x / 2 if j == i else x for j, x in enumerate(p)]
    assert p_curve(smaller).stouffer_right_skew_z < p_curve(p).stouffer_right_skew_z


def test_one_p_value_per_study_by_a_rule_that_does_not_look():
    p = [0.04, 0.001, 0.3, 0.0001, None, 0.002]
    studies = ["a", "a", "b", "b", "c", "c"]
    first = p_curve(p, studies=studies)
    assert (first.k, first.k_significant, first.not_exact) == (3, 1, 1)
    assert first.basis.inputs == ("p = 0.04, 0.3",)
    last = p_curve(p, studies=studies, keep="last")
    assert (last.k, last.k_significant, last.not_exact) == (3, 3, 0)
    with pytest.raises(OptionError):
        p_curve(p, studies=studies, keep="smallest")
    with pytest.raises(EffectError, match="each of 6"):
        p_curve(p, studies=["a"])


def test_thresholds_cannot_enter_and_few_are_not_usable():
    with pytest.raises(EffectError, match="a threshold"):
        p_curve(["< .05", 0.01])
    found = p_curve([0.01, 0.02, None, None, None, None])
    assert (found.usable, found.not_exact) == (False, 4)
    assert str(found) == "2 exact significant p values: a p-curve needs 5 or more."
    assert not p_curve([0.05, 0.2]).k_significant  # .05 itself is not below .05
    for p in ([], None, "0.01", [0], [1.5], [math.inf]):
        with pytest.raises(EffectError):
            p_curve(p)
    with pytest.raises(EffectError, match="min_k"):
        p_curve(SKEWED, min_k=0)


def test_nine_of_nine_at_even_power():
    found = excess_significance(9, 9, 0.5)
    assert round(found.p_excess, 3) == 0.002
    assert found.label == "imputed"


@given(st.integers(1, 60), st.floats(0.01, 0.99), st.data())
def test_excess_is_scipys_binomial_tail(n, power, data):
    k = data.draw(st.integers(0, n))
    found = excess_significance(k, n, power)
    assert found.p_excess == pytest.approx(stats.binom.sf(k - 1, n, power), rel=1e-9)
    assert found.p_all_significant == pytest.approx(power**n, rel=1e-9)
    assert found.p_excess >= found.p_all_significant * (1 - 1e-9)


def test_excess_agrees_with_the_test_on_effects_of_one_size():
    table = {"yi": [0.5, 0.5, 0.5, -0.1], "vi": [0.05] * 4}
    whole = from_effects(table, theta=0.4, test="binomial")
    power = float(whole.studies["power"].iloc[0])
    found = excess_significance(whole.observed, 4, power)
    assert found.p_excess == pytest.approx(whole.pvalue, rel=1e-9)
    assert found.expected == pytest.approx(whole.expected, rel=1e-9)


@pytest.mark.parametrize(
    "given",
    [(3, 2, 0.5), (0, 0, 0.5), (1, 2, 0), (1, 2, 1), (1.5, 2, 0.5), (-1, 2, 0.5), (1, 2, "x")],
)
def test_counts_that_cannot_be(given):
    with pytest.raises(EffectError):
        excess_significance(*given)


def test_sentences_name_harmless_reasons_and_accuse_nobody():
    said = str(excess_significance(9, 9, 0.5))
    assert "the power is higher than supposed" in said
    assert "may not be in print" not in str(excess_significance(2, 9, 0.5))
    text = " ".join([said, str(p_curve(NEAR)), str(p_curve(SKEWED))]).lower()
    assert not [w for w in ("fraud", "hack", "manipulat", "dishonest", "fake") if w in text]
