"""Smallest effects, type S and M errors, shrinkage, false positive risk, fragility."""

import math
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower

from evidence.errors import EffectError, OptionError
from evidence.integrity.false_positive import (
    false_positive_risk_bound,
    false_positive_risk_p_equals,
)
from evidence.integrity.fragility import fragility_index
from evidence.integrity.precision import (
    expected_exaggeration,
    minimal_detectable_effect,
    retrodesign,
)
from evidence.integrity.shrinkage import COCHRANE_SNR, cochrane_snr_shrinkage

DRAWS = 2_000_000
ACCUSING = ("fraud", "fabricat", "manipulat", "dishonest", "cheat", "fake", "misconduct")


def shrink(estimate, se):
    return cochrane_snr_shrinkage(estimate, se, controlled_randomised=True)


# what can be detected


@pytest.mark.parametrize(
    ("n", "design", "difference"), [(50, "paired", 14.1), (25, "independent", 28.3)]
)
def test_smallest_differences_of_the_specification(n, design, difference):
    found = minimal_detectable_effect(n, 35, design=design)
    assert round(found.minimal_detectable_difference, 1) == difference


@pytest.mark.parametrize("power", [0.06, 0.5, 0.8])
@pytest.mark.parametrize("n", [20, 60])
def test_power_at_the_smallest_difference_is_what_statsmodels_says(n, power):
    paired = minimal_detectable_effect(n, 1, design="paired", power=power)
    size = paired.minimal_detectable_difference
    assert TTestPower().power(size, n, 0.05) == pytest.approx(power, rel=1e-6)
    groups = minimal_detectable_effect(n, 2, n2=2 * n, design="independent", power=power)
    size = groups.minimal_detectable_difference / 2
    assert TTestIndPower().power(size, n, 0.05, ratio=2) == pytest.approx(power, rel=1e-6)


def tails_of_t(df, noncentrality, critical):
    """Both tails as the mean of Φ(±λ − cs) over s = √(χ²/df), by the trapezoid rule in ln s."""
    logs = np.linspace(-40, 4, 1_200_001)
    density = df * logs - df * np.exp(2 * logs) / 2
    weights = np.exp(density - density.max())
    weights /= weights.sum()
    return [
        float(weights @ stats.norm.cdf(sign * noncentrality - critical * np.exp(logs)))
        for sign in (1, -1)
    ]


@pytest.mark.parametrize("power", [0.06, 0.8, 0.99])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
@pytest.mark.parametrize("n", [2, 3, 20, 500])
def test_power_at_the_smallest_difference_by_quadrature(n, alpha, power):
    """Also where scipy's lower tail of the noncentral t is not a number."""
    found = minimal_detectable_effect(n, 1, design="paired", alpha=alpha, power=power)
    ratio, critical = found.minimal_detectable_difference / found.se, stats.t.isf(alpha / 2, n - 1)
    right, wrong = tails_of_t(n - 1, ratio, critical)
    assert right + wrong == pytest.approx(power, rel=1e-8)


@pytest.mark.parametrize("ratio", [0.2, 1, 3, 20, 600])
@pytest.mark.parametrize("df", [1, 2, 19, 499])
def test_errors_of_a_t_test_by_quadrature(df, ratio):
    critical = stats.t.isf(0.0005, df)
    right, wrong = tails_of_t(df, ratio, critical)
    found = retrodesign(ratio, 1, df=df, alpha=0.001)
    assert found.power == pytest.approx(right + wrong, rel=1e-8)
    assert found.type_s == pytest.approx(wrong / (right + wrong), rel=1e-3, abs=1e-8)
    # mean of |N(λ, 1)| beyond c = λ + φ/Φ, as a logarithm; the other tail counts near λ = 0 alone
    if ratio >= 3:
        away = critical - ratio
        mills = math.exp(stats.norm.logpdf(away) - stats.norm.logsf(away))
        assert found.type_m == pytest.approx(1 + mills / ratio, rel=1e-5)


def test_a_level_that_so_few_people_cannot_reach():
    with pytest.raises(EffectError, match="out of reach"):
        minimal_detectable_effect(2, 1, design="paired", alpha=1e-6)


