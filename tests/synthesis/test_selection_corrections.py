"""Selection models, p-uniform and z-curve: recovered truths, properties, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from strategies import tables

from evidence.errors import OptionError, SynthesisError
from evidence.kernels.p_uniform import sum_cdf, uniform_statistic
from evidence.kernels.z_curve import component_densities, fit_mixture
from evidence.synthesis.p_uniform import p_uniform, p_uniform_star
from evidence.synthesis.pool import pool
from evidence.synthesis.selection import fit_selection
from evidence.synthesis.weight_function import weight_function
from evidence.synthesis.z_curve import z_curve


def published(*, mean=0.3, tau=0.1, seen=0.2, studies=4000, seed=1):
    """Studies of which those without one-sided p below 0.025 are seen with chance `seen`."""
    generator = np.random.default_rng(seed)
    vi = generator.uniform(0.01, 0.1, studies)
    yi = generator.normal(mean, np.sqrt(tau**2 + vi))
    shown = (yi / np.sqrt(vi) > 1.959964) | (generator.random(studies) < seen)
    return {"yi": yi[shown], "vi": vi[shown]}


MANY = published()
FEW = {"yi": MANY["yi"][:40], "vi": MANY["vi"][:40]}

# --------------------------------------------------------------------------- selection models


def test_a_known_selection_is_found_again():
    found = fit_selection(MANY)
    assert abs(found.estimate - 0.3) < 3 * found.se
    assert abs(found.tau2 - 0.01) < 3 * found.tau2_se
    weight, error = found.parameters.loc["p 0.025 to 1", ["estimate", "se"]]
    assert abs(weight - 0.2) < 3 * error
    assert found.lrt_pvalue < 1e-6
    assert pool(MANY, tau2="ML", test="z").estimate > found.estimate + 5 * found.se


@given(table=tables(min_size=6, variance=(0.01, 0.5)))
@settings(max_examples=15, deadline=None)
def test_selection_never_fits_worse_than_none(table):
    yi, vi = table
    yi = yi.copy()
    yi[0] = 3 * np.sqrt(vi[0])  # one on the first step
    found = fit_selection({"yi": yi, "vi": vi})
    assert found.log_likelihood >= found.log_likelihood_unselected - 1e-8


@pytest.mark.parametrize("model", ["steps", "beta", "halfnorm", "negexp", "logistic", "power"])
def test_turning_the_effects_turns_the_estimate(model):
    turned = {"yi": -FEW["yi"], "vi": FEW["vi"]}
    up = fit_selection(FEW, model=model, alternative="greater")
    down = fit_selection(turned, model=model, alternative="less")
    assert down.estimate == pytest.approx(-up.estimate, abs=1e-6)
    assert down.log_likelihood == pytest.approx(up.log_likelihood, abs=1e-8)


@pytest.mark.parametrize("model", ["steps", "negexp"])
def test_the_scale_of_the_effects_is_the_scale_of_the_estimate(model):
    scaled = {"yi": 10 * FEW["yi"], "vi": 100 * FEW["vi"]}
    plain, found = fit_selection(FEW, model=model), fit_selection(scaled, model=model)
    assert found.estimate == pytest.approx(10 * plain.estimate, rel=1e-5)
    assert found.se == pytest.approx(10 * plain.se, rel=1e-4)
    assert found.lrt == pytest.approx(plain.lrt, abs=1e-6)


def test_known_weights_of_one_are_plain_pooling():
    found = fit_selection(FEW, weights=[1, 1])
    plain = pool(FEW, tau2="ML", test="z")
    assert found.estimate == pytest.approx(plain.estimate, abs=1e-7)
    fixed = fit_selection(FEW, weights=[1, 1], tau2="EE")
    assert fixed.se == pytest.approx(pool(FEW, tau2="EE", test="z").se, rel=1e-9)
    assert (found.lrt_df, found.lrt_pvalue) == (0, None)
    assert any("given" in note for note in found.notes)


def test_weight_functions_and_step_models_agree_inside_their_bounds():
    steps, weights = fit_selection(FEW), weight_function(FEW)
    assert weights.estimate == pytest.approx(steps.estimate, abs=1e-7)
    assert weights.se == pytest.approx(steps.se, rel=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": (0.5, 0.025)}, "must increase"),
        ({"steps": (1.0,)}, "selects nothing"),
        ({"steps": (2.5,)}, "between 0 and 1"),
        ({"weights": (1.0,)}, "2 steps need 2 weights"),
        ({"weights": (1.0, 0.0)}, "above zero"),
        ({"model": "beta", "weights": (1.0, 1.0)}, "belong to model='steps'"),
        ({"alternative": "less"}, "check alternative="),
    ],
)
def test_selections_that_cannot_be_are_refused(options, words):
    positive = {"yi": np.abs(FEW["yi"]), "vi": FEW["vi"]}
    with pytest.raises(SynthesisError, match=words):
        fit_selection(positive, **options)


def test_unknown_names_are_refused():
    with pytest.raises(OptionError, match="Did you mean 'halfnorm'"):
        fit_selection(FEW, model="halfnormal")
    with pytest.raises(OptionError, match="not one of ML, EE"):
        fit_selection(FEW, tau2="REML")


# ---------------------------------------------------------------------------------- p-uniform


@pytest.mark.parametrize("method", ["P", "LNP", "LN1MINP", "KS", "AD"])
def test_p_uniform_finds_one_common_effect(method):
    found = p_uniform(published(tau=0.0, seen=0.0, mean=0.25, studies=3000), method=method)
    assert found.k == found.k_significant
    assert found.estimate == pytest.approx(0.25, abs=0.03)  # three standard errors
    if found.ci_low is not None:
        assert found.ci_low < 0.25 < found.ci_high


@pytest.mark.parametrize("method", ["P", "LNP", "LN1MINP"])
def test_the_interval_of_p_uniform_is_a_turned_test(method):
    """Where zero is a limit of the 90 % interval, the one-sided p is 5 %."""
    base = p_uniform(FEW, method=method, level=0.90)
    k = base.k_significant
    shifted = base.ci_low
    sei = np.sqrt(FEW["vi"])
    seen = FEW["yi"] > 1.959963984540054 * sei
    at_limit = uniform_statistic(method, FEW["yi"][seen], sei[seen], 1.959963984540054, shifted)
    tail = sum_cdf(method, k, at_limit)
    assert min(tail, 1 - tail) == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize("make", [p_uniform, p_uniform_star])
def test_the_left_side_is_the_mirror_of_the_right(make):
    right = make(FEW)
    left = make({"yi": -FEW["yi"], "vi": FEW["vi"]}, side="left")
    assert left.estimate == pytest.approx(-right.estimate, abs=1e-8)
    assert (left.ci_low, left.ci_high) == pytest.approx((-right.ci_high, -right.ci_low), abs=1e-7)


def test_p_uniform_star_finds_mean_and_spread():
    found = p_uniform_star(MANY, level=0.999)
    assert found.ci_low < 0.3 < found.ci_high
    assert found.tau2_ci_low < 0.01 < found.tau2_ci_high


def test_p_uniform_needs_a_significant_effect():
    with pytest.raises(SynthesisError, match="none of 3 effects is significant"):
        p_uniform({"yi": [0.1, 0.2, 0.1], "vi": [0.04] * 3})
    with pytest.raises(OptionError, match="side"):
        p_uniform(FEW, side="up")


# ------------------------------------------------------------------------------------ z-curve


def made_tests(means, shares, n, seed):
    generator = np.random.default_rng(seed)
    z = generator.normal(generator.choice(means, p=shares, size=n), 1)
    return {"yi": z, "vi": np.ones(n)}


def true_rates(means, shares):
    means, shares = np.array(means), np.array(shares)
    up, down = ndtr(means - 1.959964), ndtr(-means - 1.959964)
    discovery = shares @ (up + down)
    return discovery, shares @ (up**2 + down**2) / discovery


@pytest.mark.parametrize(
    ("means", "shares"), [((1.0, 3.0), (0.5, 0.5)), ((2.0,), (1.0,)), ((0.0, 3.0), (0.6, 0.4))]
)
def test_the_replicability_of_a_known_mixture_is_found_again(means, shares):
    found = z_curve(made_tests(means, shares, 30_000, seed=3))
    discovery, replication = true_rates(means, shares)
    assert found.replicability == pytest.approx(replication, abs=0.02)
    assert found.observed_discovery == pytest.approx(discovery, abs=0.01)


def test_the_discovery_rate_is_found_where_the_significant_results_tell_it():
    """Without a mass of null results, that is; with one it is a far extrapolation."""
    found = z_curve(made_tests((1.0, 3.0), (0.5, 0.5), 30_000, seed=3))
    assert found.discovery == pytest.approx(true_rates((1.0, 3.0), (0.5, 0.5))[0], abs=0.05)


def test_the_mixture_is_as_likely_as_any_by_the_em_algorithm():
    z = np.abs(made_tests((0.0, 2.0, 4.0), (0.5, 0.3, 0.2), 600, seed=5)["yi"])
    z = z[(z > 1.959964) & (z < 6)]
    density = component_densities(z, 1.959964)
    weights = np.full(7, 1 / 7)
    for _ in range(5000):
        weights = weights * ((1 / (density @ weights)) @ density) / len(z)
    climbed = np.log(density @ fit_mixture(z, 1.959964).weights[0]).sum()
    assert climbed == pytest.approx(np.log(density @ weights).sum(), abs=0.01)
    assert climbed >= np.log(density @ weights).sum() - 1e-9


@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_rates_are_rates_and_weights_are_shares(seed):
    found = z_curve(made_tests((1.5, 2.5), (0.5, 0.5), 120, seed))
    assert 0.025 <= found.replicability <= 1
    assert 0.05 - 1e-9 <= found.discovery <= 1
    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights >= 0).all()


def test_limits_of_the_z_curve_can_be_had_again():
    tests = made_tests((2.0,), (1.0,), 300, seed=4)
    one, two = (z_curve(tests, resamples=50, seed=7) for _ in range(2))
    assert one.discovery_low == two.discovery_low < one.discovery < one.discovery_high
    with pytest.raises(SynthesisError, match="seed="):
        z_curve(tests, resamples=50)


def test_too_few_significant_results_have_no_z_curve():
    with pytest.raises(SynthesisError, match="needs at least 10"):
        z_curve({"yi": [2.5] * 5 + [0.1] * 20, "vi": [1.0] * 25})


@pytest.mark.parametrize(
    "make", [fit_selection, weight_function, p_uniform, p_uniform_star, z_curve]
)
def test_results_show_themselves(make):
    found = make(FEW)
    assert len(found.to_frame()) == 1
    assert found.heading() in repr(found)
    assert "<table>" in found._repr_html_()
