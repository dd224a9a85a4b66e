"""Likelihoods of counts: what theory says must agree, and what a user is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import ConvergenceError, OptionError, SynthesisError
from evidence.synthesis.binary import pool_peto
from evidence.synthesis.glmm import fit_glmm

TRIALS = {
    "ai": [4, 6, 3, 62, 33], "n1i": [123, 306, 231, 13598, 5069],
    "ci": [11, 29, 11, 248, 47], "n2i": [139, 303, 220, 12867, 5808],
}  # fmt: skip
FLIPPED = {"ai": "ci", "n1i": "n2i", "ci": "ai", "n2i": "n1i"}


@st.composite
def tables(draw, least=1):
    k = draw(st.integers(2, 5))
    column = st.lists(st.integers(least, 30), min_size=k, max_size=k)
    return {name: draw(column) for name in ("ai", "bi", "ci", "di")}


@pytest.mark.parametrize("model", ["UM.FS", "CM.EL"])
@pytest.mark.parametrize("tau2", ["ML", "EE"])
def test_exchanging_the_groups_turns_the_effect_around(model, tau2):
    found = fit_glmm(TRIALS, model=model, tau2=tau2)
    other = fit_glmm({FLIPPED[n]: x for n, x in TRIALS.items()}, model=model, tau2=tau2)
    assert other.estimate == pytest.approx(-found.estimate, rel=1e-7)
    assert other.se == pytest.approx(found.se, rel=1e-7)
    assert other.tau2 == pytest.approx(found.tau2, rel=1e-6)
    assert other.log_likelihood == pytest.approx(found.log_likelihood, rel=1e-10)


@given(counts=tables())
@settings(max_examples=25, deadline=None)
def test_equal_rate_ratios_are_the_same_given_the_events_or_with_free_base_rates(counts):
    # two Poisson counts given their sum are binomial: nothing about the ratio is lost
    rates = {"x1i": counts["ai"], "t1i": counts["bi"], "x2i": counts["ci"], "t2i": counts["di"]}
    free, given_events = (
        fit_glmm(rates, measure="IRR", model=model, tau2="EE") for model in ("UM.FS", "CM.EL")
    )
    assert given_events.estimate == pytest.approx(free.estimate, rel=1e-7, abs=1e-9)
    assert given_events.se == pytest.approx(free.se, rel=1e-7)
    assert given_events.q_lrt == pytest.approx(free.q_lrt, rel=1e-7, abs=1e-8)


@given(counts=tables())
@settings(max_examples=25, deadline=None)
def test_equal_odds_of_one_group_are_the_pooled_share(counts):
    shares = {"xi": counts["ai"], "ni": [a + b for a, b in zip(counts["ai"], counts["bi"],
                                                               strict=True)]}  # fmt: skip
    found = fit_glmm(shares, measure="PLO", tau2="EE")
    events, others = sum(counts["ai"]), sum(counts["bi"])
    assert found.estimate == pytest.approx(np.log(events / others), rel=1e-9, abs=1e-10)
    assert found.se == pytest.approx((1 / events + 1 / others) ** 0.5, rel=1e-8)


@given(counts=tables())
@settings(max_examples=10, deadline=None)
def test_random_effects_never_fit_worse_than_equal_ones(counts):
    equal = fit_glmm(counts, model="CM.EL", tau2="EE")
    random = fit_glmm(counts, model="CM.EL", tau2="ML")
    assert random.log_likelihood >= equal.log_likelihood - 1e-8
    assert (random.tau2 == 0) == (random.log_likelihood <= equal.log_likelihood + 1e-9)


def test_more_points_settle_on_the_exact_integral():
    found = [fit_glmm(TRIALS, points=points).tau2 for points in (1, 5, 9, 25)]
    errors = [abs(tau2 - found[-1]) for tau2 in found[:-1]]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-6 * found[-1]


def test_the_conditional_effect_is_near_petos_when_there_is_none():
    counts = {"ai": [5, 8], "n1i": [100, 90], "ci": [5, 8], "n2i": [100, 90]}
    exact = fit_glmm(counts, model="CM.EL", tau2="EE")
    assert exact.estimate == pytest.approx(0, abs=1e-9)
    # at no effect the information is the hypergeometric variance, which is Peto's V
    assert exact.se == pytest.approx(pool_peto(counts).se, rel=1e-9)


def test_a_study_without_any_event_is_left_out_and_named():
    with_empty = {name: [*column, 0 if name in ("ai", "ci") else 40] for name, column in
                  TRIALS.items()}  # fmt: skip
    found = fit_glmm(with_empty)
    assert found.k == 5
    assert any("6" in note for note in found.notes)
    assert found.estimate == pytest.approx(fit_glmm(TRIALS).estimate, rel=1e-12)


def test_a_zero_cell_needs_no_constant():
    counts = {**TRIALS, "ai": [0, 6, 3, 62, 33]}
    for model in ("UM.FS", "UM.RS", "CM.EL", "CM.AL"):
        found = fit_glmm(counts, model=model)
        assert np.isfinite([found.estimate, found.se, found.q_wald, found.q_lrt]).all()


@pytest.mark.parametrize("model", ["UM.FS", "UM.RS", "CM.EL", "CM.AL"])
def test_no_event_in_one_group_has_no_maximum(model):
    counts = {"ai": [0, 0, 0], "n1i": [50, 40, 60], "ci": [5, 4, 9], "n2i": [50, 41, 60]}
    with pytest.raises(ConvergenceError, match="without bound"):
        fit_glmm(counts, model=model)


def test_nothing_but_empty_studies_is_refused():
    with pytest.raises(SynthesisError, match="every study has no events"):
        fit_glmm({"ai": [0], "n1i": [50], "ci": [0], "n2i": [50]}, tau2="EE")


def test_one_study_cannot_vary():
    one = {name: column[:1] for name, column in TRIALS.items()}
    with pytest.raises(SynthesisError, match="tau2='EE'"):
        fit_glmm(one)
    found = fit_glmm(one, tau2="EE")
    assert found.i2 is None
    assert found.q_df == 0


def test_what_cannot_be_done_is_said():
    with pytest.raises(OptionError, match=r"UM\.FS, UM\.RS, CM\.EL"):
        fit_glmm({"x1i": [1], "t1i": [9], "x2i": [2], "t2i": [9]}, measure="IRR", model="CM.AL")
    with pytest.raises(SynthesisError, match="points=1"):
        fit_glmm(TRIALS, model="UM.RS", points=7)
    with pytest.raises(OptionError, match="points"):
        fit_glmm(TRIALS, points=0)
    with pytest.raises(OptionError, match="converged, lme4"):
        fit_glmm(TRIALS, model="UM.RS", laplace="glmer")
    with pytest.raises(SynthesisError, match="whole numbers"):
        fit_glmm({"ai": [1.5], "bi": [5], "ci": [1], "di": [5]}, model="CM.EL", tau2="EE")
    with pytest.raises(SynthesisError, match="no people"):
        fit_glmm({"ai": [0], "bi": [0], "ci": [1], "di": [5]}, tau2="EE")
    with pytest.raises(SynthesisError, match="time at risk"):
        fit_glmm({"xi": [3, 4], "ti": [0, 10]}, measure="IRLN")
    with pytest.raises(OptionError, match="ML, EE"):
        fit_glmm(TRIALS, tau2="REML")


def test_a_result_shows_itself_as_a_row_and_as_html():
    found = fit_glmm({"xi": [3, 9, 4], "ti": [20, 30, 25]}, measure="IRLN")
    assert found.to_frame().loc[0, "model"] == "GLMM"
    assert "as a rate" in repr(found)
    assert "<table>" in found._repr_html_()