def test_a_difference_that_matters_is_compared_and_the_observed_one_is_not():
    assert minimal_detectable_effect(50, 35, design="paired", important=-15).finds_important is True
    small = minimal_detectable_effect(50, 35, design="paired", important=10)
    assert small.finds_important is False
    assert "can be smaller" in str(small)
    assert minimal_detectable_effect(50, 35, design="paired").finds_important is None
    with pytest.raises(EffectError, match="repeats its p value"):
        retrodesign(5, 2, effect_from="this_study")


def test_a_spread_from_elsewhere_makes_the_answer_imputed():
    assert minimal_detectable_effect(50, 35, design="paired").label == "derived"
    found = minimal_detectable_effect(50, 35, design="paired", labels={"sd": "imputed"})
    assert found.label == "imputed"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 1}, "n is 1"),
        ({"n": 20.5}, "n is 20.5"),
        ({"sd": 0}, "sd is 0"),
        ({"sd": "35"}, "a number is needed"),
        ({"alpha": 5}, "alpha is 5"),
        ({"power": 0.05}, "no effect at all"),
        ({"n2": 20}, "one group"),
        ({"sd": math.nan}, "not a number"),
    ],
)
def test_studies_that_cannot_be(options, message):
    with pytest.raises(EffectError, match=message):
        minimal_detectable_effect(**{"n": 20, "sd": 35, "design": "paired", **options})


def test_designs_are_two():
    with pytest.raises(OptionError, match="independent"):
        minimal_detectable_effect(20, 35, design="independant")
    with pytest.raises(OptionError):
        expected_exaggeration(3, 35, 20, design="cross")


# type S and type M


@pytest.mark.parametrize(
    ("effect", "power", "type_s", "type_m"), [(5, 0.17, 0.009, 2.49), (2, 0.069, 0.133, 5.9)]
)
def test_errors_of_the_specification(effect, power, type_s, type_m):
    found = retrodesign(effect, 5)
    assert found.power == pytest.approx(power, abs=5e-3 if power == 0.17 else 5e-4)
    assert found.type_s == pytest.approx(type_s, abs=5e-4)
    assert found.type_m == pytest.approx(type_m, abs=5e-2 if type_m == 5.9 else 5e-3)


@pytest.mark.parametrize("ratio", [0.3, 1.0, 2.8])
def test_errors_are_those_of_simulated_studies(ratio):
    found = retrodesign(-ratio, 1)
    seen = np.random.default_rng(20140601).normal(ratio, 1, DRAWS)
    significant = seen[np.abs(seen) > stats.norm.ppf(0.975)]
    k = len(significant)
    for value, sample in (
        (found.power, np.abs(seen) > stats.norm.ppf(0.975)),
        (found.type_s, significant < 0),
        (found.type_m, np.abs(significant) / ratio),
    ):
        error = sample.std() / math.sqrt(len(sample)) + 1 / k  # 4 errors: one in 16,000 strays
        assert abs(value - sample.mean()) < 4 * error


def test_errors_of_a_t_test_are_those_of_simulated_samples():
    n, shift, sd = 8, 0.6, 1.5
    generator = np.random.default_rng(7)
    people = generator.normal(shift, sd, (400_000, n))
    t = people.mean(axis=1) / (people.std(axis=1, ddof=1) / math.sqrt(n))
    beyond = np.abs(t) > stats.t.ppf(0.975, n - 1)
    found = expected_exaggeration(shift, sd, n, design="paired")
    assert found.power == pytest.approx(beyond.mean(), abs=4 * beyond.std() / math.sqrt(len(t)))
    wrong = t[beyond] < 0
    assert found.type_s == pytest.approx(wrong.mean(), abs=4 * wrong.std() / math.sqrt(len(wrong)))


@given(st.floats(0.05, 8), st.floats(1.01, 3), st.floats(0.01, 100))
def test_more_precision_makes_every_error_smaller(ratio, factor, unit):
    poor, good = retrodesign(ratio * unit, unit), retrodesign(-ratio * factor * unit, unit)
    assert good.power >= poor.power
    assert good.type_s <= poor.type_s <= 0.5
    assert poor.type_m >= good.type_m >= 1
    assert retrodesign(ratio, 1).type_m == pytest.approx(poor.type_m, rel=1e-9)


def test_many_degrees_of_freedom_are_normal():
    many, normal = retrodesign(3, 2, df=1e7), retrodesign(3, 2)
    assert many.power == pytest.approx(normal.power, rel=1e-5)
    assert many.type_s == pytest.approx(normal.type_s, rel=1e-5)
    assert many.type_m == pytest.approx(normal.type_m, rel=1e-5)


def test_a_guess_is_imputed_and_must_have_a_size():
    assert retrodesign(5, 5).label == "imputed"
    assert retrodesign(5, 5, labels={"effect": "reported"}).label == "derived"
    for effect, se in ((0, 1), (2001, 1), (1, 0), (1, -1)):
        with pytest.raises(EffectError):
            retrodesign(effect, se)
    with pytest.raises(EffectError, match="df is 0"):
        retrodesign(1, 1, df=0)
    with pytest.raises(OptionError):
        retrodesign(1, 1, effect_from="here")


# shrinkage


def test_shrinkage_of_the_specification():
    found = shrink(-20, 10.2)  # z = 1.96
    assert (round(found.shrinkage_factor, 3), round(found.shrunk_estimate, 1)) == (0.633, -12.7)
    assert [round(x, 1) for x in found.interval_95] == [-32.0, 3.5]
    assert round(shrink(4, 1).shrinkage_factor, 3) == 0.805
    assert round(shrink(1, 1).shrinkage_factor, 3) == 0.553


@pytest.mark.parametrize("z", [0.0, 0.4, 1.96, 3.3, 9.0])
def test_shrinkage_is_the_posterior_on_a_grid(z):
    snr = np.linspace(-60, 60, 2_400_001)
    prior = sum(w * stats.norm.pdf(snr, 0, tau) for w, tau in COCHRANE_SNR)
    mass = prior * stats.norm.pdf(z, snr, 1)
    mass /= mass.sum()
    found = shrink(z, 1)
    assert found.shrunk_estimate == pytest.approx(float(mass @ snr), abs=1e-9)
    below = np.cumsum(mass)
    for limit, p in zip(found.interval_95, (0.025, 0.975), strict=True):
        assert np.interp(limit, snr, below) == pytest.approx(p, abs=2e-5)  # one step of the grid
    if z:
        assert found.prob_sign_correct == pytest.approx(mass[snr > 0].sum(), abs=2e-5)
    else:
        assert found.prob_sign_correct == pytest.approx(0.5)


@given(st.floats(-300, 300), st.floats(0.01, 100))
def test_shrinkage_draws_to_zero_and_mirrors(z, se):
    found, mirrored = shrink(z * se, se), shrink(-z * se, se)
    low, high = found.interval_95
    assert 0 < found.shrinkage_factor < 1
    assert low <= found.shrunk_estimate <= high
    assert mirrored.interval_95 == pytest.approx((-high, -low), rel=1e-9, abs=1e-9)
    assert 0.5 <= found.prob_sign_correct <= 1
    assert found.shrinkage_factor <= shrink((abs(z) + 1) * se, se).shrinkage_factor + 1e-12


def test_only_randomised_contrasts_shrink():
    with pytest.raises(EffectError, match="one arm is not one of them"):
        cochrane_snr_shrinkage(-20, 5, controlled_randomised=False)
    with pytest.raises(TypeError):
        cochrane_snr_shrinkage(-20, 5)
    with pytest.raises(EffectError, match="se is 0"):
        shrink(-20, 0)
    assert shrink(-20, 5).label == "imputed"


# false positive risk


def test_risks_of_the_specification():
    assert round(false_positive_risk_bound(0.05, 0.5).false_positive_risk, 2) == 0.29
    assert round(false_positive_risk_bound(0.01, 0.5).false_positive_risk, 2) == 0.11
    assert round(false_positive_risk_p_equals(0.05, 16, 1, 0.5).false_positive_risk, 2) == 0.27
    assert round(false_positive_risk_p_equals(0.05, 16, 1, 0.1).false_positive_risk, 2) == 0.77


def test_the_prior_that_colquhoun_2017_asks_for():
    found = false_positive_risk_p_equals(0.05, 16, 1, 0.5)
    assert round(found.prior_needed, 2) == 0.87


@given(st.floats(1e-12, 1), st.floats(0.01, 0.99), st.floats(0.01, 0.5))
def test_the_prior_needed_brings_the_risk_asked_for(p, prior, target):
    found = false_positive_risk_bound(p, prior, target=target)
    again = false_positive_risk_bound(p, min(found.prior_needed, 1 - 1e-9), target=target)
    assert again.false_positive_risk == pytest.approx(target, rel=1e-6)
    exact = false_positive_risk_p_equals(p, 16, 1, prior, target=target)
    if 1e-9 < exact.prior_needed < 1 - 1e-9:
        again = false_positive_risk_p_equals(p, 16, 1, exact.prior_needed, target=target)
        assert again.false_positive_risk == pytest.approx(target, rel=1e-6)


@given(st.floats(1e-6, 1), st.floats(1e-6, 1), st.floats(0.01, 0.99))
def test_a_smaller_p_value_has_a_smaller_risk(one, two, prior):
    low, high = (
        false_positive_risk_bound(p, prior).false_positive_risk for p in sorted((one, two))
    )
    assert low <= high + 1e-12
    assert high <= 1 - prior + 1e-12


@given(st.floats(1e-6, 1), st.integers(2, 400), st.floats(0.05, 3))
def test_no_likelihood_ratio_beats_the_bound_by_much(p, n, smd):
    """The bound is over many alternatives: it is a bound for likelihoods of one side as well."""
    ratio = false_positive_risk_p_equals(p, n, smd, 0.5).likelihood_ratio
    largest = 2 * math.exp(stats.norm.isf(p / 2) ** 2 / 2)  # Edwards, Lindman & Savage, doubled
    assert ratio <= largest or n < 30


@pytest.mark.parametrize("p", [0.9, 0.05, 1e-4, 1e-9])
@pytest.mark.parametrize("n", [2, 16, 60])
@pytest.mark.parametrize("smd", [0.1, 1.0])
def test_likelihood_ratio_is_the_ratio_of_scipys_densities(p, n, smd):
    df = 2 * n - 2
    t = stats.t.isf(p / 2, df)
    want = stats.nct.pdf(t, df, smd * math.sqrt(n / 2)) / (2 * stats.t.pdf(t, df))
    found = false_positive_risk_p_equals(p, n, smd, 0.5)
    assert found.likelihood_ratio == pytest.approx(want, rel=1e-6)


def test_large_studies_and_tiny_p_values_still_have_an_answer():
    started = time.perf_counter()
    normal = false_positive_risk_p_equals(0.05, 50_000_000, 0.0004, 0.5)
    z, shift = stats.norm.isf(0.025), 0.0004 * math.sqrt(25_000_000)
    want = math.exp(z * shift - shift**2 / 2) / 2
    assert normal.likelihood_ratio == pytest.approx(want, rel=1e-5)
    assert false_positive_risk_p_equals(1e-300, 6, 2, 0.1).false_positive_risk < 0.05
    assert false_positive_risk_p_equals(1e-300, 4000, 0.8, 0.1).false_positive_risk < 1e-200
    assert false_positive_risk_p_equals(0.5, 100_000, 4, 0.1).false_positive_risk == 1
    assert time.perf_counter() - started < 20


def test_thresholds_are_taken_at_the_threshold_and_say_so():
    exact, below = (false_positive_risk_bound(0.05, 0.5, stated=s) for s in ("=", "<"))
    assert below.false_positive_risk == exact.false_positive_risk
    assert "threshold" in str(below)
    assert "threshold" not in str(exact)
    with pytest.raises(OptionError):
        false_positive_risk_bound(0.05, 0.5, stated=">")


@pytest.mark.parametrize("p", [0, -0.1, 1.2, math.nan, "< .05", None, True])
def test_what_is_no_exact_p_value(p):
    with pytest.raises(EffectError):
        false_positive_risk_bound(p, 0.5)
    with pytest.raises(EffectError):
        false_positive_risk_p_equals(p, 16, 1, 0.5)


def test_priors_and_differences_that_cannot_be():
    for prior in (0, 1, 1.5):
        with pytest.raises(EffectError, match="prior"):
            false_positive_risk_bound(0.05, prior)
    for n, smd in ((16, 0), (16, 11), (10**9, 1), (1, 1)):
        with pytest.raises(EffectError):
            false_positive_risk_p_equals(0.05, n, smd, 0.5)


# fragility


def test_fragility_of_the_specification():
    found = fragility_index(27, 54, 13, 54)
    assert (round(found.p, 3), found.fragility_index) == (0.009, 4)


def by_hand(e1, n1, e2, n2, alpha):
    """Index by brute force, on scipy's exact test."""

    def p():
        return stats.fisher_exact([[e1, n1 - e1], [e2, n2 - e2]]).pvalue

    index, first = 0, e1 * n2 <= e2 * n1
    while p() < alpha:
        index += 1
        if first:
            e1 += 1
        else:
            e2 += 1
    return index


def test_every_small_table_against_brute_force():
    seen = set()
    for n1, n2 in ((7, 7), (5, 9)):
        for e1 in range(n1 + 1):
            for e2 in range(n2 + 1):
                found = fragility_index(e1, n1, e2, n2)
                want = stats.fisher_exact([[e1, n1 - e1], [e2, n2 - e2]]).pvalue
                assert found.p == pytest.approx(want, rel=1e-9)
                assert found.fragility_index == by_hand(e1, n1, e2, n2, 0.05)
                seen.add(found.fragility_index)
    assert seen == {0, 1, 2, 3, 4}


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_arms_change_places_and_nothing_else_does(n1, n2, data):
    e1, e2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    one, two = fragility_index(e1, n1, e2, n2), fragility_index(e2, n2, e1, n1)
    assert one.fragility_index == two.fragility_index
    assert one.p == pytest.approx(two.p, rel=1e-9)
    assert (one.fragility_index == 0) == (one.p >= 0.05)


def test_people_lost_beside_the_index():
    assert fragility_index(27, 54, 13, 54, lost=4).lost_could_undo is True
    few = fragility_index(27, 54, 13, 54, lost=1)
    assert few.lost_could_undo is False
    assert str(few).endswith("1 person was lost, too few to make that difference.")
    assert fragility_index(18, 30, 14, 30, lost=9).lost_could_undo is None
    assert "not below 0.05 to begin with" in str(fragility_index(18, 30, 14, 30))


@pytest.mark.parametrize(
    "table", [(5, 4, 1, 4), (1, 0, 1, 4), (-1, 4, 1, 4), (1.5, 4, 1, 4), (1, 20_000, 5, 9)]
)
def test_tables_that_cannot_be(table):
    with pytest.raises(EffectError):
        fragility_index(*table)


def test_large_arms_answer_in_time():
    started = time.perf_counter()
    assert fragility_index(1000, 10_000, 5000, 10_000).fragility_index > 3000
    assert time.perf_counter() - started < 30


# all of them


def test_sentences_accuse_nobody():
    said = [
        str(found)
        for found in (
            minimal_detectable_effect(50, 35, design="paired"),
            retrodesign(5, 5),
            shrink(-20, 10.2),
            false_positive_risk_bound(0.05, 0.5),
            false_positive_risk_p_equals(0.05, 16, 1, 0.1),
            fragility_index(27, 54, 13, 54, lost=6),
        )
    ]
    assert all(text.endswith(".") for text in said)
    assert not [word for word in ACCUSING if word in " ".join(said).lower()]


def test_importing_them_loads_no_scipy():
    modules = ", ".join(
        f"evidence.integrity.{m}"
        for m in (
            "precision",
            "shrinkage",
            "fragility",
            "false_positive",
            "multiplicity",
            "portfolio",
        )
    )
    code = f"import sys, {modules}; print([m for m in ('scipy', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
